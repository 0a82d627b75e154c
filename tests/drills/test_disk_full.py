"""A full disk during landing, build and publish: said plainly, and the next run is whole.

The home lies on a tmpfs of its own, which needs the right to mount; a file fills it up: before a
landing and a publish start, while dbt builds, and under a live process.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from tests.drills.live_process import live_rows, settled, wait_until_known, working
from tests.drills.small_centre import HOUR, half_written, served, start
from tests.end_to_end.conftest import RUN_LIMIT_SECONDS, Home

SIZE = "600m"
LANDING, PUBLISH = ("ingestion", "land", "zendesk"), ("serving", "publish")
LITTLE, LETS_GO_SECONDS, FULL_SECONDS = 2**20, 60, 30


@contextmanager
def small_disk(path: Path) -> Iterator[Path]:
    path.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a tmpfs is not allowed here")
    try:
        yield path
    finally:
        subprocess.run(["umount", "-l", str(path)], check=True)


@contextmanager
def full(disk: Path, left: int) -> Iterator[None]:
    """Leave so many bytes free."""
    ballast = disk / "ballast"
    wanted = shutil.disk_usage(disk).free - left
    with ballast.open("wb") as file:
        for _ in range(wanted // 2**16):
            file.write(b"\0" * 2**16)
    try:
        yield
    finally:
        ballast.unlink()


def land_on_a_full_disk(home: Home, disk: Path) -> tuple[int, str]:
    with full(disk, 0):
        return _end(start(home, *LANDING))


def build_on_a_disk_that_fills(home: Home, disk: Path) -> tuple[int, str]:
    run = start(home, "orchestration.run", "daily")
    said = []
    for line in run.stdout or ():
        said.append(line)
        if line.startswith("started    build_warehouse"):
            break
    with full(disk, LITTLE):
        status, rest = _end(run)
    return status, "".join(said) + rest


def publish_on_a_full_disk(home: Home, disk: Path) -> tuple[int, str]:
    _wait_for_the_warehouse(home)
    with full(disk, LITTLE):
        return _end(start(home, *PUBLISH))


def _wait_for_the_warehouse(home: Home) -> None:
    """Until the dbt of the run before has let go of it: it ends by itself, a little later."""
    limit = time.monotonic() + LETS_GO_SECONDS
    while True:
        try:
            duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True).close()
            return
        except duckdb.IOException:
            assert time.monotonic() < limit
            time.sleep(0.5)


def _end(process: subprocess.Popen[str]) -> tuple[int, str]:
    said, _ = process.communicate(timeout=RUN_LIMIT_SECONDS)
    return process.returncode, said


def test_a_full_disk_breaks_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre, small_disk(tmp_path / "disk") as disk:
        home = centre.home(disk / "home")
        done = home.daily()
        assert done.returncode == 0, done.stdout + done.stderr
        for stage in (land_on_a_full_disk, build_on_a_disk_that_fills, publish_on_a_full_disk):
            centre.clock.advance(HOUR)
            before = home.fingerprints()
            status, said = stage(home, disk)
            print(f"{stage.__name__}: status {status}\n{said[-1500:]}", file=sys.stderr)
            assert status != 0
            assert "Traceback" not in said
            assert re.search(r"No space left|disk .*is full|free space", said)
            assert home.fingerprints() == before, "readers keep the last good copy"
            assert half_written(home.path) == []
        assert home.daily().returncode == 0
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        whole, found = fresh.fingerprints(), home.fingerprints()
        assert {name for name in whole if whole[name] != found.get(name)} == set()


def test_a_live_process_lives_through_a_full_disk_and_shows_everything_afterwards(
    tmp_path: Path,
) -> None:
    with served(tmp_path / "exports") as centre, small_disk(tmp_path / "disk") as disk:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        home, fresh = centre.home(disk / "home"), centre.home(tmp_path / "fresh")
        with working(home, **env) as process:
            wait_until_known(home, centre)
            before = settled(home)
            with full(disk, 0):
                centre.clock.advance(HOUR // 10)
                time.sleep(FULL_SECONDS)
                assert process.poll() is None
                assert live_rows(home) == before, "readers keep the last good copy"
            wait_until_known(home, centre)
            with working(fresh, **env):
                wait_until_known(fresh, centre)
                wanted = settled(fresh)
            assert settled(home, wanted) == wanted
            assert process.poll() is None
        assert half_written(home.path) == []
