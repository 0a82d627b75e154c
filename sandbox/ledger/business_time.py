"""Business seconds between two instants, by walking local days; the ledger's own clock.

It shares no code with `sandbox.world.calendar`, on purpose.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sandbox.world.records import Schedule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_day(at: int, timezone: str) -> date:
    """The calendar day at an instant in a zone."""
    return (_EPOCH + timedelta(seconds=at)).astimezone(_zone(timezone)).date()


def local_hour(at: int, timezone: str) -> int:
    """The hour that a clock on the wall shows at an instant."""
    return (_EPOCH + timedelta(seconds=at)).astimezone(_zone(timezone)).hour


def local_midnight(day: date, timezone: str) -> int:
    """The instant at which a calendar day begins in a zone."""
    return _unix(day, 0, _zone(timezone))


def _unix(day: date, minute: int, zone: ZoneInfo) -> int:
    hours, minutes = divmod(minute, 60)
    extra, hours = divmod(hours, 24)
    day += timedelta(days=extra)
    local = datetime(day.year, day.month, day.day, hours, minutes, tzinfo=zone)
    return round((local.astimezone(UTC) - _EPOCH).total_seconds())


class BusinessClock:
    """Counts the open seconds of one schedule."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._zone = _zone(schedule.timezone)
        self._open: dict[date, list[tuple[int, int]]] = {}

    def _intervals(self, day: date) -> list[tuple[int, int]]:
        known = self._open.get(day)
        if known is not None:
            return known
        found: list[tuple[int, int]] = []
        if day.isoformat() not in self._schedule.holidays:
            for hours in self._schedule.hours:
                if hours.weekday == day.weekday():
                    found.append(
                        (
                            _unix(day, hours.open_minute, self._zone),
                            _unix(day, hours.close_minute, self._zone),
                        )
                    )
        self._open[day] = found
        return found

    def is_open(self, at: int) -> bool:
        """Whether the schedule is open at an instant."""
        return self.between(at, at + 1) > 0

    def between(self, start: int, end: int) -> int:
        """Open seconds in [start, end); 0 when `end` is not after `start`."""
        if end <= start:
            return 0
        total = 0
        day = local_day(start, self._schedule.timezone)
        last = local_day(end, self._schedule.timezone)
        while day <= last:
            for opens, closes in self._intervals(day):
                total += max(0, min(end, closes) - max(start, opens))
            day += timedelta(days=1)
        return total
