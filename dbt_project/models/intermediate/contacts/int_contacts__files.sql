-- One row per call of a call detail record that was dropped as a file, up to as-of.
-- A row that its source marks as excluded (test, misdial) stays visible as spam, outside every count.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['started_at']}) }}
with

calls as (

    select * from {{ ref('stg_files__calls') }}
    where
        queued_at <= {{ as_of() }}
        and {{ no_earlier(ref('stg_files__calls'), 'queued_at', in_tail('coalesce(started_at, queued_at)')) }}

),

identity_keys as (

    select * from {{ ref('int_identity_keys') }}

),

queue_names as (

    select * from {{ ref('int_queue_names') }}

),

timed as (

    select
        calls.*,
        coalesce(
            calls.answered_at,
            case
                when calls.outcome = 'answered'
                    then {{ add_seconds(
                        'calls.queued_at', 'cast(coalesce(calls.wait_seconds, 0) as bigint)'
                    ) }}
            end
        ) as connected_at,
        coalesce(
            calls.started_at,
            case
                when {{ is_impossible('calls.pre_queue_seconds', longest_wait("'voice'")) }} = 1
                    then calls.queued_at
                else {{ add_seconds(
                    'calls.queued_at', '-cast(coalesce(calls.pre_queue_seconds, 0) as bigint)'
                ) }}
            end
        ) as began_at,
        coalesce(
            calls.wait_seconds,
            {{ exact_span_seconds('calls.queued_at', 'coalesce(calls.answered_at, calls.ended_at)') }}
        ) as wait_exact_seconds
    from calls

)

select
    timed.source_dataset || ':' || timed.native_call_id as contact_id,
    timed.source_dataset as source_system,
    timed.native_call_id as native_contact_id,
    cast(null as string) as parent_contact_id,
    case when timed.outcome = 'ivr_only' then 'self_service' else 'live' end as contact_kind,
    cast(null as string) as case_id,
    coalesce(identity_keys.customer_id, 'person:' || timed.customer_key) as customer_id,
    queue_names.queue_id as first_queue_id,
    queue_names.queue_id as last_queue_id,
    timed.agent_id as first_agent_id,
    timed.agent_id as last_agent_id,
    'voice' as channel,
    coalesce(timed.direction, 'inbound') as direction,
    coalesce(timed.direction, 'inbound') as initiation,
    timed.reason_code as reason_id,
    case when timed.reason_code is not null then 'file' end as reason_source,
    cast(null as string) as product_id,
    cast(null as string) as language,
    timed.began_at as started_at,
    case when timed.outcome <> 'ivr_only' then timed.queued_at end as queued_at,
    case when timed.outcome = 'answered' then timed.connected_at end as answered_at,
    cast(null as timestamp) as first_response_at,
    coalesce(
        timed.ended_at,
        case
            when timed.outcome = 'answered' then {{ add_seconds(
                'timed.connected_at',
                'cast(coalesce(timed.talk_seconds, 0) + coalesce(timed.hold_seconds, 0) as bigint)'
            ) }}
            else {{ add_seconds('timed.queued_at', 'cast(coalesce(timed.wait_exact_seconds, 0) as bigint)') }}
        end
    ) as ended_at,
    case
        when timed.outcome = 'answered' then {{ add_seconds(
            'coalesce(timed.ended_at, ' ~ add_seconds(
                'timed.connected_at',
                'cast(coalesce(timed.talk_seconds, 0) + coalesce(timed.hold_seconds, 0) as bigint)'
            ) ~ ')',
            'cast(coalesce(timed.wrap_seconds, 0) as bigint)'
        ) }}
    end as wrapped_at,
    cast(timed.pre_queue_seconds as bigint) as pre_queue_seconds,
    timed.wait_exact_seconds,
    case when timed.outcome = 'answered' then cast(coalesce(
        timed.talk_seconds,
        {{ exact_seconds_between('timed.connected_at', 'timed.ended_at') }} - coalesce(timed.hold_seconds, 0)
    ) as bigint) end as talk_seconds,
    case when timed.outcome = 'answered' then cast(coalesce(timed.hold_seconds, 0) as bigint) end
        as hold_seconds,
    case when timed.outcome = 'answered' then cast(coalesce(timed.wrap_seconds, 0) as bigint) end
        as acw_seconds,
    case when timed.outcome = 'answered' then cast(coalesce(
        timed.talk_seconds + coalesce(timed.hold_seconds, 0),
        {{ exact_seconds_between('timed.connected_at', 'timed.ended_at') }}
    ) + coalesce(timed.wrap_seconds, 0) as bigint) end as handle_seconds,
    case timed.outcome when 'ivr_only' then 'none' when 'excluded' then 'none' else timed.outcome end
        as queue_outcome,
    case timed.resolved_text when 'yes' then 'resolved' when 'no' then 'unresolved' end as outcome,
    cast(null as timestamp) as last_customer_message_at,
    0 as is_informed,
    case when timed.outcome = 'excluded' then 1 else 0 end as is_spam,
    0 as is_test,
    0 as is_internal,
    0 as is_merged_child,
    timed._dlt_load_id as load_id
from timed
left join identity_keys on timed.customer_key = identity_keys.person_key
left join queue_names
    on timed.source_dataset = queue_names.source_dataset and timed.queue_name = queue_names.queue_name
where {{ in_tail('timed.began_at') }}
