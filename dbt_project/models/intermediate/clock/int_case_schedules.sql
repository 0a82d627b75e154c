-- One row per stretch of time in which a case is on one schedule, half-open; the first stretch
-- holds from the case's creation. A case follows the schedules that its source puts it on, else the
-- opening hours of the queues it passes; without either, schedule_id is null: the calendar clock.
with

cases as (

    select * from {{ ref('int_case_records') }}

),

events as (

    select * from {{ ref('int_case_events') }}

),

queues as (

    select * from {{ ref('int_queues') }}

),

listed as (

    select * from {{ ref('stg_files__case_schedules') }}

),

own_schedules as (

    -- One at a time: a newer one ends the one before, whatever end that was given; of two that begin at
    -- once the one that lasts longer holds.
    select
        source_dataset || ':' || native_case_id as case_id,
        schedule_id,
        valid_from as from_at,
        least(
            valid_to,
            lead(valid_from) over (
                partition by source_dataset, native_case_id
                order by valid_from, valid_to nulls last, schedule_id
            )
        ) as to_at
    from listed
    where valid_to is null or valid_to > valid_from

),

cases_on_their_own as (

    select distinct case_id from own_schedules

),

group_changes as (

    select
        case_id,
        'zendesk:' || new_value as queue_id,
        occurred_at as from_at,
        event_order
    from events
    where source_system = 'zendesk' and field_name = 'group_id' and new_value <> ''

),

queue_entries as (

    -- Where the source does not tell the queues a case passed, the one it names held all along.
    select * from group_changes
    union all
    select
        case_id,
        source_queue_id as queue_id,
        created_at as from_at,
        0 as event_order
    from cases
    where case_id not in (select group_changes.case_id from group_changes)

),

queue_schedules as (

    -- A move between queues with the same hours starts no new stretch.
    select
        queue_entries.case_id,
        queues.schedule_id,
        queue_entries.from_at,
        queue_entries.event_order
    from queue_entries
    left join cases_on_their_own on queue_entries.case_id = cases_on_their_own.case_id
    left join queues on queue_entries.queue_id = queues.queue_id
    where cases_on_their_own.case_id is null
    qualify queues.schedule_id is distinct from lag(queues.schedule_id, 1, '(none)') over (
        partition by queue_entries.case_id order by queue_entries.from_at, queue_entries.event_order
    )

),

stretches as (

    select
        case_id,
        schedule_id,
        from_at,
        to_at,
        row_number() over (partition by case_id order by from_at, to_at nulls last, schedule_id)
            as stretch_no
    from own_schedules
    union all
    select
        case_id,
        schedule_id,
        from_at,
        lead(from_at) over (partition by case_id order by from_at, event_order) as to_at,
        row_number() over (partition by case_id order by from_at, event_order) as stretch_no
    from queue_schedules

)

select
    case_id,
    schedule_id,
    case when stretch_no = 1 then timestamp '1970-01-01 00:00:00' else from_at end as from_at,
    coalesce(to_at, timestamp '2200-01-01 00:00:00') as to_at
from stretches
