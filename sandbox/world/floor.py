"""The live floor: queues, seats, ringing, patience, transfers, callbacks and overflow.

Contacts enter by `enqueue`; the floor writes their legs, answers and ends, and tells its
`Listener` what became of them. Time moves only through the agenda.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from dataclasses import dataclass, field
from typing import Protocol

from sandbox.world.agenda import Agenda
from sandbox.world.ids import sid
from sandbox.world.records import Agent, Contact, Leg, LegEnd, Reason

RING_TIMEOUT = 15
_MISSED_SHARE = 0.02
_QUICK_HANG_UP_SHARE = 0.011
_PATIENCE_MEAN = {"voice": 380.0, "chat": 330.0}
_OVERFLOW_AFTER = 300
_NEW_AGENT_DAYS = 90
_CHATS_AT_ONCE = 2  # every fourth chat agent holds one more
DAY = 86_400


class Listener(Protocol):
    """What the floor reports."""

    def conversation_over(self, at: int, contact: Contact) -> None:
        """The last leg's conversation ended."""

    def left_queue(self, at: int, contact: Contact) -> None:
        """The customer left before anyone answered; `contact.outcome` says how."""

    def transfer_queue(self, contact: Contact) -> str | None:
        """Where to hand this contact on, or None when it stays."""

    def reason(self, contact: Contact) -> Reason:
        """What the contact is truly about."""


@dataclass(slots=True)
class Seat:
    """An agent at work; a chat agent has room for two or three conversations."""

    agent: Agent
    pool: str
    room: int
    free: int
    active: bool = False
    is_idle_listed: bool = False


@dataclass(slots=True)
class Waiting:
    """A contact in a queue, or ringing."""

    contact: Contact
    queue_code: str
    queued_at: int
    priority: int
    avoid: int | None  # the agent who just handed it on
    patient: bool  # never hangs up: a transfer or a callback
    state: str = "new"  # new, waiting, missing, leaving, gone
    wants_out: bool = False
    has_timers: bool = False
    missed: list[tuple[int, int, int, str]] = field(default_factory=list)


def _room(agent: Agent, pool: str) -> int:
    return _CHATS_AT_ONCE + (agent.agent_no % 4 == 0) if pool == "chat" else 1


