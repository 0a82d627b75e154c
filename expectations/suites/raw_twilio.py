"""Expectations on what landed from Twilio voice and TaskRouter: sids, event grammar, times."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

# https://www.twilio.com/docs/voice/api/call-resource#call-status-values
CALL_STATUSES = (
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "failed",
    "no-answer",
    "canceled",
)
CALL_DIRECTIONS = ("inbound", "outbound-api", "outbound-dial", "trunking-originating")
# https://www.twilio.com/docs/taskrouter/api/event#event-types
EVENT_FAMILIES = (
    "task",
    "task-queue",
    "reservation",
    "worker",
    "workflow",
    "workspace",
    "activity",
)
LONGEST_CALL_SECONDS = 24 * 3600
# Twilio lists today's workers only: events of those who left before the first load name nobody.
FORMER_WORKERS_SHARE = 0.1

_TABLE = suite("raw_twilio", "blocking")
_HORIZON = common.horizon("twilio")


def _sid(table: Table, column: str, prefix: str) -> None:
    table.pattern(column, f"{prefix}[0-9a-f]{{32}}")


def _calls() -> Table:
    calls = _TABLE("twilio.calls")
    common.feed(calls, "sid", "date_updated")
    _sid(calls, "sid", "CA")
    calls.past("date_updated", _HORIZON)
    calls.past("start_time", _HORIZON)
    calls.in_order("start_time", "end_time")
    calls.one_of("status", CALL_STATUSES, "alerting")
    calls.one_of("direction", CALL_DIRECTIONS, "alerting")
    calls.pseudonyms("from_key")
    calls.between("duration_seconds", 0, LONGEST_CALL_SECONDS, "alerting")
    calls.not_negative("queue_time_ms", severity="alerting")
    common.no_gaps(calls, "start_time")
    return calls


def _events() -> Table:
    events = _TABLE("twilio.events")
    common.feed(events, "sid", "occurred_at")
    events.not_null("event_type")
    _sid(events, "sid", "EV")
    _sid(events, "task_sid", "WT")
    _sid(events, "task_queue_sid", "WQ")
    _sid(events, "worker_sid", "WK")
    _sid(events, "reservation_sid", "WR")
    events.past("occurred_at", _HORIZON)
    events.pseudonyms("from_key")
    events.rule(
        "event_type_is_of_a_known_family",
        ["event_type"],
        "split_part(event_type, '.', 1) not in ("
        + ", ".join(f"'{family}'" for family in EVENT_FAMILIES)
        + ")",
        "An event belongs to a family TaskRouter documents; others are not read.",
        severity="alerting",
    )
    events.rule(
        "task_events_name_their_task",
        ["event_type", "task_sid"],
        "event_type like 'task.%' and task_sid is null",
        "A task event carries the task's sid, the contact's own key.",
    )
    events.rule(
        "reservations_name_their_worker",
        ["event_type", "reservation_sid", "worker_sid"],
        "event_type like 'reservation.%' and (reservation_sid is null or worker_sid is null)",
        "A reservation event says which agent and which reservation, else a leg has no agent.",
    )
    events.rule(
        "cancellations_say_why",
        ["event_type", "canceled_reason"],
        "event_type = 'task.canceled' and canceled_reason is null",
        "A cancelled task says why: abandoned, callback and voicemail are told apart by it.",
        severity="alerting",
    )
    events.one_of("transfer_mode", ("WARM", "COLD"), "alerting")
    events.one_of("direction", ("inbound", "outbound"), "alerting")
    events.one_of("outcome", ("resolved", "unresolved"), "alerting")
    events.not_negative(
        "hold_seconds", "first_response_seconds", "ivr_seconds", severity="alerting"
    )
    events.refers_to("task_queue_sid", "twilio.task_queues", "sid")
    events.refers_to("worker_sid", "twilio.workers", "sid", max_share=FORMER_WORKERS_SHARE)
    events.query(
        "accepted_tasks_were_created",
        ["event_type", "task_sid", "occurred_at"],
        "select 1 from {batch} where event_type = 'reservation.accepted' and task_sid not in"
        " (select task_sid from {batch} where event_type = 'task.created'"
        " and task_sid is not null)",
        "A task that an agent accepted was created; otherwise events expired before they landed.",
        severity="alerting",
        max_share=0.01,
    )
    common.no_gaps(events, "occurred_at")
    return events


def _workers() -> Table:
    workers = _TABLE("twilio.workers")
    common.snapshot(workers, "sid")
    _sid(workers, "sid", "WK")
    workers.pseudonyms("email_key")
    workers.not_null("employee_id", severity="alerting")
    return workers


def _task_queues() -> Table:
    queues = _TABLE("twilio.task_queues")
    common.snapshot(queues, "sid")
    _sid(queues, "sid", "WQ")
    queues.not_null("friendly_name", severity="alerting")
    return queues


def _activities() -> Table:
    activities = _TABLE("twilio.activities")
    common.snapshot(activities, "sid")
    _sid(activities, "sid", "WA")
    return activities


def _tasks() -> Table:
    tasks = _TABLE("twilio.tasks")
    common.snapshot(tasks, "sid")
    _sid(tasks, "sid", "WT")
    tasks.past("date_created", _HORIZON)
    tasks.pseudonyms("from_key")
    tasks.refers_to("task_queue_sid", "twilio.task_queues", "sid")
    return tasks


def _watermarks() -> Table:
    watermarks = _TABLE("twilio.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `twilio`."""
    tables = (
        _calls(),
        _events(),
        _workers(),
        _task_queues(),
        _activities(),
        _tasks(),
        _watermarks(),
    )
    return [check for table in tables for check in table.checks]
