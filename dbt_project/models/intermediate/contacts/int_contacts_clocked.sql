-- One row per contact with its queue's zone, the thresholds in force for its queue, channel and day
-- (dim_target), and the time that a deferrable contact has waited for its first response on the
-- business clock.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['started_at']}) }}
{% set queued_minute = "date_trunc('minute', localised.queued_at)" %}
with

contacts as (

    select * from {{ ref('int_contacts') }}
    where {{ in_tail('started_at') }}

),

queues as (

    select * from {{ ref('int_queues') }}

),

channels as (

    select * from {{ ref('channels') }}

),

case_schedules as (

    select * from {{ ref('int_case_schedules') }}

),

placed as (

    select
        contacts.*,
        channels.channel_group,
        coalesce(queues.timezone, '{{ var("default_timezone") }}') as timezone,
        queues.schedule_id,
        case
            when contacts.contact_kind = 'async'
                then coalesce(contacts.first_response_at, contacts.ended_at, {{ as_of() }})
        end as response_clock_stops_at
    from contacts
    left join queues on contacts.first_queue_id = queues.queue_id
    left join channels on contacts.channel = channels.channel

),

localised as (

    select
        placed.*,
        {{ to_local('coalesce(placed.queued_at, placed.started_at)', 'placed.timezone') }} as local_at,
        cast(
            {{ to_local('coalesce(placed.queued_at, placed.started_at)', 'placed.timezone') }} as date
        ) as local_date
    from placed

),

{{ effective_targets('localised', 'service_level', queue_id='first_queue_id') }},

{{ effective_targets(
    'localised', 'response_within_target_rate', queue_id='first_queue_id', name='response_targets'
) }},

waits as (

    select
        localised.contact_id,
        case
            when '{{ var("sl_clock_async") }}' <> 'calendar'
                then coalesce(case_schedules.schedule_id, localised.schedule_id)
        end as schedule_id,
        greatest(localised.started_at, coalesce(case_schedules.from_at, localised.started_at)) as from_at,
        least(
            localised.response_clock_stops_at,
            coalesce(case_schedules.to_at, localised.response_clock_stops_at)
        ) as to_at
    from localised
    left join case_schedules on localised.case_id = case_schedules.case_id
    where localised.response_clock_stops_at >= localised.started_at

),

forward_waits as (

    select * from waits
    where from_at <= to_at

),

{{ business_clock('forward_waits') }},

response_waits as (

    select
        contact_id,
        cast({{ whole_seconds('sum(business_micros)') }} as bigint) as business_seconds
    from business_spans
    group by contact_id

),

live_minutes as (

    select distinct
        schedule_id,
        {{ queued_minute }} as queued_minute
    from localised
    where contact_kind = 'live' and queued_at is not null

),

queue_clock as (

    -- Is a live contact's queue open when it arrives? Queues open and close on the minute, so that each
    -- minute in which anybody came is looked up once.
    select
        live_minutes.schedule_id,
        live_minutes.queued_minute,
        max(case
            when
                live_minutes.queued_minute >= intervals.opens_at
                and live_minutes.queued_minute < intervals.closes_at
                then 1
            else 0
        end) as is_open
    from live_minutes
    inner join {{ ref('int_business_intervals') }} as intervals
        on
            live_minutes.schedule_id = intervals.schedule_id
            and cast(live_minutes.queued_minute as date) = intervals.utc_date
    group by live_minutes.schedule_id, live_minutes.queued_minute

)

select
    localised.*,
    {{ interval_floor('coalesce(localised.queued_at, localised.started_at)', 15) }} as interval_start_at,
    cast(floor({{ minute_of_day('localised.local_at') }} / 15) as integer) as interval_key,
    effective_targets.threshold_seconds as service_level_threshold_seconds,
    response_targets.threshold_seconds as response_target_seconds,
    response_waits.business_seconds as response_clock_seconds,
    {{ flag("localised.contact_kind = 'live' and queue_clock.is_open = 0") }} as is_outside_hours
from localised
left join response_waits on localised.contact_id = response_waits.contact_id
left join queue_clock
    on
        localised.schedule_id = queue_clock.schedule_id
        and {{ queued_minute }} = queue_clock.queued_minute
{%- for targets in ['effective_targets', 'response_targets'] %}
    left join {{ targets }}
        on
            localised.channel = {{ targets }}.channel
            and coalesce(localised.first_queue_id, '') = {{ targets }}.queue_key
            and localised.local_date = {{ targets }}.day_at
{%- endfor %}
