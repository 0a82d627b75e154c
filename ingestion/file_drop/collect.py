"""Gathers the good and bad rows of a dataset's files before they land, one row a key.

In: the `good` and `bad` tables that `evaluate` leaves in a file's connection. Out: Arrow batches
for each entity and its quarantine. Overlapping exports are normal: when several files (or
entries) of one landing give the same key, the later one wins, in the order of the mapping and
then of the file names. Only trusted SQL runs here.
"""

# ruff: noqa: S608 - names are quoted, values bound, expressions parsed and run in a locked DuckDB

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa

from ingestion import columns as raw
from ingestion.file_drop.expressions import quote_name
from ingestion.file_drop.vocabulary import Entity

BATCH_ROWS = 100_000

QUARANTINE_COLUMNS = (
    raw.Column("source_dataset"),
    raw.Column("source_file"),
    raw.Column("source_row", "bigint"),
    raw.Column("file_hash"),
    raw.Column("column_name"),
    raw.Column("reason"),
)


@dataclass(frozen=True)
class Origin:
    """The file that rows come from: its name below the base folder and its content hash."""

    source_file: str
    file_hash: str


class Collector:
    """Rows of one landing of one dataset, on disk in a scratch database."""

    def __init__(self, con: duckdb.DuckDBPyConnection, dataset: str) -> None:
        self._con = con
        self._dataset = dataset
        self._order = 0

    def take(
        self,
        source: duckdb.DuckDBPyConnection,
        entity: Entity,
        origin: Origin,
        hide: Callable[[pa.RecordBatch], pa.RecordBatch],
    ) -> None:
        """Copy `good` and `bad` out of a file's connection.

        Args:
            source: Connection in which the file was evaluated.
            entity: What the rows are.
            origin: Where they come from.
            hide: Replaces personal values; nothing personal is written to the scratch database.
        """
        self._order += 1
        self._prepare(entity)
        where_from = [self._dataset, origin.source_file, origin.file_hash, self._order]
        names = ", ".join(quote_name(name) for name in entity.column_names)
        good = source.execute(f"select {names}, source_row from good").to_arrow_reader(BATCH_ROWS)
        hidden = pa.RecordBatchReader.from_batches(good.schema, (hide(batch) for batch in good))
        self._insert(
            f"insert into {_good(entity)} select {names}, $1, $2, source_row, $3, $4 from batch",
            hidden,
            where_from,
        )
        bad = source.execute("select source_row, column_name, reason from bad").to_arrow_reader(
            BATCH_ROWS
        )
        self._insert(
            f"insert into {_bad(entity)}"
            " select $1, $2, source_row, $3, column_name, reason, $4 from batch",
            bad,
            where_from,
        )

    def settle(self, entity: Entity) -> int:
        """Keep the latest row of each key; returns how many earlier ones it replaced."""
        table = _good(entity)
        if not self._has(table):
            return 0
        keys = ", ".join(quote_name(name) for name in entity.key)
        before = self._count(table)
        self._con.execute(
            f"create or replace table {table} as select * from {table}"
            f" qualify row_number() over (partition by {keys} order by _order desc) = 1"
            " order by _order, source_row"
        )
        return before - self._count(table)

    def good(self, entity: Entity) -> Iterator[pa.Table]:
        """The rows to land, in the schema of the entity's raw table, in file order."""
        if self._has(_good(entity)):
            schema = entity.raw_table.arrow_schema
            for table in self._batches(f"select * exclude (_order) from {_good(entity)}"):
                yield table.rename_columns(schema.names).cast(schema)

    def bad(self, entity: Entity) -> Iterator[pa.Table]:
        """The rows for quarantine: where they are and what is wrong, never what they hold."""
        if self._has(_bad(entity)):
            yield from self._batches(
                f"select * exclude (_order) from {_bad(entity)} order by _order, source_row"
            )

    def counts(self, entity: Entity) -> tuple[int, int]:
        """Good and bad rows."""
        return tuple(  # type: ignore[return-value]
            self._count(t) if self._has(t) else 0 for t in (_good(entity), _bad(entity))
        )

    def latest(self, entity: Entity) -> datetime | None:
        """The greatest timestamp in the good rows, naive UTC."""
        if not self._has(_good(entity)):
            return None
        tops = ", ".join(f"max({quote_name(name)})" for name in entity.timestamp_names)
        found = self._con.execute(f"select greatest({tops}) from {_good(entity)}").fetchone()
        return found[0] if found else None

    def _prepare(self, entity: Entity) -> None:
        columns = ", ".join(f"{quote_name(c.name)} {c.sql_type}" for c in entity.columns)
        self._con.execute(
            f"create table if not exists {_good(entity)} ({columns}, source_dataset varchar,"
            " source_file varchar, source_row bigint, file_hash varchar, _order bigint)"
        )
        self._con.execute(
            f"create table if not exists {_bad(entity)} (source_dataset varchar,"
            " source_file varchar, source_row bigint, file_hash varchar, column_name varchar,"
            " reason varchar, _order bigint)"
        )

    def _insert(self, sql: str, rows: pa.RecordBatchReader, values: list[object]) -> None:
        self._con.register("batch", rows)
        try:
            self._con.execute(sql, values)
        finally:
            self._con.unregister("batch")

    def _batches(self, sql: str) -> Iterator[pa.Table]:
        # A cursor of its own: several readers may be half way through at once.
        reader = self._con.cursor().execute(sql).to_arrow_reader(BATCH_ROWS)
        for batch in reader:
            if batch.num_rows:
                yield pa.Table.from_batches([batch])

    def _count(self, table: str) -> int:
        found = self._con.execute(f"select count(*) from {table}").fetchone()
        return int(found[0]) if found else 0

    def _has(self, table: str) -> bool:
        name = table.strip('"')
        return bool(
            self._con.execute(
                "select 1 from duckdb_tables() where table_name = ?", [name]
            ).fetchone()
        )


@contextmanager
def collector(scratch: Path, dataset: str) -> Iterator[Collector]:
    """A collector over a database file in `scratch`, closed afterwards."""
    con = duckdb.connect(str(scratch / "collected.duckdb"), config={"memory_limit": "512MB"})
    try:
        con.execute("set timezone = 'UTC'")
        yield Collector(con, dataset)
    finally:
        con.close()


def quarantine_table(entity: Entity, prefix: str) -> raw.Table:
    """The raw table that keeps an entity's bad rows aside."""
    return raw.Table(
        name=f"{prefix}{entity.name}",
        columns=QUARANTINE_COLUMNS,
        key=("source_file", "source_row"),
        description=f"Rows of {entity.name} that did not land, with the reason.",
    )


def _good(entity: Entity) -> str:
    return quote_name(f"good_{entity.name}")


def _bad(entity: Entity) -> str:
    return quote_name(f"bad_{entity.name}")
