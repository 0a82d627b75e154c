"""Measures of alert rules as dbt's models give them, and the table of alerts for readers.

Inputs: `kpi_realtime_alert_measures` or `kpi_daily_alert_measures`, which have the same columns.
Outputs: measures for the store; `realtime.fct_alert` in the database that is published.
"""

# ruff: noqa: S608 - names are constants, and values are quoted here

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

import duckdb

from alerts.store import AlertStore, Measure

# What each column is, for readers of the published copies.
COLUMNS = {
    "alert_id": ("bigint", "Number of the alert."),
    "rule_id": ("varchar", "Rule that opened it."),
    "metric_id": ("varchar", "Metric of the KPI catalogue that the rule looks at."),
    "severity": ("varchar", "warn or critical."),
    "queue_id": ("varchar", "Queue; null for a channel as a whole, or a source."),
    "channel": ("varchar", "Channel, or the source of a data alert."),
    "value": ("double", "The metric when the alert opened."),
    "n": ("bigint", "Contacts or answers that it was made of."),
    "low": ("double", "Lower end of its interval, or the lower control limit."),
    "high": ("double", "Upper end of its interval, or the upper control limit."),
    "threshold": ("double", "What it was compared with."),
    "watermark_at": ("timestamp", "How far the data was known (UTC)."),
    "opened_at": ("timestamp", "When the alert opened (UTC)."),
    "cleared_at": ("timestamp", "When it cleared (UTC); null while it is open."),
}
TABLE_TEXT = "One row per alert of the live path and of the daily job, open ones included."


def measures(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[Measure]:
    """The measures that a model holds."""
    rows: list[tuple[Any, ...]] = connection.execute(
        "select rule_id, metric_id, severity, queue_id, channel, figure, n, low, high, threshold,"
        f" period_at, persistence, is_beyond, is_back, as_of_at from {relation}"
        # Alerts are numbered as they open: the same measures give the same numbers.
        " order by rule_id, queue_id, channel, period_at"
    ).fetchall()
    for row in rows:
        is_beyond = None if row[12] is None else bool(row[12])
        yield Measure(*(*row[:12], is_beyond, bool(row[13]), row[14]))


def staleness(
    rule_id: str,
    source: str,
    behind: timedelta,
    limit: timedelta,
    at: datetime,
    known_until: datetime | None,
) -> Measure:
    """The data alert of a source: how far it is behind, in minutes, against what is let pass.

    Args:
        rule_id: Rule that looks.
        source: Source system.
        behind: How far it is behind.
        limit: What is let pass; the alert clears at nine tenths of it.
        at: Instant of the look; its minute is the period.
        known_until: Watermark of the source.
    """
    minute = timedelta(minutes=1)
    return Measure(
        rule_id=rule_id,
        metric_id="data_freshness_minutes",
        severity="critical",
        queue_id=None,
        channel=source,
        value=behind / minute,
        n=1,
        low=None,
        high=None,
        threshold=limit / minute,
        period_at=at.replace(second=0, microsecond=0),
        persistence=1,
        is_beyond=behind > limit,
        is_back=behind <= limit * 0.9,
        watermark_at=known_until,
    )


def write_alerts(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    store: AlertStore,
    until: datetime | None = None,
) -> None:
    """Put every alert where it is published from, as it stood at an instant (naive UTC)."""
    table = f"{database}.realtime.fct_alert"
    columns = ", ".join(f"{name} {kind}" for name, (kind, _) in COLUMNS.items())
    connection.execute(f"create or replace table {table} ({columns})")
    for statement in _comments(table):
        connection.execute(statement)
    if rows := store.rows(until):
        values = ", ".join(f"({', '.join(_literal(cell) for cell in row)})" for row in rows)
        connection.execute(f"insert into {table} values {values}")


def _comments(table: str) -> Iterable[str]:
    yield f"comment on table {table} is {_literal(TABLE_TEXT)}"
    for name, (_, text) in COLUMNS.items():
        yield f"comment on column {table}.{name} is {_literal(text)}"


def _literal(cell: object) -> str:
    if cell is None:
        return "null"
    if isinstance(cell, int | float):
        return repr(cell)
    return "'" + str(cell).replace("'", "''") + "'"
