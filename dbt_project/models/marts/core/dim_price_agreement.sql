-- One row per client, channel, stretch of local days [valid_from, valid_to) and volume band: what is
-- agreed to be paid for a contact. What is agreed for the channel goes before what is agreed for all,
-- a newer agreement ends the one before it, and band_no 1 is there once in each stretch.
with

listed as (

    select * from {{ ref('stg_files__price_agreements') }}
    where is_deleted = 0

),

aliases as (

    select * from {{ ref('channel_aliases') }}

),

channels as (

    select * from {{ ref('channels') }}

),

spread as (

    -- An agreement without a channel is for all that have none of their own, and counts them as one.
    select
        listed.*,
        channels.channel,
        coalesce(aliases.channel, '') as metered_channel
    from listed
    left join aliases on lower(trim(listed.channel_text)) = aliases.alias
    inner join channels on coalesce(aliases.channel, channels.channel) = channels.channel

),

narrowest as (

    select *
    from spread
    qualify metered_channel = max(metered_channel) over (partition by client, channel)

),

stretches as (

    select
        client,
        channel,
        valid_from,
        min(agreement_id) as agreement_id,
        max(valid_to) as valid_to,
        lead(valid_from) over (partition by client, channel order by valid_from) as next_from
    from narrowest
    group by client, channel, valid_from

),

banded as (

    select
        narrowest.*,
        case
            when stretches.valid_to is null then stretches.next_from
            else least(
                {{ add_days('stretches.valid_to', 1) }}, coalesce(stretches.next_from, date '9999-12-31')
            )
        end as held_to,
        row_number() over (
            partition by narrowest.client, narrowest.channel, narrowest.valid_from
            order by narrowest.band_from nulls first, narrowest.source_dataset
        ) as band_no,
        lead(narrowest.band_from) over (
            partition by narrowest.client, narrowest.channel, narrowest.valid_from
            order by narrowest.band_from nulls first, narrowest.source_dataset
        ) as next_band_from
    from narrowest
    inner join stretches
        on
            narrowest.client = stretches.client
            and narrowest.channel = stretches.channel
            and narrowest.valid_from = stretches.valid_from
            and narrowest.agreement_id = stretches.agreement_id

)

select
    {{ text_hash(
        "client || '@' || channel || '@' || cast(valid_from as string) || '@' || cast(band_no as string)"
    ) }} as price_sk,
    agreement_id as contract_id,
    client,
    channel,
    metered_channel,
    billing_model,
    coalesce(rounding_rule, 'none') as rounding_rule,
    coalesce(billable_rule, 'handled') as billable_rule,
    unit_price,
    minute_price,
    cast(band_no as integer) as band_no,
    -- Whatever the month brings falls into a band: the lowest begins at nothing.
    case when band_no = 1 then 0 else band_from end as band_from,
    next_band_from as band_to,
    valid_from,
    held_to as valid_to,
    {{ flag(
        'valid_from <= cast(' ~ as_of() ~ ' as date) and coalesce(held_to, date \'9999-12-31\') > cast('
        ~ as_of() ~ ' as date)'
    ) }} as is_current
from banded
