"""Opening hours as the simulation lives them: when a schedule is open, and what comes after.

Input is a `Schedule`; outputs are unix seconds. The ledger has business-time arithmetic of
its own, written separately, so that one mistake cannot hide in both.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import holidays

from sandbox.world.records import Schedule, WeeklyHours

HELSINKI = "Europe/Helsinki"


def local_midnight(day: dt.date, zone: ZoneInfo) -> int:
    """Unix second at which a local day begins."""
    return int(dt.datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def local_date(at: int, zone: ZoneInfo) -> dt.date:
    """Local calendar day of an instant."""
    return dt.datetime.fromtimestamp(at, zone).date()


def finnish_holidays(first_year: int, last_year: int) -> dict[str, str]:
    """Public holidays of Finland by ISO date, both years included."""
    found = holidays.country_holidays(
        "FI", years=range(first_year, last_year + 1), language="en_US"
    )
    return {day.isoformat(): name for day, name in sorted(found.items())}


def make_schedules(start: dt.date) -> list[Schedule]:
    """Live lines Mon-Fri 8-18 and Sat 10-15; the office Mon-Fri 8-16; Helsinki time."""
    closed = finnish_holidays(start.year - 1, start.year + 1)
    weekdays = range(5)
    live = [WeeklyHours(day, 8 * 60, 18 * 60) for day in weekdays]
    live.append(WeeklyHours(5, 10 * 60, 15 * 60))
    office = [WeeklyHours(day, 8 * 60, 16 * 60) for day in weekdays]
    return [
        Schedule("live_fi", "Live lines Finland", HELSINKI, live, dict(closed), 36100001),
        Schedule("office_fi", "Office Finland", HELSINKI, office, dict(closed), 36100002),
    ]


class OpeningHours:
    """A schedule unrolled to unix seconds, one local day at a time."""

    def __init__(self, schedule: Schedule) -> None:
        self.zone = ZoneInfo(schedule.timezone)
        self._schedule = schedule
        self._days: dict[dt.date, list[tuple[int, int]]] = {}

    def on(self, day: dt.date) -> list[tuple[int, int]]:
        """Open intervals [from, to) of a local day, in order; empty when closed."""
        if day not in self._days:
            self._days[day] = self._unroll(day)
        return self._days[day]

    def _unroll(self, day: dt.date) -> list[tuple[int, int]]:
        if day.isoformat() in self._schedule.holidays:
            return []
        return [
            (self._instant(day, hours.open_minute), self._instant(day, hours.close_minute))
            for hours in self._schedule.hours
            if hours.weekday == day.weekday()
        ]

    def _instant(self, day: dt.date, minute: int) -> int:
        # Wall-clock arithmetic first, zone last: right on days of 23 and 25 hours.
        wall = dt.datetime(day.year, day.month, day.day) + dt.timedelta(minutes=minute)  # noqa: DTZ001
        return int(wall.replace(tzinfo=self.zone).timestamp())

    def is_open(self, at: int) -> bool:
        """True in [open, close)."""
        return any(start <= at < end for start, end in self.on(local_date(at, self.zone)))

    def next_open(self, at: int) -> int:
        """`at` itself when open, else the next opening instant."""
        day = local_date(at, self.zone)
        while True:
            for start, end in self.on(day):
                if at < end:
                    return max(at, start)
            day += dt.timedelta(days=1)

    def close_after(self, at: int) -> int:
        """The closing instant of the interval that is open at, or next after, `at`."""
        opened = self.next_open(at)
        day = local_date(opened, self.zone)
        return next(end for start, end in self.on(day) if start <= opened < end)

    def between(self, start: int, end: int) -> int:
        """Open seconds of [start, end)."""
        total, day = 0, local_date(start, self.zone)
        while day <= local_date(end, self.zone):
            total += sum(max(0, min(to, end) - max(at, start)) for at, to in self.on(day))
            day += dt.timedelta(days=1)
        return total

    def add(self, at: int, seconds: int) -> int:
        """The instant at which `seconds` of open time have passed since `at`."""
        left = seconds
        opened = self.next_open(at)
        while True:
            close = self.close_after(opened)
            if opened + left <= close:
                return opened + left
            left -= close - opened
            opened = self.next_open(close)
