"""The live process at work on a home, and what it has published."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from tests.drills.small_centre import Centre, start
from tests.end_to_end.conftest import Home

MODULE = "orchestration.live_worker"
LIVE_LIMIT_SECONDS = int(os.environ.get("LIVE_LIMIT_SECONDS", "120"))
SETTLED_SECONDS = 20
Rows = dict[str, list[tuple[object, ...]]]


@contextmanager
def working(home: Home, **env: str) -> Iterator[subprocess.Popen[str]]:
    """The process while the block runs."""
    process = start(home, MODULE, **env)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def live_rows(home: Home) -> Rows:
    """The live marts, without what depends on when they were made."""
    with duckdb.connect(str(home.path / "serving" / "live.duckdb"), read_only=True) as connection:
        return {
            name: connection.execute(f"select * from realtime.{name} order by all").fetchall()
            for name in ("kpi_realtime_queues", "kpi_realtime_sources")
        }


def settled(home: Home, wanted: Rows | None = None) -> Rows:
    """The live marts once they are as wanted, or have stayed the same for a while.

    The first looks of a live process come in parts.
    """
    rows, since = live_rows(home), time.monotonic()
    limit = since + LIVE_LIMIT_SECONDS
    while rows != wanted and time.monotonic() < min(limit, since + SETTLED_SECONDS):
        time.sleep(0.5)
        if (found := live_rows(home)) != rows:
            rows, since = found, time.monotonic()
    return rows


def wait_until_known(home: Home, centre: Centre) -> None:
    """Wait until the live process at work has published what the vendors had to tell.

    What another one has published before it does not count.
    """
    limit = time.monotonic() + LIVE_LIMIT_SECONDS
    wanted, before = centre.clock.now() - 120, _copy(home)
    while time.monotonic() < limit:
        try:
            known = [row[1] for row in live_rows(home)["kpi_realtime_sources"]]
        except duckdb.Error:
            known = []
        is_known = len(known) == 2 and all(at.timestamp() >= wanted for at in known)
        if is_known and _copy(home) != before:
            return
        time.sleep(0.5)
    raise AssertionError((home.path / "live").is_dir())


def _copy(home: Home) -> int | None:
    """Which file is the published copy: each publish is another one."""
    path = home.path / "serving" / "live.duckdb"
    return path.stat().st_ino if path.exists() else None
