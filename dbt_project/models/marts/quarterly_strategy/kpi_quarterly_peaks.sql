-- Grain: quarter x day type (holiday, campaign, campaign_holiday) x queue x channel. Peak days beside the
-- normal days of the same quarter, like for like: what a peak day gave is weighted as normal days are, by
-- weekday and hour of the day (volume: by weekday), and what only one of the two has is left out. All
-- columns add up; a gap is (standardised - normal) / comparable.
-- The loop below writes columns; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02
{{ config(materialized='tail', meta={'tail': 'in_all_rows', 'reads_itself': true}) }}
{% set subjects = {
    'volume': ['normal_open_seconds', 'offered'],
    'access': ['comparable_due', 'service_level_met'],
    'handling': ['comparable_legs', 'handle_seconds'],
    'satisfaction': ['comparable_responses', 'csat_top2'],
} %}

with

queue_days as (

    -- A day that still runs has not had all its hours.
    select *
    from {{ ref('bridge_queue_day_type') }}
    where date_day < (
        select cast({{ to_local('known.as_of_at', "'" ~ var('default_timezone') ~ "'") }} as date)
        from {{ ref('int_as_of') }} as known
    )

),

offered as (

    select
        first_queue_id as queue_id,
        channel,
        local_date,
        count(*) as offered
    from {{ ref('fct_contact') }}
    where is_offered = 1 and first_queue_id is not null
    group by first_queue_id, channel, local_date

),

queue_channels as (

    select distinct
        queue_id,
        channel
    from offered

),

measured as (

    select
        'volume' as subject,
        queue_days.queue_id,
        queue_channels.channel,
        queue_days.date_day as day_at,
        queue_days.day_type,
        -1 as hour_of_day,
        queue_days.open_seconds as n,
        coalesce(offered.offered, 0) as amount
    from queue_days
    inner join queue_channels on queue_days.queue_id = queue_channels.queue_id
    left join offered
        on
            queue_channels.queue_id = offered.queue_id
            and queue_channels.channel = offered.channel
            and queue_days.date_day = offered.local_date
    union all
    select
        'access' as subject,
        first_queue_id as queue_id,
        channel,
        local_date as day_at,
        day_type,
        cast(floor(interval_key / 4) as integer) as hour_of_day,
        is_service_level_due as n,
        is_service_level_met as amount
    from {{ ref('fct_contact') }}
    where is_service_level_due = 1 and {{ in_tail_quarters('local_date') }}
    union all
    select
        'handling' as subject,
        queue_id,
        channel,
        local_date as day_at,
        day_type,
        cast(floor(interval_key / 4) as integer) as hour_of_day,
        1 as n,
        handle_seconds as amount
    from {{ ref('fct_contact_leg') }}
    where is_handled = 1 and {{ in_tail_quarters('local_date') }}
    union all
    select
        'satisfaction' as subject,
        contacts.first_queue_id as queue_id,
        contacts.channel,
        contacts.local_date as day_at,
        contacts.day_type,
        cast(floor(contacts.interval_key / 4) as integer) as hour_of_day,
        1 as n,
        responses.is_top2 as amount
    from {{ ref('fct_survey_response') }} as responses
    inner join {{ ref('fct_contact') }} as contacts on responses.contact_id = contacts.contact_id
    where
        {{ in_tail_quarters('contacts.local_date') }}
        and responses.metric = 'csat'
        and responses.survey_type = 'transactional'
        and responses.is_valid = 1
        and responses.is_current_answer = 1

),

strata as (

    select
        subject,
        cast(date_trunc('quarter', day_at) as date) as quarter_start_date,
        coalesce(queue_id, '') as queue_key,
        channel,
        {{ iso_weekday('day_at') }} as iso_weekday,
        hour_of_day,
        day_type,
        sum(n) as n,
        sum(amount) as amount
    from measured
    group by
        subject, cast(date_trunc('quarter', day_at) as date), coalesce(queue_id, ''), channel,
        {{ iso_weekday('day_at') }}, hour_of_day, day_type
    having sum(n) > 0

),

compared as (

    select
        peaks.*,
        normal.n as normal_n,
        normal.amount as normal_amount,
        normal.n * peaks.amount / peaks.n as standardised_amount
    from strata as peaks
    inner join strata as normal
        on
            peaks.subject = normal.subject
            and peaks.quarter_start_date = normal.quarter_start_date
            and peaks.queue_key = normal.queue_key
            and peaks.channel = normal.channel
            and peaks.iso_weekday = normal.iso_weekday
            and peaks.hour_of_day = normal.hour_of_day
    where peaks.day_type <> 'normal' and normal.day_type = 'normal'

),

summed as (

    select
        quarter_start_date,
        day_type,
        queue_key,
        channel,
        subject,
        sum(normal_n) as normal_n,
        sum(normal_amount) as normal_amount,
        sum(amount) as amount,
        {{ sum_exact('standardised_amount', 12) }} as standardised_amount
    from compared
    group by quarter_start_date, day_type, queue_key, channel, subject
    {%- if tail() %}
    {%- for subject, (weight, amount) in subjects.items() if subject != 'volume' %}
    union all
    -- Quarters before the tail stand, but for days without contacts: which queues have any is asked of all.
    select
        quarter_start_date,
        day_type,
        coalesce(queue_id, '') as queue_key,
        channel,
        '{{ subject }}' as subject,
        {{ weight }} as normal_n,
        normal_{{ amount }} as normal_amount,
        peak_{{ amount }} as amount,
        standardised_{{ amount }} as standardised_amount
    from {{ this }}
    where {{ weight }} > 0 and not ({{ in_tail_quarters('quarter_start_date') }})
    {%- endfor %}
    {%- endif %}

)

select
    quarter_start_date,
    day_type,
    nullif(queue_key, '') as queue_id,
    channel,
    {%- for subject, (weight, amount) in subjects.items() %}
        {%- set of_it = "case when subject = '" ~ subject ~ "' then " %}
        {{ sum_count(of_it ~ 'normal_n end') }} as {{ weight }},
        {{ sum_count(of_it ~ 'normal_amount end') }} as normal_{{ amount }},
        {{ sum_count(of_it ~ 'amount end') }} as peak_{{ amount }},
        coalesce(max({{ of_it }}standardised_amount end), 0) as standardised_{{ amount }}
        {{- ',' if not loop.last }}
    {%- endfor %}
from summed
group by quarter_start_date, day_type, queue_key, channel
