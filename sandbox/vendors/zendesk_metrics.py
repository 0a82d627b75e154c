"""Zendesk's ticket metric events: what its own clocks did, and which promises were missed.

Inputs: the helpdesk's view of a World. Output: the events of the whole horizon, oldest first. Two
clocks run here: `reply_time` from a customer's ticket to the first public answer, with the target
of its SLA policy, and `resolution_time` from a ticket to its solution, anew for each reopening.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sandbox.vendors.wire import iso
from sandbox.vendors.zendesk_records import FIRST_REPLY_MINUTES, ZendeskRecords
from sandbox.world.calendar import OpeningHours
from sandbox.world.records import Case

IDS_PER_TICKET = 1000


class MetricEvent(NamedTuple):
    """One event; `more` is what only its type has."""

    at: int
    event_id: int
    ticket_id: int
    metric: str
    instance_id: int
    kind: str
    more: dict[str, Any]

    def json(self) -> dict[str, Any]:
        """The event in the vendor's shape."""
        return {
            "id": self.event_id,
            "ticket_id": self.ticket_id,
            "metric": self.metric,
            "instance_id": self.instance_id,
            "type": self.kind,
            "time": iso(self.at),
            **self.more,
        }


def metric_events(records: ZendeskRecords) -> list[MetricEvent]:
    """All metric events of a world, oldest first."""
    hours = {s.schedule_id: OpeningHours(s) for s in records.world.schedules}
    by_queue = {queue.code: hours[queue.schedule_id] for queue in records.world.queues}
    anybody = next(iter(hours.values()))
    found = []
    for case in records.cases:
        clock = by_queue.get(case.queue_code, anybody)
        told = sorted((*_reply(case, clock), *_resolution(case, clock)), key=lambda e: e[0])
        for number, (at, metric, instance, kind, more) in enumerate(told, 1):
            event_id = case.ticket_id * IDS_PER_TICKET + number
            found.append(MetricEvent(at, event_id, case.ticket_id, metric, instance, kind, more))
    return sorted(found, key=lambda event: event[:2])


_Told = tuple[int, str, int, str, dict[str, Any]]


def _reply(case: Case, clock: OpeningHours) -> Iterator[_Told]:
    if case.via_channel == "phone":
        return
    began, name = case.created_at, "reply_time"
    replies = (e.at for e in case.events if e.is_public and e.actor == "agent")
    replied_at = next(replies, None)
    policy_id, minutes = FIRST_REPLY_MINUTES["social" if case.via_channel == "twitter_dm" else ""]
    sla = {"target": minutes, "business_hours": True, "policy": {"id": policy_id}}
    yield began, name, 1, "activate", {}
    yield began, name, 1, "apply_sla", {"sla": sla}
    due_at = clock.add(began, minutes * 60)
    if replied_at is None or replied_at > due_at:
        yield due_at, name, 1, "breach", {"deleted": False}
    if replied_at is not None:
        yield replied_at, name, 1, "fulfill", {}
        yield replied_at, name, 1, "update_status", _spent(began, replied_at, clock)


def _resolution(case: Case, clock: OpeningHours) -> Iterator[_Told]:
    name, instance = "resolution_time", 1
    began: int | None = case.created_at
    yield case.created_at, name, instance, "activate", {}
    for event in case.events:
        if event.field != "status":
            continue
        if event.value in {"solved", "closed"} and began is not None:
            yield event.at, name, instance, "fulfill", {}
            yield event.at, name, instance, "update_status", _spent(began, event.at, clock)
            began = None
        elif event.value not in {"solved", "closed"} and began is None:
            began, instance = event.at, instance + 1
            yield event.at, name, instance, "activate", {}


def _spent(start: int, end: int, clock: OpeningHours) -> dict[str, Any]:
    minutes = {"calendar": (end - start) // 60, "business": clock.between(start, end) // 60}
    return {"status": minutes}
