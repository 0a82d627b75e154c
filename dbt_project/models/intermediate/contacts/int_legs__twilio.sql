-- One row per stretch of a TaskRouter task in one queue, with at most one agent, up to as-of.
-- A leg starts when the task enters a queue. A reservation belongs to the leg in which it was
-- offered, whenever it ends: after-call work of a transferred leg runs on while the next leg rings.
with

events as (

    select * from {{ ref('stg_twilio__events') }}
    where occurred_at <= {{ as_of() }}

),

workers as (

    select * from {{ ref('int_agent_ids') }}
    where source_system = 'twilio'

),

no_customers as (

    -- Calls to test a line, and calls between the staff.
    select distinct task_sid
    from events
    where purpose in ('test', 'internal')

),

task_ends as (

    select
        task_sid,
        min(occurred_at) as canceled_at,
        {{ first_by('canceled_reason', 'occurred_at') }} as canceled_reason
    from events
    where event_type = 'task.canceled'
    group by task_sid

),

queue_entries as (

    select
        task_sid,
        task_channel,
        task_queue_sid,
        occurred_at as queued_at,
        row_number() over (partition by task_sid order by occurred_at, event_sid) as leg_no,
        lead(occurred_at) over (partition by task_sid order by occurred_at, event_sid) as next_queued_at
    from events
    where event_type = 'task-queue.entered'

),

reservations as (

    select
        task_sid,
        reservation_sid,
        max(worker_sid) as worker_sid,
        min(occurred_at) as offered_at,
        min(case when event_type = 'reservation.accepted' then occurred_at end) as connected_at,
        min(case when event_type = 'reservation.wrapup' then occurred_at end) as wrapup_at,
        min(case when event_type = 'reservation.completed' then occurred_at end) as completed_at,
        max(case
            when event_type in ('reservation.wrapup', 'reservation.completed') then hold_seconds
        end) as hold_seconds
    from events
    where reservation_sid is not null and event_type like 'reservation.%'
    group by task_sid, reservation_sid

),

transfers as (

    select
        task_sid,
        transfer_mode,
        occurred_at as transferred_at
    from events
    where event_type = 'task.transfer-initiated'

),

accepted as (

    -- Offers that nobody picked up ring on within the wait; only the accepted one is the leg's.
    select
        queue_entries.task_sid,
        queue_entries.leg_no,
        reservations.worker_sid,
        reservations.connected_at,
        {{ span_seconds('reservations.offered_at', 'reservations.connected_at') }} as ring_seconds,
        coalesce(reservations.wrapup_at, reservations.completed_at) as left_at,
        reservations.completed_at as wrapped_at,
        coalesce(reservations.hold_seconds, 0) as hold_seconds
    from queue_entries
    inner join reservations
        on
            queue_entries.task_sid = reservations.task_sid
            and queue_entries.queued_at <= reservations.offered_at
            and (
                queue_entries.next_queued_at is null
                or queue_entries.next_queued_at > reservations.offered_at
            )
    where reservations.connected_at is not null
    qualify row_number() over (
        partition by queue_entries.task_sid, queue_entries.leg_no
        order by reservations.connected_at, reservations.reservation_sid
    ) = 1

),

handed_on as (

    select
        accepted.task_sid,
        accepted.leg_no,
        {{ last_by('transfers.transfer_mode', 'transfers.transferred_at') }} as transfer_mode
    from accepted
    inner join queue_entries
        on accepted.task_sid = queue_entries.task_sid and accepted.leg_no = queue_entries.leg_no
    inner join transfers
        on
            accepted.task_sid = transfers.task_sid
            and accepted.connected_at <= transfers.transferred_at
            and (
                queue_entries.next_queued_at is null
                or queue_entries.next_queued_at >= transfers.transferred_at
            )
    group by accepted.task_sid, accepted.leg_no

)

select
    'twilio:' || queue_entries.task_sid as contact_id,
    queue_entries.task_sid as native_contact_id,
    cast(queue_entries.leg_no as integer) as leg_no,
    queue_entries.task_channel as channel,
    'twilio:' || queue_entries.task_queue_sid as queue_id,
    coalesce(workers.agent_id, 'twilio:' || accepted.worker_sid) as agent_id,
    queue_entries.queued_at,
    accepted.connected_at,
    case
        when accepted.connected_at is not null then accepted.left_at
        else coalesce(queue_entries.next_queued_at, task_ends.canceled_at)
    end as left_at,
    accepted.wrapped_at,
    case
        when accepted.connected_at is not null and queue_entries.next_queued_at is not null
            then 'transferred_internal'
        when accepted.left_at is not null then 'answered'
        when accepted.connected_at is not null then 'connected'
        when queue_entries.next_queued_at is not null then 'overflow'
        when task_ends.canceled_reason = 'callback requested' then 'callback'
        when task_ends.canceled_reason = 'hangup' then 'abandoned'
        when task_ends.canceled_at is not null then 'overflow'
        else 'waiting'
    end as left_reason,
    case
        when queue_entries.next_queued_at is null then null
        when handed_on.transfer_mode = 'WARM' then 'warm'
        when accepted.connected_at is not null then 'blind'
    end as transfer_type,
    accepted.ring_seconds,
    accepted.hold_seconds,
    {{ flag('no_customers.task_sid is not null') }} as is_left_out
from queue_entries
left join accepted
    on queue_entries.task_sid = accepted.task_sid and queue_entries.leg_no = accepted.leg_no
left join handed_on
    on queue_entries.task_sid = handed_on.task_sid and queue_entries.leg_no = handed_on.leg_no
left join task_ends on queue_entries.task_sid = task_ends.task_sid
left join no_customers on queue_entries.task_sid = no_customers.task_sid
left join workers on accepted.worker_sid = workers.native_agent_id
