"""Schedules over the changes of the clocks and New Year: no period lost or doubled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration.defs.cadences import CRONS
from orchestration.defs.maintenance import CRON
from orchestration.periods import BEGINNINGS, as_of, due, partitions_of
from orchestration.settings import Settings

SETTINGS = Settings()
# Clocks go back on 26 October 2025 and forward on 29 March 2026.
SPANS = {
    "autumn": (datetime(2025, 10, 25, tzinfo=UTC), datetime(2025, 11, 4, tzinfo=UTC)),
    "new year": (datetime(2025, 12, 28, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC)),
    "spring": (datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 4, 7, tzinfo=UTC)),
}


def ticks(cron: str, span: str) -> Iterator[datetime]:
    begin, end = SPANS[span]
    times = schedule_execution_time_iterator(
        begin.timestamp(), cron, SETTINGS.timezone, ascending=True
    )
    for at in times:
        if at >= end:
            return
        yield at


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("cadence", BEGINNINGS)
def test_each_period_is_run_once_within_hours_of_its_end(cadence: str, span: str) -> None:
    last: str | None = None
    ran: list[str] = []
    for at in ticks(CRONS[cadence], span):
        keys = due(cadence, SETTINGS, at, last)
        behind = at.astimezone(UTC).replace(tzinfo=None) - as_of(cadence, keys[-1], SETTINGS)
        assert timedelta(0) < behind < timedelta(hours=9)
        ran += keys
        last = keys[-1]
    if not ran:
        assert cadence == "quarterly", "no quarter ends in this span"
        return
    ended = list(partitions_of(cadence, SETTINGS).get_partition_keys(current_time=at))
    assert ran == ended[-len(ran) :]


@pytest.mark.parametrize(("span", "odd"), [("autumn", [25]), ("new year", []), ("spring", [23])])
def test_days_touch_and_are_as_long_as_the_clocks_make_them(span: str, odd: list[int]) -> None:
    begin, end = (moment.date().isoformat() for moment in SPANS[span])
    days = partitions_of("daily", SETTINGS)
    keys = days.get_partition_keys(current_time=SPANS[span][1])
    windows = [days.time_window_for_partition_key(key) for key in keys if begin <= key < end]
    hours = [(w.end.timestamp() - w.start.timestamp()) / 3600 for w in windows]
    assert [length for length in hours if length != 24] == odd
    assert all(day.end.timestamp() == after.start.timestamp() for day, after in pairwise(windows))


@pytest.mark.parametrize("span", SPANS)
def test_a_tick_a_day_and_one_maintenance_a_week_whatever_the_clocks_do(span: str) -> None:
    days = [at.date() for at in ticks(CRONS["daily"], span)]
    weeks = [at.date() for at in ticks(CRON, span)]
    assert {(after - day).days for day, after in pairwise(days)} == {1}
    assert {(after - week).days for week, after in pairwise(weeks)} == {7}
