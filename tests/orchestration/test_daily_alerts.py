"""The daily rules open and clear alerts in the warehouse, and old data raises its own instead."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.daily_alerts import look

NOON = datetime(2026, 4, 16, 12)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A warehouse with one measure that is beyond its control limit, and two fresh sources."""
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        for statement in (
            "create schema core; create schema daily_voice; create schema realtime",
            "create table core.fct_source_watermark as select * from (values"
            " ('twilio', 'events', timestamp '2026-04-16 02:00'),"
            " ('zendesk', 'tickets', timestamp '2026-04-16 01:00'))"
            " as t(source_system, resource, watermark_at)",
            "create table daily_voice.kpi_daily_alert_measures as select"
            " 'service_level_control_chart' as rule_id, 'service_level' as metric_id,"
            " 'warn' as severity, null::varchar as queue_id, 'voice' as channel,"
            " 0.5::double as figure,"
            " 400 as n, 0.71::double as low, 0.89::double as high, 0.71::double as threshold,"
            " timestamp '2026-04-15' as period_at, 1 as persistence,"
            " 1 as is_beyond, 0 as is_back,"
            " timestamp '2026-04-16 01:00' as as_of_at",
        ):
            connection.execute(statement)
    return tmp_path


def change(home: Path, statement: str) -> None:
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        connection.execute(statement)


def alerts(home: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select rule_id, channel, value, n, low, high, threshold, watermark_at,"
            " opened_at, cleared_at from realtime.fct_alert order by alert_id"
        ).fetchall()


def test_an_alert_opens_once_and_clears_when_the_figure_is_back(home: Path) -> None:
    assert look(home, NOON) == (1, 0)
    assert look(home, NOON) == (0, 0), "the job ran twice on one day"
    change(home, "update daily_voice.kpi_daily_alert_measures set is_beyond = 0, is_back = 1")
    later = NOON + timedelta(days=1)
    assert look(home, later) == (0, 1)
    assert alerts(home) == [
        ("service_level_control_chart", "voice", 0.5, 400, 0.71, 0.89, 0.71,
         datetime(2026, 4, 16, 1), NOON, later),
    ]  # fmt: skip


def test_an_alert_opens_at_the_instant_that_the_marts_stand_for(home: Path) -> None:
    change(home, "create schema intermediate")
    change(
        home,
        "create table intermediate.int_as_of as select timestamp '2026-04-16 01:00' as as_of_at",
    )
    look(home)
    assert [row[8] for row in alerts(home)] == [datetime(2026, 4, 16, 1)]


def test_a_source_that_stands_still_is_told_and_its_figures_are_not_judged(home: Path) -> None:
    change(
        home,
        "update core.fct_source_watermark set watermark_at = timestamp '2026-04-14 01:00'"
        " where source_system = 'zendesk'",
    )
    assert look(home, NOON) == (1, 0)
    assert [row[:4] for row in alerts(home)] == [("source_behind", "zendesk", 2940.0, 1)]
    change(home, "update core.fct_source_watermark set watermark_at = timestamp '2026-04-16 02:00'")
    assert look(home, NOON + timedelta(days=1)) == (1, 1)


def test_sources_that_stand_still_together_are_told_by_a_run_for_a_later_day(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_AS_OF", "2026-04-17 21:00:00")
    assert look(home, NOON) == (2, 0)
    assert [row[:2] for row in alerts(home)] == [
        ("source_behind", "twilio"),
        ("source_behind", "zendesk"),
    ]
    monkeypatch.setenv("KONTAKTI_AS_OF", "2026-04-15 21:00:00")
    assert look(home, NOON + timedelta(days=1)) == (1, 2)


def test_readers_are_told_what_each_column_is(home: Path) -> None:
    look(home, NOON)
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        bare = connection.execute(
            "select column_name from duckdb_columns() where table_name = 'fct_alert'"
            " and comment is null"
        ).fetchall()
    assert bare == []
