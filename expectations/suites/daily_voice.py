"""Expectations on the daily marts: components add up to the facts and stay within each other."""

from __future__ import annotations

from expectations.checks import suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common

GRAIN = ("local_date", "channel", "queue_id")


def checks() -> list[CheckSpec]:
    """All checks of schema `daily_voice`."""
    table = suite("daily_voice", "alerting")

    contacts = table("daily_voice.kpi_daily_contacts")
    common.components(
        contacts,
        grain=GRAIN,
        counts=(
            "contacts",
            "offered",
            "answered",
            "abandoned",
            "flow_out",
            "waiting",
            "connected",
            "handled",
            "service_level_due",
            "service_level_met",
            "connected_wait_seconds",
            "handle_seconds",
            "first_response_seconds",
            "fcr_eligible",
            "fcr_success",
        ),
        required=("local_date", "channel"),
    )
    contacts.rule(
        "offered_is_conserved",
        ["offered", "answered", "abandoned", "flow_out", "waiting"],
        "offered <> answered + abandoned + flow_out + waiting",
        "Offered = answered + abandoned + flow-out + waiting in every row.",
    )
    common.subsets(
        contacts,
        (
            ("offered", "contacts"),
            ("short_abandoned", "abandoned"),
            ("answered_within_sl", "answered"),
            ("service_level_met", "service_level_due"),
            ("responded_within_target", "response_due"),
            ("wait_gt_180", "wait_gt_150"),
            ("wait_gt_150", "wait_gt_90"),
            ("wait_gt_90", "waits_counted"),
            ("handled_identified", "handled"),
            ("fcr_success", "fcr_eligible"),
            ("resolved_mature", "resolution_eligible"),
        ),
    )
    common.same_total(
        contacts,
        "core.fct_contact",
        {"contacts": "1", "offered": "is_offered", "handled": "is_handled"},
    )

    handling = table("daily_voice.kpi_daily_handling")
    common.components(
        handling,
        grain=GRAIN,
        counts=(
            "queue_entries",
            "connected_legs",
            "handled_legs",
            "unfinished_legs",
            "talk_seconds",
            "hold_seconds",
            "acw_seconds",
            "handle_seconds",
        ),
        required=("channel",),
    )
    common.subsets(
        handling, (("connected_legs", "queue_entries"), ("handled_legs", "connected_legs"))
    )
    common.same_total(
        handling,
        "core.fct_contact_leg",
        {
            "queue_entries": "1",
            "handled_legs": "is_handled",
            "handle_seconds": "case when is_handled = 1 then handle_seconds end",
        },
    )

    cases = table("daily_voice.kpi_daily_cases")
    common.components(
        cases,
        grain=GRAIN,
        counts=("cases_created", "cases_resolved", "still_active", "full_resolution_seconds"),
        required=("local_date",),
    )
    common.subsets(
        cases,
        (
            ("still_active", "cases_created"),
            ("one_touch", "cases_resolved"),
            ("reopened", "cases_resolved"),
            ("sla_met_by_source", "sla_judged_by_source"),
        ),
    )
    common.same_total(cases, "core.fct_case", {"cases_created": "1", "cases_resolved": "is_solved"})

    surveys = table("daily_voice.kpi_daily_surveys")
    common.components(
        surveys,
        grain=(*GRAIN, "survey_type", "metric", "scale_code", "wait_band"),
        counts=("responses", "top2", "promoters", "passives", "detractors", "favourable"),
        required=("local_date", "metric", "scale_code"),
    )
    common.subsets(surveys, (("top2", "responses"), ("favourable", "responses")))
    surveys.rule(
        "nps_groups_add_up",
        ["metric", "responses", "promoters", "passives", "detractors"],
        "metric = 'nps' and promoters + passives + detractors <> responses",
        "Promoters + passives + detractors = responses, so that NPS stays within -100 and 100.",
    )
    common.same_total(
        surveys,
        "core.fct_survey_response",
        {"responses": "is_valid * is_current_answer"},
    )

    report = table("daily_voice.daily_contact_report")
    for rate in ("service_level", "abandonment_rate", "first_contact_resolution_rate"):
        report.between(rate, 0, 1)
    report.not_negative("average_speed_of_answer", "average_handle_time", "first_response_time_avg")

    return [check for each in (contacts, handling, cases, surveys, report) for check in each.checks]
