"""Invents a reference set: nine tables of odd tickets, and what is true of them in plain Python.

Inputs: a seed and how many tickets. Outputs: a folder with `input/` and `expected/` in the columns
of `examples/ticket_parity`. Every ticket is an object first; the tables are written from it and the
answers are counted on it, so nothing here knows how the warehouse comes to its own.
Odd on purpose: nights over midnight, zones whose clocks shift at midnight or by half an hour,
changes of schedule, reopens, deletions and restorations, merges in chains, comments by nobody,
notes before replies, and tables whose rows are in no order.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from tests.local_hours import Interval, Schedule

ZONES = (
    "Europe/Helsinki", "America/New_York", "Asia/Tokyo", "Australia/Lord_Howe", "Africa/Cairo",
    "America/Asuncion", "Asia/Kolkata", "Pacific/Apia", "America/St_Johns", "UTC",
)  # fmt: skip
FOREVER = dt.datetime(2200, 1, 1)
FIRST, LAST = dt.datetime(2026, 1, 5), dt.datetime(2026, 7, 1)
SHIFTS = tuple(dt.datetime(2026, *day) for day in ((3, 7), (3, 28), (4, 4), (4, 23)))
PRIORITIES = ("low", "normal", "high", "urgent")
TARGETS = {"first_reply_time": 1440, "next_reply_time": 2880, "agent_work_time": 5760,
           "requester_wait_time": 8640}  # fmt: skip
COUNTED = {"agent_work_time": {"new", "open"}, "requester_wait_time": {"new", "open", "hold"}}
DONE = {"solved", "closed"}
AWAY = {*DONE, "deleted"}
Row = Mapping[str, object]


@dataclass(frozen=True)
class Comment:
    """What somebody wrote on a ticket."""

    at: dt.datetime
    author: int
    role: str
    is_public: bool


@dataclass(frozen=True)
class Target:
    """A target that the helpdesk applied."""

    at: dt.datetime
    clock: str
    minutes: int


@dataclass
class Ticket:
    """One ticket as it truly went."""

    number: int
    created_at: dt.datetime
    requester: int
    submitter: int
    is_business: bool
    statuses: list[tuple[dt.datetime, str]] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    priorities: list[tuple[dt.datetime, str]] = field(default_factory=list)
    assignees: list[tuple[dt.datetime, int | None]] = field(default_factory=list)
    groups: list[tuple[dt.datetime, int]] = field(default_factory=list)
    stretches: list[tuple[dt.datetime, int]] = field(default_factory=list)
    merged_into: Ticket | None = None
    children: list[Ticket] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Status at the end."""
        return self.statuses[-1][1]

    @property
    def starts_at(self) -> dt.datetime:
        """When the customer began to wait: what was merged into this one counts.

        A ticket that was merged away counts nowhere and keeps its own start.
        """
        return self.created_at if self.merged_into else min(self.began())

    def began(self) -> Iterable[dt.datetime]:
        """Creation of this ticket and of every one that ended in it."""
        yield self.created_at
        for child in self.children:
            yield from child.began()

    def held(self) -> Iterable[tuple[str, dt.datetime, dt.datetime]]:
        """Status, from and to, the last one to the end of the set."""
        ends = [at for at, _ in self.statuses[1:]] + [LAST]
        for (begins, status), end in zip(self.statuses, ends, strict=True):
            yield status, begins, end

    def solves(self) -> list[dt.datetime]:
        """Steps from work into solved or closed."""
        before = ["new", *(status for _, status in self.statuses)]
        return [
            at
            for (at, status), previous in zip(self.statuses, before, strict=False)
            if status in DONE and previous not in DONE
        ]

    def open_seconds(self, start: dt.datetime, end: dt.datetime, hours: list[Schedule]) -> int:
        """Open seconds between two instants, over every schedule that it was on."""
        total = 0
        bounds = [at for at, _ in self.stretches[1:]] + [FOREVER]
        for place, ((begins, number), until) in enumerate(zip(self.stretches, bounds, strict=True)):
            left = start if place == 0 else max(start, begins)
            right = min(end, until)
            if right > left:
                total += hours[number].open_seconds(left, right)
        return total


