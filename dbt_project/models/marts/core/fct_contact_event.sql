-- One row per thing that happened to a contact or case, as its system told it: who wrote, who took it, where
-- it went, when it ended. A written contact is its case; a case that a call left behind names the case only.
-- event_no runs through one contact, or one case without a contact, in order of time.
-- The loops below write columns and rows; the linter would judge their layout as if written by hand.
-- noqa: disable=LT02,LT05
{{ config(materialized='tail', meta={'tail': 'in_tail_or_case', 'tail_arguments': ['contact_started_at']}) }}
{% set unsaid = 'cast(null as string)' %}
{#- What happens to a contact and in its legs, in the order of one leg: when, whether, and who and where. -#}
{% set created_by = "case when direction = 'inbound' then 'customer' else 'agent' end" %}
{% set events = {
    'created': ('started_at', 'true', '0', created_by, unsaid, 'first_queue_id'),
    'queued': ('queued_at', 'is_queue_entry = 1', 'leg_no * 10 + 1', unsaid, unsaid, 'queue_id'),
    'assigned': ('connected_at', 'is_connected = 1', 'leg_no * 10 + 2', "'agent'", 'agent_id', 'queue_id'),
    'transferred': (
        'left_at', "left_reason = 'transferred_internal'", 'leg_no * 10 + 3', "'agent'", 'agent_id', 'queue_id'
    ),
    'ended': (
        'ended_at', 'case_id is null or contact_id <> case_id', '9000000', unsaid, 'last_agent_id', 'last_queue_id'
    ),
} %}
{% set of_contact = ['created', 'ended'] %}
{% set moments = [] %}
{% for event in events %}
    {% do moments.append(event ~ '_event_at') %}
{% endfor %}
with

contacts as (

    select * from {{ ref('fct_contact') }}
    where {{ in_tail('started_at') }}

),

written_contacts as (

    select
        contact_id,
        started_at
    from {{ ref('fct_contact') }}
    where contact_id = case_id

),

case_events as (

    select * from {{ ref('int_case_events') }}

),

spans as (

    select * from {{ ref('int_case_status_spans') }}

),

invitations as (

    select * from {{ ref('fct_survey_invitation') }}
    where is_delivered = 1 and contact_id is not null

),

with_more as (

    select contact_id from {{ ref('fct_contact_leg') }}
    where leg_no > 1 and {{ in_tail('contact_started_at') }}
    union
    select contact_id from invitations

),

staged as (

    -- One row per leg, and per contact without one.
    select
        contacts.contact_id,
        contacts.case_id,
        contacts.direction,
        contacts.first_queue_id,
        contacts.last_queue_id,
        contacts.last_agent_id,
        contacts.started_at,
        contacts.ended_at,
        legs.leg_no,
        legs.queue_id,
        legs.agent_id,
        legs.queued_at,
        legs.connected_at,
        legs.left_at,
        legs.left_reason,
        legs.is_queue_entry,
        legs.is_connected,
        {{ flag(
            'with_more.contact_id is null and (contacts.case_id is null or contacts.contact_id <> contacts.case_id)'
        ) }} as is_one_leg
    from contacts
    left join {{ ref('fct_contact_leg') }} as legs
        on contacts.contact_id = legs.contact_id and {{ in_tail('legs.contact_started_at') }}
    left join with_more on contacts.contact_id = with_more.contact_id

),

timed as (

    select
        *,
        {%- for event, (at, condition, _, _, _, _) in events.items() %}
            case when {{ condition }} then {{ at }} end as {{ event }}_event_at{{ ',' if not loop.last }}
        {%- endfor %}
    from staged

),

-- Nearly every contact has one leg at most, its events in that order and nothing else: they are numbered as
-- they come. Only the others are sorted.
judged as (

    select
        *,
        {{ flag('is_one_leg = 1 and ' ~ in_order(moments)) }} as is_plain
    from timed

),

{%- for rows in ['plain_events', 'from_contacts'] %}
{{ rows }} as (

    {%- for event, (_, _, step, actor, agent, queue) in events.items() %}
    select {{ 'distinct' if rows == 'from_contacts' and event in of_contact }}
        contact_id,
        case_id,
        {%- if rows == 'plain_events' %}
        1 {%- for earlier in moments[:loop.index0] %} + {{ flag(earlier ~ ' is not null') }} {%- endfor %} as event_no,
        {%- else %}
        {{ step }} as step,
        {%- endif %}
        {{ event }}_event_at as occurred_at,
        '{{ event }}' as event_type,
        {{ actor }} as actor_role,
        {{ agent }} as agent_id,
        {{ queue }} as queue_id,
        cast(null as integer) as is_public,
        started_at as contact_started_at
    from judged
    where is_plain = {{ 1 if rows == 'plain_events' else 0 }} and {{ event }}_event_at is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),
{% endfor %}
from_cases as (

    select
        case_id,
        occurred_at,
        event_order as step,
        case
            when event_kind = 'comment' and is_public = 0 then 'note'
            when event_kind = 'comment' and actor_role = 'customer' then 'message_in'
            when event_kind = 'comment' then 'message_out'
            when field_name = 'assignee_id' then 'assigned'
            when field_name = 'group_id' then 'transferred'
            when field_name = 'merged_into' then 'merged'
            when field_name = 'tags' then 'tagged'
        end as event_type,
        actor_role,
        agent_id,
        is_public
    from case_events
    where
        event_kind = 'comment'
        or (event_kind = 'change' and field_name in ('assignee_id', 'group_id', 'merged_into', 'tags'))
    union all
    select
        case_id,
        from_at as occurred_at,
        span_no as step,
        case
            when status in ('solved', 'closed') then status
            when previous_status in ('solved', 'closed') then 'reopened'
            else 'held'
        end as event_type,
        cast(null as string) as actor_role,
        cast(null as string) as agent_id,
        cast(null as integer) as is_public
    from spans
    where
        (status in ('solved', 'closed', 'hold') and coalesce(previous_status, '') <> status)
        or (previous_status in ('solved', 'closed') and is_solved_state = 0 and status <> 'deleted')

),

from_surveys as (

    select
        contacts.contact_id,
        contacts.case_id,
        9000001 as step,
        invitations.sent_at as occurred_at,
        'survey_sent' as event_type,
        'auto' as actor_role,
        cast(null as string) as agent_id,
        cast(null as string) as queue_id,
        cast(null as integer) as is_public,
        contacts.started_at as contact_started_at
    from invitations
    inner join contacts on invitations.contact_id = contacts.contact_id

),

unioned as (

    select * from from_contacts
    union all
    select * from from_surveys
    union all
    select
        written_contacts.contact_id,
        from_cases.case_id,
        from_cases.step,
        from_cases.occurred_at,
        from_cases.event_type,
        from_cases.actor_role,
        from_cases.agent_id,
        cast(null as string) as queue_id,
        from_cases.is_public,
        written_contacts.started_at as contact_started_at
    from from_cases
    left join written_contacts
        on from_cases.case_id = written_contacts.contact_id
    where {{ in_tail_or_case('written_contacts.started_at') }}

)

select * from plain_events
union all
select
    contact_id,
    case_id,
    row_number() over (
        partition by coalesce(contact_id, case_id)
        order by occurred_at, step, event_type, actor_role, agent_id, is_public
    ) as event_no,
    occurred_at,
    event_type,
    actor_role,
    agent_id,
    queue_id,
    is_public,
    contact_started_at
from unioned
