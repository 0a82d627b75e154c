"""kill -9 at random moments: the next run completes, nothing is lost or doubled, nothing left over.

`KILLS=30 KILL_SEED=1 python -m pytest -m drill tests/drills/test_kill.py -s` prints each moment.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from tests.drills.live_process import MODULE, live_rows, wait_until_known, working
from tests.drills.small_centre import HOUR, half_written, killed, moments, served, start

KILLS = int(os.environ.get("KILLS", "30"))
SEED = int(os.environ.get("KILL_SEED", "1"))


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


def test_a_live_process_killed_at_any_moment_is_made_good_by_the_next(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        home = centre.home(tmp_path / "home")
        for number, moment in enumerate(moments(KILLS, 25.0, SEED)):
            centre.clock.advance(HOUR // 10)
            at = killed(start(home, MODULE, **env), moment)
            print(f"{number}: killed after {moment:.1f} s, {at is not None}")
            assert at is not None, "the live process ended by itself"
            for line in (home.path / "live").glob("cycles.jsonl"):
                assert json.loads(line.read_text().splitlines()[0])
        found = []
        for each in (home, centre.home(tmp_path / "fresh")):
            with working(each, **env):
                wait_until_known(each, centre)
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
