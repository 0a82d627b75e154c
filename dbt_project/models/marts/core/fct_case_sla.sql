-- One row per case, clock and application of a target: the time it allowed, the time it took so far,
-- and whether it was kept. The flags are read off elapsed_seconds and nothing else: breached is more
-- than the target (exactly the target is kept), due is stopped or breached (catalogue E1).
with

targets as (

    select * from {{ ref('int_case_targets') }}

),

cases as (

    select * from {{ ref('int_cases') }}

),

status_spans as (

    select * from {{ ref('int_case_status_spans') }}

),

counted as (

    -- Clocks that pause count the spans of some statuses, the others run from start to stop.
    select
        targets.case_id,
        targets.clock,
        targets.applied_at,
        targets.starts_at as from_at,
        coalesce(targets.stops_at, {{ as_of() }}) as to_at
    from targets
    where not {{ clock_pauses('targets.clock') }}
    union all
    select
        targets.case_id,
        targets.clock,
        targets.applied_at,
        greatest(targets.starts_at, status_spans.from_at) as from_at,
        least(status_spans.to_at, targets.stops_at, {{ as_of() }}) as to_at
    from targets
    inner join status_spans on targets.case_id = status_spans.case_id
    where {{ clock_pauses('targets.clock') }} and {{ clock_counts('targets.clock', 'status_spans.status') }}

),

spans as (

    select
        counted.case_id,
        counted.clock,
        counted.applied_at,
        schedules.schedule_id,
        greatest(counted.from_at, schedules.from_at) as from_at,
        least(counted.to_at, schedules.to_at) as to_at
    from counted
    inner join {{ ref('int_case_schedules') }} as schedules
        on
            counted.case_id = schedules.case_id
            and counted.to_at >= schedules.from_at
            and counted.from_at < schedules.to_at
    where counted.to_at > counted.from_at

),

{{ business_clock('spans') }},

elapsed as (

    select
        case_id,
        clock,
        applied_at,
        cast({{ whole_seconds('sum(' ~ span_micros('from_at', 'to_at') ~ ')') }} as bigint)
            as calendar_seconds,
        cast({{ whole_seconds('sum(business_micros)') }} as bigint) as business_seconds
    from business_spans
    group by case_id, clock, applied_at

),

measured as (

    select
        targets.*,
        coalesce(elapsed.calendar_seconds, 0) as elapsed_calendar_seconds,
        coalesce(elapsed.business_seconds, 0) as elapsed_business_seconds,
        case
            when targets.is_business_hours = 1 then coalesce(elapsed.business_seconds, 0)
            else coalesce(elapsed.calendar_seconds, 0)
        end as elapsed_seconds
    from targets
    left join elapsed
        on
            targets.case_id = elapsed.case_id
            and targets.clock = elapsed.clock
            and targets.applied_at = elapsed.applied_at

)

select
    measured.case_id,
    measured.clock,
    measured.applied_at,
    cases.source_system,
    cases.channel,
    cases.queue_id,
    cases.agent_id,
    cases.reason_id,
    cases.priority,
    measured.policy_name,
    measured.target_source,
    measured.target_seconds,
    measured.is_business_hours,
    measured.starts_at,
    measured.stops_at as achieved_at,
    cast({{ to_local(
        'measured.applied_at', "coalesce(queues.timezone, '" ~ var('default_timezone') ~ "')"
    ) }} as date) as applied_local_date,
    measured.elapsed_calendar_seconds,
    measured.elapsed_business_seconds,
    measured.elapsed_seconds,
    cases.is_customer_case,
    {{ flag('measured.stops_at is not null') }} as is_achieved,
    {{ flag('measured.elapsed_seconds > measured.target_seconds') }} as is_breached,
    {{ flag('measured.stops_at is not null or measured.elapsed_seconds > measured.target_seconds') }}
        as is_due,
    {{ flag('measured.stops_at is not null and measured.elapsed_seconds <= measured.target_seconds') }}
        as is_met
from measured
inner join cases on measured.case_id = cases.case_id
left join {{ ref('int_queues') }} as queues on cases.queue_id = queues.queue_id
