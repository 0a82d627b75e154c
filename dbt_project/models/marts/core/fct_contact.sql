-- One row per contact, all channels. Flags are 0 or 1 and add up; ratios are made of their sums.
-- Everything is as known at as_of_at: open contacts are censored, never guessed.
{{ config(materialized='tail', meta={
    'tail': 'in_tail', 'tail_arguments': ['started_at'],
    'alike': {'as_of_at': 'as_of_rows', 'source_watermark': 'watermark_of_contacts'},
}) }}
{% set maturity = var('resolution_maturity_days') * 86400 %}
{% set is_case = 'contacts.contact_id = contacts.case_id' %}
{% set solved_at -%}
    case when case_rounds.round_no > 0 then case_rounds.solved_at else cases.first_solved_at end
{%- endset %}
{% set solved_for_good -%}
    {{ solved_at }} <= {{ add_seconds('contacts.ended_at', maturity) }}
                    and coalesce(case_rounds.reopened_at > {{ add_seconds('contacts.ended_at', maturity) }}, true)
{%- endset %}
{% set sensitivity_flags = [] %}
{% for days in [1, 7, 14, 30] %}
    {% do sensitivity_flags.extend(['is_fcr_eligible_' ~ days ~ 'd', 'is_fcr_success_' ~ days ~ 'd']) %}
{% endfor %}
{#- Net FCR leaves out what the first level cannot resolve; other vars count everything. -#}
{% set in_base = ' * (1 - case when reasons.is_resolvable_at_first_level = 0 then 1 else 0 end)'
    if var('fcr_base') == 'net' else '' %}
{#- The live process reads no orders: nothing of the day is mature. -#}
{% set conversion_mature = '0' if target.name == 'live' else flag(
    may_convert('contacts') ~ ' and later_of_days.contact_id is null and '
    ~ add_seconds('contacts.ended_at', var('conversion_window_days') * 86400) ~ ' <= contacts.as_of_at'
) %}
{% set pivot_flags = [
    'is_answered_24h', 'is_unanswered_24h', 'is_pivot_to_phone', 'is_early_pivot_to_phone',
    'is_pivot_after_answer',
] %}

with

contacts as (

    select * from {{ ref('int_contacts_flagged') }}
    where {{ in_tail('started_at') }}

),

repeats as (

    select * from {{ ref('int_contacts_repeats') }}
    where {{ in_tail('started_at') }}

),

issues as (

    select * from {{ ref('int_contact_issues') }}
    where {{ in_tail('started_at') }}

),

cases as (

    select * from {{ ref('int_cases') }}

),

{{ case_rounds() }},

reasons as (

    select * from {{ ref('dim_contact_reason') }}

),

watermarks as (

    select
        source_system,
        min(watermark_at) as watermark_at
    from {{ ref('fct_source_watermark') }}
    group by source_system

),

agents as (

    select * from {{ ref('dim_agent') }}

),

queues as (

    select * from {{ ref('dim_queue') }}

),

customers as (

    select * from {{ ref('dim_customer') }}

),

day_types as (

    select * from {{ ref('bridge_queue_day_type') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

{{ conversions() }},

{{ contracts() }},

final as (

    select
        contacts.contact_id,
        contacts.source_system,
        contacts.native_contact_id,
        contacts.parent_contact_id,
        issues.issue_id,
        issues.contact_no_in_issue,
        issues.stitch_rule,
        cases.case_id,
        contacts.customer_id,
        customers.customer_sk,
        contacts.first_queue_id,
        queues.queue_sk as first_queue_sk,
        contacts.last_queue_id,
        last_queues.queue_sk as last_queue_sk,
        contacts.first_agent_id,
        agents.agent_sk as first_agent_sk,
        contacts.last_agent_id,
        last_agents.agent_sk as last_agent_sk,
        contacts.channel,
        contacts.channel_group,
        contacts.direction,
        contacts.initiation,
        contacts.reason_id,
        reasons.reason_sk,
        contacts.reason_source,
        contacts.product_id,
        day_types.campaign_id,
        contracts.contract_id,
        coalesce(reasons.value_category, 'unclassified') as value_category,
        contacts.language,
        customers.country,
        queues.brand,
        queues.business_area,
        contacts.started_at,
        contacts.queued_at,
        contacts.answered_at,
        contacts.first_response_at,
        contacts.last_customer_message_at,
        contacts.ended_at,
        contacts.wrapped_at,
        contacts.local_date,
        coalesce(day_types.day_type, dates.day_type, 'normal') as day_type,
        contacts.interval_start_at,
        contacts.interval_key,
        contacts.timezone,
        contacts.pre_queue_seconds,
        cast(floor(contacts.wait_exact_seconds) as bigint) as wait_seconds,
        cast(power(floor(contacts.wait_exact_seconds), 2) as double) as wait_sq,
        contacts.wait_band,
        case
            when contacts.is_waiting = 1 then {{ span_seconds('contacts.queued_at', 'contacts.as_of_at') }}
        end as waiting_seconds,
        contacts.ring_seconds,
        contacts.talk_seconds,
        contacts.hold_seconds,
        contacts.acw_seconds,
        contacts.handle_seconds,
        contacts.handle_allocated_seconds,
        cast(power(contacts.handle_seconds, 2) as double) as handle_sq,
        contacts.first_response_calendar_seconds,
        contacts.first_response_business_seconds,
        case
            when contacts.contact_kind = 'async' then contacts.first_response_business_seconds
            else contacts.first_response_calendar_seconds
        end as first_response_seconds,
        cast(power(case
            when contacts.contact_kind = 'async' then contacts.first_response_business_seconds
            else contacts.first_response_calendar_seconds
        end, 2) as double) as first_response_sq,
        cast(
            {{ days_between('coalesce(agents.live_at, agents.hired_at)', 'contacts.started_at') }} as integer
        ) as tenure_days_first_agent,
        contacts.outcome,
        contacts.handled_by_type,
        -- Settled: what the agent said, or the solve of a message, when its case was solved soon after
        -- and did not come back.
        case
            when
                contacts.is_handled = 1
                and (cases.case_id is null or ({{ solved_for_good }}))
                and ({{ is_case }} or contacts.outcome = 'resolved')
                then greatest(contacts.ended_at, {{ solved_at }})
        end as settled_at,
        contacts.service_level_threshold_seconds,
        contacts.response_target_seconds,
        contacts.is_offered,
        contacts.is_answered,
        contacts.is_answered_within_sl,
        contacts.is_abandoned,
        contacts.is_short_abandoned,
        contacts.is_abandoned_within_sl,
        contacts.is_informed_abandon,
        contacts.is_flow_out,
        contacts.is_waiting,
        contacts.is_callback_requested,
        contacts.is_callback_fulfilled,
        contacts.is_connected,
        contacts.is_handled,
        {{ flag('contacts.is_handled = 1 and contacts.transfers > 0') }} as is_transferred,
        contacts.is_bot_only,
        contacts.is_bot_escalated,
        -- Who was handed over and left at once repeats nothing, but has talked to the bot.
        coalesce(repeats.is_bot_session_mature, {{ flag(
            'contacts.is_bot_escalated = 1 and contacts.is_short_abandoned = 1'
            ~ ' and contacts.customer_id is not null and '
            ~ add_seconds('contacts.ended_at', var('fcr_window_days') * 86400) ~ ' <= contacts.as_of_at'
        ) }}) as is_bot_session_mature,
        coalesce(repeats.is_bot_contained, 0) as is_bot_contained,
        contacts.is_spam,
        contacts.is_test,
        contacts.is_internal,
        contacts.is_merged_child,
        contacts.is_outside_hours,
        contacts.wait_le_90,
        contacts.wait_gt_90,
        contacts.wait_gt_150,
        contacts.wait_gt_180,
        contacts.is_response_due,
        contacts.is_responded,
        contacts.is_responded_within_target,
        contacts.is_closed_without_reply,
        contacts.is_service_level_due,
        contacts.is_service_level_met,
        {{ flag('contacts.customer_id is not null') }} as is_identified,
        {{ flag('contacts.reason_id is not null') }} as is_reason_coded,
        {%- for flag in ['is_fcr_eligible', 'is_fcr_success', 'is_fcr_immature'] %}
            coalesce(repeats.{{ flag }}, 0){{ in_base }} as {{ flag }},
        {%- endfor %}
        {%- for flag in sensitivity_flags %}
            coalesce(repeats.{{ flag }}, 0) as {{ flag }},
        {%- endfor %}
        coalesce(repeats.is_repeat, 0) as is_repeat,
        {%- for flag in pivot_flags %}
            coalesce(repeats.{{ flag }}, 0) as {{ flag }},
        {%- endfor %}
        {{ flag("reasons.reason_family = 'complaint'") }} as is_complaint,
        {{ flag("reasons.is_resolvable_at_first_level = 0") }} as is_beyond_first_level,
        {{ flag(
            "contacts.contact_kind = 'async' and contacts.is_merged_child = 0 and cases.status in ('solved', 'closed')"
            ~ ' and cases.public_agent_replies between ' ~ var('one_touch_min_replies') ~ ' and 1'
        ) }} as is_one_touch,
        {{ flag(
            'contacts.is_handled = 1 and ' ~ add_seconds('contacts.started_at', maturity)
            ~ ' <= contacts.as_of_at'
        ) }} as is_resolution_eligible,
        {{ flag(
            'contacts.is_handled = 1 and ' ~ add_seconds('contacts.started_at', maturity)
            ~ ' <= contacts.as_of_at and (case_rounds.reopened_at is null'
            ~ ' or case_rounds.reopened_at > ' ~ add_seconds('contacts.started_at', maturity) ~ ')'
            ~ ' and case when ' ~ is_case ~ ' then cases.first_solved_at'
            ~ ' when contacts.outcome = \'resolved\' then contacts.wrapped_at end <= '
            ~ add_seconds('contacts.started_at', maturity)
        ) }} as is_resolved_mature,
        contacts.handled_legs,
        contacts.transfers,
        {{ conversion_mature }} as is_conversion_mature,
        {{ flag('converted.contact_id is not null') }} as is_converted,
        case
            when contacts.is_test = 1 then 'test_contact'
            when contacts.is_internal = 1 then 'internal_contact'
            when contacts.is_spam = 1 then 'excluded_contact'
            when contacts.is_merged_child = 1 then 'merged_contact'
            when
                contacts.ended_at < contacts.started_at
                or contacts.answered_at < contacts.queued_at
                or contacts.first_response_at < contacts.started_at
                or contacts.is_impossible = 1
                then 'impossible_duration'
        end as dq_rule,
        {{ load_time('contacts.load_id') }} as loaded_at,
        coalesce(watermarks.watermark_at, files.watermark_at) as source_watermark,
        {{ version_of_vars() }} as version_of_vars,
        contacts.as_of_at
    from contacts
    left join repeats on contacts.contact_id = repeats.contact_id
    left join cases on contacts.case_id = cases.case_id
    left join case_rounds on {{ in_round('contacts') }}
    left join issues on contacts.contact_id = issues.contact_id
    left join reasons
        on contacts.reason_id = reasons.reason_id and {{ holds_at('reasons', 'contacts.started_at') }}
    left join agents
        on contacts.first_agent_id = agents.agent_id and {{ holds_at('agents', 'contacts.started_at') }}
    left join agents as last_agents
        on
            contacts.last_agent_id = last_agents.agent_id
            and {{ holds_at('last_agents', 'contacts.started_at') }}
    left join queues
        on contacts.first_queue_id = queues.queue_id and {{ holds_at('queues', 'contacts.started_at') }}
    left join queues as last_queues
        on
            contacts.last_queue_id = last_queues.queue_id
            and {{ holds_at('last_queues', 'contacts.started_at') }}
    left join customers
        on contacts.customer_id = customers.customer_id and {{ holds_at('customers', 'contacts.started_at') }}
    left join day_types
        on contacts.first_queue_id = day_types.queue_id and contacts.local_date = day_types.date_day
    left join dates on contacts.local_date = dates.date_day
    left join watermarks on contacts.source_system = watermarks.source_system
    left join watermarks as files on files.source_system = 'files'
    left join later_of_days on contacts.contact_id = later_of_days.contact_id
    left join converted on contacts.contact_id = converted.contact_id
    left join contracts
        on
            queues.client = contracts.client
            and contacts.channel = contracts.channel
            and contacts.local_date >= contracts.valid_from
            and contacts.local_date < coalesce(contracts.valid_to, date '9999-12-31')

)

select * from final
