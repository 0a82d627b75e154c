"""Writes an invented set as the tables of a reference set, alone or behind those of another one.

Inputs: an `InventedSet`, a folder, and perhaps the folder of another set. Outputs: `input/` and
`expected/` there, with the other's rows before ours; what both count by day is added up.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import random
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tests.parity.invented_set import PRIORITIES, TARGETS, InventedSet, Row, Ticket, policy

BACKLOG = "backlog_daily_by_status"


def write(invented: InventedSet, folder: Path, behind: Path | None = None) -> None:
    """Write every table; rows of the inputs are in no order."""
    dice = random.Random(invented.base)
    for name, rows in _inputs(invented).items():
        dice.shuffle(rows)
        before = _read(behind / "input" / f"{name}.csv") if behind else []
        _write(folder / "input" / f"{name}.csv", [*before, *rows])
    for name, rows in invented.expected().items():
        before = _read(behind / "expected" / f"{name}.csv") if behind else []
        every = [*before, *rows]
        _write(folder / "expected" / f"{name}.csv", _added(every) if name == BACKLOG else every)


def _inputs(invented: InventedSet) -> dict[str, list[Row]]:
    base = invented.base
    comments = [(ticket, each) for ticket in invented.tickets for each in ticket.comments]
    return {
        "tickets": [_ticket(each) for each in invented.tickets],
        "ticket_field_history": [row for each in invented.tickets for row in _history(each)],
        "ticket_comments": [
            {
                # Ids grow with the row, and rows do not grow with time.
                "comment_id": base + number,
                "ticket_id": ticket.number,
                "created_at": each.at,
                "author_id": each.author,
                "is_public": each.is_public,
            }
            for number, (ticket, each) in enumerate(comments)
        ],
        "ticket_schedules": [row for each in invented.tickets for row in _stretches(each, base)],
        "schedules": [
            {
                "schedule_id": base + number,
                "name": f"Schedule {number}",
                "time_zone": schedule.zone,
                "start_week_minute": begins,
                "end_week_minute": ends,
            }
            for number, schedule in enumerate(invented.schedules)
            for begins, ends in _week(schedule.hours)
        ],
        "schedule_holidays": [
            {"schedule_id": base + number, "start_date": day, "end_date": day, "name": "Holiday"}
            for number, schedule in enumerate(invented.schedules)
            for day in schedule.other_days
        ],
        "groups": [{"group_id": base + 50 + n, "name": f"Invented {n}"} for n in range(4)],
        "users": [
            {
                "user_id": base + number,
                "role": ("admin" if number % 2 else "agent") if number < 500 else "end-user",
                "organization_id": "",
                "created_at": dt.datetime(2025, 1, 1),
            }
            for number in [*range(100, 115), *range(500, 540)]
        ],
        "sla_policies": [
            {
                "sla_policy_id": base + business,
                "metric": clock,
                "priority": priority,
                "target_minutes": minutes // 2**place,
                "in_business_hours": bool(business),
            }
            for business in (0, 1)
            for clock, minutes in TARGETS.items()
            for place, priority in enumerate(PRIORITIES)
        ],
    }


def _ticket(ticket: Ticket) -> Row:
    return {
        "ticket_id": ticket.number,
        "created_at": ticket.created_at,
        "updated_at": max(at for at, _ in ticket.statuses),
        "status": ticket.status,
        "priority": ticket.priorities[-1][1],
        "type": "question",
        "channel": "email",
        "requester_id": ticket.requester,
        "submitter_id": ticket.submitter,
        "assignee_id": (ticket.assignees[-1][1] if ticket.assignees else None) or "",
        "group_id": ticket.groups[-1][1] if ticket.groups else "",
        "organization_id": "",
    }


def _history(ticket: Ticket) -> Iterable[Row]:
    def change(at: dt.datetime, name: str, value: object) -> Row:
        return {
            "ticket_id": ticket.number,
            "field_name": name,
            "changed_at": at,
            "changed_by": "",
            "value": value,
        }

    yield change(ticket.created_at, "sla_policy", policy(ticket))
    yield from (change(at, "status", value) for at, value in ticket.statuses)
    yield from (change(at, "priority", value) for at, value in ticket.priorities)
    yield from (change(at, "assignee_id", value or "") for at, value in ticket.assignees)
    yield from (change(at, "group_id", value) for at, value in ticket.groups)
    for target in ticket.targets:
        value = {"minutes": target.minutes, "in_business_hours": ticket.is_business}
        yield change(target.at, target.clock, json.dumps(value))
    if ticket.merged_into:
        yield change(ticket.statuses[-1][0], "merged_into", ticket.merged_into.number)


def _stretches(ticket: Ticket, base: int) -> Iterable[Row]:
    ends: list[object] = [at for at, _ in ticket.stretches[1:]]
    for (begins, schedule), end in zip(ticket.stretches, [*ends, ""], strict=True):
        yield {
            "ticket_id": ticket.number,
            "schedule_id": base + schedule,
            "valid_from": begins,
            "valid_to": end,
        }


def _week(hours: dict[int, list[tuple[int, int]]]) -> Iterable[tuple[int, int]]:
    """Week minutes from Sunday; what closes and opens at a midnight is one interval."""
    pieces = sorted(
        (weekday % 7 * 1440 + opens, weekday % 7 * 1440 + closes)
        for weekday, of_day in hours.items()
        for opens, closes in of_day
    )
    begins, ends = pieces[0]
    for opens, closes in pieces[1:]:
        if opens == ends:
            ends = closes
        else:
            yield begins, ends
            begins, ends = opens, closes
    yield begins, ends


def _added(rows: Iterable[Row]) -> list[Row]:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[str(row["date_day"]), str(row["status"])] += int(str(row["n"]))
    return [{"date_day": day, "status": status, "n": n} for (day, status), n in counts.items()]


def _read(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
