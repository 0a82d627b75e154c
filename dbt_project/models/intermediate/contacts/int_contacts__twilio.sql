-- One row per TaskRouter task (voice, chat, callback), and per call that ended in the IVR without
-- ever becoming a task, up to as-of.
with

events as (

    select * from {{ ref('stg_twilio__events') }}
    where occurred_at <= {{ as_of() }}

),

calls as (

    select * from {{ ref('stg_twilio__calls') }}
    where started_at <= {{ as_of() }}

),

legs as (

    select * from {{ ref('int_legs__twilio') }}

),

tickets as (

    -- A ticket that names the task, for tasks that do not name their ticket.
    select
        external_id as task_sid,
        min(ticket_id) as ticket_id
    from {{ ref('stg_zendesk__tickets') }}
    where external_id is not null and created_at <= {{ as_of() }}
    group by external_id

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

tasks as (

    select
        task_sid,
        min(case when event_type = 'task.created' then occurred_at end) as created_at,
        min(occurred_at) as first_event_at,
        min(task_channel) as channel,
        min(call_sid) as call_sid,
        min(from_key) as from_key,
        min(preceded_by) as preceded_by,
        min(language) as language,
        min(direction) as direction,
        min(initiated_by) as initiated_by,
        max(ivr_seconds) as ivr_seconds,
        max(first_response_seconds) as first_response_seconds,
        {{ last_by('outcome', 'occurred_at') }} as outcome,
        {{ last_by('reason_code', 'occurred_at') }} as reason_code,
        {{ last_by('product_id', 'occurred_at') }} as product_id,
        min(purpose) as purpose,
        min(announcement) as announcement,
        {{ last_by('native_case_id', 'occurred_at') }} as native_case_id,
        min(case when event_type = 'task.canceled' then occurred_at end) as canceled_at,
        min(case when event_type = 'task.canceled' then canceled_reason end) as canceled_reason,
        max(_dlt_load_id) as load_id
    from events
    where task_sid is not null
    group by task_sid

),

leg_sums as (

    select
        native_contact_id as task_sid,
        min(queued_at) as queued_at,
        min(connected_at) as answered_at,
        max(left_at) as last_left_at,
        max(wrapped_at) as last_wrapped_at,
        max(case when left_at is null then 1 else 0 end) as has_open_leg,
        max(case when connected_at is not null and wrapped_at is null then 1 else 0 end) as has_open_work,
        {{ first_by('queue_id', 'leg_no') }} as first_queue_id,
        {{ last_by('queue_id', 'leg_no') }} as last_queue_id,
        {{ first_by('agent_id', 'leg_no') }} as first_agent_id,
        {{ last_by('agent_id', 'leg_no') }} as last_agent_id
    from legs
    group by native_contact_id

),

from_tasks as (

    select
        'twilio:' || tasks.task_sid as contact_id,
        tasks.task_sid as native_contact_id,
        'twilio:' || tasks.preceded_by as parent_contact_id,
        case when tasks.channel = 'callback' then 'callback' else 'live' end as contact_kind,
        'zendesk:' || coalesce(tasks.native_case_id, cast(tickets.ticket_id as string)) as case_id,
        tasks.from_key,
        leg_sums.first_queue_id,
        leg_sums.last_queue_id,
        leg_sums.first_agent_id,
        leg_sums.last_agent_id,
        tasks.channel,
        coalesce(tasks.direction, 'inbound') as direction,
        case
            when tasks.channel = 'callback' then 'callback'
            when tasks.direction = 'outbound' or tasks.initiated_by = 'agent' then 'outbound'
            else 'inbound'
        end as initiation,
        tasks.reason_code as reason_id,
        tasks.product_id,
        tasks.announcement,
        {{ flag("tasks.purpose = 'test'") }} as is_test,
        {{ flag("tasks.purpose = 'internal'") }} as is_internal,
        tasks.language,
        case
            when tasks.channel in ('voice', 'chat')
                then
                    coalesce(
                        calls.started_at,
                        {{ add_seconds(
                            'coalesce(tasks.created_at, tasks.first_event_at)',
                            '-coalesce(tasks.ivr_seconds, 0)'
                        ) }}
                    )
            else coalesce(tasks.created_at, tasks.first_event_at)
        end as started_at,
        leg_sums.queued_at,
        leg_sums.answered_at,
        case
            when tasks.channel = 'chat' and tasks.first_response_seconds is not null
                then {{ add_seconds('tasks.created_at', 'tasks.first_response_seconds') }}
        end as first_response_at,
        case
            when leg_sums.has_open_leg = 0 then leg_sums.last_left_at
            when leg_sums.answered_at is null then tasks.canceled_at
        end as ended_at,
        case
            when leg_sums.has_open_leg = 0 and leg_sums.has_open_work = 0 then leg_sums.last_wrapped_at
        end as wrapped_at,
        cast(tasks.ivr_seconds as bigint) as ivr_seconds,
        case
            when leg_sums.queued_at is null then 'none'
            when leg_sums.answered_at is not null then 'answered'
            when tasks.canceled_reason = 'hangup' then 'abandoned'
            when tasks.canceled_reason = 'callback requested' then 'callback'
            when tasks.canceled_at is not null then 'flow_out'
            else 'waiting'
        end as queue_outcome,
        tasks.canceled_at,
        tasks.outcome,
        tasks.load_id
    from tasks
    left join leg_sums on tasks.task_sid = leg_sums.task_sid
    left join calls on tasks.call_sid = calls.call_sid
    left join tickets on tasks.task_sid = tickets.task_sid

),

queued_calls as (

    select distinct call_sid from tasks

),

from_ivr as (

    -- Only once it has ended: a call that is still in the IVR may yet be queued.
    select
        'twilio:' || calls.call_sid as contact_id,
        calls.call_sid as native_contact_id,
        cast(null as string) as parent_contact_id,
        'self_service' as contact_kind,
        cast(null as string) as case_id,
        calls.from_key,
        cast(null as string) as first_queue_id,
        cast(null as string) as last_queue_id,
        cast(null as string) as first_agent_id,
        cast(null as string) as last_agent_id,
        'voice' as channel,
        'inbound' as direction,
        'inbound' as initiation,
        cast(null as string) as reason_id,
        cast(null as string) as product_id,
        cast(null as string) as announcement,
        0 as is_test,
        0 as is_internal,
        cast(null as string) as language,
        calls.started_at,
        cast(null as timestamp) as queued_at,
        cast(null as timestamp) as answered_at,
        cast(null as timestamp) as first_response_at,
        calls.ended_at,
        cast(null as timestamp) as wrapped_at,
        {{ span_seconds('calls.started_at', 'calls.ended_at') }} as ivr_seconds,
        'none' as queue_outcome,
        cast(null as timestamp) as canceled_at,
        cast(null as string) as outcome,
        calls._dlt_load_id as load_id
    from calls
    left join queued_calls on calls.call_sid = queued_calls.call_sid
    where
        queued_calls.call_sid is null
        and calls.direction = 'inbound'
        and calls.parent_call_sid is null
        and calls.ended_at <= {{ as_of() }}

),

unioned as (

    select * from from_tasks
    union all
    select * from from_ivr

)

select
    unioned.contact_id,
    'twilio' as source_system,
    unioned.native_contact_id,
    unioned.parent_contact_id,
    unioned.contact_kind,
    unioned.case_id,
    coalesce(identity_keys.customer_id, 'person:' || unioned.from_key) as customer_id,
    unioned.first_queue_id,
    unioned.last_queue_id,
    unioned.first_agent_id,
    unioned.last_agent_id,
    unioned.channel,
    unioned.direction,
    unioned.initiation,
    unioned.reason_id,
    case when unioned.reason_id is not null then 'wrap_up' end as reason_source,
    unioned.product_id,
    unioned.language,
    unioned.started_at,
    unioned.queued_at,
    unioned.answered_at,
    unioned.first_response_at,
    unioned.ended_at,
    unioned.wrapped_at,
    coalesce(unioned.ivr_seconds, {{ span_seconds('unioned.started_at', 'unioned.queued_at') }})
        as pre_queue_seconds,
    {{ exact_span_seconds('unioned.queued_at', 'coalesce(unioned.answered_at, unioned.canceled_at)') }}
        as wait_exact_seconds,
    unioned.queue_outcome,
    unioned.outcome,
    cast(null as timestamp) as last_customer_message_at,
    {{ flag('unioned.announcement is not null') }} as is_informed,
    0 as is_spam,
    unioned.is_test,
    unioned.is_internal,
    0 as is_merged_child,
    unioned.load_id
from unioned
left join identity_keys on unioned.from_key = identity_keys.person_key
