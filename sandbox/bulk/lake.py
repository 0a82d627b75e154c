"""Writes landed tables: Parquet in the lake's layout, and the mark that ends a load.

Layout: `<home>/lake/<dataset>/<table>/load_date=YYYY-MM-DD/<load_id>.<file_id>.parquet`; a load
counts once `<dataset>/_dlt_loads/<dataset>__<load_id>.jsonl` exists.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Column = Any  # a pyarrow array, chunked or not; the library has no types


class Load:
    """One load of the lake: tables are written to it, then `finish` makes it count."""

    def __init__(self, home: Path, at: int, number: int) -> None:
        """Start a load.

        Args:
            home: the home folder; its `lake/` is written.
            at: unix second the sources were read.
            number: of the load, from 1; later loads have greater ids.
        """
        self.at = at
        self.is_first = number == 1
        self._home = home
        self._id = f"{at}.{number:07d}"
        self._day = datetime.fromtimestamp(at, UTC).date().isoformat()
        self._files = 0
        self._rows: dict[str, dict[str, int]] = {}

    def write(self, dataset: str, table: str, columns: Mapping[str, Column]) -> None:
        """Add rows to a table, as one file."""
        rows = len(next(iter(columns.values())))
        filled = {**columns, "_dlt_load_id": repeated(self._id, rows)}
        folder = self._home / "lake" / dataset / table / f"load_date={self._day}"
        folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        path = folder / f"{self._id}.{self._files:010d}.parquet"
        pq.write_table(pa.table(filled), path, compression="snappy")
        counts = self._rows.setdefault(dataset, {})
        counts[table] = counts.get(table, 0) + rows

    def write_rows(self, dataset: str, table: str, rows: list[dict[str, Any]]) -> None:
        """Add rows given as dictionaries with the same keys."""
        if rows:
            made = pa.Table.from_pylist(rows)
            self.write(dataset, table, {name: made[name] for name in made.column_names})

    def read_again(self) -> None:
        """Have looked for more of whatever the lake holds: each table is known up to this load."""
        for folder in (self._home / "lake").glob("*/[!_]*"):
            if folder.name != "watermarks":
                self._rows.setdefault(folder.parent.name, {}).setdefault(folder.name, 0)

    def finish(self) -> dict[str, int]:
        """Write how far each table was read and the marks that end the load.

        Returns:
            Rows by `dataset.table`, of those that have any.
        """
        for dataset, counts in list(self._rows.items()):
            tables = dict(counts)
            self.write(
                dataset,
                "watermarks",
                {
                    "resource": pa.array(list(tables)),
                    "watermark_at": instants(np.full(len(tables), self.at)),
                    "rows_landed": pa.array(list(tables.values()), pa.int64()),
                    "is_initial": pa.array([self.is_first] * len(tables)),
                },
            )
            marks = self._home / "lake" / dataset / "_dlt_loads"
            marks.mkdir(parents=True, exist_ok=True)
            mark = {"load_id": self._id, "schema_name": dataset, "status": 0}
            name = f"{dataset}__{self._id}.jsonl"
            (marks / name).write_text(json.dumps(mark) + "\n", encoding="utf-8")
        return {
            f"{dataset}.{table}": rows
            for dataset, counts in self._rows.items()
            for table, rows in counts.items()
            if table != "watermarks" and rows
        }


def repeated(text: str, rows: int) -> Column:
    """A column that says the same in every row."""
    return pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(rows, dtype=np.int32)), pa.array([text])
    ).cast(pa.string())


def chosen(codes: npt.NDArray[np.integer[Any]], texts: list[str | None]) -> Column:
    """A text column from indexes into a list; an index to None gives null."""
    return pa.DictionaryArray.from_arrays(
        pa.array(codes.astype(np.int32)), pa.array(texts, pa.string())
    ).cast(pa.string())


def instants(seconds: npt.NDArray[Any], known: npt.NDArray[np.bool_] | None = None) -> Column:
    """A timestamp column from unix seconds; null where not known."""
    missing = None if known is None else ~known
    micros = seconds.astype(np.int64) * 1_000_000
    return pa.array(micros, pa.int64(), mask=missing).cast(pa.timestamp("us"))


def numbers(
    values: npt.NDArray[Any], kind: pa.DataType, known: npt.NDArray[np.bool_] | None = None
) -> Column:
    """A number column; null where not known."""
    return pa.array(values, mask=None if known is None else ~known).cast(kind)


def pseudonyms(seed: int, kind: int, count: int) -> Column:
    """Keys of as many people: 32 hex digits each, the same for the same seed and kind."""
    digits = np.random.default_rng([seed, kind]).bytes(16 * count).hex().encode()
    return pa.array(np.frombuffer(digits, dtype="S32")).cast(pa.string())
