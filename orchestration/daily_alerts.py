"""Alerts of the day: after the build and before the publish, so that the copy shows them.

Inputs: the warehouse with `kpi_daily_alert_measures` and `fct_source_watermark`. Outputs:
`<home>/alerts.sqlite3`, the table `realtime.fct_alert`, messages.

A source that is a day behind the newest one raises a data alert, and no other rule is looked at
until it is known again: the figures stand as of the oldest source, so they are all old then.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import duckdb

from alerts.store import AlertStore, Measure
from orchestration.alert_tables import measures, write_alerts

STALE_HOURS = 24.0
DATABASE = "warehouse"


def look(home: Path, now: datetime | None = None) -> tuple[int, int]:
    """Evaluate the daily rules and put the alerts into the warehouse.

    Args:
        home: Home whose warehouse nobody else holds.
        now: Naive UTC; by default the instant that the marts stand for, so that a run over the
            same data gives the same alerts.

    Returns:
        Alerts that opened, and that cleared.
    """
    store = AlertStore(home)
    with duckdb.connect(str(home / f"{DATABASE}.duckdb")) as connection:
        data = list(data_measures(connection))
        rules = measures(connection, f"{DATABASE}.daily_voice.kpi_daily_alert_measures")
        is_stale = any(measure.is_beyond for measure in data)
        done = store.evaluate(data if is_stale else [*data, *rules], now or _as_of(connection))
        write_alerts(connection, DATABASE, store)
    return done


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime:
    """Of the marts; of an empty warehouse any instant will do, since it has no measures."""
    rows: list[tuple[datetime | None]] = connection.execute(
        "select max(as_of_at) from core.fct_contact"
    ).fetchall()
    return rows[0][0] or datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in DuckDB


def data_measures(connection: duckdb.DuckDBPyConnection) -> Iterable[Measure]:
    """One measure a source: how far it is behind the newest."""
    rows: list[tuple[str, datetime]] = connection.execute(
        "select source_system, min(watermark_at) from core.fct_source_watermark group by 1"
    ).fetchall()
    newest = max((at for _, at in rows), default=None)
    for source, known_until in rows:
        behind = (newest - known_until).total_seconds() / 3600 if newest else 0.0
        yield Measure(
            rule_id="source_behind",
            metric_id="data_freshness_minutes",
            severity="critical",
            queue_id=None,
            channel=source,
            value=behind * 60,
            n=1,
            low=None,
            high=None,
            threshold=STALE_HOURS * 60,
            period_at=known_until.replace(second=0, microsecond=0),
            persistence=1,
            is_beyond=behind > STALE_HOURS,
            is_back=behind <= STALE_HOURS * 0.9,
            watermark_at=known_until,
        )
