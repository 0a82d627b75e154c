"""kill -9 at random moments: the next run completes, nothing is lost or doubled, nothing left over.

`KILLS=30 KILL_SEED=1 python -m pytest -m drill tests/drills/test_kill.py -s` prints each moment.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import duckdb
import pytest

from tests.drills.small_centre import HOUR, Centre, half_written, killed, moments, served, start
from tests.end_to_end.conftest import Home

KILLS = int(os.environ.get("KILLS", "30"))
SEED = int(os.environ.get("KILL_SEED", "1"))
LIVE_LIMIT_SECONDS = int(os.environ.get("LIVE_LIMIT_SECONDS", "120"))


def test_a_daily_run_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        began = time.monotonic()
        assert home.daily().returncode == 0
        longest = time.monotonic() - began
        for number, moment in enumerate(moments(KILLS, longest, SEED)):
            centre.clock.advance(HOUR)
            before = home.fingerprints()
            at = killed(start(home, "orchestration.run", "daily"), moment)
            seen = home.fingerprints()
            done = home.daily()
            step = [line for line in done.stdout.splitlines() if line.startswith("failed")]
            print(f"{number}: killed after {moment:.1f} s, {at is not None}, then {step or 'ok'}")
            assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
            assert half_written(home.path) == []
            # Readers saw the last good copy, or the whole new one.
            assert seen in (before, home.fingerprints())
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        killed_home, whole = home.fingerprints(), fresh.fingerprints()
        assert {name for name in whole if whole[name] != killed_home.get(name)} == set()


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


def test_a_live_process_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        home = centre.home(tmp_path / "home")
        for number, moment in enumerate(moments(KILLS, 25.0, SEED)):
            centre.clock.advance(HOUR // 10)
            at = killed(start(home, "orchestration.live_worker", **env), moment)
            print(f"{number}: killed after {moment:.1f} s, {at is not None}")
            assert at is not None, "the live process ended by itself"
            for line in (home.path / "live").glob("cycles.jsonl"):
                assert json.loads(line.read_text().splitlines()[0])
        found = []
        for each in (home, centre.home(tmp_path / "fresh")):
            process = start(each, "orchestration.live_worker", **env)
            try:
                wait_until_known(each, centre)
            finally:
                process.terminate()
                process.communicate(timeout=60)
            assert half_written(each.path) == []
            found.append(live_rows(each))
        assert found[0] == found[1]


@pytest.mark.parametrize("jobs", [("daily", "daily"), ("daily", "weekly")])
def test_two_operators_who_start_at_once_both_come_to_an_end(
    tmp_path: Path, jobs: tuple[str, str]
) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        centre.clock.advance(HOUR)
        both = [start(home, "orchestration.run", job) for job in jobs]
        ends = [process.communicate(timeout=600)[0] for process in both]
        print(*ends, sep="\n")
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        assert home.fingerprints() == fresh.fingerprints()
        assert [process.returncode for process in both] == [0, 0], ends
