"""Lives of helpdesk cases: written contacts from message to close, and cases opened by calls.

A case's whole life is drawn when it opens. Replies fall in the desk's opening hours; customers
write back at any hour.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Literal, NamedTuple

from sandbox.world.calendar import OpeningHours
from sandbox.world.records import Actor, Case, CaseEvent, Contact

HOUR = 3_600
DAY = 86_400
CLOSE_AFTER = 4 * DAY
VIA = {"email": "email", "web_form": "web", "social_private": "twitter_dm", "voice": "phone"}

# Business seconds to the first reply: (median, spread, share parked for a specialist, its median).
_REPLY = {
    "email": (2.4 * HOUR, 0.95, 0.10, 19.0 * HOUR),
    "web_form": (2.0 * HOUR, 0.95, 0.08, 18.0 * HOUR),
    "social_private": (0.27 * HOUR, 0.85, 0.03, 2.5 * HOUR),
}
_HANDLE_MEDIAN = {"email": 330, "web_form": 290, "social_private": 170}
_SPAM_SHARE = {"email": 0.035, "web_form": 0.02, "social_private": 0.0}
_PRIORITIES = {"low": 0.10, "normal": 0.68, "high": 0.17, "urgent": 0.05}

AgentPicker = Callable[[int], int]  # instant -> agent_no on duty then


def is_spam_draw(rng: random.Random, channel: str) -> bool:
    """Whether a written contact is spam."""
    return rng.random() < _SPAM_SHARE[channel]


class CaseWriter:
    """Appends a case's events in time order and remembers its fields' values."""

    def __init__(self, case: Case) -> None:
        self.case = case
        self._values: dict[str, str] = {}

    @classmethod
    def reopen(cls, case: Case) -> CaseWriter:
        """Go on with a case that has events."""
        writer = cls(case)
        for event in case.events:
            if event.field is not None and event.value is not None:
                writer._values[event.field] = event.value
        return writer

    def create(self, actor: Actor, actor_no: int | None, fields: dict[str, str]) -> None:
        """The initial values, one event a field."""
        for field, value in fields.items():
            self._values[field] = value
            self._append(self.case.created_at, "create", (actor, actor_no), field, (value, None))

    def set(self, at: int, actor: Actor, actor_no: int | None, field: str, value: str) -> None:
        """Change a field; nothing is written when it already has the value."""
        before = self._values.get(field)
        if before == value:
            return
        self._values[field] = value
        self._append(at, "change", (actor, actor_no), field, (value, before))

    def comment(self, at: int, actor: Actor, actor_no: int | None, *, public: bool) -> None:
        """A message or a note."""
        self.case.events.append(
            CaseEvent(
                self._next(), at, "comment", actor, actor_no, None, None, None, is_public=public
            )
        )

    def _next(self) -> int:
        return len(self.case.events) + 1

    def _append(
        self,
        at: int,
        kind: Literal["create", "change"],
        by: tuple[Actor, int | None],
        field: str,
        values: tuple[str, str | None],
    ) -> None:
        self.case.events.append(CaseEvent(self._next(), at, kind, *by, field, *values))


class Merge(NamedTuple):
    """Two cases became one."""

    newer: Case
    at: int


def _time_to_merge(
    older: Case, second_at: int, rng: random.Random
) -> tuple[int | None, int | None]:
    """When an agent sees both messages before the first reply to the older, and who it is."""
    replied = next(
        (event.at for event in older.events if event.actor == "agent" and event.is_public), None
    )
    picked = next((event for event in older.events if event.field == "assignee_id"), None)
    if replied is None or picked is None:
        return None, None
    first = max(second_at + 60, picked.at + 1)
    notes = [event.at for event in older.events if event.at < replied]
    first = max(first, max(notes) + 1)
    if first >= replied - 1:
        return None, None
    return rng.randint(first, replied - 1), picked.actor_no


class CaseDesk:
    """Opens cases and plays their lives.

    Args:
        rng: the desk's random stream.
        hours: opening hours by schedule id.
        pick: chooses an agent on duty at an instant.
        user_ids: agent_no -> Zendesk user id, for the assignee field.
    """

    def __init__(
        self,
        rng: random.Random,
        hours: dict[str, OpeningHours],
        pick: AgentPicker,
        user_ids: dict[int, int],
    ) -> None:
        self._rng = rng
        self._hours = hours
        self._pick = pick
        self._user_ids = user_ids

    def _new_case(self, contact: Contact, queue_code: str, created_at: int) -> Case:
        return Case(
            case_no=0,  # numbered by creation time when the world is complete
            ticket_id=0,
            via_channel=VIA.get(contact.channel, "phone"),
            contact_no=contact.contact_no,
            customer_no=contact.customer_no,
            queue_code=queue_code,
            priority=self._rng.choices(list(_PRIORITIES), list(_PRIORITIES.values()))[0],
            created_at=created_at,
            handle_seconds=0,
            events=[],
        )

    def _touch(self, channel: str) -> int:
        return max(25, int(_HANDLE_MEDIAN[channel] * self._rng.lognormvariate(0, 0.55)))

    def written(self, contact: Contact, schedule_id: str, group_id: str) -> Case:
        """The case of an e-mail, web form or direct message; sets the contact's answer and end."""
        rng, hours = self._rng, self._hours[schedule_id]
        created, customer = contact.arrived_at, contact.customer_no
        assert contact.queue_code is not None  # noqa: S101  written contacts always have a queue
        case = self._new_case(contact, contact.queue_code, created)
        writer = CaseWriter(case)
        writer.create(
            "customer",
            customer,
            {"status": "new", "priority": case.priority, "group_id": group_id, "tags": ""},
        )
        writer.comment(created, "customer", customer, public=True)
        if rng.random() < 0.9:
            writer.comment(created + rng.randint(2, 6), "auto", None, public=True)
        median, spread, parked, parked_median = _REPLY[contact.channel]
        if rng.random() < parked:
            delay = parked_median * rng.lognormvariate(0, 0.6)
        else:
            delay = median * rng.lognormvariate(0, spread)
        replied = hours.add(created + 60, max(120, int(delay)))
        agent = self._pick(replied)
        picked = max(created + 30, min(hours.add(created + 30, int(delay * 0.8)), replied - 40))
        if contact.is_spam:
            self._end_spam(writer, replied, agent)
            contact.outcome, contact.ended_at = "closed_without_reply", replied
            return case
        fate = rng.random()
        if fate < 0.006:
            return case  # forgotten: nobody ever answers
        writer.set(picked, "agent", agent, "assignee_id", str(self._user_ids[agent]))
        writer.set(picked, "agent", agent, "status", "open")
        if rng.random() < 0.22:
            note = rng.randint(picked, replied - 1) if replied - 1 > picked else picked
            writer.comment(note, "agent", agent, public=False)
        case.handle_seconds = self._touch(contact.channel)
        if fate < 0.04:
            writer.set(replied, "agent", agent, "status", "solved")
            writer.set(replied + CLOSE_AFTER, "auto", None, "status", "closed")
            contact.outcome, contact.ended_at = "closed_without_reply", replied
            contact.wrapped_at = replied
            return case
        writer.comment(replied, "agent", agent, public=True)
        contact.outcome = "answered"
        contact.answered_at = contact.first_response_at = replied
        solved = self._work_to_solve(writer, contact.channel, hours, replied, agent)
        contact.ended_at = contact.wrapped_at = solved
        if solved is not None:
            self._after_solve(writer, hours, solved, agent, reopen_share=0.07)
        return case

    def second_message(self, older: Case, contact: Contact, *, keep_newer: bool) -> Merge | None:
        """A second message about the same matter, merged with the first before anyone replies.

        The older case is kept, or the newer one takes over its work. Sets the answer and the end of
        both contacts' cases.

        Args:
            older: the case of the first message, its whole life drawn.
            contact: the second message.
            keep_newer: whether the newer case is the one that lives on.

        Returns:
            The newer case and when they are merged; None when the first is answered too soon.
        """
        merged_at, agent = _time_to_merge(older, contact.arrived_at, self._rng)
        if merged_at is None or agent is None:
            return None
        newer = self._new_case(contact, older.queue_code, contact.arrived_at)
        newer.priority = older.priority
        writer = CaseWriter(newer)
        group = next(event.value or "" for event in older.events if event.field == "group_id")
        customer = contact.customer_no
        writer.create(
            "customer",
            customer,
            {"status": "new", "priority": newer.priority, "group_id": group, "tags": ""},
        )
        writer.comment(contact.arrived_at, "customer", customer, public=True)
        child, parent = (older, newer) if keep_newer else (newer, older)
        after = [event for event in older.events if event.at > merged_at]
        if keep_newer:
            older.events = [event for event in older.events if event.at <= merged_at]
            writer.set(merged_at, "agent", agent, "assignee_id", str(self._user_ids[agent]))
            writer.set(merged_at, "agent", agent, "status", "open")
            newer.events.extend(after)
            newer.handle_seconds, older.handle_seconds = older.handle_seconds, 0
        closing = CaseWriter.reopen(child)
        closing.comment(merged_at, "agent", agent, public=False)
        closing.set(merged_at, "agent", agent, "tags", "closed_by_merge")
        closing.set(merged_at, "agent", agent, "status", "closed")
        note = CaseEvent(0, merged_at, "comment", "agent", agent, is_public=False)
        note.merged_contact_no = child.contact_no
        parent.events.append(note)
        parent.events.sort(key=lambda event: event.at)  # stable: ties keep their order
        for number, event in enumerate(parent.events, start=1):
            event.event_no = number
        child.merged_at, child.merged_into_no = merged_at, parent.contact_no
        return Merge(newer, merged_at)

    def _end_spam(self, writer: CaseWriter, at: int, agent: int) -> None:
        writer.set(at, "agent", agent, "assignee_id", str(self._user_ids[agent]))
        writer.set(at, "agent", agent, "tags", "spam")
        if self._rng.random() < 0.4:
            writer.case.deleted_at = at + self._rng.randint(30, 600)
            return
        writer.set(at, "agent", agent, "status", "solved")
        writer.set(at + CLOSE_AFTER, "auto", None, "status", "closed")

    def _work_to_solve(
        self,
        writer: CaseWriter,
        channel: str,
        hours: OpeningHours,
        replied: int,
        agent: int,
    ) -> int | None:
        rng, case = self._rng, writer.case
        customer = case.customer_no
        way = rng.random()
        if way < 0.57:
            writer.set(replied, "agent", agent, "status", "solved")
            return replied
        if way < 0.88:
            writer.set(replied, "agent", agent, "status", "pending")
            if rng.random() < 0.3:
                # The customer never comes back: an automation solves it.
                solved = replied + 3 * DAY
                writer.set(solved, "auto", None, "status", "solved")
                return solved
            back = replied + 300 + int(rng.expovariate(1 / (14 * HOUR)))
            writer.comment(back, "customer", customer, public=True)
            writer.set(back, "customer", customer, "status", "open")
            solved = hours.add(back + 60, int(2.2 * HOUR * rng.lognormvariate(0, 0.8)))
        elif way < 0.985:
            writer.set(replied, "agent", agent, "status", "hold")
            solved = hours.add(replied + 60, int(12 * HOUR * rng.lognormvariate(0, 0.7)))
        else:
            return None  # still open long after the simulated days
        case.handle_seconds += self._touch(channel)
        writer.comment(solved, "agent", agent, public=True)
        writer.set(solved, "agent", agent, "status", "solved")
        return solved

    def _after_solve(
        self,
        writer: CaseWriter,
        hours: OpeningHours,
        solved: int,
        agent: int,
        reopen_share: float,
    ) -> None:
        rng, customer = self._rng, writer.case.customer_no
        last = solved
        if rng.random() < reopen_share:
            back = solved + HOUR + int(rng.uniform(0, 3.4 * DAY))
            writer.comment(back, "customer", customer, public=True)
            writer.set(back, "customer", customer, "status", "open")
            last = hours.add(back + 60, int(3 * HOUR * rng.lognormvariate(0, 0.8)))
            writer.comment(last, "agent", agent, public=True)
            writer.set(last, "agent", agent, "status", "solved")
        writer.set(last + CLOSE_AFTER, "auto", None, "status", "closed")

    def from_call(self, contact: Contact, queue_code: str, group_id: str) -> Case:
        """The case an agent opens during a call; solved with the call, or days later."""
        rng, hours = self._rng, self._hours["office_fi"]
        leg = contact.legs[-1]
        assert leg.connected_at is not None  # noqa: S101  only answered calls open cases
        assert leg.left_at is not None  # noqa: S101
        assert leg.wrapped_at is not None  # noqa: S101
        assert leg.agent_no is not None  # noqa: S101
        created = leg.connected_at + int((leg.left_at - leg.connected_at) * rng.uniform(0.3, 0.9))
        case = self._new_case(contact, queue_code, created)
        writer = CaseWriter(case)
        writer.create(
            "agent",
            leg.agent_no,
            {
                "status": "open",
                "priority": case.priority,
                "group_id": group_id,
                "assignee_id": str(self._user_ids[leg.agent_no]),
                "tags": "",
            },
        )
        writer.comment(created, "agent", leg.agent_no, public=False)
        case.handle_seconds = leg.wrapped_at - leg.left_at
        agent = leg.agent_no
        fate = rng.random()
        if fate < 0.55:
            solved = leg.wrapped_at
            writer.set(solved, "agent", agent, "status", "solved")
        elif fate < 0.985:
            solved = hours.add(leg.wrapped_at + 60, int(7 * HOUR * rng.lognormvariate(0, 0.9)))
            agent = self._pick(solved)
            writer.set(solved, "agent", agent, "assignee_id", str(self._user_ids[agent]))
            if rng.random() < 0.6:
                writer.comment(solved, "agent", agent, public=True)
            writer.set(solved, "agent", agent, "status", "solved")
            case.handle_seconds += int(200 * rng.lognormvariate(0, 0.5))
        else:
            return case
        self._after_solve(writer, hours, solved, agent, reopen_share=0.05)
        return case
