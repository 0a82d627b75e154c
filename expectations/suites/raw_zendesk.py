"""Expectations on what landed from Zendesk: keys, enumerations, times, references, pseudonyms."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

# https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/
STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
PRIORITIES = ("low", "normal", "high", "urgent")
TYPES = ("problem", "incident", "question", "task")
# The channels the staging models map; other documented ones are listed so that they do not alert.
CHANNELS = (
    "email",
    "web",
    "twitter_dm",
    "phone",
    "api",
    "rule",
    "system",
    "chat",
    "mobile",
    "web_service",
    "native_messaging",
)
EVENT_TYPES = ("Create", "Comment", "Change")
RATING_SCORES = (
    "offered",
    "unoffered",
    "good",
    "good_with_comment",
    "bad",
    "bad_with_comment",
)
MINUTES_A_WEEK = 7 * 24 * 60
_TABLE = suite("raw_zendesk", "blocking")
_HORIZON = common.horizon("zendesk")


def _tickets() -> Table:
    tickets = _TABLE("zendesk.tickets")
    common.feed(tickets, "id", "updated_at")
    tickets.not_null("created_at", "requester_id", "status")
    tickets.past("created_at", _HORIZON)
    tickets.past("updated_at", _HORIZON)
    tickets.in_order("created_at", "updated_at")
    tickets.one_of("status", STATUSES, "alerting")
    tickets.one_of("priority", PRIORITIES, "alerting")
    tickets.one_of("type", TYPES, "alerting")
    tickets.one_of("via_channel", CHANNELS, "alerting")
    tickets.not_negative("time_spent_seconds", severity="alerting")
    tickets.refers_to("group_id", "zendesk.groups", "id")
    tickets.refers_to("requester_id", "zendesk.users", "id", max_share=0.02)
    common.no_gaps(tickets, "created_at")
    return tickets


def _users() -> Table:
    users = _TABLE("zendesk.users")
    common.feed(users, "id", "updated_at")
    users.past("updated_at", _HORIZON)
    users.one_of("role", ("end-user", "agent", "admin"), "alerting")
    users.pseudonyms("email_key", "phone_key")
    users.rule(
        "agents_have_an_employee_id",
        ["role", "external_id"],
        "role in ('agent', 'admin') and external_id is null",
        "Agents carry an employee id in `external_id`; without it their work has no name.",
        severity="alerting",
        max_share=0.05,
    )
    return users


def _user_identities() -> Table:
    identities = _TABLE("zendesk.user_identities")
    common.feed(identities, "id", "user_updated_at")
    identities.not_null("user_id")
    identities.past("user_updated_at", _HORIZON)
    identities.pseudonyms("identity_key")
    identities.refers_to("user_id", "zendesk.users", "id", max_share=0.02)
    return identities


def _groups() -> Table:
    groups = _TABLE("zendesk.groups")
    common.snapshot(groups, "id")
    groups.not_null("name", severity="alerting")
    return groups


def _ticket_events() -> Table:
    events = _TABLE("zendesk.ticket_events")
    common.feed(events, "id", "occurred_at")
    events.not_null("ticket_id")
    events.past("occurred_at", _HORIZON)
    events.one_of("event_type", EVENT_TYPES, "alerting")
    events.refers_to("ticket_id", "zendesk.tickets", "id", max_share=0.02)
    events.rule(
        "changes_name_their_field",
        ["event_type", "field"],
        "event_type = 'Change' and field is null",
        "A Change event says which field changed; reopens and solves are read from it.",
    )
    events.rule(
        "comments_carry_no_text",
        ["event_type", "value", "previous_value"],
        "event_type = 'Comment' and (value is not null or previous_value is not null)",
        "Comment bodies are dropped at landing; one in the lake is a leak of personal data.",
    )
    events.rule(
        "comments_say_who_may_read_them",
        ["event_type", "is_public"],
        "event_type = 'Comment' and is_public is null",
        "A Comment is public or internal; only public ones stop a response clock.",
    )
    common.no_gaps(events, "occurred_at")
    return events


def _satisfaction_ratings() -> Table:
    ratings = _TABLE("zendesk.satisfaction_ratings")
    common.feed(ratings, "id", "updated_at")
    ratings.not_null("ticket_id")
    ratings.past("updated_at", _HORIZON)
    ratings.one_of("score", RATING_SCORES, "alerting")
    ratings.refers_to("ticket_id", "zendesk.tickets", "id", max_share=0.02)
    return ratings


def _schedules() -> Table:
    schedules = _TABLE("zendesk.schedules")
    common.snapshot(schedules, "schedule_id", "start_week_minute")
    schedules.rule(
        "intervals_lie_inside_a_week",
        ["start_week_minute", "end_week_minute"],
        f"start_week_minute < 0 or end_week_minute > {MINUTES_A_WEEK}"
        " or end_week_minute <= start_week_minute",
        "An opening interval starts and ends inside one week of 10,080 minutes, in that order.",
    )
    schedules.rule(
        "time_zone_exists",
        ["time_zone"],
        "time_zone is null or time_zone not in (select name from pg_timezone_names())",
        "A schedule names an IANA time zone, else its hours are those of nowhere.",
        severity="alerting",
    )
    return schedules


def _schedule_holidays() -> Table:
    holidays = _TABLE("zendesk.schedule_holidays")
    common.snapshot(holidays, "schedule_id", "id")
    holidays.not_null("start_date", "end_date")
    holidays.in_order("start_date", "end_date")
    return holidays


def _sla_policies() -> Table:
    policies = _TABLE("zendesk.sla_policies")
    policies.not_null("id", "metric", "target_minutes", "_dlt_load_id")
    policies.unique("_dlt_load_id", "id", "metric", "priority")
    policies.rule(
        "target_minutes_is_positive",
        ["target_minutes"],
        "target_minutes <= 0",
        "An SLA target is a positive number of minutes.",
    )
    policies.one_of("priority", PRIORITIES, "alerting")
    return policies


def _watermarks() -> Table:
    watermarks = _TABLE("zendesk.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `zendesk`."""
    tables = (
        _tickets(),
        _users(),
        _user_identities(),
        _groups(),
        _ticket_events(),
        _satisfaction_ratings(),
        _schedules(),
        _schedule_holidays(),
        _sla_policies(),
        _watermarks(),
    )
    return [check for table in tables for check in table.checks]
