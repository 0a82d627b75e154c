"""Opening hours by a walk over local days with `zoneinfo`: the warehouse's clock is held to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

Interval = tuple[int, int]


@dataclass(frozen=True)
class Schedule:
    """Weekly hours in local minutes by ISO weekday, and the days that have other hours."""

    zone: str
    hours: dict[int, list[Interval]]
    other_days: dict[dt.date, list[Interval]]

    def open_seconds(self, start: dt.datetime, end: dt.datetime) -> int:
        """Whole open seconds in [start, end), both naive UTC."""
        return self.open_time(start, end) // dt.timedelta(seconds=1)

    def open_time(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        """Open time in [start, end), both naive UTC."""
        zone = ZoneInfo(self.zone)
        day, last = start.date() - dt.timedelta(days=2), end.date() + dt.timedelta(days=2)
        spans = []
        while day <= last:
            for opens, closes in self.other_days.get(day, self.hours.get(day.isoweekday(), [])):
                span = (_utc(day, opens, zone), _utc(day, closes, zone))
                spans.append((max(span[0], start), min(span[1], end)))
            day += dt.timedelta(days=1)
        total, counted_to = dt.timedelta(), start
        for opens_at, closes_at in sorted(spans):
            begin = max(opens_at, counted_to)
            if closes_at > begin:
                total += closes_at - begin
                counted_to = closes_at
        return total


def _utc(day: dt.date, minute: int, zone: ZoneInfo) -> dt.datetime:
    local = dt.datetime.combine(day, dt.time()) + dt.timedelta(minutes=minute)
    return local.replace(tzinfo=zone).astimezone(dt.UTC).replace(tzinfo=None)
