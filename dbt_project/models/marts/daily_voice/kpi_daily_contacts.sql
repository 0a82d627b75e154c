-- Grain: local date of queue entry (contact start where a contact never queued) x channel x first
-- queue. Every contact is in exactly one row; all measures add up over any set of rows.
{{ config(materialized='tail', meta={'tail': 'in_tail_days', 'tail_arguments': ['local_date']}) }}

with contacts as (

    select * from {{ ref('fct_contact') }}
    where {{ in_tail_days('local_date') }}

),

classified as (

    select
        *,
        is_abandoned - is_short_abandoned as is_long_abandoned,
        case when is_connected = 1 then wait_seconds end as connected_wait_seconds,
        case
            when is_offered = 1 and is_responded = 1 then first_response_seconds
        end as counted_first_response_seconds
    from contacts

),

final as (

    select
        local_date,
        channel,
        first_queue_id as queue_id,
        count(*) as contacts,
        {{ sum_count('is_offered') }} as offered,
        {{ sum_count('is_answered') }} as answered,
        {{ sum_count('is_answered_within_sl') }} as answered_within_sl,
        {{ sum_count('is_abandoned') }} as abandoned,
        {{ sum_count('is_short_abandoned') }} as short_abandoned,
        {{ sum_count('is_abandoned_within_sl') }} as abandoned_within_sl,
        {{ sum_count('is_flow_out') }} as flow_out,
        {{ sum_count('case when is_offered = 1 then is_waiting else 0 end') }} as waiting,
        {{ sum_count('is_callback_requested') }} as callback_requested,
        {{ sum_count('is_callback_fulfilled') }} as callback_fulfilled,
        cast(count(connected_wait_seconds) as bigint) as connected,
        {{ sum_count('is_handled') }} as handled,
        {{ sum_count('is_transferred') }} as transferred,
        {{ sum_count('transfers') }} as transfers,
        {{ sum_count('is_bot_only') }} as bot_only,
        {{ sum_count('is_spam') }} as spam,
        {{ sum_count('is_outside_hours') }} as outside_hours,
        {{ sum_count('is_service_level_due') }} as service_level_due,
        {{ sum_count('is_service_level_met') }} as service_level_met,
        {{ sum_count('is_response_due') }} as response_due,
        {{ sum_count('is_responded_within_target') }} as responded_within_target,
        {{ sum_count('is_closed_without_reply') }} as closed_without_reply,
        {{ sum_count('connected_wait_seconds') }} as connected_wait_seconds,
        {{ sum_squares('connected_wait_seconds') }} as connected_wait_seconds_sq,
        {{ sum_count('case when is_long_abandoned = 1 then wait_seconds end') }} as abandoned_wait_seconds,
        {{ sum_count('wait_gt_90') }} as wait_gt_90,
        {{ sum_count('wait_gt_150') }} as wait_gt_150,
        {{ sum_count('wait_gt_180') }} as wait_gt_180,
        {{ sum_count('wait_le_90 + wait_gt_90') }} as waits_counted,
        cast(count(counted_first_response_seconds) as bigint) as first_responses,
        {{ sum_count('counted_first_response_seconds') }} as first_response_seconds,
        {{ sum_squares('counted_first_response_seconds') }} as first_response_seconds_sq,
        {{ sum_count(
            'case when counted_first_response_seconds is not null then first_response_calendar_seconds end'
        ) }}
            as first_response_calendar_seconds,
        {{ sum_count('case when is_handled = 1 then handle_seconds end') }} as handle_seconds,
        {{ sum_count('is_identified') }} as identified,
        {{ sum_count('case when is_handled = 1 then is_identified else 0 end') }} as handled_identified,
        {{ sum_count('case when is_handled = 1 then is_reason_coded else 0 end') }} as handled_reason_coded,
        {{ sum_count('is_fcr_eligible') }} as fcr_eligible,
        {{ sum_count('is_fcr_success') }} as fcr_success,
        {{ sum_count('is_fcr_immature') }} as fcr_immature,
        {{ sum_count('is_repeat') }} as repeats,
        {{ sum_count('is_resolution_eligible') }} as resolution_eligible,
        {{ sum_count('is_resolved_mature') }} as resolved_mature
    from classified
    group by local_date, channel, first_queue_id

)

select * from final
