"""Helpdesk tickets with their history and comments, as the exports land them.

Of five tickets two have 15 history rows and three have 14 (so 14.4 each), one has 3 comments and
four have 4 (so 3.8 each): the shape of 50,000 tickets with 720,000 and 190,000 rows.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sandbox.bulk.calls import AGENTS, agent_ids
from sandbox.bulk.lake import Column, Load, chosen, instants, numbers, pseudonyms, repeated
from sandbox.world.reasons import make_reasons

DATASET = "zendesk"
CHUNK = 100_000
GROUPS = tuple(range(36_300_001, 36_300_013))
FIRST_TICKET = 1_000_001
_FIRST_AGENT, _FIRST_REQUESTER = 37_300_000_001, 37_400_000_001
_CHANNELS = ("email", "web", "twitter_dm")
_PRIORITIES = ("low", "normal", "high", "urgent")
_EVENTS_A_TICKET = 100
HOUR, DAY = 3_600, 86_400

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class _Events:
    """Collects the child events of a chunk of tickets, column by column."""

    def __init__(self, tickets: Ints, via: Column) -> None:
        self._tickets = tickets
        self._via = via
        self._place = np.zeros(len(tickets), dtype=np.int64)
        self._parts: list[dict[str, Column]] = []

    def add(
        self,
        at: Ints,
        who: Ints,
        kind: str,
        field: str | None = None,
        value: Column | None = None,
        before: Column | None = None,
        *,
        public: bool | None = None,
        where: Flags | None = None,
    ) -> None:
        """Add one event to every ticket, or to some."""
        rows = len(self._tickets)
        picked = pa.array(np.ones(rows, dtype=bool) if where is None else where)
        event = self._tickets * _EVENTS_A_TICKET + self._place
        self._place = self._place + (1 if where is None else where.astype(np.int64))
        empty = pa.nulls(rows, pa.string())
        columns: dict[str, Column] = {
            "id": numbers(event * 10 + 1, pa.int64()),
            "ticket_event_id": numbers(event * 10, pa.int64()),
            "ticket_id": numbers(self._tickets, pa.int64()),
            "occurred_at": instants(at),
            "updater_id": numbers(who, pa.int64()),
            "author_id": numbers(who, pa.int64()),
            "via_channel": self._via,
            "event_type": repeated(kind, rows),
            "field": empty if field is None else repeated(field, rows),
            "value": empty if value is None else value,
            "previous_value": empty if before is None else before,
            "is_public": pa.array([public] * rows, pa.bool_()),
        }
        self._parts.append({name: column.filter(picked) for name, column in columns.items()})

    def columns(self) -> dict[str, Column]:
        """All events."""
        return {
            name: pa.chunked_array([part[name] for part in self._parts]) for name in self._parts[0]
        }


def write_tickets(load: Load, seed: int, first_open: int, span: int, first: int, last: int) -> None:
    """Write the tickets numbered [first, last), created evenly over `span` seconds.

    Args:
        load: where to.
        seed: of the random draws.
        first_open: unix second from which tickets are created.
        span: seconds over which they are.
        first, last: range of ticket numbers, from 0.
    """
    total = max(1, last - first)
    for place in range(first, last, CHUNK):
        number = np.arange(place, min(place + CHUNK, last), dtype=np.int64)
        created = first_open + (number - first) * span // total
        _write_chunk(load, np.random.default_rng([seed, 4, place]), number, created)


def _write_chunk(load: Load, rng: np.random.Generator, number: Ints, created: Ints) -> None:
    rows = len(number)
    ticket = number + FIRST_TICKET
    requester = _FIRST_REQUESTER + number // 3
    agent_place = rng.integers(0, AGENTS, rows)
    agent, second = _FIRST_AGENT + agent_place, _FIRST_AGENT + (agent_place + 1) % AGENTS
    channel = rng.choice(3, rows, p=(0.6, 0.3, 0.1))
    priority = rng.choice(4, rows, p=(0.1, 0.68, 0.17, 0.05))
    raised = (priority + 1) % 4
    group = rng.integers(0, len(GROUPS), rows)
    reasons: list[str | None] = [share.reason.code for share in make_reasons()]
    reason = chosen(rng.integers(0, len(reasons), rows), reasons)
    spent = numbers(rng.integers(60, 1500, rows), pa.int64())
    is_open, is_long = rng.random(rows) < 0.03, number % 5 < 2

    def texts(values: Any) -> Column:
        return pa.array(values).cast(pa.string())

    def say(text: str) -> Column:
        return repeated(text, rows)

    def after(at: Ints, mean: float) -> Ints:
        return at + 60 + rng.exponential(mean, rows).astype(np.int64)

    events = _Events(ticket, chosen(channel, list(_CHANNELS)))
    groups = texts(np.array(GROUPS)[group])
    priorities, priorities_raised = (
        chosen(codes, list(_PRIORITIES)) for codes in (priority, raised)
    )
    events.add(created, requester, "Create", "status", say("new"))
    events.add(created, requester, "Create", "priority", priorities)
    events.add(created, requester, "Create", "group_id", groups)
    events.add(created, requester, "Create", "tags", say("[]"))
    events.add(created, requester, "Comment", public=True)
    taken = after(created, 2 * HOUR)
    events.add(taken, agent, "Change", "assignee_id", texts(agent))
    events.add(taken, agent, "Change", "status", say("open"), say("new"))
    events.add(taken, agent, "Change", "priority", priorities_raised, priorities)
    events.add(taken, agent, "Comment", public=False, where=number % 5 > 0)
    replied = after(taken, HOUR)
    events.add(replied, agent, "Comment", public=True)
    events.add(replied, agent, "Change", "status", say("pending"), say("open"))
    back = after(replied, 14 * HOUR)
    events.add(back, requester, "Change", "status", say("open"), say("pending"))
    handed = after(back, HOUR)
    events.add(handed, second, "Change", "assignee_id", texts(second), texts(agent))
    events.add(handed, second, "Change", "tags", say('["second_line"]'), say("[]"))
    events.add(handed, second, "Change", "priority", priorities, priorities_raised, where=is_long)
    solved = after(handed, 5 * HOUR)
    events.add(solved, second, "Comment", public=True)
    closes = ~is_open
    events.add(solved, second, "Change", "reason_code", reason)
    events.add(solved, second, "Change", "time_spent_seconds", spent.cast(pa.string()))
    end = chosen(closes.astype(np.int64), ["hold", "solved"])
    events.add(solved, second, "Change", "status", end, say("open"))
    load.write(DATASET, "ticket_events", events.columns())
    load.write(
        DATASET,
        "tickets",
        {
            "id": numbers(ticket, pa.int64()),
            "created_at": instants(created),
            "updated_at": instants(solved),
            "status": end,
            "priority": chosen(np.where(is_long, priority, raised), list(_PRIORITIES)),
            "type": say("question"),
            "via_channel": chosen(channel, list(_CHANNELS)),
            "requester_id": numbers(requester, pa.int64()),
            "submitter_id": numbers(requester, pa.int64()),
            "assignee_id": numbers(second, pa.int64()),
            "group_id": numbers(np.array(GROUPS)[group], pa.int64()),
            "organization_id": pa.nulls(rows, pa.int64()),
            "brand_id": numbers(np.full(rows, 360_000_001), pa.int64()),
            "external_id": pa.nulls(rows, pa.string()),
            "reason_code": reason,
            "time_spent_seconds": spent,
            "tags": say('["second_line"]'),
            "satisfaction_score": say("unoffered"),
            "generated_at": instants(solved),
        },
    )


def write_people(load: Load, seed: int, since: int, tickets: int) -> None:
    """Write the helpdesk's agents, groups and requesters."""
    agents = np.arange(AGENTS, dtype=np.int64)
    people = np.arange(tickets // 3 + 1, dtype=np.int64)
    _write_users(
        load,
        since,
        agents + _FIRST_AGENT,
        "agent",
        pseudonyms(seed, 6, AGENTS),
        pa.array(agent_ids()),
    )
    _write_users(
        load,
        since,
        people + _FIRST_REQUESTER,
        "end-user",
        pseudonyms(seed, 7, len(people)),
        pa.nulls(len(people), pa.string()),
    )
    when = instants(np.full(len(GROUPS), since))
    load.write(
        DATASET,
        "groups",
        {
            "id": pa.array(GROUPS, pa.int64()),
            "name": pa.array([f"Bulk group {number}" for number in range(1, len(GROUPS) + 1)]),
            "created_at": when,
            "updated_at": when,
            "deleted": pa.array([False] * len(GROUPS)),
        },
    )


def _write_users(
    load: Load, since: int, ids: Ints, role: str, keys: Column, external: Column
) -> None:
    rows = len(ids)
    when = instants(np.full(rows, since))
    load.write(
        DATASET,
        "users",
        {
            "id": numbers(ids, pa.int64()),
            "created_at": when,
            "updated_at": when,
            "role": repeated(role, rows),
            "email_key": keys,
            "phone_key": pa.nulls(rows, pa.string()),
            "external_id": external,
            "organization_id": pa.nulls(rows, pa.int64()),
            "locale": repeated("fi", rows),
            "active": pa.array([True] * rows),
            "suspended": pa.array([False] * rows),
            "tags": repeated("[]", rows),
        },
    )
