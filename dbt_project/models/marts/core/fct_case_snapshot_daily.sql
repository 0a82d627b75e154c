-- One row per local day, channel, queue, agent, reason, priority and status: customers' cases open at
-- the day's end, local midnight of the queue's zone; for the day that is still going on, at as-of.
-- Semi-additive: add over everything but days. Queue, agent, reason and priority are those of now.
-- Every day since the first case has a row of status none, so that a day without open cases is 0.
with

cases as (

    select
        cases.case_id,
        cases.channel,
        cases.queue_id,
        cases.agent_id,
        cases.reason_id,
        cases.priority,
        cases.created_at,
        cases.resolution_target_seconds,
        coalesce(queues.timezone, '{{ var("default_timezone") }}') as timezone
    from {{ ref('fct_case') }} as cases
    left join {{ ref('int_queues') }} as queues on cases.queue_id = queues.queue_id

),

spans as (

    select
        status_spans.case_id,
        status_spans.status,
        cast({{ to_local('status_spans.from_at', 'cases.timezone') }} as date) as first_day,
        cast({{ to_local('status_spans.to_at', 'cases.timezone') }} as date) as left_on_day
    from {{ ref('int_case_status_spans') }} as status_spans
    inner join cases on status_spans.case_id = cases.case_id
    where status_spans.is_solved_state = 0 and status_spans.status <> 'deleted'

),

zones as (

    select
        timezone,
        cast({{ to_local(as_of(), 'timezone') }} as date) as day_at,
        cast({{ to_local('min(created_at)', 'timezone') }} as date) as first_day
    from cases
    group by timezone

),

-- One last day for every zone, or the latest snapshot would lack the queues further west.
days as (

    select calendar.day_at
    from {{ ref('int_calendar_days') }} as calendar
    where
        calendar.day_at between (select min(zones.first_day) from zones)
        and (select max(zones.day_at) from zones)

),

-- A day ends once for a whole zone: clocks are looked up for days and not for cases.
day_ends as (

    select
        zones.timezone,
        days.day_at,
        least(
            {{ to_utc(local_time(add_days('days.day_at', 1), 0), 'zones.timezone') }}, {{ as_of() }}
        ) as ends_at
    from zones
    cross join days

),

nights as (

    select
        spans.case_id,
        spans.status,
        days.day_at
    from spans
    inner join days
        on
            spans.first_day <= days.day_at
            and (spans.left_on_day is null or spans.left_on_day > days.day_at)

),

open_cases as (

    select
        cases.*,
        nights.status,
        nights.day_at as snapshot_date,
        day_ends.ends_at as snapshot_at
    from nights
    inner join cases on nights.case_id = cases.case_id
    inner join day_ends
        on cases.timezone = day_ends.timezone and nights.day_at = day_ends.day_at
    -- A source may tell of a status before the creation that it gives.
    where cases.created_at <= day_ends.ends_at

)

select
    snapshot_date,
    channel,
    queue_id,
    agent_id,
    reason_id,
    priority,
    status,
    cast(count(*) as bigint) as active_cases,
    {{ sum_count(flag("status = 'pending'")) }} as pending_cases,
    {{ sum_count(flag(seconds_between('created_at', 'snapshot_at') ~ ' > resolution_target_seconds')) }}
        as aged_cases,
    cast(sum({{ seconds_between('created_at', 'snapshot_at') }}) as bigint) as age_seconds
from open_cases
group by snapshot_date, channel, queue_id, agent_id, reason_id, priority, status
union all
select
    day_at as snapshot_date,
    cast(null as string) as channel,
    cast(null as string) as queue_id,
    cast(null as string) as agent_id,
    cast(null as string) as reason_id,
    cast(null as string) as priority,
    'none' as status,
    cast(0 as bigint) as active_cases,
    cast(0 as bigint) as pending_cases,
    cast(0 as bigint) as aged_cases,
    cast(0 as bigint) as age_seconds
from days
