"""The scratch database the checks run in: an in-memory DuckDB of views over the real data.

Input: a home folder. Output: one view a table, named '<dataset>__<table>', over the lake's
Parquet files or over a warehouse attached read-only. Nothing is copied and nothing is written.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import duckdb

from expectations.checks import scratch_name
from expectations.errors import WarehouseUnavailableError

Database = Literal["warehouse", "published"]
LOAD_ID = "_dlt_load_id"


class Connection(Protocol):
    """What is needed of a DuckDB connection (SQLAlchemy wraps its own around it)."""

    def execute(self, query: str) -> duckdb.DuckDBPyConnection:
        """Run one statement."""


@dataclass(frozen=True, slots=True)
class View:
    """One table as the checks see it.

    Attributes:
        rows: Number of rows.
        columns: Its real columns, without the empty ones added for the checks.
    """

    rows: int
    columns: frozenset[str]


def open_raw(
    connection: Connection, home: Path, wanted: Mapping[str, Iterable[str]]
) -> dict[str, View]:
    """Make views over the lake.

    Args:
        connection: Connection to the scratch database.
        home: Home folder.
        wanted: Columns the checks read, by table. Parquet drops a column that never had a value,
            so a column missing from all files is added to the view as null.

    Returns:
        The views made, by table; a table without files has none.
    """
    views: dict[str, View] = {}
    for table, columns in wanted.items():
        dataset, name = table.split(".", 1)
        folder = home / "lake" / dataset / name
        if any(folder.glob("load_date=*/*.parquet")):
            pattern = _quoted(folder / "load_date=*" / "*.parquet")
            source = f"read_parquet({pattern}, union_by_name = true, hive_partitioning = false)"
            views[table] = _view(connection, table, source, columns)
    clocks = [table for table in views if table.endswith(".watermarks")]
    for dataset in {table.split(".", 1)[0] for table in wanted}:
        if f"{dataset}.watermarks" not in views:
            connection.execute(
                f"create view {scratch_name(dataset)}__watermarks as"
                " select null::timestamp as watermark_at where false"
            )
    union = " union all ".join(
        f"select watermark_at from {scratch_name(table)}" for table in clocks
    )
    connection.execute(
        f"create view all_watermarks as {union or 'select null::timestamp as watermark_at'}"
    )
    return views


def open_marts(
    connection: Connection, home: Path, wanted: Iterable[str], database: Database
) -> dict[str, View]:
    """Make views over the marts.

    Args:
        connection: Connection to the scratch database.
        home: Home folder.
        wanted: Tables, '<schema>.<model>'.
        database: The warehouse itself, or the published copy (while the warehouse is written).

    Returns:
        The views made, by table; a table that was not built has none.

    Raises:
        WarehouseUnavailableError: The file is missing or locked by a writer.
    """
    published = home / "serving" / "marts.duckdb"
    _attach(connection, published if database == "published" else home / "warehouse.duckdb")
    _previous_publish(connection, published if database == "warehouse" else None)
    existing = {
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_catalog = 'warehouse'"
        ).fetchall()
    }
    return {
        table: _view(
            connection, table, f'warehouse."{table.replace(".", chr(34) + "." + chr(34))}"'
        )
        for table in wanted
        if table in existing
    }


def failing_loads(connection: Connection, table: str, condition: str, limit: int = 5) -> list[str]:
    """Ids of the loads that brought the rows that meet the condition, newest first."""
    rows = connection.execute(
        f"select distinct {LOAD_ID} from {scratch_name(table)} where {condition}"
        f" order by 1 desc nulls last limit {limit}"
    ).fetchall()
    return [str(load_id) for (load_id,) in rows if load_id is not None]


def _view(connection: Connection, table: str, source: str, wanted: Iterable[str] = ()) -> View:
    described = connection.execute(f"describe select * from {source}").fetchall()
    columns = frozenset(str(row[0]) for row in described)
    added = "".join(f", null as {column}" for column in sorted(set(wanted) - columns))
    name = scratch_name(table)
    connection.execute(f"create view {name} as select *{added} from {source}")
    count = connection.execute(f"select count(*) from {name}").fetchone()
    return View(rows=int(count[0]) if count else 0, columns=columns)


def _attach(connection: Connection, path: Path) -> None:
    if not path.exists():
        raise WarehouseUnavailableError(
            f"{path} does not exist: build the warehouse (make demo, or the daily job) first."
        )
    try:
        # Views in the file name their database "warehouse", whatever the file is called.
        connection.execute(f"attach {_quoted(path)} as warehouse (read_only)")
    except duckdb.IOException as error:
        raise WarehouseUnavailableError(
            f"{path} is locked by a process that writes to it. Wait until the build has finished,"
            " or check the published copy (--database published)."
        ) from error


def _previous_publish(connection: Connection, published: Path | None) -> None:
    """Row counts of the last publish; empty when nothing was published yet."""
    connection.execute("create table previous_publish (table_name varchar, row_count bigint)")
    if published is None or not published.exists():
        return
    connection.execute(f"attach {_quoted(published)} as previous (read_only)")
    connection.execute(
        "insert into previous_publish select table_name, row_count from previous.kontakti_publish"
    )
    connection.execute("detach previous")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
