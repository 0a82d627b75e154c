"""A full disk during landing, build and publish: said plainly, and the next run is whole.

The home lies on a tmpfs of its own, which needs the right to mount; a file fills it up to what a
stage is to find free.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.small_centre import HOUR, half_written, served, start
from tests.end_to_end.conftest import RUN_LIMIT_SECONDS, Home

SIZE = "600m"
STAGES = {
    "landing": (("ingestion", "land", "zendesk"), 0),
    "build": (("orchestration.run", "daily"), 6 * 2**20),
    "publish": (("serving", "publish"), 2**20),
}


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


def ends(home: Home, *module: str) -> tuple[int, str]:
    process = start(home, *module)
    said, _ = process.communicate(timeout=RUN_LIMIT_SECONDS)
    return process.returncode, said


def test_a_full_disk_breaks_nothing_and_the_next_run_completes(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre, small_disk(tmp_path / "disk") as disk:
        home = centre.home(disk / "home")
        done = home.daily()
        assert done.returncode == 0, done.stdout + done.stderr
        for stage, (module, left) in STAGES.items():
            centre.clock.advance(HOUR)
            before = home.fingerprints()
            with full(disk, left):
                status, said = ends(home, *module)
            print(f"{stage}: status {status}\n{said[-1500:]}", file=sys.stderr)
            assert status != 0
            assert "Traceback" not in said
            assert home.fingerprints() == before, "readers keep the last good copy"
            assert half_written(home.path) == []
        assert home.daily().returncode == 0
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        whole, found = fresh.fingerprints(), home.fingerprints()
        assert {name for name in whole if whole[name] != found.get(name)} == set()
