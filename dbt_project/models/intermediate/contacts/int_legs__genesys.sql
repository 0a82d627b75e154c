-- One row per visit of a Genesys contact to one queue, with at most one agent, up to as-of.
-- A queue's session (purpose acd) starts a leg. An agent's session belongs to the leg in which it
-- began to ring; its talk ends with its last segment before after-call work. Metrics may be younger
-- than as-of, so that what they say counts only once its segment has ended.
with

segments as (

    select
        *,
        case when ended_at <= {{ as_of() }} then ended_at end as known_ended_at
    from {{ ref('stg_genesys__segments') }}
    where started_at <= {{ as_of() }}

),

users as (

    select * from {{ ref('stg_genesys__users') }}

),

queues as (

    select * from {{ ref('stg_genesys__queues') }}

),

visits as (

    select
        conversation_id,
        media_type,
        session_id,
        max(queue_id) as native_queue_id,
        min(started_at) as queued_at,
        case when count(*) = count(known_ended_at) then max(known_ended_at) end as left_at,
        max(abandoned_after_ms) as abandoned_after_ms,
        max(flow_out_type) as flow_out_type
    from segments
    where purpose = 'acd'
    group by conversation_id, media_type, session_id

),

queue_entries as (

    select
        *,
        row_number() over (
            partition by conversation_id, media_type order by queued_at, session_id
        ) as leg_no,
        lead(queued_at) over (
            partition by conversation_id, media_type order by queued_at, session_id
        ) as next_queued_at
    from visits

),

agent_sessions as (

    select
        conversation_id,
        media_type,
        session_id,
        max(user_id) as user_id,
        min(started_at) as offered_at,
        min(case when segment_type in ('interact', 'hold') then started_at end) as connected_at,
        max(case when segment_type in ('interact', 'hold') then known_ended_at end) as last_talk_at,
        max(case
            when segment_type in ('interact', 'hold') and known_ended_at is null then 1
            else 0
        end) as is_talking,
        max(case when segment_type = 'wrapup' then known_ended_at end) as wrapped_at,
        max(case when segment_type = 'wrapup' then 1 else 0 end) as has_wrap_up,
        sum(case
            when segment_type = 'hold' and known_ended_at is not null
                then {{ seconds_between('started_at', 'known_ended_at') }}
            else 0
        end) as hold_seconds,
        max(consult_transfers) as consult_transfers
    from segments
    where purpose = 'agent'
    group by conversation_id, media_type, session_id

),

accepted as (

    -- Who let it ring is in the wait; the leg is the one's who took it.
    select
        queue_entries.session_id as visit_id,
        agent_sessions.user_id,
        agent_sessions.connected_at,
        {{ span_seconds('agent_sessions.offered_at', 'agent_sessions.connected_at') }} as ring_seconds,
        case when agent_sessions.is_talking = 0 then agent_sessions.last_talk_at end as left_at,
        case
            when agent_sessions.has_wrap_up = 1 then agent_sessions.wrapped_at
            when agent_sessions.is_talking = 0 then agent_sessions.last_talk_at
        end as wrapped_at,
        cast(agent_sessions.hold_seconds as bigint) as hold_seconds,
        agent_sessions.consult_transfers
    from queue_entries
    inner join agent_sessions
        on
            queue_entries.conversation_id = agent_sessions.conversation_id
            and queue_entries.media_type = agent_sessions.media_type
            and queue_entries.queued_at <= agent_sessions.offered_at
            and (
                queue_entries.next_queued_at is null
                or queue_entries.next_queued_at > agent_sessions.offered_at
            )
    where agent_sessions.connected_at is not null
    qualify row_number() over (
        partition by queue_entries.session_id
        order by agent_sessions.connected_at, agent_sessions.session_id
    ) = 1

)

select
    'genesys:' || queue_entries.conversation_id || ':' || queue_entries.media_type as contact_id,
    'genesys' as source_system,
    queue_entries.conversation_id,
    queue_entries.media_type,
    cast(queue_entries.leg_no as integer) as leg_no,
    case queue_entries.media_type when 'message' then 'messaging' else queue_entries.media_type end
        as channel,
    'genesys:' || queue_entries.native_queue_id as queue_id,
    queues.queue_name,
    coalesce(users.employee_id, 'genesys:' || accepted.user_id) as agent_id,
    queue_entries.queued_at,
    accepted.connected_at,
    case
        when accepted.connected_at is not null then accepted.left_at
        else queue_entries.left_at
    end as left_at,
    accepted.wrapped_at,
    case
        when accepted.connected_at is not null and queue_entries.next_queued_at is not null
            then 'transferred_internal'
        when accepted.left_at is not null then 'answered'
        when accepted.connected_at is not null then 'connected'
        when queue_entries.next_queued_at is not null then 'overflow'
        when queue_entries.left_at is null then 'waiting'
        when queue_entries.flow_out_type = 'callback' then 'callback'
        when queue_entries.abandoned_after_ms is not null then 'abandoned'
        else 'overflow'
    end as left_reason,
    case
        when queue_entries.next_queued_at is null then null
        when accepted.consult_transfers > 0 then 'warm'
        when accepted.connected_at is not null then 'blind'
    end as transfer_type,
    accepted.ring_seconds,
    accepted.hold_seconds
from queue_entries
left join accepted on queue_entries.session_id = accepted.visit_id
left join users on accepted.user_id = users.user_id
left join queues on queue_entries.native_queue_id = queues.queue_id
