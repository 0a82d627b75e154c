"""Alerts of a live cycle: look at the rules' measures, open and clear, publish, send.

Inputs: `kpi_realtime_alert_measures` and how old each source is. Outputs: `<home>/alerts.sqlite3`,
the table `realtime.fct_alert` of the live marts, messages.

A source that is stale raises a data alert, and the rules that look at its contacts are not
evaluated until it is known again: what is shown then is old, not bad.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from alerts.send import deliver, services
from alerts.store import AlertStore, Measure
from live.plan import DATABASE
from orchestration.settings import Settings

# Catalogue 6.9: data of real time is stale after ten minutes.
STALE_SECONDS = 600.0
COLUMNS = (
    "alert_id bigint, rule_id varchar, metric_id varchar, severity varchar, queue_id varchar,"
    " channel varchar, value double, n bigint, low double, high double, threshold double,"
    " watermark_at timestamp, opened_at timestamp, cleared_at timestamp"
)


class LiveAlerts:
    """The alerts of a home, as a live process looks after them."""

    def __init__(self, settings: Settings) -> None:
        self.store = AlertStore(settings.home_dir)
        self._services = services()

    def look(self, connection: duckdb.DuckDBPyConnection, ages: Mapping[str, float]) -> None:
        """Evaluate the rules, and put the alerts where they are published from.

        Args:
            connection: Holds the live marts.
            ages: Seconds since each source was last read.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        known = dict(_watermarks(connection))
        measures = [*data_measures(ages, known, now), *_measures(connection, ages)]
        self.store.evaluate(measures, now)
        table = f"{DATABASE}.realtime.fct_alert"
        connection.execute(f"create or replace table {table} ({COLUMNS})")
        rows = self.store.rows()
        if rows:
            values = ", ".join(f"({', '.join(_literal(cell) for cell in row)})" for row in rows)
            connection.execute(f"insert into {table} values {values}")  # noqa: S608 - quoted here

    def send(self) -> None:
        """Send what is due."""
        if self._services:
            deliver(self.store, self._services, datetime.now(UTC).replace(tzinfo=None))


def data_measures(
    ages: Mapping[str, float], known: Mapping[str, datetime], now: datetime
) -> Iterable[Measure]:
    """One measure a source: whether it is stale."""
    for source, age in ages.items():
        yield Measure(
            rule_id="source_stale",
            metric_id="data_freshness_minutes",
            severity="critical",
            queue_id=None,
            channel=source,
            value=age / 60,
            n=1,
            low=None,
            high=None,
            threshold=STALE_SECONDS / 60,
            period_at=now.replace(second=0, microsecond=0),
            persistence=1,
            is_beyond=age > STALE_SECONDS,
            is_back=age <= STALE_SECONDS * 0.9,
            watermark_at=known.get(source),
        )


def _measures(
    connection: duckdb.DuckDBPyConnection, ages: Mapping[str, float]
) -> Iterable[Measure]:
    rows: list[tuple[Any, ...]] = connection.execute(
        "select rule_id, metric_id, severity, queue_id, channel, figure, n, low, high, threshold,"  # noqa: S608
        " period_at, persistence, is_beyond, is_back, as_of_at"
        f" from {DATABASE}.realtime.kpi_realtime_alert_measures"
    ).fetchall()
    for row in rows:
        is_beyond = None if row[12] is None else bool(row[12])
        measure = Measure(*(*row[:12], is_beyond, bool(row[13]), row[14]))
        source = (measure.queue_id or "").partition(":")[0]
        if ages.get(source, 0.0) <= STALE_SECONDS:
            yield measure


def _watermarks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, datetime]]:
    return connection.execute(
        f"select source_system, watermark_at from {DATABASE}.realtime.kpi_realtime_sources"  # noqa: S608
    ).fetchall()


def _literal(cell: object) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, int | float):
        return repr(cell)
    return "'" + str(cell).replace("'", "''") + "'"
