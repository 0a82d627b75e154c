-- One row per solved or closed case and target that its helpdesk applied: whether the target was
-- breached, as fct_case_sla has it.
-- reference_minutes is what the ticket package counts for clocks that pause, where it differs: it
-- cuts the counted time at schedule changes and at local Sundays, and takes a piece that has no open
-- time at all for its full length.
with

slas as (

    select
        slas.*,
        cases.native_case_id,
        cases.status
    from {{ ref('fct_case_sla') }} as slas
    inner join {{ ref('int_cases') }} as cases on slas.case_id = cases.case_id
    where cases.status in ('solved', 'closed') and slas.target_source = 'case'

),

zones as (

    select
        schedule_id,
        min(timezone) as timezone
    from {{ ref('int_schedules') }}
    group by schedule_id

),

schedules as (

    select
        stretches.*,
        count(*) over (partition by stretches.case_id) as schedules_passed,
        zones.timezone
    from {{ ref('int_case_schedules') }} as stretches
    left join zones on stretches.schedule_id = zones.schedule_id

),

weeks as (

    select
        zones.timezone,
        {{ to_utc(local_time('days.day_at', 0), 'zones.timezone') }} as from_at,
        {{ to_utc(local_time(add_days('days.day_at', 7), 0), 'zones.timezone') }} as to_at
    from (select distinct schedules.timezone from schedules) as zones
    inner join {{ ref('int_calendar_days') }} as days on {{ iso_weekday('days.day_at') }} = 7

),

counted as (

    select
        slas.case_id,
        slas.clock,
        slas.applied_at,
        greatest(slas.starts_at, spans.from_at) as from_at,
        least(spans.to_at, slas.achieved_at) as to_at
    from slas
    inner join {{ ref('int_case_status_spans') }} as spans on slas.case_id = spans.case_id
    where
        slas.is_business_hours = 1
        and {{ clock_pauses('slas.clock') }}
        and {{ clock_counts('slas.clock', 'spans.status') }}

),

pieces as (

    select
        counted.case_id,
        counted.clock,
        counted.applied_at,
        schedules.schedule_id,
        greatest(counted.from_at, schedules.from_at, weeks.from_at) as from_at,
        least(counted.to_at, schedules.to_at, weeks.to_at) as to_at
    from counted
    inner join schedules
        on
            counted.case_id = schedules.case_id
            and counted.to_at > schedules.from_at
            and counted.from_at < schedules.to_at
    inner join weeks
        on
            schedules.timezone = weeks.timezone
            and least(counted.to_at, schedules.to_at) > weeks.from_at
            and greatest(counted.from_at, schedules.from_at) < weeks.to_at

),

{{ business_clock('pieces') }},

as_reference as (

    select
        case_id,
        clock,
        applied_at,
        sum(case
            when business_micros > 0 then {{ whole_seconds('business_micros') }}
            else {{ seconds_between('from_at', 'to_at') }}
        end) as counted_seconds
    from business_spans
    group by case_id, clock, applied_at

),

schedule_counts as (

    select
        case_id,
        max(schedules_passed) as schedules_passed
    from schedules
    group by case_id

)

select
    slas.native_case_id as ticket_id,
    slas.policy_name as sla_policy_name,
    slas.clock as metric,
    slas.applied_at,
    cast(slas.target_seconds / 60 as bigint) as target_minutes,
    slas.is_business_hours as in_business_hours,
    slas.is_breached,
    slas.elapsed_seconds / 60.0 as elapsed_minutes,
    coalesce(as_reference.counted_seconds, slas.elapsed_seconds) / 60.0 as reference_minutes,
    schedule_counts.schedules_passed
from slas
inner join schedule_counts on slas.case_id = schedule_counts.case_id
left join as_reference
    on
        slas.case_id = as_reference.case_id
        and slas.clock = as_reference.clock
        and slas.applied_at = as_reference.applied_at
