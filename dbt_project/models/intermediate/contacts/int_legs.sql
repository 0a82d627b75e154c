-- One row per leg of any system, with its durations.
-- Deferrable contacts have one leg: the queue that got the message and the agent who first
-- replied; it is complete at the first solve, when its handling time is known.
with

twilio_legs as (

    select * from {{ ref('int_legs__twilio') }}

),

case_contacts as (

    select *
    from {{ ref('int_contacts__cases') }}
    where is_spam = 0 and direction = 'inbound'

),

file_calls as (

    select * from {{ ref('int_contacts__files') }}
    where queued_at is not null and is_spam = 0

),

live_legs as (

    select
        contact_id,
        leg_no,
        channel,
        queue_id,
        agent_id,
        queued_at,
        connected_at,
        left_at,
        wrapped_at,
        left_reason,
        transfer_type,
        {{ span_seconds('queued_at', 'coalesce(connected_at, left_at)') }} as wait_seconds,
        case
            when left_at >= connected_at
                then {{ seconds_between('connected_at', 'left_at') }} - hold_seconds
        end as talk_seconds,
        case when left_at >= connected_at then hold_seconds end as hold_seconds,
        case when connected_at is not null then {{ span_seconds('left_at', 'wrapped_at') }} end
            as acw_seconds,
        case
            when left_at >= connected_at and wrapped_at >= left_at
                then {{ seconds_between('connected_at', 'wrapped_at') }}
        end as handle_seconds
    from twilio_legs

),

deferrable_legs as (

    select
        contact_id,
        1 as leg_no,
        channel,
        first_queue_id as queue_id,
        first_agent_id as agent_id,
        queued_at,
        answered_at as connected_at,
        case when answered_at is null then ended_at else greatest(ended_at, answered_at) end as left_at,
        case when answered_at is not null and ended_at is not null then greatest(ended_at, answered_at) end
            as wrapped_at,
        case
            when answered_at is not null and ended_at is not null then 'answered'
            when answered_at is not null then 'connected'
            when ended_at is not null then 'overflow'
            else 'waiting'
        end as left_reason,
        cast(null as varchar) as transfer_type,
        {{ span_seconds('queued_at', 'answered_at') }} as wait_seconds,
        cast(null as bigint) as talk_seconds,
        cast(null as bigint) as hold_seconds,
        cast(null as bigint) as acw_seconds,
        handle_seconds
    from case_contacts

),

file_legs as (

    select
        contact_id,
        1 as leg_no,
        channel,
        first_queue_id as queue_id,
        first_agent_id as agent_id,
        queued_at,
        answered_at as connected_at,
        ended_at as left_at,
        wrapped_at,
        case queue_outcome when 'flow_out' then 'overflow' else queue_outcome end as left_reason,
        cast(null as varchar) as transfer_type,
        cast(floor(wait_exact_seconds) as bigint) as wait_seconds,
        talk_seconds,
        hold_seconds,
        acw_seconds,
        handle_seconds
    from file_calls

)

select * from live_legs
union all
select * from deferrable_legs
union all
select * from file_legs
