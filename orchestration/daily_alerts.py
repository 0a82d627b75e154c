"""Alerts of the day: after the build and before the publish, so that the copy shows them.

Inputs: the warehouse with `kpi_daily_alert_measures` and `fct_source_watermark`. Outputs:
`<home>/alerts.sqlite3`, the table `realtime.fct_alert`, messages.

A source that is a day behind the newest one, or behind the end of the period that the run is for,
raises a data alert, and no other rule is looked at until it is known again: the figures stand as of
the oldest source, so they are all old then.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from alerts.store import AlertStore, Measure
from orchestration.alert_tables import measures, staleness, write_alerts
from orchestration.periods import AS_OF_VARIABLE

STALE = timedelta(hours=24)
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
        data = list(data_measures(connection, _told_end()))
        rules = measures(connection, f"{DATABASE}.daily_voice.kpi_daily_alert_measures")
        is_stale = any(measure.is_beyond for measure in data)
        until = now or _as_of(connection)
        done = store.evaluate(data if is_stale else [*data, *rules], until)
        write_alerts(connection, DATABASE, store, until)
    return done


def show_told(home: Path, store: AlertStore) -> None:
    """Put the alerts as they stood at a past period's end into its warehouse; tell nobody."""
    with duckdb.connect(str(home / f"{DATABASE}.duckdb")) as connection:
        write_alerts(connection, DATABASE, store, _as_of(connection))


def _as_of(connection: duckdb.DuckDBPyConnection) -> datetime:
    (row,) = connection.execute("select as_of_at from intermediate.int_as_of").fetchall()
    found: datetime = row[0]
    return found


def _told_end() -> datetime | None:
    """The end of the period that the run is for (naive UTC); None for a run that is for none."""
    told = os.environ.get(AS_OF_VARIABLE)
    return datetime.fromisoformat(told) if told else None


def data_measures(
    connection: duckdb.DuckDBPyConnection, end: datetime | None = None
) -> Iterable[Measure]:
    """One measure a source: how far it is behind the newest, and behind the end of the period."""
    rows: list[tuple[str, datetime]] = connection.execute(
        "select source_system, min(watermark_at) from core.fct_source_watermark"
        " group by source_system order by source_system"
    ).fetchall()
    wanted = max([at for _, at in rows] + ([end] if end else []), default=None)
    for source, known_until in rows:
        behind = wanted - known_until if wanted else timedelta(0)
        yield staleness("source_behind", source, behind, STALE, known_until, known_until)
