-- One row per leg of any system, with its durations, and with the handling seconds allocated to it
-- where its agent served several contacts at once: each second is shared evenly between them.
-- Deferrable contacts have one leg: the queue that got the message and the agent who first
-- replied; it is complete at the first solve, when its handling time is known. A case that only
-- records a call has a leg once somebody works on it, and no wait.
{% set deferrable = [
    'contact_id', 'channel', 'first_queue_id', 'first_agent_id', 'queued_at', 'answered_at', 'ended_at',
    'handle_seconds',
] %}
{% set live = [
    'contact_id', 'leg_no', 'channel', 'queue_id', 'agent_id', 'queued_at', 'connected_at', 'left_at',
    'wrapped_at', 'left_reason', 'transfer_type', 'ring_seconds', 'hold_seconds',
] %}
{% set has_leg =
    "is_spam = 0 and is_test = 0 and is_internal = 0 and direction = 'inbound'"
    ~ ' and (queued_at is not null or answered_at is not null)'
%}
with

routed_legs as (

    select
        {{ live | join(',\n        ') }}
    from {{ ref('int_legs__twilio') }}
    where is_left_out = 0
    {{- legs_of_more_systems(live) }}

),

case_contacts as (

    select
        {{ deferrable | join(',\n        ') }}
    from {{ ref('int_contacts__cases') }}
    where {{ has_leg }} and is_merged_child = 0
    {{- contacts_of_more_systems(deferrable, has_leg, var('systems_with_legs')) }}

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
        ring_seconds,
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
    from routed_legs

),

deferrable_legs as (

    select
        contact_id,
        1 as leg_no,
        channel,
        first_queue_id as queue_id,
        first_agent_id as agent_id,
        coalesce(queued_at, answered_at) as queued_at,
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
        cast(null as string) as transfer_type,
        {{ span_seconds('queued_at', 'answered_at') }} as wait_seconds,
        cast(null as bigint) as ring_seconds,
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
        cast(null as string) as transfer_type,
        cast(floor(wait_exact_seconds) as bigint) as wait_seconds,
        cast(null as bigint) as ring_seconds,
        talk_seconds,
        hold_seconds,
        acw_seconds,
        handle_seconds
    from file_calls

),

all_legs as (

    select
        *,
        1 as is_live
    from live_legs
    union all
    select
        *,
        0 as is_live
    from deferrable_legs
    union all
    select
        *,
        1 as is_live
    from file_legs

),

presences as (

    select
        agent_id,
        connected_at as from_at,
        coalesce(wrapped_at, {{ as_of() }}) as to_at
    from all_legs
    where is_live = 1 and agent_id is not null and coalesce(wrapped_at, {{ as_of() }}) > connected_at

),

steps as (

    select
        agent_id,
        step_at,
        sum(change) as change
    from (
        select
            agent_id,
            from_at as step_at,
            1 as change
        from presences
        union all
        select
            agent_id,
            to_at as step_at,
            -1 as change
        from presences
    ) as changes
    group by agent_id, step_at

),

slices as (

    select
        agent_id,
        step_at,
        sum(change) over (
            partition by agent_id order by step_at rows between unbounded preceding and current row
        ) as contacts_at_once,
        lead(step_at) over (partition by agent_id order by step_at) as next_step_at
    from steps

),

-- What one contact's share of the agent's time would have come to by each step, and what all the
-- agent's contacts together took by then.
shares as (

    select
        agent_id,
        step_at,
        sum(case
            when contacts_at_once > 0
                then cast(
                    {{ exact_seconds_between('step_at', 'next_step_at') }} / contacts_at_once
                    as decimal(18, 9)
                )
        end) over (
            partition by agent_id order by step_at rows between unbounded preceding and 1 preceding
        ) as share_seconds,
        sum(case
            when contacts_at_once > 0
                then cast(
                    {{ exact_seconds_between('step_at', 'next_step_at') }} * contacts_at_once
                    as decimal(38, 9)
                )
        end) over (
            partition by agent_id order by step_at rows between unbounded preceding and 1 preceding
        ) as contact_seconds
    from slices

)

select
    all_legs.contact_id,
    all_legs.leg_no,
    all_legs.channel,
    all_legs.queue_id,
    all_legs.agent_id,
    all_legs.queued_at,
    all_legs.connected_at,
    all_legs.left_at,
    all_legs.wrapped_at,
    all_legs.left_reason,
    all_legs.transfer_type,
    all_legs.wait_seconds,
    all_legs.ring_seconds,
    all_legs.talk_seconds,
    all_legs.hold_seconds,
    all_legs.acw_seconds,
    all_legs.handle_seconds,
    all_legs.is_live,
    case
        when shares_to.agent_id is null then cast(all_legs.handle_seconds as double)
        else round(
            all_legs.handle_seconds
            * cast(shares_to.share_seconds - coalesce(shares_from.share_seconds, 0) as double)
            / {{ exact_seconds_between('all_legs.connected_at', 'all_legs.wrapped_at') }}, 9
        )
    end as handle_allocated_seconds,
    case
        when shares_to.agent_id is not null then round(
            cast(shares_to.contact_seconds - coalesce(shares_from.contact_seconds, 0) as double)
            / {{ exact_seconds_between('all_legs.connected_at', 'all_legs.wrapped_at') }}, 9
        )
    end as concurrency_avg
from all_legs
-- The conditions on the leg are inside its key: beside it they would make the join compare all pairs.
left join shares as shares_from
    on
        all_legs.agent_id = shares_from.agent_id
        and case when all_legs.is_live = 1 then all_legs.connected_at end = shares_from.step_at
left join shares as shares_to
    on
        all_legs.agent_id = shares_to.agent_id
        and case
            when all_legs.is_live = 1 and all_legs.wrapped_at > all_legs.connected_at
                then all_legs.wrapped_at
        end = shares_to.step_at
