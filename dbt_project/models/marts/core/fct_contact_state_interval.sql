-- One row per contact or case, and stretch of time in one state: half-open, one after the other without
-- a gap, the last of what still goes on without an end. A written contact is its case. After-call work of
-- a transferred leg runs beside the next one and is no state of the contact.
with

contacts as (

    -- Over is over: what a source puts after the end of a contact, or its end before its beginning, is
    -- counted among the exclusions (E7) and makes no state here.
    select
        contact_id,
        started_at,
        case
            when ended_at is not null and (wrapped_at is not null or is_handled = 0)
                then greatest(started_at, coalesce(wrapped_at, ended_at))
        end as over_at
    from {{ ref('fct_contact') }}
    where case_id is null or contact_id <> case_id

),

last_legs as (

    select
        contact_id,
        max(leg_no) as leg_no
    from {{ ref('fct_contact_leg') }}
    where leg_no > 1
    group by contact_id

),

legs as (

    select
        legs.contact_id,
        legs.leg_no,
        least(legs.queued_at, contacts.over_at) as queued_at,
        case when legs.connected_at is not null then least(legs.connected_at, contacts.over_at) end
            as connected_at,
        case when legs.left_at is not null then least(legs.left_at, contacts.over_at) end as left_at,
        contacts.started_at,
        {{ flag('legs.leg_no = coalesce(last_legs.leg_no, legs.leg_no)') }} as is_last
    from {{ ref('fct_contact_leg') }} as legs
    inner join contacts on legs.contact_id = contacts.contact_id
    left join last_legs on legs.contact_id = last_legs.contact_id

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
    where queued_at >= started_at
    union all
    select
        contact_id,
        connected_at as step_at,
        leg_no * 10 + 2 as step_order,
        'handled' as state
    from legs
    where connected_at >= started_at
    union all
    select
        contact_id,
        left_at as step_at,
        leg_no * 10 + 3 as step_order,
        case when connected_at is not null then 'wrap_up' end as state
    from legs
    where left_at >= started_at and is_last = 1
    union all
    select
        contact_id,
        over_at as step_at,
        1000000 as step_order,
        cast(null as string) as state
    from contacts
    where over_at is not null

),

contact_intervals as (

    -- Of several steps in one instant the last one holds: those before it end where they begin.
    select
        contact_id as entity_id,
        state,
        step_at as from_at,
        lead(step_at) over (partition by contact_id order by step_at, step_order) as to_at
    from steps

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
    where state is not null and (to_at is null or to_at > from_at)
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
