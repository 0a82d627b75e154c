"""kill -9 at random moments: the next run completes, nothing is lost or doubled, nothing left over.

`KILLS=30 KILL_SEED=1 python -m pytest -m drill tests/drills/test_kill.py -s` prints each moment.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from orchestration.live_home import LiveHome
from tests.drills.live_process import (
    MODULE,
    live_rows,
    settled,
    wait_until_known,
    working,
)
from tests.drills.small_centre import (
    HOUR,
    Killed,
    half_written,
    killed,
    moments,
    restore,
    served,
    start,
)
from tests.end_to_end.conftest import RUN_LIMIT_SECONDS, Home

KILLS = int(os.environ.get("KILLS", "30"))
SEED = int(os.environ.get("KILL_SEED", "1"))


def kills(home: Home, kept: Path, longest: float, *module: str, **env: str) -> Iterator[Killed]:
    """Start a module on the same home over and over, and kill it at a random moment each time."""
    for moment in moments(longest, SEED):
        restore(home, kept)
        dead = killed(start(home, *module, **env), moment)
        if dead is not None:
            yield dead
            continue
        print(f"ended by itself within {moment:.1f} s: no kill, not counted", flush=True)


def stage(said: str) -> str:
    """What a run that was killed was at: the steps that it began and did not end."""
    begun: list[str] = []
    for line in said.splitlines():
        phase, _, rest = line.partition(" ")
        if phase == "started":
            begun.append(rest.split()[0])
        elif phase in {"succeeded", "failed"} and rest.split()[0] in begun:
            begun.remove(rest.split()[0])
    return ", ".join(begun) or ("between two steps" if "started" in said else "starting")


def test_a_daily_run_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home, kept = centre.home(tmp_path / "home"), tmp_path / "kept"
        assert home.daily().returncode == 0
        shutil.copytree(home.path, kept, symlinks=True)
        before = home.fingerprints()
        centre.clock.advance(HOUR)
        began = time.monotonic()
        assert home.daily().returncode == 0
        longest, undisturbed = time.monotonic() - began, home.fingerprints()
        assert undisturbed != before
        dead_runs = islice(kills(home, kept, longest, "orchestration.run", "daily"), KILLS)
        for number, dead in enumerate(dead_runs, start=1):
            seen = home.fingerprints()
            done = home.daily()
            left, found = half_written(home.path), home.fingerprints()
            differ = {name for name in undisturbed if undisturbed[name] != found.get(name)}
            print(
                f"{number}: killed after {dead.after:.1f} s of {longest:.1f} s at"
                f" {stage(dead.said)}; the next run ended with {done.returncode}, tables that"
                f" differ from an undisturbed home: {len(differ)}, half written: {len(left)}",
                flush=True,
            )
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
            assert left == []
            assert found == undisturbed, differ
            # Readers saw the last good copy, or the whole new one.
            assert seen in (before, undisturbed)


def test_a_live_process_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        home, kept = centre.home(tmp_path / "home"), tmp_path / "kept"
        with working(home, **env):
            wait_until_known(home, centre)
        shutil.copytree(home.path, kept, symlinks=True)
        centre.clock.advance(HOUR // 10)
        began = time.monotonic()
        with working(home, **env):
            wait_until_known(home, centre)
            longest, undisturbed = time.monotonic() - began, settled(home)
        dead_ones = islice(kills(home, kept, longest + 5, MODULE, **env), KILLS)
        for number, dead in enumerate(dead_ones, start=1):
            beat = LiveHome(home.path).heartbeat()
            phase = beat.phase if beat else "starting"
            seen = live_rows(home)
            with working(home, **env):
                wait_until_known(home, centre)
                found = settled(home, undisturbed)
            left = half_written(home.path)
            print(
                f"{number}: killed after {dead.after:.1f} s at {phase};"
                f" rows as in an undisturbed home: {found == undisturbed}, half written:"
                f" {len(left)}, readers had {len(seen['kpi_realtime_queues'])} rows",
                flush=True,
            )
            assert left == []
            assert found == undisturbed


@pytest.mark.parametrize("jobs", [("daily", "daily"), ("daily", "weekly")])
def test_two_operators_who_start_at_once_both_come_to_an_end(
    tmp_path: Path, jobs: tuple[str, str]
) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        centre.clock.advance(HOUR)
        both = [start(home, "orchestration.run", job) for job in jobs]
        ends = [process.communicate(timeout=RUN_LIMIT_SECONDS)[0] for process in both]
        print(*ends, sep="\n")
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        assert home.fingerprints() == fresh.fingerprints()
        assert [process.returncode for process in both] == [0, 0], ends
