-- One row per case of any helpdesk with its life folded up to as-of. Cases that are no customer's
-- (population P-CASE) are still here, marked: facts leave them out, data quality counts them.
{#- Several files number their rows each on its own: time first. -#}
{% set in_order = ['occurred_at', 'event_order'] %}

with

cases as (

    select * from {{ ref('int_case_records') }}

),

events as (

    select * from {{ ref('int_case_events') }}

),

spans as (

    select * from {{ ref('int_case_status_spans') }}

),

staff as (

    select * from {{ ref('int_agent_ids') }}
    where source_system = 'zendesk'

),

states as (

    -- A solve is the step into solved, or into closed from work; solved then closed is one solve.
    select
        case_id,
        {{ last_by('status', 'span_no') }} as status,
        {{ last_by('is_solved_state', 'span_no') }} as is_solved_now,
        min(case
            when is_solved_state = 1 and coalesce(previous_status, 'new') not in ('solved', 'closed')
                then from_at
        end) as first_solved_at,
        max(case
            when is_solved_state = 1 and coalesce(previous_status, 'new') not in ('solved', 'closed')
                then from_at
        end) as last_solved_at,
        max(case when status = 'closed' then from_at end) as closed_at,
        sum(is_reopening) as reopens,
        count(case
            when is_solved_state = 1 and coalesce(previous_status, 'new') not in ('solved', 'closed') then 1
        end) as solves,
        min(case when is_reopening = 1 then from_at end) as first_reopened_at,
        min(case when status <> 'new' and span_no > 1 then from_at end) as first_work_at
    from spans
    group by case_id

),

replies as (

    select
        case_id,
        count(*) as public_agent_replies,
        min(occurred_at) as first_reply_at,
        {{ first_by('agent_id', in_order) }} as first_reply_agent_id,
        {{ last_by('agent_id', in_order) }} as last_reply_agent_id
    from events
    where event_kind = 'comment' and actor_role = 'agent' and is_public = 1
    group by case_id

),

known_solves as (

    -- A source that states when the case was solved knows better than its log of changes.
    select
        case_id,
        source_solved_at
    from cases
    where source_solved_at between created_at and {{ as_of() }}

),

comments as (

    select
        case_id,
        max(case when actor_role = 'customer' and is_public = 1 then 1 else 0 end) as has_customer_comment,
        max(
            case when actor_role = 'customer' and is_public = 1 then occurred_at end
        ) as last_customer_message_at
    from events
    where event_kind = 'comment'
    group by case_id

),

assignments as (

    select
        case_id,
        {{ first_by("case when field_name = 'group_id' then nullif(new_value, '') end", in_order) }}
            as first_group_id,
        {{ last_by("case when field_name = 'group_id' then nullif(new_value, '') end", in_order) }}
            as last_group_id,
        {{ last_by("case when field_name = 'assignee_id' then nullif(new_value, '') end", in_order) }}
            as last_assignee_id,
        {{ last_by("case when field_name = 'priority' then lower(new_value) end", in_order) }}
            as priority,
        min(case
            when field_name in ('assignee_id', 'agent', 'assigned_to') and nullif(new_value, '') is not null
                then occurred_at
        end) as first_assigned_at
    from events
    where event_kind in ('create', 'change')
    group by case_id

),

folded as (

    select
        cases.case_id,
        cases.source_system,
        cases.native_case_id,
        cases.channel,
        cases.is_channel_named,
        cases.direction,
        cases.customer_id,
        case
            when cases.source_system = 'zendesk'
                then coalesce('zendesk:' || assignments.first_group_id, cases.source_queue_id)
            else cases.source_queue_id
        end as first_queue_id,
        case
            when cases.source_system = 'zendesk'
                then coalesce('zendesk:' || assignments.last_group_id, cases.source_queue_id)
            else cases.source_queue_id
        end as queue_id,
        case
            when cases.source_system = 'zendesk'
                then coalesce(staff.agent_id, replies.last_reply_agent_id, cases.source_agent_id)
            else coalesce(cases.source_agent_id, replies.last_reply_agent_id)
        end as agent_id,
        replies.first_reply_agent_id,
        replies.last_reply_agent_id,
        cases.reason_id,
        coalesce(assignments.priority, cases.priority) as priority,
        cases.language,
        cases.call_contact_id,
        coalesce(states.status, cases.source_status, 'new') as status,
        cases.created_at,
        least(
            states.first_solved_at,
            case when states.is_solved_now = 1 then known_solves.source_solved_at end
        ) as first_solved_at,
        case
            when states.is_solved_now = 1 then coalesce(known_solves.source_solved_at, states.last_solved_at)
            else states.last_solved_at
        end as last_solved_at,
        states.closed_at,
        replies.first_reply_at,
        least(states.first_work_at, assignments.first_assigned_at) as first_work_at,
        cast(coalesce(replies.public_agent_replies, 0) as integer) as public_agent_replies,
        cast(coalesce(states.reopens, 0) as integer) as reopens,
        cast(coalesce(states.solves, 0) as integer) as solves,
        states.first_reopened_at,
        cases.time_spent_seconds,
        cases.is_sla_met_by_source,
        cases.merged_into_case_id,
        cases.is_spam,
        -- Once a person has replied or been assigned it is a case like any other.
        {{ flag(
            'cases.is_bot_case = 1 and replies.case_id is null and staff.agent_id is null'
            ~ ' and comments.has_customer_comment = 1'
        ) }} as is_bot_only,
        cases.is_bot_resolved,
        cases.is_problem,
        cases.is_test,
        cases.complaint_level,
        cases.is_internal,
        comments.last_customer_message_at,
        cases.load_id,
        -- Who was deleted and restored is a case again.
        {{ flag("states.status = 'deleted' or cases.source_status = 'deleted'") }} as is_deleted,
        {{ flag('comments.case_id is not null') }} as has_comments,
        -- What an agent sent of their own accord is no customer's case until the customer writes.
        {{ flag("cases.direction = 'outbound' and comments.has_customer_comment = 0") }} as is_proactive
    from cases
    left join states on cases.case_id = states.case_id
    left join known_solves on cases.case_id = known_solves.case_id
    left join replies on cases.case_id = replies.case_id
    left join comments on cases.case_id = comments.case_id
    left join assignments on cases.case_id = assignments.case_id
    left join staff on assignments.last_assignee_id = staff.native_agent_id

)

select
    folded.*,
    {{ flag(
        'is_spam = 0 and is_test = 0 and is_internal = 0 and is_deleted = 0 and is_problem = 0'
        ~ ' and is_proactive = 0 and is_bot_only = 0 and merged_into_case_id is null'
    ) }} as is_customer_case
from folded
