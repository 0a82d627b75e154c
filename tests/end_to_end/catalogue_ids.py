"""The catalogue's metric ids of the service blocks, and those that cannot be compared yet.

Blocks: 6.1 volume, 6.2 access, 6.3 resolution, 6.4 handling and cost, 6.5 customer voice (without
brand), 6.8 cross-channel and peaks, 6.9 trust.
"""

from __future__ import annotations

_CATALOGUE = """
    contacts_offered contacts_answered contacts_handled contacts_abandoned channel_share
    first_channel_share reason_share_within_channel value_category_share no_value_contact_rate
    contact_rate_per_customer bot_containment_rate volume_peak_ratio
    service_level average_speed_of_answer wait_over_threshold_rate wait_time_p90 abandonment_rate
    short_abandonment_rate average_time_to_abandon first_response_time_avg first_response_time_p50
    first_response_time_p90 next_response_time_avg response_within_target_rate contacts_waiting
    longest_wait_current
    first_contact_resolution_rate net_fcr_rate fcr_survey_rate one_touch_resolution_rate
    one_contact_resolution_rate repeat_contact_rate resolution_rate full_resolution_time_avg
    first_resolution_time_avg full_resolution_time_p50 full_resolution_time_p90
    resolved_within_target_rate active_cases aged_case_rate cases_created cases_resolved
    case_clearance_rate case_reopen_rate transfer_rate client_escalation_rate
    average_handle_time average_talk_time average_hold_time average_after_contact_work
    handle_time_total cost_per_contact billable_amount_per_contact_model
    billable_amount_handle_time_model effective_price_per_contact breakeven_aht
    csat_score csat_mean csat_change overall_satisfaction_rate overall_satisfaction_change nps
    nps_gap_by_fcr ces_favourable_rate ces_mean survey_response_rate survey_coverage_rate
    survey_reminder_uplift closed_loop_rate closed_loop_within_sla_rate closed_loop_time_p50
    closed_loop_recovery_rate social_mentions net_sentiment_score share_of_voice
    relative_nps csi_gap_vs_competitors
    cross_channel_pivot_rate email_to_phone_pivot_rate cross_channel_resolution_rate
    contacts_per_issue cross_channel_resolution_time_p50 peak_gap_aht peak_gap_service_level
    peak_gap_csat
    identified_contact_rate reason_coded_rate data_freshness_minutes data_quality_exclusions
"""
CATALOGUE = frozenset(_CATALOGUE.split())

# Catalogue ids that the ledger does not count yet, and why.
OFF = "Mastodon is off in the homes compared; tests/drills/test_more_systems.py compares"
NOT_IN_LEDGER = {
    "wait_over_threshold_rate": "one metric a limit: wait_over_90_rate and its fellows",
    "breakeven_aht": "60 times price_of_contacts over price_of_minutes, which are compared",
    "social_mentions": OFF,
    "net_sentiment_score": "no metric: texts never land",
    "share_of_voice": OFF,
    "data_freshness_minutes": "freshness of the sources, not a fact of the centre",
}

# By grain, what cannot be cut so, and why. Every other metric of the ledger is compared there.
_COMPANY = dict.fromkeys(
    ("operating_expense", "operating_cash_flow", "relative_nps", "relative_nps_to_mean",
     "csi_gap_vs_competitors"),
    "of the company as a whole, month by month or wave by wave",
)  # fmt: skip
_RELATIONSHIP = dict.fromkeys(
    ("overall_satisfaction_rate", "nps_relationship"), "asked about no contact"
)
_PEAKS = dict.fromkeys(
    ("volume_peak_ratio", "peak_gap_aht", "peak_gap_service_level", "peak_gap_csat"),
    "of the peak days of a quarter at a queue",
)
NOT_CUT: dict[str, dict[str, str]] = {
    "total": {},
    "channel": _COMPANY | _RELATIONSHIP,
    "queue": _COMPANY | _RELATIONSHIP,
    "day": _COMPANY | _PEAKS,
    "agent": _COMPANY
    | _RELATIONSHIP
    | _PEAKS
    | {
        "queue_entries": "nobody has a contact yet that enters a queue",
        "service_level": "belongs to the queue; the catalogue blocks it by agent",
    },
}

# Ledger metrics that the semantic layer has no metric for yet.
NOT_IN_WAREHOUSE: frozenset[str] = frozenset()

# Metrics of both sides whose figures differ, and what the catalogue says. Each must still differ.
DIFFERS: dict[str, str] = {}
