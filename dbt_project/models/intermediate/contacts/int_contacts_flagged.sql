-- One row per contact with the 0/1 flags that follow from the contact alone.
-- A view: flags cost less to work out again than to write and read.
{{ config(materialized='view') }}
{% set breakpoints = var('wait_breakpoints_seconds') %}

with

clocked as (

    select
        *,
        greatest(is_spam, is_test, is_internal, is_merged_child) as is_left_out
    from {{ ref('int_contacts_clocked') }}

),

populations as (

    select
        clocked.*,
        {{ as_of() }} as as_of_at,
        -- A live queue is offered nothing while it is closed; messages wait for it to open.
        {{ flag(
            "direction = 'inbound' and contact_kind in ('live', 'async') and queued_at is not null"
            ~ " and is_left_out = 0 and queue_outcome <> 'none' and is_outside_hours = 0"
        ) }} as is_offered
    from clocked

),

outcomes as (

    -- Every offered contact is exactly one of answered, abandoned, flowed out, waiting.
    select
        populations.*,
        {{ flag("contact_kind = 'self_service' and is_left_out = 0") }} as is_bot_only,
        -- What is before the queue is the menu of a telephone line, and the bot of a chat.
        {{ flag("direction = 'inbound' and contact_kind = 'live' and channel_group = 'chat'"
            ~ " and is_left_out = 0 and queued_at is not null and pre_queue_seconds > 0") }} as is_bot_escalated,
        {{ flag("is_offered = 1 and queue_outcome = 'answered'") }} as is_answered,
        {{ flag("is_offered = 1 and queue_outcome = 'abandoned'") }} as is_abandoned,
        {{ flag("is_offered = 1 and queue_outcome in ('flow_out', 'callback', 'closed_without_reply')") }}
            as is_flow_out,
        {{ flag("is_offered = 1 and queue_outcome = 'waiting'") }} as is_waiting,
        {{ flag("is_offered = 1 and queue_outcome = 'callback'") }} as is_callback_requested,
        {{ flag("is_offered = 1 and queue_outcome = 'closed_without_reply'") }} as is_closed_without_reply,
        {{ flag("is_offered = 1 and " ~ is_short_abandon('queue_outcome', 'wait_exact_seconds') ~ " = 1") }}
            as is_short_abandoned,
        {{ flag(
            "is_offered = 1 and contact_kind = 'live' and queue_outcome = 'answered'"
            ~ " or contact_kind = 'callback' and is_left_out = 0 and answered_at is not null"
        ) }} as is_connected,
        {{ is_within('wait_exact_seconds', 'service_level_threshold_seconds') }} as is_wait_within,
        case
            when contact_kind = 'callback' and is_left_out = 0 and queue_outcome <> 'answered' then
                {{ exact_span_seconds('queued_at', 'coalesce(ended_at, as_of_at)') }}
        end as callback_elapsed_seconds
    from populations

),

responses as (

    select
        outcomes.*,
        {{ flag("is_offered = 1 and first_response_at is not null") }} as is_responded,
        {{ flag(
            "is_answered = 1 or (contact_kind <> 'async' and is_left_out = 0 and answered_at is not null)"
        ) }} as is_handled,
        {{ flag("contact_kind = 'callback' and is_connected = 1") }} as is_callback_fulfilled,
        {{ flag("is_answered = 1 and contact_kind = 'live' and is_wait_within") }} as is_answered_within_sl,
        {{ flag("is_abandoned = 1 and is_wait_within") }} as is_abandoned_within_sl,
        -- They had heard why nobody answers, and knew enough.
        {{ flag("is_abandoned = 1 and is_short_abandoned = 0 and is_informed = 1") }} as is_informed_abandon,
        -- The population of the wait figures: reached an agent, or gave up after more than a moment.
        case
            when contact_kind = 'live' and (is_answered = 1 or (is_abandoned = 1 and is_short_abandoned = 0))
                then wait_exact_seconds
        end as counted_wait_seconds,
        case
            when contact_kind = 'async' and is_offered = 1 and first_response_at is not null
                then response_clock_seconds
        end as first_response_business_seconds,
        {{ flag(
            "contact_kind = 'async' and is_offered = 1 and is_reply_known = 1 and ("
            ~ "first_response_at is not null"
            ~ " or response_clock_seconds > response_target_seconds)"
        ) }} as is_response_due
    from outcomes

)

select
    responses.*,
    case
        when is_handled = 1 then 'agent'
        when is_bot_only = 1 and channel_group = 'voice' then 'ivr'
        when is_bot_only = 1 then 'bot'
    end as handled_by_type,
    {{ wait_band('counted_wait_seconds') }} as wait_band,
    {{ flag('counted_wait_seconds <= ' ~ breakpoints[0]) }}
        as wait_le_{{ breakpoints[0] }},
    {%- for limit in breakpoints %}
        {{ flag('counted_wait_seconds > ' ~ limit) }} as wait_gt_{{ limit }},
    {%- endfor %}
    -- What an agent writes first in an outbound or spam ticket answers nobody.
    case when is_responded = 1 then {{ span_seconds('started_at', 'first_response_at') }} end
        as first_response_calendar_seconds,
    {{ flag(
        "is_response_due = 1 and "
        ~ is_within('first_response_business_seconds', 'response_target_seconds')
    ) }} as is_responded_within_target,
    case
        when contact_kind = 'async' then {{ flag(
            "is_offered = 1 and is_reply_known = 1 and (first_response_at is not null"
            ~ " or response_clock_seconds > service_level_threshold_seconds)"
        ) }}
        when contact_kind = 'callback' then {{ flag(
            "is_connected = 1 or callback_elapsed_seconds > service_level_threshold_seconds"
        ) }}
        else {{ flag(service_level_due()) }}
    end as is_service_level_due,
    case
        when contact_kind = 'async' then {{ flag(
            "is_reply_known = 1 and "
            ~ is_within('first_response_business_seconds', 'service_level_threshold_seconds')
        ) }}
        when contact_kind = 'callback' then {{ flag("is_connected = 1 and is_wait_within") }}
        else {{ flag(service_level_met()) }}
    end as is_service_level_met
from responses
