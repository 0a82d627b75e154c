"""Expectations on the tables that land on request (`SOURCES__<SOURCE>__ALSO`), of every vendor.

A table that nobody asked for is not in the lake, and its checks are left out.
"""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_on_request", "blocking")
METRIC_EVENTS = (
    "activate", "pause", "fulfill", "apply_sla", "breach", "update_status", "measure",
)  # fmt: skip


def _feed(name: str, *times: str) -> Table:
    """A feed of records by id, which were made before they changed."""
    table = _TABLE(name)
    common.feed(table, "id", "updated_at")
    dataset = name.partition(".")[0]
    for time in (*times, "updated_at"):
        table.past(time, common.horizon(dataset))
    return table


def _zendesk() -> list[Table]:
    organizations = _feed("zendesk.organizations", "created_at")
    organizations.in_order("created_at", "updated_at")
    events = _TABLE("zendesk.ticket_metric_events")
    common.feed(events, "id")
    events.not_null("ticket_id", "metric", "event_type", "occurred_at")
    events.past("occurred_at", common.horizon("zendesk"))
    events.one_of("event_type", METRIC_EVENTS, "alerting")
    events.refers_to("ticket_id", "zendesk.tickets", "id", max_share=0.02)
    return [organizations, events]


def _twilio() -> list[Table]:
    reservations = _TABLE("twilio.reservations")
    common.feed(reservations, "sid")
    reservations.not_null("task_sid", "worker_sid", "reservation_status")
    reservations.refers_to("worker_sid", "twilio.workers", "sid", max_share=0.02)
    return [reservations]


def _hubspot() -> list[Table]:
    submissions = _feed("hubspot.feedback_submissions", "submitted_at")
    submissions.not_null("survey_type")
    submissions.between("score", 0, 10, "alerting")
    submissions.refers_to("contact_id", "hubspot.contacts", "id", max_share=0.02)
    tickets = _feed("hubspot.tickets", "created_at")
    tickets.refers_to("contact_id", "hubspot.contacts", "id", max_share=0.02)
    return [submissions, tickets]


def _intercom() -> list[Table]:
    companies = _feed("intercom.companies", "created_at")
    companies.not_negative("size", "monthly_spend", severity="alerting")
    calls = _feed("intercom.calls", "initiated_at")
    calls.not_null("state", "direction")
    calls.in_order("initiated_at", "answered_at", "ended_at")
    calls.pseudonyms("phone_key")
    return [companies, calls]


def _genesys() -> list[Table]:
    units = _TABLE("genesys.management_units")
    common.snapshot(units, "id")
    codes = _TABLE("genesys.activity_codes")
    common.snapshot(codes, "business_unit_id", "id")
    schedules = _TABLE("genesys.agent_schedules")
    common.feed(schedules, "user_id", "activity_start", "activity_code_id", "read_at")
    schedules.not_null("management_unit_id", "week_start")
    schedules.not_negative("activity_minutes")
    schedules.in_order("week_start", "activity_start")
    schedules.refers_to("management_unit_id", "genesys.management_units", "id")
    schedules.refers_to("activity_code_id", "genesys.activity_codes", "id")
    adherence = _TABLE("genesys.adherence")
    common.feed(adherence, "user_id", "day_start", "read_at")
    adherence.past("day_start", common.horizon("genesys"))
    adherence.not_negative("schedule_seconds", "exception_seconds", "adherence_schedule_seconds")
    return [units, codes, schedules, adherence]


def checks() -> list[CheckSpec]:
    """All checks of tables that land on request."""
    tables = [*_zendesk(), *_twilio(), *_hubspot(), *_intercom(), *_genesys()]
    return [check for table in tables for check in table.checks]
