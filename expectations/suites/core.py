"""Expectations on the conformed facts and dimensions (schema core).

dbt tests guard keys and types while the warehouse is built; these checks look at the finished
tables as a reader would: do the flags add up, are the times possible, is it fresh, has it shrunk.
All of them alert: people decide, nothing is torn down.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

from collections.abc import Iterable

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common

LIVE = "channel in ('voice', 'callback', 'chat')"
CONTACT_FLAGS = (
    "is_offered",
    "is_answered",
    "is_answered_within_sl",
    "is_abandoned",
    "is_short_abandoned",
    "is_abandoned_within_sl",
    "is_flow_out",
    "is_waiting",
    "is_callback_requested",
    "is_callback_fulfilled",
    "is_connected",
    "is_handled",
    "is_transferred",
    "is_bot_only",
    "is_spam",
    "is_outside_hours",
    "is_response_due",
    "is_responded",
    "is_responded_within_target",
    "is_closed_without_reply",
    "is_service_level_due",
    "is_service_level_met",
    "is_identified",
    "is_reason_coded",
    "is_fcr_eligible",
    "is_fcr_success",
    "is_fcr_immature",
    "is_repeat",
    "is_resolution_eligible",
    "is_resolved_mature",
)
# A numerator is a subset of its denominator: (part, whole).
CONTACT_SUBSETS = (
    ("is_answered", "is_offered"),
    ("is_abandoned", "is_offered"),
    ("is_short_abandoned", "is_abandoned"),
    ("is_abandoned_within_sl", "is_abandoned"),
    ("is_answered_within_sl", "is_answered"),
    ("is_service_level_met", "is_service_level_due"),
    ("is_responded_within_target", "is_response_due"),
    ("is_fcr_success", "is_fcr_eligible"),
    ("is_resolved_mature", "is_resolution_eligible"),
    ("is_fcr_eligible", "is_handled"),
)
CONTACT_SECONDS = (
    "pre_queue_seconds",
    "wait_seconds",
    "talk_seconds",
    "hold_seconds",
    "acw_seconds",
    "handle_seconds",
    "first_response_calendar_seconds",
    "first_response_business_seconds",
    "first_response_seconds",
)
SURVEY_FLAGS = (
    "is_valid",
    "is_top2",
    "is_bottom",
    "is_promoter",
    "is_passive",
    "is_detractor",
    "is_favourable",
    "is_current_answer",
)
# A live conversation of a working day has hung in the system, it has not been held.
LONGEST_LIVE_SECONDS = 8 * 3600
# Clocks of two systems disagree by moments; a share above this is a wrong rule.
SKEW_SHARE = 0.005
# Below these shares the person-level figures describe a minority (catalogue E9).
LEAST_IDENTIFIED = 0.5
LEAST_CODED = 0.5
STALE_DAYS = 4


def _known_channel(table: Table) -> None:
    table.refers_to("channel", "core.dim_channel", "channel")


def _fresh(table: Table, column: str) -> None:
    table.query(
        "is_fresh",
        [column],
        f"select 1 from (select max({column}) as newest from {{batch}}) where newest <"
        f" (select max(as_of_at) from core__fct_contact) - interval {STALE_DAYS} days",
        f"The newest `{column}` is at most {STALE_DAYS} days older than `as_of_at`; an older"
        " one means that a source has stopped.",
        tables=["core.fct_contact"],
    )
    table.rule(
        "is_not_ahead_of_as_of",
        [column],
        f"{column} > (select max(as_of_at) from core__fct_contact)",
        f"No `{column}` lies after `as_of_at`: the marts show one moment, not the time since.",
        tables=["core.fct_contact"],
    )


def _contact() -> Table:
    table = suite("core", "alerting")("core.fct_contact")
    table.not_null("contact_id", "source_system", "channel", "direction", "started_at")
    table.not_null("local_date", "as_of_at")
    table.unique("contact_id")
    _known_channel(table)
    table.one_of("direction", ("inbound", "outbound"))
    table.one_of("initiation", ("inbound", "outbound", "callback"))
    common.flags(table, CONTACT_FLAGS)
    table.rule(
        "offered_contacts_have_one_outcome",
        ["is_offered", "is_answered", "is_abandoned", "is_flow_out", "is_waiting"],
        "is_offered = 1 and is_answered + is_abandoned + is_flow_out + is_waiting <> 1",
        "Every offered contact is answered, abandoned, flowed out or waiting, and only one of"
        " them: offered = answered + abandoned + flow-out + waiting (catalogue, contacts_offered).",
    )
    table.rule(
        "contacts_not_offered_have_no_outcome",
        ["is_offered", "is_answered", "is_abandoned"],
        "is_offered = 0 and is_answered + is_abandoned > 0",
        "A callback, spam or bot-only contact is no second demand.",
    )
    common.subsets(table, CONTACT_SUBSETS)
    table.rule(
        "fcr_is_judged_once",
        ["is_fcr_eligible", "is_fcr_immature"],
        "is_fcr_eligible + is_fcr_immature > 1",
        "A contact's seven days are over or not; it cannot be both (catalogue E2).",
    )
    table.not_negative(*CONTACT_SECONDS)
    table.rule(
        "live_handling_is_possible",
        ["channel", "handle_seconds"],
        f"{LIVE} and handle_seconds > {LONGEST_LIVE_SECONDS}",
        "No live contact is handled for more than eight hours (catalogue E7).",
    )
    table.rule(
        "voice_has_no_first_response",
        ["channel", "first_response_seconds"],
        "channel in ('voice', 'callback') and first_response_seconds is not null",
        "First response time belongs to written channels; a call has a wait.",
    )
    table.in_order("started_at", "ended_at", max_share=SKEW_SHARE)
    table.in_order("queued_at", "answered_at", max_share=SKEW_SHARE)
    table.between("interval_key", 0, 99)
    table.rule(
        "local_date_is_near_utc",
        ["local_date", "queued_at", "started_at"],
        "abs(local_date - coalesce(queued_at, started_at)::date) > 1",
        "A local date is at most one day from the UTC date.",
    )
    table.query(
        "shows_one_moment",
        ["as_of_at"],
        "select 1 from (select count(distinct as_of_at) as moments from {batch}) where moments > 1",
        "All rows carry the same `as_of_at`.",
    )
    _fresh(table, "started_at")
    common.share_at_least(
        table,
        "customers_are_known",
        part="is_identified",
        of="is_handled",
        least=LEAST_IDENTIFIED,
        description="At least half of the handled contacts have a known customer; below that"
        " FCR and repeat rates describe a minority.",
    )
    common.share_at_least(
        table,
        "reasons_are_coded",
        part="is_reason_coded",
        of="is_handled",
        least=LEAST_CODED,
        description="At least half of the handled contacts carry a reason; below that the"
        " reason tables mislead.",
    )
    common.has_not_shrunk(table)
    return table


def _leg() -> Table:
    table = suite("core", "alerting")("core.fct_contact_leg")
    table.not_null("leg_id", "contact_id", "leg_no", "channel")
    table.unique("leg_id")
    _known_channel(table)
    common.flags(table, ("is_connected", "is_handled"))
    common.subsets(table, (("is_handled", "is_connected"),))
    table.not_negative("wait_seconds", "talk_seconds", "hold_seconds", "acw_seconds")
    table.rule(
        "live_handling_adds_up",
        ["channel", "is_handled", "talk_seconds", "hold_seconds", "acw_seconds", "handle_seconds"],
        f"{LIVE} and is_handled = 1 and handle_seconds <> coalesce(talk_seconds, 0)"
        " + coalesce(hold_seconds, 0) + coalesce(acw_seconds, 0)",
        "Handling time of a live leg is talk + hold + after-call work, to the second.",
    )
    table.rule(
        "connected_legs_have_an_agent",
        ["is_connected", "agent_id"],
        "is_connected = 1 and agent_id is null",
        "A leg that reached an agent names the agent.",
        max_share=0.01,
    )
    table.in_order("queued_at", "connected_at", "left_at", "wrapped_at", max_share=SKEW_SHARE)
    table.refers_to("contact_id", "core.fct_contact", "contact_id")
    _fresh(table, "queued_at")
    common.has_not_shrunk(table)
    return table


def _case() -> Table:
    table = suite("core", "alerting")("core.fct_case")
    table.not_null("case_id", "source_system", "status", "created_at", "created_local_date")
    table.unique("case_id")
    common.flags(table, ("is_active", "is_solved", "is_reopened", "is_one_touch"))
    table.rule(
        "a_case_is_open_or_solved",
        ["is_active", "is_solved"],
        "is_active + is_solved <> 1",
        "A case is active or solved, never both or neither: created = active + solved.",
    )
    table.rule(
        "spam_is_out",
        ["is_spam"],
        "is_spam = 1",
        "Spam is no case (catalogue, population P-CASE).",
    )
    table.rule(
        "solved_cases_have_a_time",
        ["is_solved", "last_solved_at"],
        "is_solved = 1 and last_solved_at is null",
        "A solved case says when; resolution times rest on it.",
        max_share=0.01,
    )
    table.not_negative(
        "full_resolution_seconds",
        "first_resolution_seconds",
        "full_resolution_business_seconds",
        "reopens",
        "public_agent_replies",
    )
    table.rule(
        "business_time_within_calendar_time",
        ["full_resolution_business_seconds", "full_resolution_seconds"],
        "full_resolution_business_seconds > full_resolution_seconds",
        "Opening hours are a part of the calendar.",
    )
    table.in_order("created_at", "first_solved_at", "last_solved_at", max_share=SKEW_SHARE)
    _fresh(table, "created_at")
    common.has_not_shrunk(table)
    return table


def _survey_response() -> Table:
    table = suite("core", "alerting")("core.fct_survey_response")
    table.not_null("response_id", "metric", "scale_code", "answered_at", "score_raw")
    table.unique("response_id", "metric", "scale_code")
    table.one_of("metric", ("csat", "nps", "ces", "fcr", "overall"))
    common.flags(table, SURVEY_FLAGS)
    table.between("score_0_100", 0, 100)
    table.rule(
        "nps_answers_fall_in_one_group",
        ["metric", "is_valid", "is_promoter", "is_passive", "is_detractor"],
        "metric = 'nps' and is_valid = 1 and is_promoter + is_passive + is_detractor <> 1",
        "A valid NPS answer is a promoter, a passive or a detractor.",
    )
    table.rule(
        "answers_lie_on_their_scale",
        ["is_valid"],
        "is_valid = 0",
        "At most one answer in fifty lies outside its scale.",
        max_share=0.02,
    )
    common.is_key_of_contact(table)
    _fresh(table, "answered_at")
    common.has_not_shrunk(table)
    return table


def _dimension(name: str, key: str) -> Table:
    table = suite("core", "alerting")(f"core.{name}")
    table.not_null(key)
    table.unique(key)
    return table


def _date() -> Table:
    table = _dimension("dim_date", "date_day")
    table.query(
        "covers_as_of",
        ["date_day"],
        "select 1 from (select max(date_day) as last_day from {batch})"
        " where last_day < (select max(as_of_at)::date from core__fct_contact)",
        "The calendar reaches `as_of_at`.",
        tables=["core.fct_contact"],
    )
    return table


def checks() -> list[CheckSpec]:
    """All checks of schema `core`."""
    tables: Iterable[Table] = (
        _contact(),
        _leg(),
        _case(),
        _survey_response(),
        _date(),
        _dimension("dim_channel", "channel"),
        _dimension("dim_queue", "queue_sk"),
        _dimension("dim_agent", "agent_sk"),
        _dimension("dim_customer", "customer_sk"),
        _dimension("dim_contact_reason", "reason_sk"),
    )
    return [check for table in tables for check in table.checks]
