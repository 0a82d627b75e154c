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
        cases.*,
        status_spans.status,
        cast({{ to_local('status_spans.from_at', 'cases.timezone') }} as date) as first_day,
        cast({{ to_local('status_spans.to_at', 'cases.timezone') }} as date) as left_on_day
    from cases
    inner join {{ ref('int_case_status_spans') }} as status_spans on cases.case_id = status_spans.case_id
    where status_spans.is_solved_state = 0

),

last_day as (

    -- One last day for every zone, or the latest snapshot would lack the queues further west.
    select max(cast({{ to_local(as_of(), 'cases.timezone') }} as date)) as day_at
    from cases

),

nights as (

    -- Few spans outlast their day; only those meet the calendar.
    select
        spans.*,
        days.day_at as snapshot_date,
        least(
            {{ to_utc(local_time(add_days('days.day_at', 1), 0), 'spans.timezone') }}, {{ as_of() }}
        ) as snapshot_at
    from spans
    cross join last_day
    inner join {{ ref('int_calendar_days') }} as days
        on
            spans.first_day <= days.day_at
            and coalesce(spans.left_on_day, {{ add_days('last_day.day_at', 1) }}) > days.day_at
    where spans.left_on_day is null or spans.left_on_day > spans.first_day
),

every_day as (

    select days.day_at
    from {{ ref('int_calendar_days') }} as days
    cross join last_day
    where days.day_at between (select min(spans.first_day) from spans) and last_day.day_at

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
from nights
group by snapshot_date, channel, queue_id, agent_id, reason_id, priority, status
union all
select
    day_at as snapshot_date,
    cast(null as varchar) as channel,
    cast(null as varchar) as queue_id,
    cast(null as varchar) as agent_id,
    cast(null as varchar) as reason_id,
    cast(null as varchar) as priority,
    'none' as status,
    cast(0 as bigint) as active_cases,
    cast(0 as bigint) as pending_cases,
    cast(0 as bigint) as aged_cases,
    cast(0 as bigint) as age_seconds
from every_day
