-- One row per contact or case, and stretch of time in one state: half-open, one after the other without
-- a gap, the last of what still goes on without an end. A written contact is its case. After-call work of
-- a transferred leg runs beside the next one and is no state of the contact.
with

contacts as (

    select * from {{ ref('fct_contact') }}
    where case_id is null or contact_id <> case_id

),

legs as (

    select
        *,
        max(leg_no) over (partition by contact_id) as last_leg_no
    from {{ ref('fct_contact_leg') }}

),

steps as (

    select
        contact_id,
        started_at as step_at,
        0 as step_order,
        'before_queue' as state
    from contacts
    union all
    select
        contact_id,
        queued_at as step_at,
        leg_no * 10 + 1 as step_order,
        'waiting' as state
    from legs
    union all
    select
        contact_id,
        connected_at as step_at,
        leg_no * 10 + 2 as step_order,
        'handled' as state
    from legs
    where connected_at is not null
    union all
    select
        contact_id,
        left_at as step_at,
        leg_no * 10 + 3 as step_order,
        case when connected_at is not null then 'wrap_up' end as state
    from legs
    where left_at is not null and leg_no = last_leg_no
    union all
    select
        contact_id,
        coalesce(wrapped_at, ended_at) as step_at,
        1000000 as step_order,
        cast(null as string) as state
    from contacts
    where ended_at is not null and (wrapped_at is not null or is_handled = 0)

),

distinct_steps as (

    -- Of several steps in one instant the last one holds.
    select steps.*
    from steps
    inner join contacts on steps.contact_id = contacts.contact_id
    where steps.step_at >= contacts.started_at
    qualify row_number() over (
        partition by steps.contact_id, steps.step_at order by steps.step_order desc
    ) = 1

),

contact_intervals as (

    select
        contact_id as entity_id,
        state,
        step_at as from_at,
        lead(step_at) over (partition by contact_id order by step_at) as to_at
    from distinct_steps

),

case_intervals as (

    select
        spans.case_id as entity_id,
        spans.status as state,
        spans.from_at,
        spans.to_at
    from {{ ref('int_case_status_spans') }} as spans
    inner join {{ ref('fct_case') }} as cases on spans.case_id = cases.case_id

),

intervals as (

    select
        'contact' as entity_type,
        *
    from contact_intervals
    where state is not null
    union all
    select
        'case' as entity_type,
        *
    from case_intervals
    where to_at is null or to_at > from_at

)

select
    entity_type,
    entity_id,
    cast(row_number() over (partition by entity_type, entity_id order by from_at) as integer) as interval_no,
    state,
    from_at,
    to_at,
    case when to_at is not null then {{ seconds_between('from_at', 'to_at') }} end as state_seconds
from intervals