@dataclass
class InventedSet:
    """Schedules and tickets; `base` keeps its ids apart from those of another set."""

    base: int
    schedules: list[Schedule]
    tickets: list[Ticket]

    def expected(self) -> dict[str, list[Row]]:
        """The three tables of answers."""
        return {
            "ticket_metrics": [self._metrics(each) for each in self.tickets],
            "backlog_daily_by_status": self._backlog(),
            "sla_breaches_closed": [
                row
                for each in self.tickets
                if each.status in DONE and each.merged_into is None
                for row in self._breaches(each)
            ],
        }

    def _metrics(self, ticket: Ticket) -> Row:
        replied = first_reply(ticket)
        solved = [at for at, status in ticket.statuses if status == "solved"]
        closed = [at for at, status in ticket.statuses if status == "closed"]
        ended = max(solved or closed, default=None)
        resolved = ended if ticket.status in DONE else None
        start = ticket.starts_at
        public = [each for each in ticket.comments if each.is_public]

        def between(end: dt.datetime | None, *, business: bool) -> float | None:
            if end is None:
                return None
            if business:
                return ticket.open_seconds(start, end, self.schedules) / 60
            return (end - start).total_seconds() / 60

        def minute(at: dt.datetime) -> dt.datetime:
            return at.replace(second=0)

        return {
            "ticket_id": ticket.number,
            "status": ticket.status,
            "first_reply_calendar_minutes": between(replied, business=False),
            "first_reply_business_minutes": between(replied, business=True),
            "full_resolution_calendar_minute_boundaries": resolved
            and int((minute(resolved) - minute(start)).total_seconds() / 60),
            "full_resolution_business_minutes": between(resolved, business=True),
            "count_reopens": max(len(solved) - 1, 0) if ended else None,
            "count_public_agent_comments": sum(each.role == "agent" for each in public),
            "count_public_comments": len(public),
            "count_internal_comments": len(ticket.comments) - len(public),
            "unique_assignee_count": len({who for _, who in ticket.assignees if who}) or None,
            "group_stations_count": len(ticket.groups),
        }

    def _backlog(self) -> list[Row]:
        found: Counter[tuple[dt.date, str]] = Counter()
        for ticket in self.tickets:
            for status, begins, ends in ticket.held():
                if status in AWAY:
                    continue
                midnight = dt.datetime.combine(begins.date(), dt.time()) + dt.timedelta(days=1)
                while midnight <= ends:
                    found[midnight.date() - dt.timedelta(days=1), status] += 1
                    midnight += dt.timedelta(days=1)
        return [{"date_day": day, "status": status, "n": n} for (day, status), n in found.items()]

    def _breaches(self, ticket: Ticket) -> Iterable[Row]:
        for target in ticket.targets:
            start = ticket.starts_at if target.clock == "first_reply_time" else target.at
            if target.clock in COUNTED:
                end = max(ticket.solves())
                spans = [
                    (max(begins, start), min(ends, end))
                    for status, begins, ends in ticket.held()
                    if status in COUNTED[target.clock]
                ]
            else:
                replies = [c.at for c in ticket.comments if c.role == "agent" and c.is_public]
                stops = [at for at in [*replies, *ticket.solves()] if at > start]
                spans = [(start, min(stops, default=LAST))]
            seconds = sum(
                ticket.open_seconds(begins, ends, self.schedules)
                if ticket.is_business
                else (ends - begins).total_seconds()
                for begins, ends in spans
                if ends > begins
            )
            yield {
                "ticket_id": ticket.number,
                "sla_policy_name": policy(ticket),
                "metric": target.clock,
                "applied_at": target.at,
                "target_minutes": target.minutes,
                "in_business_hours": "t" if ticket.is_business else "f",
                "is_breached": "t" if seconds > target.minutes * 60 else "f",
            }


def first_reply(ticket: Ticket) -> dt.datetime | None:
    """The public comment of an agent that the reference counts as the first reply."""
    ordered = sorted(ticket.comments, key=lambda each: each.at)
    public = [each for each in ordered if each.is_public]
    if not public:
        return None
    first = public[0]
    if first.role == "agent" and any(not each.is_public for each in ordered if each.at < first.at):
        return first.at
    later = [each.at for each in public if each.at > first.at and each.role == "agent"]
    return later[0] if later else None


def policy(ticket: Ticket) -> str:
    """Name of the policy that a ticket is under."""
    return "Biz SLA" if ticket.is_business else "Calendar SLA"


def invent(seed: int, tickets: int, base: int = 0) -> InventedSet:
    """Draw schedules and tickets."""
    dice = random.Random(seed)
    schedules = [_schedule(dice, zone) for zone in dice.sample(ZONES, len(ZONES))]
    found = InventedSet(base, schedules, [])
    for place in range(tickets):
        found.tickets.append(_ticket(dice, base + 1 + place, base, len(schedules)))
    _merge(dice, found.tickets)
    return found


def _schedule(dice: random.Random, zone: str) -> Schedule:
    if dice.random() < 0.15:
        return Schedule(zone, {day: [(0, 1440)] for day in range(1, 8)}, {})
    hours: dict[int, list[Interval]] = {}
    if dice.random() < 0.3:
        # Nights: what is open before midnight stays open after it.
        evening, morning = dice.randrange(1200, 1440, 5), dice.randrange(60, 420, 5)
        hours = {day: [(0, morning), (evening, 1440)] for day in range(1, 8)}
    else:
        for day in dice.sample(range(1, 8), dice.randint(4, 7)):
            opens = dice.randrange(0, 700, 5)
            hours[day] = [(opens, dice.randrange(opens + 60, 1440, 5))]
    holidays = {FIRST.date() + dt.timedelta(days=dice.randrange(170)) for _ in range(6)}
    return Schedule(zone, hours, {day: [] for day in holidays})


