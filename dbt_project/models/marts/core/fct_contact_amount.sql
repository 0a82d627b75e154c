-- One row per contact that an agreement covers or that bears costs. What it is billed by each billing
-- model, and its part of the month's costs. Both depend on the whole month (the volume that decides a
-- band, minutes rounded once a month, the costs to share), so a month's rows move until it is over:
-- that is why they are not columns of fct_contact.
{{ config(materialized='tail', meta={
    'tail': 'in_tail_days', 'tail_arguments': ['greatest(local_date, ended_local_date)'],
    'alike': {'as_of_at': 'as_of_rows'},
}) }}
{% set far = "date '9999-12-31'" %}

with

contacts as (

    -- Named, as the engine keeps these rows for more than one use.
    select
        contact_id,
        contract_id,
        channel,
        first_queue_id,
        first_queue_sk,
        last_agent_id,
        last_agent_sk,
        customer_id,
        customer_sk,
        reason_id,
        reason_sk,
        local_date,
        ended_at,
        is_offered,
        is_short_abandoned,
        is_handled,
        as_of_at,
        coalesce(handle_allocated_seconds, handle_seconds, 0) as worked_seconds,
        cast({{ to_local('ended_at', 'timezone') }} as date) as ended_local_date,
        {{ flag("is_handled = 1 and initiation in ('inbound', 'callback')") }} as is_costed
    from {{ ref('fct_contact') }}
    where {{ of_months_of_tail(ref('fct_contact')) }} and (contract_id is not null or is_handled = 1)

),

prices as (

    select * from {{ ref('dim_price_agreement') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

costs as (

    select
        month_start_date,
        sum(opex) as opex
    from {{ ref('fct_finance_month') }}
    where is_closed = 1
    group by month_start_date

),

agreed as (

    select
        contacts.*,
        queues.client,
        terms.metered_channel,
        terms.valid_from as agreed_from,
        terms.billing_model,
        terms.rounding_rule,
        {{ flag(
            "contacts.ended_at is not null and case terms.billable_rule"
            ~ " when 'offered' then contacts.is_offered - contacts.is_short_abandoned"
            ~ " when 'handled_all' then contacts.is_handled else contacts.is_costed end = 1"
        ) }} as is_billable
    from contacts
    left join queues on contacts.first_queue_sk = queues.queue_sk
    left join prices as terms
        on
            queues.client = terms.client
            and contacts.channel = terms.channel
            and terms.band_no = 1
            and contacts.local_date >= terms.valid_from
            and contacts.local_date < coalesce(terms.valid_to, {{ far }})

),

timed as (

    -- Fractions of a second come from sharing; they must not round a minute up.
    select
        *,
        cast(date_trunc('month', ended_local_date) as date) as ended_month,
        cast(date_trunc('month', local_date) as date) as local_month,
        case
            when is_billable = 0 or is_handled = 0 then 0
            when rounding_rule = 'contact' then 60 * ceil(round(worked_seconds, 6) / 60)
            else worked_seconds
        end as timed_seconds
    from agreed

),

-- What a month of an agreement comes to, and a month of the centre. Decimals add up to the same in any
-- order.
billed_months as (

    select
        contract_id,
        metered_channel,
        ended_month,
        sum(is_billable) as month_volume,
        cast(sum(cast(timed_seconds as decimal(38, 6))) as double) as month_seconds
    from timed
    group by contract_id, metered_channel, ended_month

),

worked_months as (

    select
        local_month,
        cast(sum(cast(is_costed * worked_seconds as decimal(38, 6))) as double) as month_worked_seconds
    from timed
    group by local_month

),

metered as (

    select
        timed.*,
        billed_months.month_volume,
        billed_months.month_seconds,
        worked_months.month_worked_seconds
    from timed
    left join billed_months
        on
            timed.contract_id = billed_months.contract_id
            and timed.metered_channel = billed_months.metered_channel
            and timed.ended_month = billed_months.ended_month
    left join worked_months on timed.local_month = worked_months.local_month

),

priced as (

    select
        metered.*,
        prices.price_sk,
        prices.unit_price,
        prices.minute_price,
        case
            when metered.rounding_rule = 'month' and metered.month_seconds > 0
                then
                    metered.timed_seconds * 60 * ceil(round(metered.month_seconds, 6) / 60)
                    / metered.month_seconds
            else metered.timed_seconds
        end as billable_seconds
    from metered
    left join prices
        on
            case when metered.is_billable = 1 then metered.client end = prices.client
            and metered.channel = prices.channel
            and metered.agreed_from = prices.valid_from
            and metered.month_volume >= prices.band_from
            and metered.month_volume < coalesce(prices.band_to, 9223372036854775807)

)

select
    priced.contact_id,
    priced.contract_id,
    priced.price_sk,
    priced.client,
    priced.billing_model,
    priced.channel,
    priced.first_queue_id,
    priced.first_queue_sk,
    priced.last_agent_id,
    priced.last_agent_sk,
    priced.customer_id,
    priced.customer_sk,
    priced.reason_id,
    priced.reason_sk,
    priced.local_date,
    priced.ended_local_date,
    priced.is_billable,
    priced.billable_seconds,
    case when priced.is_billable = 1 then priced.unit_price end as unit_price,
    case when priced.is_billable = 1 then priced.minute_price end as minute_price,
    priced.is_billable * priced.unit_price as billed_amount_unit,
    priced.billable_seconds / 60 * priced.minute_price as billed_amount_time,
    case
        when priced.is_billable = 0 then null
        when priced.billing_model = 'unit' then priced.unit_price
        when priced.billing_model = 'handle_time' then priced.billable_seconds / 60 * priced.minute_price
        when priced.billing_model = 'hybrid'
            then
                coalesce(priced.unit_price, 0)
                + coalesce(priced.billable_seconds / 60 * priced.minute_price, 0)
    end as invoiced_amount,
    -- A month in which nobody's work was measured has costs that no contact can bear.
    {{ flag('priced.is_costed = 1 and priced.month_worked_seconds > 0 and costs.opex is not null') }}
        as is_costed,
    case
        when priced.is_costed = 1 and priced.month_worked_seconds > 0
            then costs.opex * priced.worked_seconds / priced.month_worked_seconds
    end as allocated_cost_eur,
    priced.as_of_at
from priced
left join costs on priced.local_month = costs.month_start_date
where {{ in_tail_days('greatest(priced.local_date, priced.ended_local_date)') }}
