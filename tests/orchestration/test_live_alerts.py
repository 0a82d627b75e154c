"""Each live cycle judges the figures: not those of a stale source, and none that fail a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.live_alerts import STALE, LiveAlerts
from orchestration.settings import Settings

FRESH = {"twilio": 5.0, "zendesk": 5.0}
OLD = {**FRESH, "twilio": STALE.total_seconds() + 1}
LOW = ("service_level_low", "voice")


@pytest.fixture
def marts() -> Iterator[duckdb.DuckDBPyConnection]:
    """A queue of Twilio whose service level has been low for two intervals."""
    with duckdb.connect() as connection:
        for statement in (
            "attach ':memory:' as warehouse",
            "create schema warehouse.realtime",
            "create table warehouse.realtime.kpi_realtime_sources as"
            " select unnest(['twilio', 'zendesk']) as source_system,"
            " timestamp '2026-04-15 12:31' as watermark_at",
            "create table warehouse.realtime.kpi_realtime_alert_measures as"
            " select 'service_level_low' as rule_id, 'service_level' as metric_id,"
            " 'warn' as severity, 'twilio:WQ1' as queue_id, 'voice' as channel,"
            " 0.4::double as figure, 40 as n, 0.26::double as low, 0.55::double as high,"
            " 0.8::double as threshold,"
            " unnest([timestamp '2026-04-15 12:00', timestamp '2026-04-15 12:15']) as period_at,"
            " 2 as persistence, 1 as is_beyond, 0 as is_back,"
            " timestamp '2026-04-15 12:31' as as_of_at",
        ):
            connection.execute(statement)
        yield connection


@pytest.fixture
def alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveAlerts:
    monkeypatch.delenv("KONTAKTI_ALERT_URLS", raising=False)
    return LiveAlerts(Settings(home=tmp_path))


def shown(marts: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Rule and channel of the open alerts that readers are shown."""
    return marts.execute(
        "select rule_id, channel from warehouse.realtime.fct_alert"
        " where cleared_at is null order by alert_id"
    ).fetchall()


@pytest.mark.parametrize(
    ("ages", "is_sound", "opened"),
    [
        (FRESH, True, [LOW]),
        (OLD, True, [("source_stale", "twilio")]),
        ({**FRESH, "zendesk": OLD["twilio"]}, True, [("source_stale", "zendesk"), LOW]),
        (FRESH, False, []),
        (OLD, False, [("source_stale", "twilio")]),
    ],
)
def test_what_is_old_or_fails_its_tests_is_not_judged(
    marts: duckdb.DuckDBPyConnection,
    alerts: LiveAlerts,
    ages: dict[str, float],
    is_sound: bool,
    opened: list[tuple[str, str]],
) -> None:
    alerts.look(marts, ages, is_sound)
    assert shown(marts) == opened


def test_a_source_that_is_read_again_clears_its_alert_and_is_judged_again(
    marts: duckdb.DuckDBPyConnection, alerts: LiveAlerts
) -> None:
    alerts.look(marts, OLD, True)
    alerts.look(marts, FRESH, True)
    assert shown(marts) == [LOW]
