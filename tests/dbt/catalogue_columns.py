"""What the KPI catalogue's section 8 asks each fact to hold, and under which name it does.

A name alone is a column called so. `name>column` says what it is called here, `name-reason` why it
is nowhere. What a contact is billed and costs (of 8.1) is a fact of its own.
"""

from __future__ import annotations

_ASKED = {
    "fct_contact": """
        contact_id parent_contact_id issue_id case_id customer_id customer_sk first_queue_id
        last_queue_id first_agent_sk last_agent_sk channel direction initiation reason_id
        reason_source product_id brand business_area campaign_id country language contract_id
        started_at queued_at answered_at first_response_at last_customer_message_at ended_at
        wrapped_at local_date interval_start_utc>interval_start_at interval_key timezone
        pre_queue>pre_queue_seconds wait>wait_seconds ring>ring_seconds talk>talk_seconds
        hold>hold_seconds acw>acw_seconds handle_elapsed>handle_seconds
        handle_allocated>handle_allocated_seconds
        first_response_calendar>first_response_calendar_seconds
        first_response_business>first_response_business_seconds tenure_days_first_agent
        is_offered is_answered is_answered_within_sl is_abandoned is_short_abandoned
        is_abandoned_within_sl is_informed_abandon is_flow_out is_callback_requested
        is_callback_fulfilled is_handled is_transferred is_bot_only is_bot_escalated is_spam
        is_internal is_test is_merged_child is_outside_hours is_response_due
        is_responded_within_target is_identified is_reason_coded is_fcr_eligible is_fcr_success
        is_fcr_immature is_repeat is_one_touch is_resolved_mature is_resolution_eligible
        is_complaint wait_le_90 wait_gt_90 wait_gt_150 wait_gt_180 is_unanswered_24h
        is_pivot_to_phone is_converted is_conversion_mature
        wait_sq handle_sq first_response_sq source_watermark dq_rule version_of_vars loaded_at
    """,
    "fct_contact_amount": """
        is_billable billable_seconds billed_amount_unit billed_amount_time allocated_cost_eur
    """,
    "fct_contact_leg": """
        leg_id contact_id leg_no queue_id agent_sk queued_at connected_at left_at left_reason
        transfer_type wait>wait_seconds ring>ring_seconds talk>talk_seconds hold>hold_seconds
        acw>acw_seconds talk_allocated>talk_allocated_seconds
        hold_allocated>hold_allocated_seconds acw_allocated>acw_allocated_seconds concurrency_avg
    """,
    "fct_contact_event": """
        contact_id occurred_at event_type public>is_public author>actor_role
    """,
    "fct_contact_state_interval": """
        contact_or_case>entity_id state from>from_at to>to_at
    """,
    "fct_queue_interval": """
        queue>queue_id channel interval>interval_start_at offered answered within_sl abandoned
        short>short_abandoned flow_out wait_sum>wait_seconds handle_sum>handle_seconds wait_0_5
        wait_5_10 wait_10_20 wait_20_30 wait_30_60 wait_60_90 wait_90_150 wait_150_180
        wait_180_300 wait_300>wait_300_up
        scheduled_agent_s-no_source_gives_rosters required_agent_s-no_source_gives_forecasts
    """,
    "fct_issue": """
        issue_id customer>customer_id first_contact>first_contact_id
        last_contact>last_contact_id first_channel resolving_channel channel_path n_contacts
        n_channels n_agents n_transfers opened_at resolved_at is_mature is_pivoted
        pivot_initiator is_resolved is_one_contact stitch_rule stitch_confidence
    """,
    "fct_case": """
        created>created_at first_solved>first_solved_at last_solved>last_solved_at
        closed>closed_at reopened_n>reopens calendar>full_resolution_seconds
        business>full_resolution_business_seconds
        excl_pending>full_resolution_excl_pending_seconds complaint_level
        escalation>is_complaint_escalated
    """,
    "fct_case_snapshot_daily": """
        active>active_cases aged>aged_cases pending>pending_cases queue>queue_id reason>reason_id
    """,
    "fct_survey_invitation": """
        invitation_id contact_id wave-the_quarter_of_sent_at customer_sk survey_type
        trigger>invitation_trigger channel>invitation_channel sent>sent_at delivered>delivered_at
        opened>opened_at answered>answered_at expired>expires_at reminder_no>reminders
        reminder_channel quarantine_reason window_closed>is_window_closed
    """,
    "fct_survey_response": """
        score_raw scale_code is_top2 is_bottom is_promoter is_passive is_detractor is_favourable
        score_0_100 score_sq weight comment_id>comment_key is_current_answer agent_sk
        queue>queue_sk reason>reason_sk wait_band is_fcr_success
    """,
    "fct_closed_loop_task": """
        created>task_created_at attempts reached>reached_at cause_reason_id action>action_taken
        closed>closed_at sla_due_at
    """,
}


def asked() -> dict[str, dict[str, str]]:
    """By fact, what is asked for and the column that holds it; without one, `-` and the reason."""
    found: dict[str, dict[str, str]] = {}
    for fact, words in _ASKED.items():
        found[fact] = {}
        for word in words.split():
            name, told, column = word.partition(">")
            if told:
                found[fact][name] = column
            else:
                name, dash, reason = word.partition("-")
                found[fact][name] = dash + reason if dash else name
    return found
