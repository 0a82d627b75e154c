-- One row per thing that happened to a contact or case, as its system told it: who wrote, who took it, where
-- it went, when it ended. A written contact is its case; a case that a call left behind names the case only.
-- event_no runs through one contact, or one case without a contact, in order of time.
-- The loop below writes rows; the linter would judge their indent as if written by hand.
-- noqa: disable=LT02
with

contacts as (

    select * from {{ ref('fct_contact') }}

),

case_events as (

    select * from {{ ref('int_case_events') }}

),

spans as (

    select * from {{ ref('int_case_status_spans') }}

),

from_contacts as (

    select
        contact_id,
        case_id,
        started_at as occurred_at,
        0 as step,
        'created' as event_type,
        case when direction = 'inbound' then 'customer' else 'agent' end as actor_role,
        cast(null as string) as agent_id,
        first_queue_id as queue_id,
        cast(null as integer) as is_public
    from contacts
    union all
    select
        contact_id,
        case_id,
        ended_at as occurred_at,
        9000000 as step,
        'ended' as event_type,
        cast(null as string) as actor_role,
        last_agent_id as agent_id,
        last_queue_id as queue_id,
        cast(null as integer) as is_public
    from contacts
    where ended_at is not null and (case_id is null or contact_id <> case_id)

),

leg_steps as (

    select
        legs.*,
        contacts.case_id
    from {{ ref('fct_contact_leg') }} as legs
    inner join contacts on legs.contact_id = contacts.contact_id

),

from_legs as (

    {%- for event, at, condition in [
        ('queued', 'queued_at', 'is_queue_entry = 1'),
        ('assigned', 'connected_at', 'is_connected = 1'),
        ('transferred', 'left_at', "left_reason = 'transferred_internal'"),
    ] %}
    select
        contact_id,
        case_id,
        {{ at }} as occurred_at,
        leg_no * 10 + {{ loop.index }} as step,
        '{{ event }}' as event_type,
        {{ "cast(null as string)" if event == 'queued' else "'agent'" }} as actor_role,
        {{ "cast(null as string)" if event == 'queued' else 'agent_id' }} as agent_id,
        queue_id,
        cast(null as integer) as is_public
    from leg_steps
    where {{ condition }} and {{ at }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

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
        invitations.sent_at as occurred_at,
        9000001 as step,
        'survey_sent' as event_type,
        'auto' as actor_role,
        cast(null as string) as agent_id,
        cast(null as string) as queue_id,
        cast(null as integer) as is_public
    from {{ ref('fct_survey_invitation') }} as invitations
    inner join contacts on invitations.contact_id = contacts.contact_id
    where invitations.is_delivered = 1

),

unioned as (

    select * from from_contacts
    union all
    select * from from_legs
    union all
    select * from from_surveys
    union all
    select
        contacts.contact_id,
        from_cases.case_id,
        from_cases.occurred_at,
        from_cases.step,
        from_cases.event_type,
        from_cases.actor_role,
        from_cases.agent_id,
        cast(null as string) as queue_id,
        from_cases.is_public
    from from_cases
    left join contacts
        on from_cases.case_id = contacts.contact_id

)

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
    is_public
from unioned
