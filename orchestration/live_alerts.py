"""Alerts of a live cycle: look at the rules' measures, open and clear, publish, send.

Inputs: `kpi_realtime_alert_measures` and how old each source is. Outputs: `<home>/alerts.sqlite3`,
the table `realtime.fct_alert` of the live marts, messages.

A source that is stale raises a data alert, and the rules that look at its contacts are not
evaluated until it is known again: what is shown then is old, not bad.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import duckdb

from alerts.send import deliver, services
from alerts.store import AlertStore, Measure
from live.plan import DATABASE
from orchestration.alert_tables import measures, staleness, write_alerts
from orchestration.settings import Settings

# Catalogue 6.9: data of real time is stale after ten minutes.
STALE = timedelta(minutes=10)
# The rules' longest period. What stood before the live path was down for longer is no row with now.
LONGEST_GAP = timedelta(minutes=15)


class LiveAlerts:
    """The alerts of a home, as a live process looks after them."""

    def __init__(self, settings: Settings) -> None:
        self.store = AlertStore(settings.home_dir)
        self._services = services()

    def look(
        self,
        connection: duckdb.DuckDBPyConnection,
        ages: Mapping[str, float],
        is_sound: bool,
    ) -> None:
        """Evaluate the rules, and put the alerts where they are published from.

        Args:
            connection: Holds the live marts.
            ages: Seconds since each source was last read.
            is_sound: Whether the marts pass their tests; what does not is not judged.
        """
        now = datetime.now(UTC).replace(tzinfo=None)
        known = dict(_watermarks(connection))
        rules = _fresh(connection, ages) if is_sound else ()
        self.store.evaluate([*data_measures(ages, known, now), *rules], now, LONGEST_GAP)
        write_alerts(connection, DATABASE, self.store)

    def send(self) -> None:
        """Send what is due."""
        if self._services:
            deliver(self.store, self._services, datetime.now(UTC).replace(tzinfo=None))


def data_measures(
    ages: Mapping[str, float], known: Mapping[str, datetime], now: datetime
) -> Iterable[Measure]:
    """One measure a source: whether it is stale."""
    for source, age in ages.items():
        behind = timedelta(seconds=age)
        yield staleness("source_stale", source, behind, STALE, now, known.get(source))


def _fresh(connection: duckdb.DuckDBPyConnection, ages: Mapping[str, float]) -> Iterable[Measure]:
    """Measures of the queues whose source is not stale: what is shown then is old, not bad."""
    for measure in measures(connection, f"{DATABASE}.realtime.kpi_realtime_alert_measures"):
        source = (measure.queue_id or "").partition(":")[0]
        if ages.get(source, 0.0) <= STALE.total_seconds():
            yield measure


def _watermarks(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, datetime]]:
    return connection.execute(
        f"select source_system, watermark_at from {DATABASE}.realtime.kpi_realtime_sources"  # noqa: S608
    ).fetchall()
