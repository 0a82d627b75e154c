-- One row per contact or case, and stretch of time in one state: half-open, one after the other without
-- a gap, the last of what still goes on without an end. A written contact is its case. After-call work of
-- a transferred leg runs beside the next one and is no state of the contact.
-- The loops below write columns and rows; the linter would judge their layout as if written by hand.
-- noqa: disable=LT02,LT05
{{ config(materialized='tail', meta={'tail': 'in_tail_or_case', 'tail_arguments': ['contact_started_at']}) }}
{% set moments = ['started_at', 'queued_at', 'connected_at', 'left_at', 'over_at'] %}
{#- Which state a contact is in from each of them on; none is left once it is over. -#}
{% set states = {
    'before_queue': 'started_at', 'waiting': 'queued_at', 'handled': 'connected_at', 'wrap_up': 'left_at',
} %}
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
    where {{ in_tail('started_at') }} and (case_id is null or contact_id <> case_id)

),

last_legs as (

    select
        contact_id,
        max(leg_no) as leg_no
    from {{ ref('fct_contact_leg') }}
    where leg_no > 1 and {{ in_tail('contact_started_at') }}
    group by contact_id

),

staged as (

    -- One row per leg, and per contact without one.
    select
        contacts.contact_id,
        contacts.started_at,
        {%- for moment in moments[1:4] %}
            case when legs.{{ moment }} is not null then least(legs.{{ moment }}, contacts.over_at) end as {{ moment }},
        {%- endfor %}
        contacts.over_at,
        legs.leg_no,
        last_legs.leg_no as last_leg_no
    from contacts
    left join {{ ref('fct_contact_leg') }} as legs
        on contacts.contact_id = legs.contact_id and {{ in_tail('legs.contact_started_at') }}
    left join last_legs on contacts.contact_id = last_legs.contact_id

),

-- Nearly every contact has one leg at most, and its moments in order: each of its states ends with the next
-- moment that is known. Only the others are sorted.
judged as (

    select
        *,
        {{ flag('last_leg_no is null and ' ~ in_order(moments)) }} as is_plain
    from staged

),

plain as (

    select
        contact_id,
        started_at,
        {%- for state, from_at in states.items() %}
            {%- set to_at = 'coalesce(' ~ moments[loop.index:] | join(', ') ~ ')' %}
            {{ from_at }} as {{ state }}_from_at,
            {{ to_at }} as {{ state }}_to_at,
            {{ flag(
                from_at ~ ' is not null and coalesce(' ~ to_at ~ ' > ' ~ from_at ~ ', true)'
                ~ (' and connected_at is not null' if state == 'wrap_up' else '')
            ) }} as is_{{ state }}{{ ',' if not loop.last }}
        {%- endfor %}
    from judged
    where is_plain = 1

),

plain_intervals as (

    {%- for state in states %}
    select
        'contact' as entity_type,
        contact_id as entity_id,
        is_{{ (states | list)[:loop.index] | join(' + is_') }} as interval_no,
        '{{ state }}' as state,
        {{ state }}_from_at as from_at,
        {{ state }}_to_at as to_at,
        started_at as contact_started_at
    from plain
    where is_{{ state }} = 1
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

legs as (

    select * from judged
    where is_plain = 0

),

steps as (

    select distinct
        contact_id,
        started_at,
        started_at as step_at,
        0 as step_order,
        'before_queue' as state
    from legs
    union all
    select
        contact_id,
        started_at,
        queued_at as step_at,
        leg_no * 10 + 1 as step_order,
        'waiting' as state
    from legs
    where queued_at >= started_at
    union all
    select
        contact_id,
        started_at,
        connected_at as step_at,
        leg_no * 10 + 2 as step_order,
        'handled' as state
    from legs
    where connected_at >= started_at
    union all
    select
        contact_id,
        started_at,
        left_at as step_at,
        leg_no * 10 + 3 as step_order,
        case when connected_at is not null then 'wrap_up' end as state
    from legs
    where left_at >= started_at and leg_no = coalesce(last_leg_no, leg_no)
    union all
    select distinct
        contact_id,
        started_at,
        over_at as step_at,
        1000000 as step_order,
        cast(null as string) as state
    from legs
    where over_at is not null

),

contact_intervals as (

    -- Of several steps in one instant the last one holds: those before it end where they begin.
    select
        contact_id as entity_id,
        state,
        step_at as from_at,
        lead(step_at) over (partition by contact_id order by step_at, step_order) as to_at,
        started_at as contact_started_at
    from steps

),

case_intervals as (

    select
        spans.case_id as entity_id,
        spans.status as state,
        spans.from_at,
        spans.to_at,
        cast(null as timestamp) as contact_started_at
    from {{ ref('int_case_status_spans') }} as spans
    inner join {{ ref('fct_case') }} as cases on spans.case_id = cases.case_id

),

sorted_intervals as (

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

),

intervals as (

    select * from plain_intervals
    union all
    select
        entity_type,
        entity_id,
        row_number() over (partition by entity_type, entity_id order by from_at) as interval_no,
        state,
        from_at,
        to_at,
        contact_started_at
    from sorted_intervals

)

select
    entity_type,
    entity_id,
    cast(interval_no as integer) as interval_no,
    state,
    from_at,
    to_at,
    case when to_at is not null then {{ seconds_between('from_at', 'to_at') }} end as state_seconds,
    contact_started_at
from intervals
