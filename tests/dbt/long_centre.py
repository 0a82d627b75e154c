"""A long history of calls at random, and how it arrives: a lump first, then day by day.

What is drawn is what a tail may go wrong on: customers whose calls chain over weeks with gaps near
every window, agents on several calls at once, calls over midnight and month ends, columns that are
not filled, times that cannot be, and later loads with late calls, corrections and duplicates.
Whatever is not a call (lists, the CRM, answers, orders) is landed once, with the first load.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from tests.dbt.long_centre_beside import (
    drawn_cases,
    drawn_follow_ups,
    drawn_surveys,
    late_answer,
    reopened_case,
)
from tests.dbt.raw_lake import land, watermark

Row = dict[str, Any]

FIRST = datetime(2025, 11, 3, tzinfo=UTC)
FIRST_DAYS = 150
# Where a later load ends, in days since FIRST; the clocks change on day 146.
LATER_DAYS = (151, 154, 156, 163)
# The later load in which something old moves too; the seed says what, as one would hide another.
LOAD_OF_OLD, OLD_DAYS = 1, 50
OLD = ("late", "moved", "answered_at", "ended_at", "case", "invitation", "long", "unseen")
# The later load that brings nothing but the word that all is known up to then.
QUIET_LOAD = 2
LAST = FIRST + timedelta(days=LATER_DAYS[-1])
CUSTOMERS = 260
AGENTS = ("A1", "A2", "A3", "A4", "B1", "B2")
QUEUES = ("sales", "support", "night", "unlisted")
REASONS = ("billing", "invoice", "delivery", "complaint", "unlisted", None, None, None)
DATASETS = ("one", "two")
DAY = 86_400
# An ordinary call; its other moments follow from these.
ANSWERED: Row = {
    "outcome": "answered", "talk_seconds": 400.0, "wait_seconds": 8.0, "csat_score": 4.0,
    "queue": "sales", "started_at": None, "answered_at": None, "ended_at": None,
}  # fmt: skip
# Days between the calls of a customer: within one spell, at the edge of a window, or apart.
GAPS: tuple[tuple[float, float], ...] = (
    (0, 0.01), (0, 0.2), (0.5, 3), (2, 6.9), (6.95, 7.05), (8, 20), (13.9, 14.1), (29.5, 31),
    (20, 45),
)  # fmt: skip
EDGES = (1, 7, 14, 30)


class LongCentre:
    """A history in loads; the same for the same seed."""

    def __init__(self, home: Path, seed: int) -> None:
        """Draw the history; nothing is landed yet."""
        self.home = home
        self.rng = Random(seed)
        self.old = OLD[seed % len(OLD)]
        # Where follow-ups are made, all of them are built each time.
        self.is_followed_up = seed % 2 == 0
        self.loads = 0
        drawn = [*self._calls(), *_lasting(60, 95, "key-known"), *_lasting(122, 122.1, "key-known")]
        if self.old == "long":
            # Thirty days after its end are over at the quiet load.
            drawn += _lasting(104, 125.5, "key-long")
        self.calls = sorted(drawn, key=lambda row: (row["queued_at"], row["call_id"]))
        # A call in twenty is told late.
        self.told = {
            row["call_id"]: row["queued_at"]
            + timedelta(days=self.rng.uniform(0, 8) if self.rng.random() < 0.05 else 0)
            for row in self.calls
        }
        self.landed: dict[str, Row] = {}
        self.fleeting: list[Row] = []

    def land_first(self) -> None:
        """The first load: lists, the CRM, answers, and the calls of the first days."""
        for dataset in DATASETS:
            own = [row for row in self.calls if row["source_dataset"] == dataset]
            asked = drawn_surveys(self.rng, own)
            if self.is_followed_up:
                asked["closed_loop_tasks"] = drawn_follow_ups(self.rng, asked["survey_responses"])
            self._land(f"files_{dataset}", asked)
        self._land("files_one", _lists() | drawn_cases(self.rng, FIRST, LAST, CUSTOMERS))
        # Landed long before they are seen, as where others were read further than the calls.
        moved = FIRST + timedelta(days=LATER_DAYS[LOAD_OF_OLD] - 1)
        began = moved - timedelta(days=OLD_DAYS)
        if self.old == "case":
            self._land("files_one", reopened_case(began, moved))
        if self.old == "invitation":
            call = min(self.calls, key=lambda row: abs(row["queued_at"] - began))
            self._land(f"files_{call['source_dataset']}", late_answer(call, moved))
        self._land("hubspot", {"contacts": _contacts(), "deals": self._deals()})
        self._land_calls(FIRST_DAYS, [])

    def land_later(self) -> Iterator[int]:
        """The later loads, one after the other."""
        for number, days in enumerate(LATER_DAYS):
            now = FIRST + timedelta(days=days)
            recent = [
                row for row in self.landed.values() if row["queued_at"] > now - 14 * timedelta(1)
            ]
            *again, one = self.rng.sample(recent, 61)
            changed = [self._corrected(row) for row in again[:45]] + again[45:-1]
            changed += self._fleeting(number, again[-1])
            if number == LOAD_OF_OLD:
                changed += self._old(now, one)
            if number == LOAD_OF_OLD - 1 and self.old == "unseen":
                changed.append(self._unseen(now, one))
            if number == QUIET_LOAD:
                self._land_known(now)
            else:
                self._land_calls(days, changed)
            yield number

    def _old(self, now: datetime, recent: Row) -> list[Row]:
        """A call of the kind that this history has, that reaches far back."""
        row = self._standing(now)
        if self.old == "late":
            return [row | {"call_id": "late"}]
        if self.old == "moved":
            later = {"queued_at": row["queued_at"] + timedelta(days=40)}
            return [row | later | {"started_at": None, "answered_at": None, "ended_at": None}]
        if self.old in recent:
            told = {self.old: row["queued_at"], "csat_score": 4.0}
            return [recent | ANSWERED | {"agent": row["agent"]} | told]
        return []

    def _fleeting(self, number: int, recent: Row) -> list[Row]:
        """A call with a reason and a queue that no other has, and the one before as it was."""
        back, name = self.fleeting, f"only-{number}"
        self.fleeting = [recent]
        return [*back, recent | ANSWERED | {"reason": name, "queue": name, "direction": None}]

    def _unseen(self, now: datetime, recent: Row) -> Row:
        """A call that nobody may see yet, and that says that it was answered long before."""
        row = self._standing(now)
        told = {"call_id": "unseen", "queued_at": now, "agent": row["agent"]}
        return recent | ANSWERED | told | {"answered_at": row["queued_at"]}

    def _standing(self, now: datetime) -> Row:
        """An ordinary call of long before."""
        old = now - timedelta(days=OLD_DAYS)
        return min(
            (row for row in self.landed.values() if row["talk_seconds"] == ANSWERED["talk_seconds"]
             and row["outcome"] == "answered" and row["answered_at"] is None),
            key=lambda row: abs(row["queued_at"] - old),
        )  # fmt: skip

    def _land_calls(self, days: int, again: list[Row]) -> None:
        now = FIRST + timedelta(days=days)
        new = [
            row
            for row in self.calls
            if row["call_id"] not in self.landed and self.told[row["call_id"]] < now
        ]
        # Corrections of calls follow the calls, and a few rows are there twice.
        rows = new + again + self.rng.sample(new, 3)
        self.landed |= {row["call_id"]: row for row in rows}
        for dataset in DATASETS:
            own = [row for row in rows if row["source_dataset"] == dataset]
            self._land(f"files_{dataset}", {"calls": own})
        self._land_known(now)

    def _land_known(self, now: datetime) -> None:
        # Some calls that came are later than all that is known.
        known = (now - timedelta(hours=2)).isoformat()
        for system, resource in (("files_one", "calls"), ("hubspot", "contacts")):
            self._land(system, {"watermarks": [watermark(resource, known)]})

    def _land(self, dataset: str, tables: dict[str, list[Row]]) -> None:
        self.loads += 1
        texts = {
            table: [
                {name: _text(value) for name, value in (_origin(dataset) | row).items()}
                if dataset != "hubspot" and table != "watermarks"
                else {name: _text(value) for name, value in row.items()}
                for row in rows
            ]
            for table, rows in tables.items()
        }
        land(self.home, f"17{self.loads:08d}.1", dataset, texts)

    def _calls(self) -> Iterator[Row]:
        number = 0
        for customer in range(CUSTOMERS):
            # A customer in eight goes on and on: a spell older than any tail.
            gaps = GAPS[:4] if customer % 8 == 0 else GAPS
            at = FIRST + timedelta(days=self.rng.uniform(0, 20))
            while at < LAST:
                number += 1
                row = self._call(number, at, f"key-{customer}")
                yield row
                ended: datetime = row["ended_at"] or row["queued_at"]
                if customer % 8 and self.rng.random() < 0.1:
                    # To the second as long after as a window is.
                    at = ended + timedelta(
                        days=self.rng.choice(EDGES), seconds=self.rng.choice((-1, 0, 1))
                    )
                else:
                    at += timedelta(days=self.rng.uniform(*self.rng.choice(gaps)))

    def _call(self, number: int, at: datetime, customer: str) -> Row:
        rng = self.rng
        if rng.random() < 0.5:
            # Many at once, about midnight.
            at = at.replace(hour=rng.choice((21, 22, 23, 0)))
        wait = rng.choice((0.0, 1.0, 3.5, 8.0, 19.0, 21.0, 120.0, 600.0))
        talk = rng.choice((0.0, 20.0, 95.5, 400.0, 1200.0, 5000.0))
        outcome = rng.choices(
            ("answered", "abandoned", "flow_out", "callback", "ivr_only", "excluded"),
            (70, 12, 6, 4, 4, 4),
        )[0]
        wrap = rng.choice((0.0, 30.0, 900.0))
        answered = at + timedelta(seconds=wait)
        ended = answered + timedelta(seconds=talk if outcome == "answered" else 0)
        odd = rng.random()
        started = at - timedelta(seconds=rng.choice((0, 15, 300)))
        # What cannot be: days before, days after, days long; far away only in what stands by now.
        far = at < FIRST + timedelta(days=110)
        if odd < 0.004:
            ended = answered - timedelta(days=rng.choice((1, 20, 50)) if far else 1)
        elif odd < 0.006:
            answered = at - timedelta(days=rng.choice((1, 10, 40)) if far else 1)
        elif odd < 0.008:
            started = at + timedelta(days=rng.choice((-30, -2, 2)) if far else 2)
        elif odd < 0.010:
            talk = rng.choice((90_000.0, -5.0))
        elif odd < 0.012 and at < FIRST + timedelta(days=70):
            ended = answered + timedelta(days=rng.choice((9, 20)))
        row = {
            "call_id": f"c{number}",
            "queued_at": at,
            "outcome": outcome,
            "started_at": started,
            "answered_at": answered,
            "ended_at": ended,
            "pre_queue_seconds": rng.choice((None, None, 12.0, 200.0, 1e6 if odd < 0.05 else 30.0)),
            "wait_seconds": wait,
            "talk_seconds": talk,
            "hold_seconds": rng.choice((None, 0.0, 15.0)),
            "wrap_seconds": wrap,
            "queue": rng.choice(QUEUES),
            "agent": rng.choice(AGENTS),
            "customer_key": customer if rng.random() < 0.95 else None,
            "direction": rng.choices((None, "inbound", "outbound"), (6, 3, 1))[0],
            "reason": rng.choice(REASONS),
            "resolved": rng.choice((None, "yes", "yes", "no")),
            "csat_score": float(rng.randint(1, 6)) if rng.random() < 0.25 else None,
            "source_dataset": rng.choice(DATASETS),
            "source_row": number,
        }
        for name in ("started_at", "answered_at", "ended_at", "wait_seconds", "talk_seconds",
                     "wrap_seconds"):  # fmt: skip
            if rng.random() < 0.25:
                row[name] = None
        if outcome not in ("answered",):
            row["answered_at"] = None
        return row

    def _corrected(self, row: Row) -> Row:
        """The same call, told otherwise."""
        rng = self.rng
        changes: dict[str, Callable[[], object]] = {
            "outcome": lambda: rng.choice(("answered", "abandoned", "callback", "excluded")),
            "talk_seconds": lambda: rng.choice((None, 60.0, 3000.0, 9000.0)),
            "customer_key": lambda: rng.choice((None, f"key-{rng.randrange(CUSTOMERS)}")),
            "reason": lambda: rng.choice(REASONS),
            "queue": lambda: rng.choice(QUEUES),
            "started_at": lambda: row["queued_at"] - timedelta(hours=rng.choice((0, 1, 3, 60))),
            "queued_at": lambda: row["queued_at"] + timedelta(hours=rng.choice((-50, -1, 1, 30))),
            "ended_at": lambda: row["queued_at"] + timedelta(hours=rng.choice((0, 1, 5))),
            "answered_at": lambda: row["queued_at"] + timedelta(hours=rng.choice((0, 1))),
            "agent": lambda: rng.choice(AGENTS),
            "csat_score": lambda: rng.choice((None, 1.0, 5.0)),
        }
        return row | {name: changes[name]() for name in rng.sample(sorted(changes), 2)}

    def _deals(self) -> list[Row]:
        deals = []
        for number in range(400):
            closed = FIRST + timedelta(seconds=self.rng.randrange(LATER_DAYS[-1] * DAY))
            deals.append(
                {
                    "id": number,
                    "contact_id": self.rng.randrange(1, CUSTOMERS // 2),
                    "deal_stage": self.rng.choice(("closedwon", "closedwon", "closedlost")),
                    "closed_at": closed,
                    "created_at": closed - timedelta(days=20),
                    "updated_at": closed,
                    "amount": 10.0,
                    "archived": False,
                }
            )
        return deals


def _lasting(began: float, ended: float, customer: str) -> list[Row]:
    """A call of a customer who calls little: for days, if its source is right."""
    at = FIRST + timedelta(days=began)
    return [
        {
            "call_id": f"{customer}-{began}",
            "queued_at": at,
            "outcome": "answered",
            "answered_at": at,
            "ended_at": FIRST + timedelta(days=ended),
            "talk_seconds": 100.0,
            "queue": "sales",
            "agent": "A1",
            "customer_key": customer,
            "reason": "billing",
            "source_dataset": DATASETS[0],
        }
    ]


def _origin(dataset: str) -> Row:
    return {
        "source_dataset": dataset.removeprefix("files_"), "source_file": "a.csv", "source_row": 1,
    }  # fmt: skip


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _contacts() -> list[Row]:
    """Half of the customers; every third of them calls with two keys, and segments change."""
    people = []
    for person in range(1, CUSTOMERS // 2):
        for day, segment in ((0, "small"), (100, "large")):
            people.append(
                {
                    "id": person,
                    "phone_key": f"key-{person}",
                    "email_key": f"key-{CUSTOMERS - person}" if person % 3 == 0 else None,
                    "segment": segment,
                    "created_at": FIRST,
                    "updated_at": FIRST + timedelta(days=day),
                    "archived": False,
                }
            )
    return people


def _lists() -> dict[str, list[Row]]:
    changed = FIRST + timedelta(days=135)
    queues = [
        {"queue_id": queue, "name": queue, "channel": "voice", "timezone": zone, "client": client,
         "schedule_id": schedule, "brand": brand, "valid_from": since}
        for queue, zone, client, schedule, brand, since in (
            ("sales", "Europe/Helsinki", "north", "office", "old", FIRST - timedelta(days=300)),
            ("sales", "Europe/Helsinki", "south", "office", "new", changed),
            ("support", "Europe/Stockholm", "south", "always", "old", None),
            ("night", "UTC", "north", None, "old", None),
        )
    ]  # fmt: skip
    schedules = [
        {"schedule_id": schedule, "timezone": "Europe/Helsinki", "weekday": day,
         "open_time": opens, "close_time": closes}
        for day in range(7)
        for schedule, opens, closes in (("office", "08:00", "21:30"), ("always", "00:00", "24:00"))
    ]  # fmt: skip
    agents = [
        {"agent_id": agent, "team": team, "employer": "north" if agent[0] == "A" else "partner",
         "hired_at": FIRST - timedelta(days=10), "valid_from": since}
        for agent in AGENTS
        for team, since in (("red", FIRST - timedelta(days=300)), ("blue", changed))
    ]  # fmt: skip
    reasons = [
        {"reason_id": reason, "l1": l1, "l2": l2, "reason_family": family,
         "value_category": "both", "resolvable_at_first_level": reason != "delivery"}
        for reason, l1, l2, family in (
            ("billing", "money", "bill", "question"), ("invoice", "money", "bill", "question"),
            ("delivery", "goods", None, "question"), ("complaint", "goods", "bad", "complaint"),
        )
    ]  # fmt: skip
    months = [date(2025 + (9 + month) // 12, (9 + month) % 12 + 1, 1) for month in range(7)]
    finance = [
        {"cost_centre": "CC", "month": month, "opex": 10_000.0, "operating_cash_flow": 1.0}
        for month in months
    ]
    prices = [
        {"agreement_id": agreement, "client": client, "channel": "phone", "model": model,
         "unit_price": 2.5 - band / 1000, "minute_price": 0.7, "rounding": rounding,
         "band_from": band, "billable_rule": rule, "valid_from": since}
        for agreement, client, model, rounding, rule, since in (
            ("P1", "north", "hybrid", "month", "handled_all", date(2025, 1, 1)),
            ("P2", "south", "handle_time", "contact", "offered", date(2025, 1, 1)),
            ("P3", "south", "unit", "month", "handled", date(2026, 2, 16)),
        )
        for band in (0, 300, 600)
    ]  # fmt: skip
    targets = [
        {"metric_id": "service_level", "channel": "phone", "queue": "sales", "owner": "ops",
         "threshold_seconds": seconds, "target": 0.8, "valid_from": since}
        for seconds, since in ((10.0, date(2025, 1, 1)), (20.0, date(2026, 3, 1)))
    ]  # fmt: skip
    return {
        "queues": queues, "schedules": schedules, "agents": agents, "reasons": reasons,
        "finance_months": finance, "price_agreements": prices, "targets": targets,
    }  # fmt: skip
