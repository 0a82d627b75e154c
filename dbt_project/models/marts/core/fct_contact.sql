-- One row per contact, all channels. Flags are 0 or 1 and add up; ratios are made of their sums.
-- Everything is as known at as_of_at: open contacts are censored, never guessed.
{% set maturity = var('resolution_maturity_days') * 86400 %}

with

contacts as (

    select * from {{ ref('int_contacts_flagged') }}

),

repeats as (

    select * from {{ ref('int_contacts_repeats') }}

),

cases as (

    select * from {{ ref('int_cases') }}

),

case_spans as (

    select * from {{ ref('int_case_status_spans') }}

),

reopened_early as (

    select contacts.contact_id
    from contacts
    inner join case_spans on contacts.case_id = case_spans.case_id
    where
        contacts.contact_kind = 'async'
        and case_spans.previous_status in ('solved', 'closed')
        and case_spans.is_solved_state = 0
        and case_spans.from_at <= {{ add_seconds('contacts.started_at', maturity) }}
    group by contacts.contact_id

),

final as (

    select
        contacts.contact_id,
        contacts.source_system,
        contacts.native_contact_id,
        contacts.parent_contact_id,
        cases.case_id,
        contacts.customer_id,
        contacts.first_queue_id,
        contacts.last_queue_id,
        contacts.first_agent_id,
        contacts.last_agent_id,
        contacts.channel,
        contacts.channel_group,
        contacts.direction,
        contacts.initiation,
        contacts.reason_id,
        contacts.language,
        contacts.started_at,
        contacts.queued_at,
        contacts.answered_at,
        contacts.first_response_at,
        contacts.ended_at,
        contacts.wrapped_at,
        contacts.local_date,
        contacts.interval_start_at,
        contacts.interval_key,
        contacts.timezone,
        contacts.pre_queue_seconds,
        cast(floor(contacts.wait_exact_seconds) as bigint) as wait_seconds,
        contacts.talk_seconds,
        contacts.hold_seconds,
        contacts.acw_seconds,
        contacts.handle_seconds,
        contacts.first_response_calendar_seconds,
        contacts.first_response_business_seconds,
        case
            when contacts.contact_kind = 'async' then contacts.first_response_business_seconds
            else contacts.first_response_calendar_seconds
        end as first_response_seconds,
        contacts.service_level_threshold_seconds,
        contacts.is_offered,
        contacts.is_answered,
        contacts.is_answered_within_sl,
        contacts.is_abandoned,
        contacts.is_short_abandoned,
        contacts.is_abandoned_within_sl,
        contacts.is_flow_out,
        contacts.is_waiting,
        contacts.is_callback_requested,
        contacts.is_callback_fulfilled,
        contacts.is_connected,
        contacts.is_handled,
        {{ flag('contacts.is_handled = 1 and contacts.transfers > 0') }} as is_transferred,
        {{ flag("contacts.contact_kind = 'self_service'") }} as is_bot_only,
        contacts.is_spam,
        contacts.is_outside_hours,
        contacts.is_response_due,
        contacts.is_responded,
        contacts.is_responded_within_target,
        contacts.is_closed_without_reply,
        contacts.is_service_level_due,
        contacts.is_service_level_met,
        {{ flag('contacts.customer_id is not null') }} as is_identified,
        {{ flag('contacts.reason_id is not null') }} as is_reason_coded,
        coalesce(repeats.is_fcr_eligible, 0) as is_fcr_eligible,
        coalesce(repeats.is_fcr_success, 0) as is_fcr_success,
        coalesce(repeats.is_fcr_immature, 0) as is_fcr_immature,
        coalesce(repeats.is_repeat, 0) as is_repeat,
        {{ flag(
            'contacts.is_handled = 1 and ' ~ add_seconds('contacts.started_at', maturity)
            ~ ' <= contacts.as_of_at'
        ) }} as is_resolution_eligible,
        {{ flag(
            'contacts.is_handled = 1 and ' ~ add_seconds('contacts.started_at', maturity)
            ~ ' <= contacts.as_of_at and (contacts.outcome = \'resolved\' or ('
            ~ 'contacts.contact_kind = \'async\' and reopened_early.contact_id is null'
            ~ ' and cases.first_solved_at <= ' ~ add_seconds('contacts.started_at', maturity) ~ '))'
        ) }} as is_resolved_mature,
        contacts.handled_legs,
        contacts.transfers,
        contacts.as_of_at
    from contacts
    left join repeats on contacts.contact_id = repeats.contact_id
    left join cases on contacts.case_id = cases.case_id
    left join reopened_early on contacts.contact_id = reopened_early.contact_id

)

select * from final
