"""What the centre costs and earns, and how the company compares: finance's side of the world.

Derived from the world without a draw of its own, so that nothing else in it changes.

Input: a World. Output: prices of agreements, months of the ledger that have closed, and the waves
of a survey among customers of all companies.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from sandbox.world.calendar import HELSINKI
from sandbox.world.company import COMPANY
from sandbox.world.records import Channel, World

BillingModel = Literal["unit", "handle_time", "hybrid"]
_ZONE = ZoneInfo(HELSINKI)
_ALWAYS = dt.date(2024, 1, 1)
_STAFF_DAY, _OVERHEAD_CONTACT = 148, 0.62  # euros a full-time day, and a contact planned for


@dataclass(frozen=True, slots=True)
class Price:
    """A price of an agreement; of one channel's bands the month's whole volume decides."""

    agreement_id: str
    client: str
    channel: Channel | Literal[""]  # '' = every channel that has no price of its own
    model: BillingModel
    unit_price: float
    minute_price: float
    rounding: Literal["contact", "month", ""]
    billable_rule: Literal["handled", "handled_all", "offered"]
    band_from: int
    band_to: int | None
    valid_from: dt.date


@dataclass(frozen=True, slots=True)
class FinanceMonth:
    """A closed month of a cost centre, euros."""

    cost_centre: str
    month: dt.date
    opex: float
    operating_cash_flow: float


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A figure of one company in one wave of a comparison."""

    source: str
    wave: str
    company: str
    metric: Literal["nps", "csi"]
    value: float
    n: int
    promoters: int | None = None
    detractors: int | None = None


def prices(world: World) -> list[Price]:
    """What the company pays for contacts: calls by bands, chats by the minute, the rest a piece.

    Ten days in, written contacts become dearer.
    """
    day = world.contacts_per_day
    changed = _local_day(world.starts_at) + dt.timedelta(days=10)
    bands = ((0, 5 * day, 4.90), (5 * day + 1, 7 * day, 4.65), (7 * day + 1, None, 4.35))
    return [
        *(
            Price("calls", COMPANY, "voice", "unit", price, 0.92, "contact", "handled", first, last,
                  _ALWAYS)
            for first, last, price in bands
        ),
        Price("calls", COMPANY, "callback", "unit", 4.65, 0.92, "contact", "handled", 0, None,
              _ALWAYS),
        Price("chats", COMPANY, "chat", "handle_time", 5.60, 0.78, "month", "handled", 0, None,
              _ALWAYS),
        Price("social", COMPANY, "social_private", "hybrid", 1.20, 0.35, "", "offered", 0, None,
              _ALWAYS),
        Price("written", COMPANY, "", "unit", 3.80, 0.70, "", "handled_all", 0, None, _ALWAYS),
        Price("written", COMPANY, "", "unit", 3.95, 0.70, "", "handled_all", 0, None, changed),
    ]  # fmt: skip


def finance_months(world: World, now: int) -> list[FinanceMonth]:
    """The ledger's months that had closed by an instant; the first begins with the world."""
    day = _local_day(world.starts_at)
    staff: dict[dt.date, float] = defaultdict(float)
    days: dict[dt.date, int] = defaultdict(int)
    while day < _local_day(now):
        month, at = day.replace(day=1), _noon(day)
        days[month] += 1
        for agent in world.agents:
            spell = agent.spell_at(at)
            if spell.hired_at <= at and not agent.has_left_by(at):
                staff[month] += agent.fte * _STAFF_DAY
        day += dt.timedelta(days=1)
    return list(_booked(world, now, staff, days))


def _booked(
    world: World, now: int, staff: dict[dt.date, float], days: dict[dt.date, int]
) -> Iterator[FinanceMonth]:
    for month in sorted(days):
        if _local_day(now) < (month + dt.timedelta(days=32)).replace(day=1):
            return
        overhead = round(days[month] * world.contacts_per_day * _OVERHEAD_CONTACT, 2)
        yield FinanceMonth("service_staff", month, round(staff[month], 2), 0.0)
        yield FinanceMonth("service_overhead", month, overhead, round(overhead * 3.5, 2))


def benchmarks() -> list[Benchmark]:
    """Two autumns of one survey among customers of three companies, and a national index."""
    panel, index = "Nordic Home Services Panel", "National Satisfaction Index"
    rows = (
        ("2024", COMPANY, 612, 241, 122), ("2024", "Kajo Energia Oy", 655, 275, 111),
        ("2024", "Verkkonen Oy", 498, 164, 133), ("2025", COMPANY, 634, 279, 108),
        ("2025", "Kajo Energia Oy", 671, 276, 116), ("2025", "Verkkonen Oy", 511, 181, 121),
    )  # fmt: skip
    scores = [
        Benchmark(panel, wave, company, "nps", round(100 * (up - down) / n, 1), n, up, down)
        for wave, company, n, up, down in rows
    ]
    return [
        *scores,
        Benchmark(index, "2024", COMPANY, "csi", 72.4, 250),
        Benchmark(index, "2024", "industry", "csi", 73.1, 2_250),
        Benchmark(index, "2025", COMPANY, "csi", 74.6, 250),
        Benchmark(index, "2025", "industry", "csi", 72.8, 2_250),
    ]


def _local_day(at: int) -> dt.date:
    return dt.datetime.fromtimestamp(at, dt.UTC).astimezone(_ZONE).date()


def _noon(day: dt.date) -> int:
    return int(dt.datetime.combine(day, dt.time(12), _ZONE).timestamp())
