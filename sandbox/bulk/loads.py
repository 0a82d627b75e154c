"""The two loads of a bulk lake: a whole history, and one day more.

A home remembers what it holds in `bulk.json`, so that the next day goes on where history ended.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from sandbox.bulk import calls, tickets
from sandbox.bulk.lake import Load, chosen, instants, numbers, pseudonyms, repeated
from sandbox.world.calendar import HELSINKI, OpeningHours, make_schedules
from sandbox.world.reasons import make_reasons

STATE_FILE = "bulk.json"
FIRST_DAY = dt.date(2025, 1, 1)
CORRECTED_SHARE = 0.01
HOUR, DAY = 3_600, 86_400


@dataclass(frozen=True)
class Plan:
    """What a bulk lake holds.

    Attributes:
        seed: same plan, same lake.
        contacts: call detail records.
        tickets: helpdesk tickets, each with its history.
        calls_a_day: how many calls fill an open day.
        loads: loads written so far.
    """

    seed: int = 1
    contacts: int = 1_000_000
    tickets: int = 0
    calls_a_day: int = 30_000
    loads: int = 0


def whole_history(home: Path, plan: Plan) -> dict[str, int]:
    """Write the first load: everything of a plan.

    Raises:
        FileExistsError: the home holds a bulk lake already.
    """
    state = home / STATE_FILE
    if state.exists():
        raise FileExistsError(f"{home} holds a bulk lake already; take another home or delete it")
    opens = _opening_times(_days(plan.contacts, plan.calls_a_day) + 1)
    last_open = int(opens[max(0, _days(plan.contacts, plan.calls_a_day) - 1)])
    load = Load(home, last_open + 12 * HOUR, 1)
    _write_reference(load)
    callers = calls.Callers.of(plan.seed, plan.calls_a_day) if plan.contacts else None
    if callers is not None:
        calls.write_calls(load, plan.seed, callers, opens, plan.calls_a_day, 0, plan.contacts)
        _write_customers(load, callers, plan.seed)
    if plan.tickets:
        tickets.write_people(load, plan.seed, int(opens[0]) - DAY, plan.tickets)
        begin = min(int(opens[0]), last_open - 120 * DAY)
        tickets.write_tickets(load, plan.seed, begin, last_open - begin, 0, plan.tickets)
    _remember(state, plan, loads=1)
    return load.finish()


def one_more_day(home: Path, contacts: int, new_tickets: int = 0) -> dict[str, int]:
    """Write a further load: the next day's calls, some corrected ones, and new tickets.

    Raises:
        FileNotFoundError: the home holds no bulk lake.
    """
    state = home / STATE_FILE
    plan = Plan(**json.loads(state.read_text(encoding="utf-8")))
    # The next day begins with a call number that is a multiple of a day's calls.
    day = _days(plan.contacts, plan.calls_a_day)
    opens = _opening_times(day + _days(contacts, plan.calls_a_day) + 1)
    load = Load(home, int(opens[day]) + 12 * HOUR, plan.loads + 1)
    begin = day * plan.calls_a_day
    callers = calls.Callers.of(plan.seed, plan.calls_a_day)
    calls.write_calls(load, plan.seed, callers, opens, plan.calls_a_day, begin, begin + contacts)
    corrected = round(contacts * CORRECTED_SHARE)
    calls.write_corrections(
        load, plan.seed, callers, opens, plan.calls_a_day, plan.contacts, corrected
    )
    if new_tickets:
        tickets.write_people(load, plan.seed, int(opens[0]) - DAY, plan.tickets + new_tickets)
        tickets.write_tickets(
            load, plan.seed, int(opens[day]), 9 * HOUR, plan.tickets, plan.tickets + new_tickets
        )
    load.read_again()
    _remember(
        state,
        plan,
        contacts=begin + contacts,
        tickets=plan.tickets + new_tickets,
        loads=plan.loads + 1,
    )
    return load.finish()


def _remember(state: Path, plan: Plan, **changed: int) -> None:
    state.parent.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps(asdict(plan) | changed) + "\n", encoding="utf-8")


def _days(contacts: int, calls_a_day: int) -> int:
    return -(-contacts // calls_a_day)


def _opening_times(days: int) -> calls.Ints:
    """When the lines open on so many weekdays in a row, holidays left out."""
    schedule = make_schedules(FIRST_DAY)[0]
    hours = OpeningHours(schedule)
    found: list[int] = []
    day = FIRST_DAY
    while len(found) < days:
        if day.weekday() < 5 and hours.on(day):
            found.append(hours.on(day)[0][0])
        day += dt.timedelta(days=1)
    return np.array(found, dtype=np.int64)


def _source(file: str, row: int) -> dict[str, object]:
    return {"source_dataset": "bulk", "source_file": file, "source_row": row, "file_hash": file}


def _write_reference(load: Load) -> None:
    queues = [
        {
            "queue_id": code,
            "name": f"Bulk line {number}",
            "channel": "voice",
            "timezone": HELSINKI,
            "business_area": "service",
            "brand": "Lumivirta",
            "client": "Lumivirta Oy",
            "schedule_id": "live_fi",
            **_source("queues.csv", number),
        }
        for number, code in enumerate(calls.QUEUES, start=1)
    ]
    queues += [
        {
            "queue_id": f"zendesk:{group}",
            "name": f"Bulk group {number}",
            "channel": "email",
            "timezone": HELSINKI,
            "business_area": "service",
            "brand": "Lumivirta",
            "client": "Lumivirta Oy",
            "schedule_id": "office_fi",
            **_source("queues.csv", len(calls.QUEUES) + number),
        }
        for number, group in enumerate(tickets.GROUPS, start=1)
    ]
    load.write_rows(calls.DATASET, "queues", queues)
    load.write_rows(calls.DATASET, "schedules", list(_schedule_rows()))
    load.write_rows(calls.DATASET, "schedule_holidays", list(_holiday_rows()))
    load.write_rows(calls.DATASET, "reasons", list(_reason_rows()))
    load.write_rows(calls.DATASET, "agents", _agents())


def _schedule_rows() -> Iterator[dict[str, object]]:
    row = 0
    for schedule in make_schedules(FIRST_DAY):
        for hours in schedule.hours:
            row += 1
            yield {
                "schedule_id": schedule.schedule_id,
                "timezone": schedule.timezone,
                "name": schedule.name,
                "weekday": hours.weekday,
                "open_time": f"{hours.open_minute // 60:02d}:{hours.open_minute % 60:02d}",
                "close_time": f"{hours.close_minute // 60:02d}:{hours.close_minute % 60:02d}",
                **_source("schedules.csv", row),
            }


def _holiday_rows() -> Iterator[dict[str, object]]:
    row = 0
    for schedule in make_schedules(FIRST_DAY):
        for day, name in schedule.holidays.items():
            row += 1
            yield {
                "schedule_id": schedule.schedule_id,
                "start_date": dt.date.fromisoformat(day),
                "end_date": dt.date.fromisoformat(day),
                "name": name,
                **_source("schedule_holidays.csv", row),
            }


def _reason_rows() -> Iterator[dict[str, object]]:
    for row, share in enumerate(make_reasons(), start=1):
        reason = share.reason
        yield {
            "reason_id": reason.code,
            "l1": reason.l1,
            "l2": reason.l2,
            "l3": reason.l3,
            "reason_family": reason.reason_family,
            "value_category": reason.value_category,
            "resolvable_at_first_level": reason.resolvable_at_first_level,
            "standard_handle_seconds": reason.standard_handle_seconds,
            "complexity": reason.complexity,
            **_source("reasons.csv", row),
        }


def _agents() -> list[dict[str, object]]:
    since = dt.datetime.combine(FIRST_DAY, dt.time()) - dt.timedelta(days=400)
    return [
        {
            "agent_id": agent,
            "team": f"Team {row % 20 + 1}",
            "site": "Oulu",
            "employer": "Lumivirta Oy",
            "hired_at": since,
            "live_at": since + dt.timedelta(days=21),
            "left_at": None,
            "left_reason": None,
            "fte": 1.0,
            **_source("agents.csv", row),
        }
        for row, agent in enumerate(calls.agent_ids(), start=1)
    ]


def _write_customers(load: Load, callers: calls.Callers, seed: int) -> None:
    """Most callers are known to the CRM."""
    rows = len(callers.keys) * 9 // 10
    number = np.arange(rows, dtype=np.int64)
    since = int(dt.datetime.combine(FIRST_DAY, dt.time(), dt.UTC).timestamp())
    when = instants(since - DAY * (1 + number % 2000))
    load.write(
        "hubspot",
        "contacts",
        {
            "id": numbers(number + 61_000_001, pa.int64()),
            "email_key": pseudonyms(seed, 5, rows),
            "phone_key": callers.keys.slice(0, rows),
            "lifecycle_stage": repeated("customer", rows),
            "segment": chosen(number % 10 // 9, ["household", "small_business"]),
            "customer_type": chosen(number % 10 // 9, ["b2c", "b2b"]),
            "language": repeated("fi", rows),
            "country": repeated("FI", rows),
            "acquired_at": when,
            "churned_at": pa.nulls(rows, pa.timestamp("us")),
            "monthly_revenue": numbers(20 + number % 100, pa.float64()),
            "company_id": pa.nulls(rows, pa.int64()),
            "created_at": when,
            "updated_at": when,
            "archived": pa.array(np.zeros(rows, dtype=bool)),
        },
    )
