"""How long the lake keeps what: a setting by table, and its application.

In: the file that `KONTAKTI_RETENTION` names (default `ingestion/retention.yml`, which keeps all):

    zendesk.ticket_events: {days: 730, by: occurred_at}
    files_acme_calls.calls: {days: 400, by: queued_at}

Out: rows of those tables older than that, counted back from the newest value of the column in the
table, are gone from the lake; rows without a value stay. What was built of them must be built
again: `python -m orchestration.erase --old` does both. Run alone: `python -m ingestion retain`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.erasure import tables_of
from ingestion.home import lake_folder
from ingestion.lake_files import remove_rows, table_files
from ingestion.pipelines import alone
from ingestion.table_settings import TableSettings

RETENTION_VARIABLE: Final = "KONTAKTI_RETENTION"
_FILE: Final = TableSettings(
    "retention",
    RETENTION_VARIABLE,
    Path(__file__).resolve().parent / "retention.yml",
    "Write: <dataset>.<table>: {days: 730, by: <column>}",
)


@dataclass(frozen=True, slots=True)
class Retention:
    """One table's setting: rows whose `by` is more than `days` before the newest one go."""

    dataset: str
    table: str
    days: int
    by: str


def settings() -> list[Retention]:
    """The setting in force.

    Raises:
        SettingInvalid: The file cannot be read, or names a table or column that is not there.
    """
    return [_checked(str(name), entry) for name, entry in _FILE.read().items()]


def _checked(name: str, entry: Any) -> Retention:
    dataset, _, table = name.partition(".")
    declared = tables_of(dataset).get(table)
    if declared is None:
        raise _FILE.invalid(f"names {name}, which no source lands")
    if not isinstance(entry, Mapping) or set(entry) != {"days", "by"}:
        raise _FILE.invalid(f"gives {name} something else than days and by")
    times = [c.name for c in declared.columns if c.kind in {"timestamp", "date"}]
    if entry["by"] not in times:
        raise _FILE.invalid(f"counts {name} by {entry['by']}, which is none of {', '.join(times)}")
    if not isinstance(entry["days"], int) or entry["days"] < 1:
        raise _FILE.invalid(f"keeps {name} for {entry['days']} days")
    return Retention(dataset, table, entry["days"], entry["by"])


def retain() -> dict[str, int]:
    """Apply the setting.

    Returns:
        Rows removed by `dataset.table`; tables that keep all are not in it.

    Raises:
        SettingInvalid: The setting cannot be meant.
        LandingBusy: A dataset is being landed right now.
    """
    removed: dict[str, int] = {}
    for rule in settings():
        with alone(rule.dataset):
            files = list(table_files(lake_folder(), rule.dataset, rule.table))
            newest = [_newest(path, rule.by) for path in files]
            known = [moment for moment in newest if moment is not None]
            if not known:
                continue
            limit = max(known) - timedelta(days=rule.days)
            too_old = partial(_old, by=rule.by, limit=limit)
            rows = sum(remove_rows(path, too_old) for path in files)
        if rows:
            removed[f"{rule.dataset}.{rule.table}"] = rows
    return removed


def _moments(rows: pa.Table, by: str) -> pa.ChunkedArray:
    return rows.column(by).cast(pa.timestamp("us"))


def _newest(path: Path, by: str) -> datetime | None:
    moment: datetime | None = pc.max(_moments(pq.read_table(path, columns=[by]), by)).as_py()
    return moment


def _old(rows: pa.Table, by: str, limit: datetime) -> pa.ChunkedArray:
    return pc.less(_moments(rows, by), pa.scalar(limit, pa.timestamp("us")))
