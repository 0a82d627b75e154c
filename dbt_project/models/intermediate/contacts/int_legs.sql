-- One row per leg of any system, with its durations, and with the handling seconds allocated to it
-- where its agent served several contacts at once: each second is shared evenly between them.
-- Deferrable contacts have one leg: the queue that got the message and the agent who first
-- replied; it is complete at the first solve, when its handling time is known. A case that only
-- records a call has a leg once somebody works on it, and no wait.
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['contact_started_at']}) }}
{% set deferrable = [
    'contact_id', 'started_at', 'channel', 'first_queue_id', 'first_agent_id', 'queued_at', 'answered_at',
    'ended_at', 'handle_seconds',
] %}
{% set live = [
    'contact_id', 'leg_no', 'channel', 'queue_id', 'agent_id', 'queued_at', 'connected_at', 'left_at',
    'wrapped_at', 'left_reason', 'transfer_type', 'ring_seconds', 'hold_seconds',
] %}
{% set has_leg =
    "is_spam = 0 and is_test = 0 and is_internal = 0 and direction = 'inbound'"
    ~ ' and (queued_at is not null or answered_at is not null)'
%}
{% set acw_max = var('acw_max_seconds') %}
{% set parts = ['talk_seconds', 'hold_seconds', 'acw_seconds', 'handle_seconds'] %}
{#- The stretch of the leg in which each is shared with the agent's other contacts. -#}
{% set shared = {
    'talk_seconds': ('connected_at', 'talked_to_at'), 'hold_seconds': ('connected_at', 'talked_to_at'),
    'acw_seconds': ('talked_to_at', 'wrapped_at'), 'handle_seconds': ('connected_at', 'wrapped_at'),
} %}
{% set share = {
    'connected_at': 'coalesce(shares_from.share_seconds, 0)',
    'talked_to_at': 'coalesce(shares_left.share_seconds, 0)',
    'wrapped_at': 'shares_to.share_seconds',
} %}
with

routed_contacts as (

    select
        contact_id,
        started_at
    from {{ ref('int_contacts__twilio') }}
    {{- contacts_of_more_systems(['contact_id', 'started_at']) }}

),

routed_legs as (

    select
        {{ live | join(',\n        ') }}
    from {{ ref('int_legs__twilio') }}
    where is_left_out = 0
    {{- legs_of_more_systems(live) }}

),

ended_legs as (

    -- An agent who never ended their after-call work was not at it all that time.
    select
        routed_legs.*,
        coalesce(routed_contacts.started_at, routed_legs.queued_at) as contact_started_at,
        case
            when {{ add_seconds('left_at', acw_max) }} <= {{ as_of() }}
                then least(wrapped_at, {{ add_seconds('left_at', acw_max) }})
            else wrapped_at
        end as work_ended_at
    from routed_legs
    left join routed_contacts on routed_legs.contact_id = routed_contacts.contact_id

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
    where queued_at is not null and is_spam = 0 and {{ in_tail('started_at') }}

),

live_legs as (

    select
        contact_id,
        contact_started_at,
        leg_no,
        channel,
        queue_id,
        agent_id,
        queued_at,
        connected_at,
        left_at,
        case when connected_at is not null then work_ended_at end as wrapped_at,
        left_reason,
        transfer_type,
        {{ seconds_between('queued_at', 'coalesce(connected_at, left_at)') }} as wait_seconds,
        ring_seconds,
        {{ seconds_between('connected_at', 'left_at') }} - hold_seconds as talk_seconds,
        hold_seconds,
        case when connected_at is not null then {{ seconds_between('left_at', 'work_ended_at') }} end
            as acw_seconds,
        {{ seconds_between('connected_at', 'work_ended_at') }} as handle_seconds,
        {{ flag('wrapped_at > work_ended_at') }} as is_cut
    from ended_legs

),

deferrable_legs as (

    select
        contact_id,
        started_at as contact_started_at,
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
        handle_seconds,
        0 as is_cut
    from case_contacts

),

file_legs as (

    select
        contact_id,
        started_at as contact_started_at,
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
        handle_seconds,
        0 as is_cut
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

judged as (

    select
        all_legs.*,
        {{ is_impossible('wait_seconds', longest_wait('channel')) }} as is_wait_impossible,
        {{ flag(
            'least(' ~ (parts | join(', ')) ~ ') < 0 or handle_seconds > ' ~ longest_handling('channel')
        ) }} as is_handling_impossible
    from all_legs
    where {{ in_tail('contact_started_at') }}

),

legs as (

    select
        contact_id,
        contact_started_at,
        leg_no,
        channel,
        queue_id,
        agent_id,
        queued_at,
        connected_at,
        left_at,
        -- A call may end before it is connected by the part of a second that its wait was rounded up.
        case when left_at < connected_at then connected_at else left_at end as talked_to_at,
        wrapped_at,
        left_reason,
        transfer_type,
        is_live,
        ring_seconds,
        case when is_wait_impossible = 0 then wait_seconds end as wait_seconds,
        {%- for part in parts %}
            case when is_handling_impossible = 0 then {{ part }} end as {{ part }},
        {%- endfor %}
        greatest(is_cut, is_wait_impossible, is_handling_impossible) as is_impossible
    from judged

),

presences as (

    select
        agent_id,
        connected_at as from_at,
        left_at,
        least(
            coalesce(wrapped_at, {{ as_of() }}),
            {{ add_seconds('connected_at', longest_handling('channel')) }}
        ) as to_at
    from legs
    where is_live = 1 and agent_id is not null and coalesce(wrapped_at, {{ as_of() }}) > connected_at
    {{- presences_into_tail() }}

),

neighbours as (

    select
        *,
        max(to_at) over (
            partition by agent_id order by from_at, to_at
            rows between unbounded preceding and 1 preceding
        ) as busy_until,
        lead(from_at) over (partition by agent_id order by from_at, to_at) as next_from_at
    from presences

),

crowded as (

    -- A contact that had its agent to itself has all of its time: most calls do. One that ends when the next
    -- begins is looked at too, as they have a step in common.
    select * from neighbours
    where busy_until >= from_at or next_from_at <= to_at

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
        from crowded
        union all
        select
            agent_id,
            to_at as step_at,
            -1 as change
        from crowded
        union all
        -- Where talk ends and after-call work begins.
        select
            agent_id,
            left_at as step_at,
            0 as change
        from crowded
        where left_at > from_at and left_at < to_at
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
    legs.contact_id,
    legs.contact_started_at,
    legs.leg_no,
    legs.channel,
    legs.queue_id,
    legs.agent_id,
    legs.queued_at,
    legs.connected_at,
    legs.left_at,
    legs.wrapped_at,
    legs.left_reason,
    legs.transfer_type,
    legs.wait_seconds,
    legs.ring_seconds,
    legs.talk_seconds,
    legs.hold_seconds,
    legs.acw_seconds,
    legs.handle_seconds,
    legs.is_live,
    legs.is_impossible,
    {%- for part, (from_at, to_at) in shared.items() %}
        case
            -- A stretch of no length is shared with nobody.
            when shares_to.agent_id is null or legs.{{ from_at }} >= legs.{{ to_at }}
                then cast(legs.{{ part }} as double)
            when legs.{{ part }} = 0 then cast(0 as double)
            else round(
                legs.{{ part }} * cast({{ share[to_at] }} - {{ share[from_at] }} as double)
                / {{ exact_seconds_between('legs.' ~ from_at, 'legs.' ~ to_at) }}, 9
            )
        end as {{ part | replace('_seconds', '_allocated_seconds') }},
    {%- endfor %}
    case
        when shares_to.agent_id is not null
            then
                round(
                    cast(shares_to.contact_seconds - coalesce(shares_from.contact_seconds, 0) as double)
                    / {{ exact_seconds_between('legs.connected_at', 'legs.wrapped_at') }}, 9
                )
        -- What lasted too long to be is shared with nobody, and says nothing.
        when
            legs.is_live = 1 and legs.agent_id is not null and legs.wrapped_at > legs.connected_at
            and legs.wrapped_at <= {{ add_seconds('legs.connected_at', longest_handling('legs.channel')) }}
            then 1
    end as concurrency_avg
from legs
-- The conditions on the leg are inside its key: beside it they would make the join compare all pairs.
left join shares as shares_from
    on
        legs.agent_id = shares_from.agent_id
        and case when legs.is_live = 1 then legs.connected_at end = shares_from.step_at
left join shares as shares_left
    on
        legs.agent_id = shares_left.agent_id
        and case when legs.is_live = 1 then legs.talked_to_at end = shares_left.step_at
left join shares as shares_to
    on
        legs.agent_id = shares_to.agent_id
        and case
            when legs.is_live = 1 and legs.wrapped_at > legs.connected_at then legs.wrapped_at
        end = shares_to.step_at
