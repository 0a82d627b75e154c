"""What is not made again in time turns red in Dagster: each asset by the clock of its cadence.

Judged by the round that Dagster's daemon makes, and read as its UI reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import dagster as dg
import pytest
from dagster._core.definitions.asset_health.asset_freshness_health import AssetFreshnessHealthState
from dagster._core.definitions.asset_health.asset_health import AssetHealthStatus
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph
from dagster._core.loader import LoadingContextForTest
from dagster._core.test_utils import freeze_time
from dagster._daemon.freshness import FreshnessDaemon

from orchestration.freshness import DEADLINES, LIVE_FAIL, LIVE_WARN
from orchestration.translators import cadence_of

HELSINKI = ZoneInfo("Europe/Helsinki")
GREEN, YELLOW, RED = (
    AssetHealthStatus.HEALTHY,
    AssetHealthStatus.WARNING,
    AssetHealthStatus.DEGRADED,
)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
# When a run of each cadence ended, and the deadline of the one after it.
RUNS: Mapping[str, tuple[datetime, datetime]] = {
    "daily": (datetime(2026, 4, 15, 5, 40), datetime(2026, 4, 16, 8, 15)),
    # The clocks go forward in between.
    "weekly": (datetime(2026, 3, 23, 6, 20), datetime(2026, 3, 30, 9, 0)),
    "monthly": (datetime(2025, 12, 1, 6, 50), datetime(2026, 1, 1, 9, 30)),
    "quarterly": (datetime(2026, 1, 1, 7, 20), datetime(2026, 4, 1, 10, 0)),
}


def fed_by(graph: AssetGraph, cadence: str) -> list[dg.AssetKey]:
    found = [key for key in graph.get_all_asset_keys() if cadence_of(key) == cadence]
    assert found
    return found


def colours(
    instance: dg.DagsterInstance, graph: AssetGraph, keys: list[dg.AssetKey], at: datetime
) -> set[AssetHealthStatus]:
    """What the UI shows of some assets after the daemon's round at an instant."""

    async def look() -> set[AssetHealthStatus]:
        daemon, context = FreshnessDaemon(), LoadingContextForTest(instance)
        await asyncio.gather(*(daemon._evaluate_asset(context, graph.get(key)) for key in keys))
        # As of another request: what was loaded before the round is remembered.
        context = LoadingContextForTest(instance)
        states = [AssetFreshnessHealthState.compute_for_asset(key, context) for key in keys]
        return {state.health_status for state in await asyncio.gather(*states)}

    with freeze_time(at.astimezone(HELSINKI)):
        return asyncio.run(look())


def make(instance: dg.DagsterInstance, keys: list[dg.AssetKey], at: datetime) -> None:
    with freeze_time(at.astimezone(HELSINKI)):
        for key in keys:
            instance.report_runless_asset_event(dg.AssetMaterialization(key))


@pytest.mark.parametrize("cadence", DEADLINES)
def test_what_a_cadence_feeds_is_red_from_its_next_deadline_on(
    graph: AssetGraph, cadence: str
) -> None:
    keys = fed_by(graph, cadence)
    ran, deadline = (moment.replace(tzinfo=HELSINKI) for moment in RUNS[cadence])
    with dg.DagsterInstance.ephemeral() as instance:
        make(instance, keys, ran)
        seen = [
            colours(instance, graph, keys, at)
            for at in (ran, deadline - MINUTE, deadline + MINUTE, deadline + timedelta(days=2))
        ]
        assert seen == [{GREEN}, {GREEN}, {RED}, {RED}]
        make(instance, keys, deadline + timedelta(days=2))
        assert colours(instance, graph, keys, deadline + timedelta(days=2)) == {GREEN}


def test_live_marts_are_yellow_and_then_red_within_minutes(graph: AssetGraph) -> None:
    keys = fed_by(graph, "realtime")
    now = datetime(2026, 4, 15, 12, tzinfo=HELSINKI)
    with dg.DagsterInstance.ephemeral() as instance:
        make(instance, keys, now)
        seen = [
            colours(instance, graph, keys, now + age)
            for age in (LIVE_WARN - SECOND, LIVE_WARN + SECOND, LIVE_FAIL + SECOND)
        ]
    assert seen == [{GREEN}, {YELLOW}, {RED}]


def test_every_source_and_mart_has_a_clock(graph: AssetGraph) -> None:
    bare = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if graph.get(key).freshness_policy is None and cadence_of(key) is not None
    ]
    assert bare == []
    without = {key.path[0] for key in graph.get_all_asset_keys() if cadence_of(key) is None}
    assert without == {"staging", "intermediate", "live", "reports"}
