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


@contextmanager
def working(home: Home, **env: str) -> Iterator[subprocess.Popen[str]]:
    """The process while the block runs."""
    process = start(home, MODULE, **env)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def live_rows(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """The live marts, without what depends on when they were made."""
    with duckdb.connect(str(home.path / "serving" / "live.duckdb"), read_only=True) as connection:
        return {
            name: connection.execute(f"select * from realtime.{name} order by all").fetchall()
            for name in ("kpi_realtime_queues", "kpi_realtime_sources")
        }


def wait_until_known(home: Home, centre: Centre) -> None:
    """Wait until a live process has published what the vendors had to tell."""
    limit = time.monotonic() + LIVE_LIMIT_SECONDS
    wanted = centre.clock.now() - 120
    while time.monotonic() < limit:
        try:
            known = [row[1] for row in live_rows(home)["kpi_realtime_sources"]]
        except duckdb.Error:
            known = []
        if len(known) == 2 and all(at.timestamp() >= wanted for at in known):
            return
        time.sleep(0.5)
    raise AssertionError((home.path / "live").is_dir())
