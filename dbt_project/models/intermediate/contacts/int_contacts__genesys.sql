-- One row per conversation and medium that no other telephony has too, begun up to as-of: a callback
-- is a contact of its own, whose parent is the call that asked for it. A call that ends in the IVR is
-- a contact once it has ended: until then it may yet be queued.
-- While a centre moves over, both systems may hold the same contact: the conversation names Twilio's
-- task or call, or it is the same customer's, in the same channel, within var same_contact_seconds.
-- The task stays. What is coded after a contact counts from the end of its after-call work.
with

segments as (

    select
        *,
        case when ended_at <= {{ as_of() }} then ended_at end as known_ended_at
    from {{ ref('stg_genesys__segments') }}
    where started_at <= {{ as_of() }}

),

wrap_up_codes as (

    select * from {{ ref('stg_genesys__wrap_up_codes') }}

),

tickets as (

    -- A ticket that names the conversation or the task, for contacts that do not name their ticket.
    select
        external_id,
        min(ticket_id) as ticket_id
    from {{ ref('stg_zendesk__tickets') }}
    where external_id is not null and created_at <= {{ as_of() }}
    group by external_id

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

other_contacts as (

    select * from {{ ref('int_contacts__twilio') }}

),

sessions as (

    select
        segments.conversation_id,
        segments.media_type,
        min(segments.started_at) as started_at,
        max(segments.customer_key) as customer_key,
        max(segments.language) as language,
        max(segments.direction) as direction,
        max(segments.outcome) as outcome,
        max(segments.native_case_id) as native_case_id,
        max(segments.twilio_sid) as twilio_sid,
        min(segments.first_engagement_ms) as first_engagement_ms,
        max(segments._dlt_load_id) as load_id,
        max(case when segments.purpose in ('customer', 'external') then segments.known_ended_at end)
            as customer_left_at,
        {{ last_by('wrap_up_codes.reason_code', 'segments.known_ended_at') }} as reason_code
    from segments
    left join wrap_up_codes
        on segments.wrap_up_code_id = wrap_up_codes.wrap_up_code_id and segments.known_ended_at is not null
    group by segments.conversation_id, segments.media_type

),

leg_sums as (

    select
        conversation_id,
        media_type,
        min(queued_at) as queued_at,
        min(connected_at) as answered_at,
        max(left_at) as last_left_at,
        max(wrapped_at) as last_wrapped_at,
        max(case when left_at is null then 1 else 0 end) as has_open_leg,
        max(case when connected_at is not null and wrapped_at is null then 1 else 0 end) as has_open_work,
        {{ first_by('queue_id', 'leg_no') }} as first_queue_id,
        {{ last_by('queue_id', 'leg_no') }} as last_queue_id,
        {{ first_by('agent_id', 'leg_no') }} as first_agent_id,
        {{ last_by('agent_id', 'leg_no') }} as last_agent_id,
        {{ last_by('left_reason', 'leg_no') }} as left_reason
    from {{ ref('int_legs__genesys') }}
    group by conversation_id, media_type

),

mapped as (

    select
        sessions.*,
        'genesys:' || sessions.conversation_id || ':' || sessions.media_type as contact_id,
        case sessions.media_type when 'message' then 'messaging' else sessions.media_type end as channel,
        min(case when sessions.media_type <> 'callback' then sessions.media_type end) over (
            partition by sessions.conversation_id
        ) as parent_media_type,
        coalesce(identity_keys.customer_id, 'person:' || sessions.customer_key) as customer_id,
        coalesce(by_conversation.ticket_id, by_task.ticket_id) as naming_ticket_id,
        leg_sums.queued_at,
        leg_sums.answered_at,
        leg_sums.first_queue_id,
        leg_sums.last_queue_id,
        leg_sums.first_agent_id,
        leg_sums.last_agent_id,
        leg_sums.left_reason,
        case
            when leg_sums.queued_at is null then sessions.customer_left_at
            when leg_sums.has_open_leg = 0 then leg_sums.last_left_at
        end as ended_at,
        case
            when leg_sums.has_open_leg = 0 and leg_sums.has_open_work = 0 then leg_sums.last_wrapped_at
        end as wrapped_at
    from sessions
    left join leg_sums
        on sessions.conversation_id = leg_sums.conversation_id and sessions.media_type = leg_sums.media_type
    left join identity_keys on sessions.customer_key = identity_keys.person_key
    left join tickets as by_conversation on sessions.conversation_id = by_conversation.external_id
    left join tickets as by_task on sessions.twilio_sid = by_task.external_id

),

also_elsewhere as (

    select mapped.contact_id
    from mapped
    inner join other_contacts on mapped.twilio_sid = other_contacts.native_contact_id
    union
    select mapped.contact_id
    from mapped
    inner join other_contacts
        on mapped.customer_id = other_contacts.customer_id and mapped.channel = other_contacts.channel
    where
        abs({{ seconds_between('mapped.started_at', 'other_contacts.started_at') }})
        <= {{ var('same_contact_seconds') }}

)

select
    mapped.contact_id,
    'genesys' as source_system,
    mapped.conversation_id || ':' || mapped.media_type as native_contact_id,
    case
        when mapped.media_type = 'callback'
            then 'genesys:' || mapped.conversation_id || ':' || mapped.parent_media_type
    end as parent_contact_id,
    case
        when mapped.media_type = 'callback' then 'callback'
        when mapped.queued_at is null and mapped.direction = 'inbound' then 'self_service'
        else 'live'
    end as contact_kind,
    'zendesk:' || coalesce(
        case when mapped.wrapped_at is not null then mapped.native_case_id end,
        cast(mapped.naming_ticket_id as string)
    ) as case_id,
    mapped.customer_id,
    mapped.first_queue_id,
    mapped.last_queue_id,
    mapped.first_agent_id,
    mapped.last_agent_id,
    mapped.channel,
    coalesce(mapped.direction, 'inbound') as direction,
    case
        when mapped.media_type = 'callback' then 'callback'
        else coalesce(mapped.direction, 'inbound')
    end as initiation,
    mapped.reason_code as reason_id,
    case when mapped.reason_code is not null then 'wrap_up' end as reason_source,
    cast(null as string) as product_id,
    mapped.language,
    mapped.started_at,
    mapped.queued_at,
    mapped.answered_at,
    case
        when
            {{ add_seconds('mapped.queued_at', 'cast(mapped.first_engagement_ms / 1000 as bigint)') }}
            <= {{ as_of() }}
            then {{ add_seconds('mapped.queued_at', 'cast(mapped.first_engagement_ms / 1000 as bigint)') }}
    end as first_response_at,
    mapped.ended_at,
    mapped.wrapped_at,
    {{ span_seconds('mapped.started_at', 'coalesce(mapped.queued_at, mapped.ended_at)') }}
        as pre_queue_seconds,
    {{ exact_span_seconds('mapped.queued_at', 'coalesce(mapped.answered_at, mapped.ended_at)') }}
        as wait_exact_seconds,
    case
        when mapped.queued_at is null then 'none'
        when mapped.answered_at is not null then 'answered'
        when mapped.ended_at is null then 'waiting'
        when mapped.left_reason in ('abandoned', 'callback') then mapped.left_reason
        else 'flow_out'
    end as queue_outcome,
    case when mapped.wrapped_at is not null then mapped.outcome end as outcome,
    1 as is_reply_known,
    cast(null as timestamp) as last_customer_message_at,
    0 as is_informed,
    0 as is_spam,
    0 as is_test,
    0 as is_internal,
    0 as is_merged_child,
    mapped.load_id
from mapped
left join also_elsewhere on mapped.contact_id = also_elsewhere.contact_id
where
    also_elsewhere.contact_id is null
    and (mapped.queued_at is not null or mapped.ended_at is not null or mapped.direction = 'outbound')
