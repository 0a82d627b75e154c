"""A run for a period and another run of the same home at once: neither is built into the other.

Dagster's clock is set to the centre's, so that its periods end where the data does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from orchestration.instance import open_instance
from orchestration.periods import APART_TAG, PARTITION_TAG, as_of, shown_until
from orchestration.settings import Settings
from tests.drills.small_centre import HOUR, served
from tests.end_to_end.conftest import NOON, PROJECT, RUN_LIMIT_SECONDS, Home

DAY_BEFORE, YESTERDAY = "2026-04-13", "2026-04-14"
THE_PERIOD, A_LATER_MOMENT = ("daily", YESTERDAY), ("daily",)
RUN = """
import sys
from datetime import datetime
from dagster._core.test_utils import freeze_time
from orchestration import run
with freeze_time(datetime.fromisoformat(sys.argv[1])):
    sys.exit(run.main(*sys.argv[2:]))
"""


def begin(home: Home, *job: str) -> subprocess.Popen[str]:
    """A job, and the period that it is for, at work on a home."""
    now = datetime.fromtimestamp(NOON, UTC).isoformat()
    return subprocess.Popen(
        [sys.executable, "-c", RUN, now, *job],
        cwd=PROJECT,
        env={
            **os.environ, **home.env, "KONTAKTI_HOME": str(home.path), "PYTHONUNBUFFERED": "1",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def ended(*processes: subprocess.Popen[str]) -> None:
    """Wait until all have ended well."""
    for process in processes:
        said, _ = process.communicate(timeout=RUN_LIMIT_SECONDS)
        print(said)
        assert process.returncode == 0, said


def built_apart(home: Home, period: str) -> str | None:
    """What the newest run for a period has decided."""
    of_period = dg.RunsFilter(tags={PARTITION_TAG: period})
    with open_instance(Settings(home=home.path)) as instance:
        (run,) = instance.get_runs(of_period, limit=1)
    return run.tags.get(APART_TAG)


def shown(path: Path) -> datetime | None:
    return shown_until(Settings(home=path))


def test_a_past_day_beside_the_daily_run(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home, fresh = centre.home(tmp_path / "home"), centre.home(tmp_path / "fresh")
        ended(begin(home, "daily"))
        centre.clock.advance(HOUR)
        both = begin(home, "daily", DAY_BEFORE), begin(home, "daily")
        ended(*both)
        past = Home(home.path / "periods" / f"daily-{DAY_BEFORE}", {})
        assert built_apart(home, DAY_BEFORE) == "true"
        assert shown(past.path) == as_of("daily", DAY_BEFORE, Settings())
        beside = past.fingerprints()
        ended(begin(fresh, "daily"))
        assert home.fingerprints() == fresh.fingerprints()
        # The same loads again, and nobody else at work.
        shutil.rmtree(past.path)
        ended(begin(home, "daily", DAY_BEFORE))
        assert past.fingerprints() == beside
        assert home.fingerprints() == fresh.fingerprints()


def test_the_newest_day_and_a_later_moment_at_once(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home, fresh = centre.home(tmp_path / "home"), centre.home(tmp_path / "fresh")
        both = begin(home, *THE_PERIOD), begin(home, *A_LATER_MOMENT)
        seen: list[datetime] = []
        while any(process.poll() is None for process in both):
            now = shown(home.path)
            if now and [now] != seen[-1:]:
                seen.append(now)
            time.sleep(0.2)
        ended(*both)
        midnight = as_of("daily", YESTERDAY, Settings())
        apart, past = built_apart(home, YESTERDAY), home.path / "periods" / f"daily-{YESTERDAY}"
        print(f"built apart: {apart}; readers saw {', '.join(map(str, seen))}")
        assert seen == sorted(seen), "readers never see the marts go back"
        assert past.is_dir() == (apart == "true")
        if past.is_dir():
            assert shown(past) == midnight
        # Where both were built in the home, it is as whoever built last left it.
        ended(begin(fresh, *(THE_PERIOD if seen[-1] == midnight else A_LATER_MOMENT)))
        assert home.fingerprints() == fresh.fingerprints()
