-- One row per case that is itself a contact: a message or form (any helpdesk), or a case of a file
-- drop that names its channel, which may be a word that nobody knows here (channel unknown). A phone
-- case of the helpdesk belongs to the call's contact.
-- A case that was merged into another stays, marked: it counts nowhere, and the other starts when the
-- earliest of them did.
-- A case of a live channel is only the record of a call or chat: of its queue nothing is known, so
-- it was handled but never offered, and has no wait.
-- What a bot served alone has met no queue and no agent.
-- The first public reply of an agent answers. A source that delivers no messages cannot tell when
-- that was: its cases count as answered when work begins, and have no response time.
with

cases as (

    select
        cases.*,
        {{ flag(
            "coalesce(channels.is_live, 0) = 0 and (cases.source_system = 'zendesk' or cases.has_comments = 1)"
        ) }} as is_reply_known,
        case when cases.is_bot_only = 1 then 0 else coalesce(channels.is_live, 0) end as is_record
    from {{ ref('int_cases') }} as cases
    left join {{ ref('channels') }} as channels on cases.channel = channels.channel
    where cases.is_deleted = 0

)

select
    case_id as contact_id,
    source_system,
    native_case_id as native_contact_id,
    cast(null as string) as parent_contact_id,
    case
        when is_bot_only = 1 then 'self_service'
        when is_record = 1 then 'recorded'
        else 'async'
    end as contact_kind,
    case_id,
    customer_id,
    case when is_bot_only = 0 then first_queue_id end as first_queue_id,
    case when is_bot_only = 0 then queue_id end as last_queue_id,
    case when is_reply_known = 1 then first_reply_agent_id else agent_id end as first_agent_id,
    case when is_reply_known = 1 then last_reply_agent_id else agent_id end as last_agent_id,
    channel,
    direction,
    direction as initiation,
    reason_id,
    case when reason_id is not null then 'case_field' end as reason_source,
    cast(null as string) as product_id,
    language,
    created_at as started_at,
    case when is_record = 0 and is_bot_only = 0 then created_at end as queued_at,
    case
        when is_bot_only = 1 then null
        when is_reply_known = 1 then first_reply_at
        else least(first_work_at, first_solved_at)
    end as answered_at,
    case when is_record = 0 then first_reply_at end as first_response_at,
    first_solved_at as ended_at,
    case when is_bot_only = 0 then first_solved_at end as wrapped_at,
    cast(0 as bigint) as pre_queue_seconds,
    case
        when is_record = 0 then {{ exact_span_seconds('created_at', 'first_reply_at') }}
    end as wait_exact_seconds,
    case when first_solved_at is not null and is_bot_only = 0 then time_spent_seconds end as handle_seconds,
    case when is_bot_only = 1 and is_bot_resolved = 1 then 'resolved' end as outcome,
    is_reply_known,
    last_customer_message_at,
    0 as is_informed,
    is_spam,
    is_test,
    is_internal,
    {{ flag('merged_into_case_id is not null') }} as is_merged_child,
    load_id
from cases
where is_channel_named = 1 and not (source_system = 'zendesk' and channel = 'voice')
