-- Grain: calendar month of the contact x reason x value category x channel. Uncoded contacts
-- stand under a null reason and the category 'unclassified', so the month still adds up. Every reason
-- stands in every channel and month that has any, also with nothing in it, beside what its share is of.
-- The linter sees a whole build, in which the months that stand are in no query.
-- noqa: disable=LT02
{{ config(materialized='tail', meta={'tail': 'in_all_rows', 'reads_itself': true}) }}
{% set sums = [
    'handled', 'handled_reason_coded', 'handle_seconds', 'handle_seconds_sq', 'fcr_eligible', 'fcr_success',
    'repeats', 'csat_responses', 'csat_top2',
] %}

with contacts as (

    select * from {{ ref('fct_contact') }}
    where is_handled = 1 and {{ in_tail_months('local_date') }}

),

responses as (

    select
        contact_id,
        count(*) as csat_responses,
        {{ sum_count('is_top2') }} as csat_top2
    from {{ ref('fct_survey_response') }}
    where
        contact_id is not null
        and metric = 'csat'
        and survey_type = 'transactional'
        and is_valid = 1
        and is_current_answer = 1
        and {{ in_tail_months('contact_local_date') }}
    group by contact_id

),

classified as (

    select
        contacts.*,
        responses.csat_responses,
        responses.csat_top2
    from contacts
    left join responses on contacts.contact_id = responses.contact_id

),

counted as (

    select
        cast(date_trunc('month', local_date) as date) as month_start_date,
        reason_id,
        value_category,
        channel,
        count(*) as handled,
        {{ sum_count('is_reason_coded') }} as handled_reason_coded,
        {{ sum_count('handle_seconds') }} as handle_seconds,
        {{ sum_squares('handle_seconds') }} as handle_seconds_sq,
        {{ sum_count('is_fcr_eligible') }} as fcr_eligible,
        {{ sum_count('is_fcr_success') }} as fcr_success,
        {{ sum_count('is_repeat') }} as repeats,
        {{ sum_count('csat_responses') }} as csat_responses,
        {{ sum_count('csat_top2') }} as csat_top2
    from classified
    group by cast(date_trunc('month', local_date) as date), reason_id, value_category, channel
    {%- if tail() %}
    union all
    -- Months before the tail stand; which reasons have a row in them is asked of all months.
    select
        month_start_date,
        reason_id,
        value_category,
        channel,
        {{ sums | join(',\n        ') }}
    from {{ this }}
    where handled > 0 and not ({{ in_tail_months('month_start_date') }})
    {%- endif %}

),

channel_months as (

    select distinct
        month_start_date,
        channel
    from counted

),

reasons as (

    select distinct
        reason_id,
        value_category
    from counted

),

cells as (

    select
        channel_months.month_start_date,
        channel_months.channel,
        reasons.reason_id,
        reasons.value_category
    from channel_months
    cross join reasons

),

final as (

    select
        cells.month_start_date,
        cells.reason_id,
        cells.value_category,
        cells.channel,
        {%- for column in sums %}
            coalesce(counted.{{ column }}, 0) as {{ column }},
        {%- endfor %}
        case
            when cells.reason_id is null then 0
            else cast(coalesce(sum(counted.handled_reason_coded) over month_and_channel, 0) as bigint)
        end as coded_of_all_reasons,
        case
            when cells.value_category = 'unclassified' then 0
            else cast(coalesce(sum(
                case when cells.value_category <> 'unclassified' then counted.handled end
            ) over month_and_channel, 0) as bigint)
        end as categorised_of_all_reasons
    from cells
    left join counted
        on
            cells.month_start_date = counted.month_start_date
            and cells.channel = counted.channel
            and cells.value_category = counted.value_category
            and coalesce(cells.reason_id, '') = coalesce(counted.reason_id, '')
    window month_and_channel as (partition by cells.month_start_date, cells.channel)

)

select * from final
