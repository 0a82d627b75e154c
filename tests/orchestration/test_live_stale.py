"""Live marts that stand still are told of once, after ten minutes, and once when they go on."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestration.live_stale import look
from orchestration.settings import Settings

NOON = datetime(2026, 4, 15, 12)
MINUTE = timedelta(minutes=1)


def publish(home: Path, at: datetime) -> None:
    copy = home / "serving" / "live.duckdb"
    copy.parent.mkdir(exist_ok=True)
    copy.touch()
    seconds = at.replace(tzinfo=UTC).timestamp()
    os.utime(copy, (seconds, seconds))


def test_it_opens_when_it_lasts_and_clears_with_the_next_publish(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert look(settings, NOON) == (0, 0), "nothing was ever published"
    publish(tmp_path, NOON)
    opened = [minute for minute in range(30) if look(settings, NOON + minute * MINUTE) == (1, 0)]
    assert opened == [10]
    publish(tmp_path, NOON + 30 * MINUTE)
    assert look(settings, NOON + 30 * MINUTE) == (0, 1)


def test_a_process_that_begins_on_an_old_copy_has_time_to_publish(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    publish(tmp_path, NOON - timedelta(days=7))
    # The daemon looked last before the weekend, and found it late by then.
    assert look(settings, NOON - timedelta(days=2)) == (0, 0)
    looks = [look(settings, NOON + minute * MINUTE) for minute in range(4)]
    publish(tmp_path, NOON + 4 * MINUTE)
    looks.append(look(settings, NOON + 4 * MINUTE))
    assert looks == [(0, 0)] * 5