class Floor:
    """Matches waiting contacts with agents.

    Args:
        seed: world seed (reservation sids and the floor's random stream).
        agenda: the event list.
        listener: told what became of contacts.
        pools_of_queue: queue code -> pools that serve it, best first.
    """

    def __init__(
        self,
        seed: int,
        agenda: Agenda,
        listener: Listener,
        pools_of_queue: dict[str, list[str]],
    ) -> None:
        self._seed = seed
        self._agenda = agenda
        self._listener = listener
        self._pools_of_queue = pools_of_queue
        self._queues_of_pool: dict[str, list[str]] = {}
        for code, pools in pools_of_queue.items():
            for pool in pools:
                self._queues_of_pool.setdefault(pool, []).append(code)
        self._rng = random.Random(f"{seed}:floor")
        self._seats: dict[int, Seat] = {}
        self._active: dict[str, list[Seat]] = {pool: [] for pool in self._queues_of_pool}
        self._idle: dict[str, deque[Seat]] = {pool: deque() for pool in self._queues_of_pool}
        self._lines: dict[str, list[tuple[int, int, Waiting]]] = {
            code: [] for code in pools_of_queue
        }
        self._entered = 0
        self._is_shut = True

    def seat(self, at: int, pool: str, agents: list[Agent]) -> None:
        """Put exactly these agents of a pool to work; others finish what they have in hand."""
        self._is_shut = False
        wanted = {agent.agent_no for agent in agents}
        for seat in self._active[pool]:
            if seat.agent.agent_no not in wanted:
                seat.active = False
        now_active: list[Seat] = []
        for agent in agents:
            room = _room(agent, pool)
            seat = self._seats.setdefault(agent.agent_no, Seat(agent, pool, room, room))
            now_active.append(seat)
            if not seat.active:
                seat.active = True
                self._seek_work(at, seat)
        self._active[pool] = now_active

    def shut(self, _at: int) -> None:
        """The lines have closed: idle agents go home, busy ones still empty the queue."""
        self._is_shut = True
        for idle in self._idle.values():
            for seat in idle:
                seat.is_idle_listed = False
                seat.active = seat.free < seat.room
            idle.clear()

    def seats_working(self, queue_code: str) -> int:
        """Agents now at work who serve a queue."""
        return sum(len(self._active[pool]) for pool in self._pools_of_queue[queue_code])

    def enqueue(
        self,
        at: int,
        contact: Contact,
        queue_code: str,
        *,
        priority: int | None = None,
        avoid: int | None = None,
        patient: bool = False,
    ) -> None:
        """A contact enters a queue; an idle agent's phone rings at once."""
        rank = at if priority is None else priority
        waiting = Waiting(contact, queue_code, at, rank, avoid, patient)
        if not patient and self._rng.random() < _QUICK_HANG_UP_SHARE:
            waiting.state = "leaving"
            self._agenda.at(at + self._rng.randint(1, 5), self._leave, waiting, "abandoned")
            return
        self._place(at, waiting)

    def turn_away(self, at: int, contact: Contact) -> None:
        """A contact leaves a queue that nobody serves now."""
        code, queued_at = contact.queue_code or "", contact.queued_at or at
        self._leave(at, Waiting(contact, code, queued_at, at, None, patient=True), "flow_out")

    def _place(self, at: int, waiting: Waiting) -> None:
        seat = self._idle_seat(waiting.queue_code, waiting.avoid)
        if seat is not None:
            self._ring(at, waiting, seat)
            return
        waiting.state = "waiting"
        self._entered += 1
        line = self._lines[waiting.queue_code]
        heapq.heappush(line, (waiting.priority, self._entered, waiting))
        if not waiting.has_timers:
            waiting.has_timers = True
            self._set_timers(at, waiting)

    def _set_timers(self, at: int, waiting: Waiting) -> None:
        if waiting.patient:
            if waiting.avoid is not None:
                self._agenda.at(at + 181, self._retry, waiting)
            return
        contact, rng = waiting.contact, self._rng
        patience = 4 + int(rng.expovariate(1 / _PATIENCE_MEAN[contact.channel]))
        self._agenda.at(at + patience, self._lose_patience, waiting)
        if contact.channel != "voice":
            return
        if contact.is_identified and rng.random() < 0.16:
            self._agenda.at(at + rng.randint(45, 90), self._leave_if_waiting, waiting, "callback")
        if rng.random() < 0.5:
            self._agenda.at(at + _OVERFLOW_AFTER, self._leave_if_waiting, waiting, "flow_out")

    def _retry(self, at: int, waiting: Waiting) -> None:
        if waiting.state == "waiting":
            waiting.avoid = None
            waiting.state = "new"
            self._drop_from_line(waiting)
            self._place(at, waiting)

    def _drop_from_line(self, waiting: Waiting) -> None:
        line = self._lines[waiting.queue_code]
        line[:] = [entry for entry in line if entry[2] is not waiting]
        heapq.heapify(line)

    def _lose_patience(self, at: int, waiting: Waiting) -> None:
        if waiting.state == "missing":
            waiting.wants_out = True
        self._leave_if_waiting(at, waiting, "abandoned")

    def _leave_if_waiting(self, at: int, waiting: Waiting, end: LegEnd) -> None:
        if waiting.state == "waiting":
            self._leave(at, waiting, end)

    def _leave(self, at: int, waiting: Waiting, end: LegEnd) -> None:
        waiting.state = "gone"
        contact = waiting.contact
        contact.legs.append(
            Leg(
                leg_no=len(contact.legs) + 1,
                queue_code=waiting.queue_code,
                agent_no=None,
                queued_at=waiting.queued_at,
                reserved_at=None,
                connected_at=None,
                left_at=at,
                wrapped_at=None,
                talk_seconds=0,
                hold_seconds=0,
                end=end,
                transfer_type=None,
                reservation_sid=None,
                missed_reservations=waiting.missed,
            )
        )
        contact.outcome = (
            "abandoned" if end == "abandoned" else "callback" if end == "callback" else "flow_out"
        )
        contact.ended_at = at
        self._listener.left_queue(at, contact)

    def _idle_seat(self, queue_code: str, avoid: int | None) -> Seat | None:
        for pool in self._pools_of_queue[queue_code]:
            idle, skipped, found = self._idle[pool], None, None
            while idle:
                seat = idle.popleft()
                seat.is_idle_listed = False
                if not seat.active or seat.free == 0:
                    continue
                if seat.agent.agent_no == avoid:
                    skipped = seat
                    continue
                found = seat
                break
            for seat_back in (skipped, found if found is not None and found.free > 1 else None):
                if seat_back is not None:
                    seat_back.is_idle_listed = True
                    idle.append(seat_back)
            if found is not None:
                return found
        return None

    def _ring(self, at: int, waiting: Waiting, seat: Seat) -> None:
        rng, contact = self._rng, waiting.contact
        seat.free -= 1
        reservation = sid(
            self._seed, "WR", contact.contact_no, len(contact.legs) + 1, len(waiting.missed)
        )
        if rng.random() < _MISSED_SHARE and contact.channel != "callback":
            waiting.state = "missing"
            over = at + RING_TIMEOUT
            waiting.missed.append((at, over, seat.agent.agent_no, reservation))
            self._agenda.at(over, self._missed, waiting, seat)
            return
        waiting.state = "gone"
        slowest = {"voice": 6, "chat": 9, "callback": 25}[contact.channel]
        connected = at + rng.randint(8 if contact.channel == "callback" else 1, slowest)
        self._connect(waiting, seat, at, connected, reservation)

    def _missed(self, at: int, waiting: Waiting, seat: Seat) -> None:
        # The agent is set unavailable for half a minute, as routing does after no answer.
        self._agenda.at(at + 30, self._seat_free, seat)
        if waiting.wants_out:
            waiting.state = "leaving"
            self._agenda.at(at + 1, self._leave, waiting, "abandoned")
            return
        self._place(at, waiting)

    def _connect(
        self, waiting: Waiting, seat: Seat, reserved: int, connected: int, reservation: str
    ) -> None:
        rng, contact = self._rng, waiting.contact
        target = None if contact.legs else self._listener.transfer_queue(contact)
        talk, hold, wrap = self._durations(contact, seat.agent, connected, target is not None)
        left = connected + talk + hold
        is_chat = contact.channel == "chat"
        leg = Leg(
            leg_no=len(contact.legs) + 1,
            queue_code=waiting.queue_code,
            agent_no=seat.agent.agent_no,
            queued_at=waiting.queued_at,
            reserved_at=reserved,
            connected_at=connected,
            left_at=left,
            wrapped_at=left + wrap,
            talk_seconds=talk,
            hold_seconds=hold,
            end="answered" if target is None else "transferred",
            transfer_type=None if target is None else rng.choice(("warm", "blind")),
            reservation_sid=reservation,
            missed_reservations=waiting.missed,
        )
        contact.legs.append(leg)
        if contact.answered_at is None:
            contact.outcome = "answered"
            contact.answered_at = connected
            if is_chat:
                contact.first_response_at = connected + rng.randint(4, min(40, talk))
        if target is None:
            contact.ended_at, contact.wrapped_at = left, left + wrap
            self._agenda.at(left, self._listener.conversation_over, contact)
        else:
            self._agenda.at(left, self._hand_on, contact, target, seat.agent.agent_no)
        self._agenda.at(left + wrap, self._seat_free, seat)

    def _hand_on(self, at: int, contact: Contact, target: str, from_agent: int) -> None:
        self.enqueue(at, contact, target, priority=at - 600, avoid=from_agent, patient=True)

    def _durations(
        self, contact: Contact, agent: Agent, at: int, is_handed_on: bool
    ) -> tuple[int, int, int]:
        rng = self._rng
        pace = 1.22 if at - agent.live_at < _NEW_AGENT_DAYS * DAY else 1.0
        base = self._listener.reason(contact).standard_handle_seconds * pace
        if contact.channel == "chat":
            talk = base * 1.65 * rng.lognormvariate(-0.08, 0.4)
            wrap = 8 + rng.expovariate(1 / 25)
            hold = 0.0
        else:
            talk = base * 0.78 * rng.lognormvariate(-0.12, 0.5)
            wrap = 6 + rng.expovariate(1 / 42)
            hold = rng.uniform(15, 130) if rng.random() < 0.16 else 0.0
        if is_handed_on:
            talk, wrap = talk * 0.45, wrap * 0.3
        return max(20, int(talk)), int(hold), max(2, int(wrap))

    def _seat_free(self, at: int, seat: Seat) -> None:
        seat.free += 1
        self._seek_work(at, seat)

    def _seek_work(self, at: int, seat: Seat) -> None:
        if not seat.active:
            return
        while seat.free > 0:
            waiting = self._next_waiting(seat)
            if waiting is None:
                break
            self._ring(at, waiting, seat)
        if seat.free == 0:
            return
        if self._is_shut:
            seat.active = seat.free < seat.room
        elif not seat.is_idle_listed:
            seat.is_idle_listed = True
            self._idle[seat.pool].append(seat)

    def _next_waiting(self, seat: Seat) -> Waiting | None:
        best: tuple[int, int, Waiting] | None = None
        for code in self._queues_of_pool[seat.pool]:
            line = self._lines[code]
            while line and line[0][2].state != "waiting":
                heapq.heappop(line)
            if not line or line[0][2].avoid == seat.agent.agent_no:
                continue
            if best is None or line[0][:2] < best[:2]:
                best = line[0]
        if best is None:
            return None
        heapq.heappop(self._lines[best[2].queue_code])
        return best[2]
