"""The vendors down for an hour: said, nothing published that lacks them, red, and caught up with.

Freshness is judged by Dagster's own evaluators, which its daemon calls; the hour is the clock of
the simulated centre, and the deadlines that Dagster looks at are reached by setting its clock.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.definitions.freshness import FreshnessState
from dagster._core.definitions.freshness_evaluator import (
    CronFreshnessPolicyEvaluator,
    TimeWindowFreshnessPolicyEvaluator,
)
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time

from orchestration.instance import open_instance
from orchestration.live_home import LiveHome
from orchestration.loading import load_definitions
from orchestration.settings import Settings
from orchestration.translators import LIVE_KEY
from sandbox.vendors.faults import ALWAYS, Fault
from tests.drills.live_process import live_rows, settled, wait_until_known, working
from tests.drills.small_centre import HOUR, Centre, served
from tests.end_to_end.conftest import Home

FACT = dg.AssetKey(["core", "fct_contact"])
# The requests' own patience, which is minutes, is not what is tried here.
IMPATIENT = {"RUNTIME__REQUEST_MAX_ATTEMPTS": "2"}
LIMIT_SECONDS = 120


def down(centre: Centre, *vendors: str) -> None:
    for vendor in vendors:
        centre.server.faults.order(Fault(vendor, "status_503", times=ALWAYS))


def freshness(home: Home, key: dg.AssetKey, at: datetime) -> FreshnessState:
    """How Dagster judges an asset at an instant."""
    node = load_definitions().resolve_asset_graph().get(key)
    is_live = key == LIVE_KEY
    judge = TimeWindowFreshnessPolicyEvaluator() if is_live else CronFreshnessPolicyEvaluator()
    with open_instance(Settings(home=home.path)) as instance, freeze_time(at):
        return asyncio.run(judge.evaluate_freshness(LoadingContextForTest(instance), node))


def test_a_daily_run_says_who_is_down_and_the_next_one_catches_up(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        home.env |= IMPATIENT
        assert home.daily().returncode == 0
        before, now = home.fingerprints(), datetime.now(UTC)
        assert freshness(home, FACT, now) == FreshnessState.PASS
        down(centre, "zendesk")
        centre.clock.advance(HOUR)
        failed = home.daily()
        print(failed.stdout)
        assert failed.returncode != 0
        assert "zendesk" in failed.stdout
        assert "503" in failed.stdout
        assert home.fingerprints() == before, "readers keep the last good copy"
        # Nobody has mended it by the next morning's deadline.
        morning = (now + timedelta(days=1)).replace(hour=9)
        assert freshness(home, FACT, morning) == FreshnessState.FAIL
        centre.server.faults.clear()
        assert home.daily().returncode == 0
        assert freshness(home, FACT, datetime.now(UTC)) == FreshnessState.PASS
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        assert home.fingerprints() == fresh.fingerprints()


def until(what: Callable[[], bool]) -> None:
    limit = time.monotonic() + LIMIT_SECONDS
    while not what():
        assert time.monotonic() < limit
        time.sleep(0.5)


def test_a_live_process_lives_through_it_and_shows_everything_afterwards(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC", **IMPATIENT}
        home = centre.home(tmp_path / "home")
        live = LiveHome(home.path)
        with working(home, **env) as process:
            wait_until_known(home, centre)
            before = settled(home)
            down(centre, "zendesk", "twilio")
            centre.clock.advance(HOUR)
            time.sleep(30)
            assert process.poll() is None
            assert live_rows(home) == before, "readers keep the last good copy"
            later = datetime.now(UTC) + timedelta(minutes=6)
            assert freshness(home, LIVE_KEY, later) == FreshnessState.FAIL
            centre.server.faults.clear()
            wait_until_known(home, centre)
            until(lambda: freshness(home, LIVE_KEY, datetime.now(UTC)) == FreshnessState.PASS)
            cycle = live.last_cycle()
            assert cycle is not None
            print(cycle)
        fresh = centre.home(tmp_path / "fresh")
        with working(fresh, **env):
            wait_until_known(fresh, centre)
        assert live_rows(home) == live_rows(fresh)
