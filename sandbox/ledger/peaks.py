"""Peak days against normal days of the same quarter, like for like (catalogue 6.8 and 6.1).

A stratum is a queue, channel, weekday and hour (volumes: the whole day). What peak days gave in it
counts as often as normal days have it; strata that only one of the two has are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from sandbox.ledger.business_time import BusinessClock, local_day, local_hour, local_midnight
from sandbox.ledger.observation import Observation, Place
from sandbox.ledger.truth import Truth
from sandbox.world.records import World

NORMAL = "normal"


class Stratum(NamedTuple):
    """Where peak and normal days are alike."""

    metric: str
    quarter: date
    queue_code: str
    channel: str
    weekday: int
    hour: int | None


class _Cell(NamedTuple):
    weight: int  # contacts, legs, answers; of volumes open seconds
    amount: int


def day_types(world: World) -> Callable[[str, date], str]:
    """What kind of day a local day is at a queue."""
    holidays = {item.schedule_id: set(item.holidays) for item in world.schedules}
    schedule_of = {queue.code: queue.schedule_id for queue in world.queues}
    spans = [
        (
            set(campaign.queue_codes),
            date.fromisoformat(campaign.starts_on),
            date.fromisoformat(campaign.ends_on) + timedelta(days=campaign.after_effect_days),
        )
        for campaign in world.campaigns
    ]

    def kind(queue_code: str, day: date) -> str:
        is_holiday = day.isoformat() in holidays[schedule_of[queue_code]]
        is_campaign = any(queue_code in codes and a <= day <= b for codes, a, b in spans)
        names = ["campaign"] * is_campaign + ["holiday"] * is_holiday
        return "_".join(names) or NORMAL

    return kind


def _quarter(day: date) -> date:
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


class _Cells:
    """Adds facts up by stratum and day type."""

    def __init__(self, known: Truth) -> None:
        self._zones = {queue.code: queue.timezone for queue in known.world.queues}
        self._kind = day_types(known.world)
        self.found: dict[Stratum, dict[str, _Cell]] = defaultdict(dict)

    def add(self, metric: str, queue: str, channel: str, at: int, amount: int) -> None:
        """One fact at an instant."""
        zone = self._zones[queue]
        self.add_day(metric, queue, channel, local_day(at, zone), local_hour(at, zone), 1, amount)

    def add_day(
        self,
        metric: str,
        queue: str,
        channel: str,
        day: date,
        hour: int | None,
        weight: int,
        amount: int,
    ) -> None:
        """Facts of a local day and hour."""
        stratum = Stratum(metric, _quarter(day), queue, channel, day.weekday(), hour)
        cells, kind = self.found[stratum], self._kind(queue, day)
        before = cells.get(kind, _Cell(0, 0))
        cells[kind] = _Cell(before.weight + weight, before.amount + amount)


def _add_volumes(known: Truth, cells: _Cells) -> None:
    day = known.day_of()
    queues = {queue.code: queue for queue in known.world.queues}
    clocks = {item.schedule_id: BusinessClock(item) for item in known.world.schedules}
    offered = Counter(
        (row.contact.queue_code, row.contact.channel, day(row.queued_at, row.contact.queue_code))
        for row in known.contacts
        if row.is_offered and row.queued_at is not None and row.contact.queue_code is not None
    )
    first = min(day(row.started_at, row.contact.queue_code) for row in known.contacts)
    today = day(known.as_of, None)
    for code, channel in {(code, channel) for code, channel, _ in offered}:
        at, queue = first, queues[code]
        while at < today:
            after = at + timedelta(days=1)
            midnights = (local_midnight(at, queue.timezone), local_midnight(after, queue.timezone))
            open_seconds = clocks[queue.schedule_id].between(*midnights)
            came = offered[code, channel, at]
            cells.add_day("volume_peak_ratio", code, channel, at, None, open_seconds, came)
            at = after


def _cells(known: Truth) -> dict[Stratum, dict[str, _Cell]]:
    cells = _Cells(known)
    rows = {row.contact.contact_no: row for row in known.contacts}
    for row in known.contacts:
        queue = row.contact.queue_code
        if row.is_service_level_due and row.queued_at is not None and queue is not None:
            met = int(row.is_service_level_met)
            cells.add("peak_gap_service_level", queue, row.contact.channel, row.queued_at, met)
    for leg in known.legs:
        seconds = leg.handle_seconds
        cells.add("peak_gap_aht", leg.queue_code, leg.channel, leg.connected_at, seconds)
    for answer in known.answers:
        if answer.metric != "csat_score" or answer.contact_no is None:
            continue
        row = rows[answer.contact_no]
        queue = row.contact.queue_code
        if queue is not None:
            at = row.started_at if row.queued_at is None else row.queued_at
            cells.add("peak_gap_csat", queue, row.contact.channel, at, answer.points)
    _add_volumes(known, cells)
    return cells.found


def peak_observations(known: Truth) -> Iterator[Observation]:
    """One observation a stratum and kind of peak day, on the first day of the quarter."""
    for stratum, cells in _cells(known).items():
        normal = cells.get(NORMAL)
        if normal is None or not normal.weight:
            continue
        for kind, peak in cells.items():
            if kind == NORMAL or not peak.weight:
                continue
            place = Place(stratum.channel, stratum.queue_code, None, stratum.quarter, kind)
            expected = Fraction(normal.weight * peak.amount, peak.weight)
            if stratum.hour is None:
                yield Observation(stratum.metric, place, expected, normal.amount)
            else:
                yield Observation(stratum.metric, place, expected - normal.amount, normal.weight)
