"""What `make live` starts shows fresh figures within minutes, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import psutil  # type: ignore[import-untyped]

from tests.drills.small_centre import free_port
from tests.end_to_end.conftest import PROJECT

SECONDS, GRACE_SECONDS = 240, 60


def processes_of(home: Path) -> list[str]:
    """Command lines of the processes that were told of this home."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("KONTAKTI_HOME") == str(home):
                found.append(" ".join(process.cmdline()))
    return found


def test_a_live_centre_runs_for_minutes_and_ends_whole(tmp_path: Path) -> None:
    home = tmp_path / "home"
    command = [
        sys.executable, "-m", "demo.live", "--days", "3", "--contacts-per-day", "2000",
        "--port", str(free_port()), "--seconds", str(SECONDS),
    ]  # fmt: skip
    env = {name: value for name, value in os.environ.items() if not name.startswith("KONTAKTI_")}
    env["KONTAKTI_HOME"] = str(home)
    done = subprocess.run(
        command,
        check=False,
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        timeout=SECONDS + 180,
    )
    print(done.stdout[-3000:], done.stderr[-2000:])
    assert done.returncode == 0
    ages = [float(age) for age in re.findall(r"read ([0-9.]+) s before", done.stdout)]
    assert len(ages) > 20
    assert max(ages) < 60
    with duckdb.connect(str(home / "serving" / "live.duckdb"), read_only=True) as connection:
        ((offered,),) = connection.execute(
            "select sum(today_offered) from realtime.kpi_realtime_queues"
        ).fetchall()
    assert offered > 0
    # Dagster's code server notices that nobody asks it any more, and ends.
    limit = time.monotonic() + GRACE_SECONDS
    while (left := processes_of(home)) and time.monotonic() < limit:
        time.sleep(1)
    assert left == []
