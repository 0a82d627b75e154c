"""How large a home has become: files, bytes and rows of each table, one look after another.

Inputs: the lake, the published marts, the databases. Output: `<home>/sizes/<time>.parquet`, a file
a look, which every publish puts before its readers as `main.kontakti_sizes`. The weekly maintenance
looks.
"""

# ruff: noqa: S608 - every name and value is our own, and quoted

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from serving.layout import published_path, sizes_folder, source_path
from serving.publish import METADATA_TABLE
from serving.quoting import literal

# Layer and name, then files, bytes and rows, each where it applies.
Row = tuple[str, str, int | None, int | None, int | None]
_COLUMNS = "looked_at, layer, table_name, files, bytes, row_count"


def look(home: Path, now: datetime) -> int:
    """Measure a home and keep the result; returns how many rows that is.

    Args:
        home: Home folder.
        now: When this is, with a time zone.
    """
    with duckdb.connect() as connection:
        rows = [*_lake(connection, home), *_marts(connection, home), *_databases(home)]
        if not rows:
            return 0
        at = now.astimezone(UTC)
        folder = sizes_folder(home)
        folder.mkdir(parents=True, exist_ok=True)
        values = ", ".join(
            f"(timestamp '{at:%Y-%m-%d %H:%M:%S}', {literal(layer)}, {literal(name)},"
            f" {_cells(numbers)})"
            for layer, name, *numbers in rows
        )
        fresh = folder / f".{at:%Y%m%dT%H%M%S}.new"
        connection.execute(
            f"copy (select looked_at, layer, table_name, files::bigint as files,"
            f" bytes::bigint as bytes, row_count::bigint as row_count"
            f" from (values {values}) as t ({_COLUMNS}))"
            f" to {literal(str(fresh))} (format parquet)"
        )
        fresh.replace(folder / f"{at:%Y%m%dT%H%M%S}.parquet")
    return len(rows)


def _lake(connection: duckdb.DuckDBPyConnection, home: Path) -> Iterator[Row]:
    for dataset in sorted((home / "lake").glob("[!_.]*")):
        for table in sorted(path for path in dataset.glob("*") if path.is_dir()):
            files = [str(file) for file in table.rglob("*.parquet")]
            if files:
                (found,) = connection.read_parquet(files).aggregate("count(*)").fetchall()
                size = sum(Path(file).stat().st_size for file in files)
                yield "lake", f"{dataset.name}.{table.name}", len(files), size, found[0]


def _marts(connection: duckdb.DuckDBPyConnection, home: Path) -> Iterator[Row]:
    path = published_path(home, "marts")
    if path.exists():
        connection.execute(f"attach {literal(str(path))} as marts (read_only)")
        query = f"select table_name, row_count from marts.{METADATA_TABLE} where not is_view"
        for name, rows in connection.execute(f"{query} order by 1").fetchall():
            yield "marts", name, None, None, rows


def _databases(home: Path) -> Iterator[Row]:
    for path in (source_path(home, "marts"), published_path(home, "marts")):
        if path.exists():
            yield "database", path.stem, 1, path.stat().st_size, None


def _cells(numbers: list[int | None]) -> str:
    return ", ".join("null" if number is None else str(number) for number in numbers)
