-- One row per contact of any system, with the durations of its complete legs, up to as-of.
-- A time that cannot be is null (E7). Nothing after this model names a vendor.
-- A view: its rows are kept once, with their clocks, in int_contacts_clocked.
{{ config(materialized='view') }}
{% set common = [
    'contact_id', 'source_system', 'native_contact_id', 'parent_contact_id', 'contact_kind', 'case_id',
    'customer_id', 'first_queue_id', 'last_queue_id', 'first_agent_id', 'last_agent_id', 'channel',
    'direction', 'initiation', 'reason_id', 'reason_source', 'product_id', 'language', 'started_at', 'queued_at', 'answered_at',
    'first_response_at', 'last_customer_message_at', 'ended_at', 'wrapped_at', 'pre_queue_seconds',
    'wait_exact_seconds', 'is_informed', 'is_spam', 'is_test', 'is_internal', 'is_merged_child', 'load_id',
] %}
{% set folds = {
    'handled_legs': ('sum', flag('wrapped_at is not null and handle_seconds is not null')),
    'transfers': ('sum', flag("left_reason = 'transferred_internal'")),
    'ring_seconds': ('sum', 'ring_seconds'),
    'handle_allocated_seconds': ('sum', 'cast(handle_allocated_seconds as decimal(38, 6))'),
    'is_impossible': ('max', 'is_impossible'),
} %}
{#- Only legs whose after-call work has ended: half a leg would flatter the handling time. -#}
{% for part in ['talk_seconds', 'hold_seconds', 'acw_seconds', 'handle_seconds'] %}
    {% do folds.update({part: ('sum', 'case when wrapped_at is not null then ' ~ part ~ ' end')}) %}
{% endfor %}
{#- By the contact's start too, which bounds what is read where contacts are bounded by it. Most contacts have
    one leg at most, which says it all itself. -#}
{% set leg_sums = fold_shared(
    ref('int_legs'), ['contact_id', 'contact_started_at'], folds,
    'contact_id in (select legs.contact_id from ' ~ ref('int_legs') ~ ' as legs where legs.leg_no > 1)'
) %}

with

leg_sums as (

    {{ leg_sums }}

),

merged_cases as (

    select
        case_id,
        merged_into_case_id
    from {{ ref('int_cases') }}
    where merged_into_case_id is not null

),

unioned as (

    select
        {{ common | join(',\n        ') }},
        queue_outcome,
        outcome,
        1 as is_reply_known
    from {{ ref('int_contacts__twilio') }}
    union all
    select
        {{ common | join(',\n        ') }},
        case
            when contact_kind in ('recorded', 'self_service') then 'none'
            when answered_at is not null then 'answered'
            when ended_at is not null then 'closed_without_reply'
            else 'waiting'
        end as queue_outcome,
        outcome,
        is_reply_known
    from {{ ref('int_contacts__cases') }}
    union all
    select
        {{ common | join(',\n        ') }},
        queue_outcome,
        outcome,
        1 as is_reply_known
    from {{ ref('int_contacts__files') }}
    {{- contacts_of_more_systems(common + ['queue_outcome', 'outcome', 'is_reply_known']) }}

)

select
    {%- for column in common if column not in ['case_id', 'wait_exact_seconds', 'pre_queue_seconds'] %}
        unioned.{{ column }},
    {%- endfor %}
    -- A case that was merged hands its calls on to the one that was kept; its own message stays, marked.
    coalesce(merged_cases.merged_into_case_id, unioned.case_id) as case_id,
    unioned.queue_outcome,
    unioned.outcome,
    unioned.is_reply_known,
    case
        when {{ is_impossible('unioned.wait_exact_seconds', longest_wait('unioned.channel')) }} = 0
            then unioned.wait_exact_seconds
    end as wait_exact_seconds,
    case
        when {{ is_impossible('unioned.pre_queue_seconds', longest_wait('unioned.channel')) }} = 0
            then unioned.pre_queue_seconds
    end as pre_queue_seconds,
    greatest(
        coalesce(leg_sums.is_impossible, 0),
        {{ is_impossible('unioned.pre_queue_seconds', longest_wait('unioned.channel')) }},
        {{ is_impossible('unioned.wait_exact_seconds', longest_wait('unioned.channel')) }}
    ) as is_impossible,
    cast(coalesce(leg_sums.handled_legs, 0) as integer) as handled_legs,
    cast(coalesce(leg_sums.transfers, 0) as integer) as transfers,
    cast(leg_sums.ring_seconds as bigint) as ring_seconds,
    cast(leg_sums.talk_seconds as bigint) as talk_seconds,
    cast(leg_sums.hold_seconds as bigint) as hold_seconds,
    cast(leg_sums.acw_seconds as bigint) as acw_seconds,
    cast(leg_sums.handle_seconds as bigint) as handle_seconds,
    case
        when leg_sums.handle_seconds is not null
            then cast(coalesce(leg_sums.handle_allocated_seconds, 0) as double)
    end
        as handle_allocated_seconds
from unioned
left join leg_sums
    on unioned.contact_id = leg_sums.contact_id and unioned.started_at = leg_sums.contact_started_at
left join merged_cases
    on case when unioned.contact_id <> unioned.case_id then unioned.case_id end = merged_cases.case_id
