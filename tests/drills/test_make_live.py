"""What `make live` starts shows fresh figures within minutes, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).parents[2]
SECONDS, GRACE_SECONDS = 240, 60


def free_port() -> int:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        return int(reserved.getsockname()[1])


def processes_of(home: Path) -> list[str]:
    """Command lines of the processes that were told of this home."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("which processes are left is read from /proc, which is not here")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = f"KONTAKTI_HOME={home}\0".encode() in (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if told:
            found.append(command)
    return found


def test_a_live_centre_runs_for_minutes_and_ends_whole(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    command = [
        sys.executable, "-m", "demo.live", "--days", "3", "--contacts-per-day", "2000",
        "--port", str(port), "--seconds", str(SECONDS),
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