def _ticket(dice: random.Random, number: int, base: int, schedules: int) -> Ticket:
    # Half of them live through a shift of the clocks.
    shift = dice.choice(
        [dt.datetime(2026, 3, 7), dt.datetime(2026, 3, 28), dt.datetime(2026, 4, 4)]
    )
    begin = shift if dice.random() < 0.5 else FIRST + dt.timedelta(days=dice.randrange(150))
    now = begin + dt.timedelta(seconds=dice.randrange(86_400))
    requester, agent = base + 500 + dice.randrange(40), base + 100 + dice.randrange(15)
    by_agent = dice.random() < 0.15
    ticket = Ticket(number, now, requester, agent if by_agent else requester, dice.random() < 0.6)
    ticket.statuses.append((now, dice.choice(["new", "new", "new", "open", "pending"])))
    ticket.priorities.append((now, dice.choice(PRIORITIES)))
    if dice.random() < 0.9:
        ticket.groups.append((now, base + 50 + dice.randrange(4)))
    ticket.stretches.append(
        (now + dt.timedelta(seconds=dice.randrange(3)), dice.randrange(schedules))
    )
    _apply(ticket, now, "first_reply_time", "agent_work_time", "requester_wait_time")
    author, role = (agent, "agent") if by_agent else (requester, "customer")
    if dice.random() < 0.95:
        ticket.comments.append(Comment(now, author, role, dice.random() < 0.9))
    for _ in range(dice.randint(0, 12)):
        now += dt.timedelta(seconds=int(dice.lognormvariate(9.5, 1.6)) + 3)
        if now >= LAST - dt.timedelta(days=1) or ticket.status in {"closed", "deleted"}:
            break
        now = _step(dice, ticket, now, agent, base, schedules)
    ticket.comments.sort(key=lambda _: dice.random())
    return ticket


def _step(
    dice: random.Random, ticket: Ticket, now: dt.datetime, agent: int, base: int, schedules: int
) -> dt.datetime:
    """Let something happen; tell when it was over."""
    done = ticket.status in DONE
    kinds = ["reply"] * 4 + ["ask"] * 3 + ["note", "status", "status", "assign", "group"]
    kinds += ["schedule", "priority", "nobody", "delete"]
    match dice.choice(kinds):
        case "reply":
            ticket.comments.append(Comment(now, agent, "agent", True))
            after = dice.choice(["open", "pending", "hold", "solved", "solved", "solved"])
            _turn(ticket, now, "closed" if done and dice.random() < 0.3 else after)
        case "ask":
            waits = _waits(ticket)
            ticket.comments.append(Comment(now, ticket.requester, "customer", True))
            if not waits and any(each.role == "agent" for each in ticket.comments):
                _apply(ticket, now, "next_reply_time")
            _turn(ticket, now, "open")
        case "note":
            ticket.comments.append(Comment(now, agent, "agent", False))
        case "status":
            _turn(ticket, now, "closed" if done else dice.choice(["open", "hold", "solved"]))
        case "assign":
            given = None if dice.random() < 0.1 else base + 100 + dice.randrange(15)
            ticket.assignees.append((now, given))
        case "group":
            ticket.groups.append((now, base + 50 + dice.randrange(4)))
        case "schedule":
            ticket.stretches.append((now, dice.randrange(schedules)))
        case "priority":
            ticket.priorities.append((now, dice.choice(PRIORITIES)))
        case "nobody":
            ticket.comments.append(Comment(now, base + 999, "auto", True))
        case _:
            _turn(ticket, now, "deleted")
            restored = now + dt.timedelta(hours=dice.randint(1, 60))
            if dice.random() < 0.6 and restored < LAST - dt.timedelta(days=1):
                now = restored
                _turn(ticket, now, "open")
    return now


def _turn(ticket: Ticket, now: dt.datetime, status: str) -> None:
    if status != ticket.status:
        ticket.statuses.append((now, status))


def _waits(ticket: Ticket) -> bool:
    public = sorted((each for each in ticket.comments if each.is_public), key=lambda each: each.at)
    return bool(public) and public[-1].role == "customer"


def _apply(ticket: Ticket, now: dt.datetime, *clocks: str) -> None:
    share = 2 ** PRIORITIES.index(ticket.priorities[-1][1])
    ticket.targets.extend(Target(now, clock, TARGETS[clock] // share) for clock in clocks)


def _merge(dice: random.Random, tickets: list[Ticket]) -> None:
    """Merge open tickets in chains of one to five; the merged ones are closed."""
    free = [each for each in tickets if each.status not in AWAY and not each.solves()]
    for _ in range(len(tickets) // 25):
        if len(free) < 6:
            break
        chain = [free.pop() for _ in range(dice.randint(2, 6))]
        at = LAST - dt.timedelta(hours=20)
        for child, parent in pairwise(chain):
            at += dt.timedelta(minutes=7)
            child.merged_into = parent
            parent.children.append(child)
            child.statuses.append((at, "closed"))
