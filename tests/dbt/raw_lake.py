"""Writes tiny raw loads in the lake's own layout, so that dbt can be tested without a vendor.

Inputs: rows as dicts (missing members are null). Outputs:
`<home>/lake/<dataset>/<table>/load_date=…/<load_id>.0.parquet` in the declared types of dbt's
source YAML, and the mark in `_dlt_loads` that says that the load is complete.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from semantic.home import DBT_PROJECT_DIR

Rows = Sequence[Mapping[str, Any]]


@cache
def declared(source: str, table: str) -> dict[str, str]:
    """Declared columns of a source table: name to data type."""
    for path in sorted((DBT_PROJECT_DIR / "models" / "staging").glob("*/_*__sources*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            for candidate in entry["tables"]:
                if (entry["name"], candidate["name"]) == (source, table):
                    return {c["name"]: c["data_type"] for c in candidate["columns"]}
    raise KeyError(f"{source}.{table} is declared in no source YAML")


def land(
    home: Path, load_id: str, dataset: str, tables: Mapping[str, Rows], *, complete: bool = True
) -> None:
    """Write one load of a dataset.

    Args:
        home: Home folder.
        load_id: dlt's load id, such as `1700000001.1`; later loads have larger ones.
        dataset: `zendesk`, …, or `files_<dataset>`.
        tables: Rows by table; timestamps as ISO text.
        complete: False leaves out the mark, as while a load is still being written.
    """
    source = "files" if dataset.startswith("files_") else dataset
    for table, rows in tables.items():
        folder = home / "lake" / dataset / table / "load_date=2026-03-31"
        folder.mkdir(parents=True, exist_ok=True)
        types = declared(source, table)
        unknown = {name for row in rows for name in row} - set(types)
        if unknown:
            raise KeyError(f"{source}.{table} declares no {sorted(unknown)}")
        columns = {name: pa.array([row.get(name) for row in rows]) for name in types}
        raw = pa.table({**columns, "_dlt_load_id": pa.array([load_id] * len(rows), pa.string())})
        casts = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in types.items())
        target = folder / f"{load_id}.0.parquet"
        with duckdb.connect() as connection:
            connection.register("raw", raw)
            connection.execute(
                f"copy (select {casts}, _dlt_load_id from raw) to '{target}' (format parquet)"
            )
    if complete:
        mark(home, dataset, load_id)


def mark(home: Path, dataset: str, load_id: str) -> None:
    """Say that a load is complete."""
    marks = home / "lake" / dataset / "_dlt_loads"
    marks.mkdir(parents=True, exist_ok=True)
    (marks / f"kontakti_{dataset}__{load_id}.jsonl").write_text("{}\n", encoding="utf-8")


def watermark(resource: str, at: str) -> dict[str, Any]:
    """A watermark row."""
    return {"resource": resource, "watermark_at": at, "rows_landed": 1, "is_initial": False}
