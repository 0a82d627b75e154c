"""Publishes the marts: a fresh copy beside the old one, then one atomic rename.

Input: the database dbt has built, opened read-only, and what the manifest of that build says of
it. Output: `<home>/serving/<kind>.duckdb` with schema core and the audience marts, what they mean
as comments, and the table `kontakti_publish` that says what is in it. Readers hold the old file
until they connect anew; none ever waits, meets a lock or sees a half-built table.
Run alone: `python -m serving publish`.
"""

# Values are quoted into the queries: binding one makes DuckDB import pandas, which takes seconds.
# ruff: noqa: S608 - every name and value comes from dbt's catalog or from here, and is quoted

from __future__ import annotations

import fcntl
import os
import re
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from serving.comments import Comments, commented, described
from serving.errors import (
    NothingToPublishError,
    PublishRunningError,
    ServingError,
    SourceUnavailableError,
)
from serving.layout import (
    PUBLISHED_SCHEMAS,
    Kind,
    manifest_path,
    published_path,
    sizes_folder,
    source_path,
)
from serving.quoting import identifier, literal

# Written by today's DuckDB, opened by every client from 1.1 on: BI drivers lag behind.
STORAGE_VERSION = "v1.1.0"
METADATA_TABLE, SIZES_TABLE = "kontakti_publish", "kontakti_sizes"
# Name of the copy while it is written; a reader's name for it is the file's stem.
_TARGET = "published"


@dataclass(frozen=True, slots=True)
class PublishedTable:
    """One relation of a published file.

    Attributes:
        name: '<schema>.<table>'.
        rows: Number of rows; None for a view.
        is_view: Whether it is a view.
    """

    name: str
    rows: int | None
    is_view: bool


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What one publish did.

    Attributes:
        path: The published file.
        as_of_at: The moment the marts show (UTC); None when they do not say.
        tables: What is in it, by schema and name.
        size_bytes: Size of the file.
        seconds: How long it took, wall clock.
    """

    path: Path
    as_of_at: datetime | None
    tables: tuple[PublishedTable, ...]
    size_bytes: int
    seconds: float

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows or 0 for table in self.tables)


@dataclass(frozen=True, slots=True)
class _Relation:
    schema: str
    name: str
    view_sql: str | None

    @property
    def qualified(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"


def publish(home: Path, kind: Kind = "marts") -> PublishReport:
    """Publish the marts of a home.

    Args:
        home: Home folder.
        kind: 'marts' from warehouse.duckdb, 'live' from live.duckdb.

    Returns:
        What was published.

    Raises:
        SourceUnavailableError: The source is missing or being written.
        NothingToPublishError: It has no mart.
        PublishRunningError: Another process publishes the same file.
        ServingError: The copy could not be completed. The old file is untouched in each case.
    """
    source = source_path(home, kind)

    def write(fresh: Path) -> tuple[datetime | None, tuple[PublishedTable, ...]]:
        with duckdb.connect() as connection:
            _attach_source(connection, source)
            said = described(manifest_path(home)) if kind == "marts" else {}
            sizes = sorted(sizes_folder(home).glob("*.parquet")) if kind == "marts" else []
            return _write_copy(connection, source.stem, fresh, said, sizes)

    return _swap(published_path(home, kind), write)


def publish_open(
    connection: duckdb.DuckDBPyConnection, database: str, home: Path, kind: Kind
) -> PublishReport:
    """Publish what a connection holds already, such as the live marts in memory.

    Args:
        connection: Open connection; its current database is `memory` afterwards.
        database: Name of the attached database that holds the marts.
        home: Home folder.
        kind: What it is published as.

    Returns:
        What was published.

    Raises:
        ServingError: As `publish` does; the old file is untouched then.
    """
    return _swap(
        published_path(home, kind), lambda fresh: _write_copy(connection, database, fresh, {})
    )


def _swap(
    target: Path,
    write: Callable[[Path], tuple[datetime | None, tuple[PublishedTable, ...]]],
) -> PublishReport:
    """Have a fresh file written beside the published one, and rename it over."""
    started = time.monotonic()
    target.parent.mkdir(parents=True, exist_ok=True)
    with _only_publisher(target):
        _sweep(target)
        fresh = target.with_name(f".{target.stem}.{uuid.uuid4().hex}.fresh.duckdb")
        try:
            as_of_at, tables = write(fresh)
            _flush(fresh)
            fresh.replace(target)
            _flush(target.parent)
        finally:
            _sweep(target)
    return PublishReport(
        path=target,
        as_of_at=as_of_at,
        tables=tables,
        size_bytes=target.stat().st_size,
        seconds=time.monotonic() - started,
    )


def _write_copy(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    fresh: Path,
    said: Comments,
    sizes: Sequence[Path] = (),
) -> tuple[datetime | None, tuple[PublishedTable, ...]]:
    """Write the whole copy and close it; returns what it shows and holds."""
    relations = _relations(connection, database)
    if not relations:
        raise NothingToPublishError(
            f"{database} holds no table of {', '.join(PUBLISHED_SCHEMAS)}: run dbt build first."
        )
    try:
        connection.execute(
            f"attach {literal(str(fresh))} as {_TARGET} (storage_version '{STORAGE_VERSION}')"
        )
        tables = _copy(connection, database, relations, said)
        as_of_at = _as_of(connection, database)
        _write_metadata(connection, tables, as_of_at)
        if sizes:
            _write_sizes(connection, sizes)
        # A checkpoint folds the write-ahead log in: one file is all there is to rename.
        connection.execute(f"checkpoint {_TARGET}")
        connection.execute("use memory")
        connection.execute(f"detach {_TARGET}")
    except duckdb.Error as error:
        raise ServingError(
            f"The copy {fresh} could not be written: {error}. What is published stays as it"
            " was; check the free space of the disk and publish again."
        ) from error
    finally:
        connection.execute("use memory")
        # On a full disk letting go fails as writing did, which has been said by now.
        with suppress(duckdb.Error):
            connection.execute(f"detach database if exists {_TARGET}")
    if Path(f"{fresh}.wal").exists():
        raise ServingError(f"{fresh} was not completed; what is published stays as it was.")
    return as_of_at, tables


def _attach_source(connection: duckdb.DuckDBPyConnection, source: Path) -> None:
    if not source.exists():
        raise SourceUnavailableError(f"{source} does not exist: run dbt build first.")
    try:
        # Under its own stem, the name that its views use.
        connection.execute(
            f"attach {literal(str(source))} as {identifier(source.stem)} (read_only)"
        )
    except duckdb.Error as error:
        raise SourceUnavailableError(
            f"{source} cannot be read, most likely because a build is writing to it: {error}."
            " Publish after the build has finished."
        ) from error


def _relations(connection: duckdb.DuckDBPyConnection, database: str) -> list[_Relation]:
    schemas = ", ".join(literal(schema) for schema in PUBLISHED_SCHEMAS)
    place = f"database_name = {literal(database)} and schema_name in ({schemas})"
    rows = connection.execute(
        f"select schema_name, table_name, null from duckdb_tables() where {place} union all"
        f" select schema_name, view_name, sql from duckdb_views() where {place} order by 1, 2"
    ).fetchall()
    return [_Relation(str(schema), str(name), sql) for schema, name, sql in rows]


def _copy(
    connection: duckdb.DuckDBPyConnection,
    database: str,
    relations: Sequence[_Relation],
    said: Comments,
) -> tuple[PublishedTable, ...]:
    """Copy tables, then views, which read them, then say what both are."""
    for schema in dict.fromkeys(relation.schema for relation in relations):
        connection.execute(f"create schema {_TARGET}.{identifier(schema)}")
    tables = [relation for relation in relations if relation.view_sql is None]
    views = [relation for relation in relations if relation.view_sql is not None]
    for table in tables:
        _copy_rows(connection, database, table)
    kept_views = _copy_views(connection, database, views)
    _comment(connection, relations, kept_views, {**said, **commented(connection, database)})
    published = []
    for relation in relations:
        name = f"{relation.schema}.{relation.name}"
        is_view = relation in kept_views
        rows = None if is_view else _count(connection, relation)
        published.append(PublishedTable(name, rows, is_view))
    return tuple(published)


def _copy_rows(connection: duckdb.DuckDBPyConnection, database: str, relation: _Relation) -> None:
    connection.execute(
        f"create table {_TARGET}.{relation.qualified} as"
        f" from {identifier(database)}.{relation.qualified}"
    )


def _copy_views(
    connection: duckdb.DuckDBPyConnection, database: str, views: Sequence[_Relation]
) -> set[_Relation]:
    """Create the views, and store as tables those that read what is not published.

    A view in the copy names no database: readers know the file by other names than dbt does.
    """
    waiting, kept = list(views), set[_Relation]()
    connection.execute(f"use {_TARGET}")
    # A view may read another view that comes later in the alphabet, so try until nothing moves.
    while waiting:
        created = [view for view in waiting if _create_view(connection, database, view)]
        if not created:
            break
        kept.update(created)
        waiting = [view for view in waiting if view not in kept]
    connection.execute("use memory")
    for view in waiting:
        _copy_rows(connection, database, view)
    return kept


def _create_view(connection: duckdb.DuckDBPyConnection, database: str, view: _Relation) -> bool:
    schemas = "|".join(PUBLISHED_SCHEMAS)
    qualifier = rf'"?\b{re.escape(database)}\b"?\.(?="?(?:{schemas})\b)'
    sql = re.sub(qualifier, "", view.view_sql or "")
    if re.search(rf'\b{re.escape(database)}\b"?\.', sql):
        return False
    try:
        connection.execute(sql)
    except duckdb.CatalogException:
        return False
    return True


def _comment(
    connection: duckdb.DuckDBPyConnection,
    relations: Sequence[_Relation],
    views: set[_Relation],
    said: Comments,
) -> None:
    """Write all comments in one transaction: one each would take ten times as long.

    A table may be older than what is said of it, where a build left it out: what it does not
    have stays unsaid.
    """
    by_name = {(relation.schema, relation.name): relation for relation in relations}
    columns = connection.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        f" where database_name = '{_TARGET}'"
    ).fetchall()
    there = {*columns, *((schema, name, None) for schema, name in by_name)}
    statements = []
    for (schema, name, column), text in said.items():
        if (schema, name, column) in there and (relation := by_name.get((schema, name))):
            what, place = "view" if relation in views else "table", relation.qualified
            if column is not None:
                what, place = "column", f"{place}.{identifier(column)}"
            statements.append(f"comment on {what} {_TARGET}.{place} is {literal(text)}")
    if statements:
        connection.execute(";".join(["begin", *statements, "commit"]))


def _count(connection: duckdb.DuckDBPyConnection, relation: _Relation) -> int:
    row = connection.execute(f"select count(*) from {_TARGET}.{relation.qualified}").fetchone()
    return int(row[0]) if row else 0


def _as_of(connection: duckdb.DuckDBPyConnection, database: str) -> datetime | None:
    """The moment the marts show: the model that sets it, else the contact fact."""
    known = {
        (str(schema), str(table))
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_columns()"
            f" where database_name = {literal(database)} and column_name = 'as_of_at'"
        ).fetchall()
    }
    for place in (("intermediate", "int_as_of"), ("core", "fct_contact")):
        if place in known:
            row = connection.execute(
                f"select max(as_of_at) from {identifier(database)}.{'.'.join(place)}"
            ).fetchone()
            if row and row[0] is not None:
                return datetime.fromisoformat(str(row[0]))
    return None


def _write_metadata(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[PublishedTable],
    as_of_at: datetime | None,
) -> None:
    """One row a relation; the only place where the time of publishing stands."""
    name = f"{_TARGET}.main.{METADATA_TABLE}"
    connection.execute(
        f"create table {name} (table_name varchar, is_view boolean, row_count bigint,"
        " as_of_at timestamp, published_at timestamp, version varchar)"
    )
    connection.execute(
        f"comment on table {name} is 'What this file holds: one row for each table and view, with"
        " the moment its figures show (as_of_at, UTC) and when the file was written.'"
    )
    shared = f"{_timestamp(as_of_at)}, {_timestamp(datetime.now(UTC))}, {literal(_version())}"
    rows = ", ".join(
        f"({literal(table.name)}, {table.is_view},"
        f" {'null' if table.rows is None else table.rows}, {shared})"
        for table in tables
    )
    connection.execute(f"insert into {name} values {rows}")


def _write_sizes(connection: duckdb.DuckDBPyConnection, looks: Sequence[Path]) -> None:
    """What the maintenance job has measured, one look after the other."""
    name = f"{_TARGET}.main.{SIZES_TABLE}"
    files = ", ".join(literal(str(file)) for file in looks)
    connection.execute(f"create table {name} as from read_parquet([{files}]) order by all")
    connection.execute(
        f"comment on table {name} is 'How large this home was: one row for each table of the lake,"
        " each published table and each database at each look of the maintenance job (looked_at,"
        " UTC), with its files, bytes and rows.'"
    )


def _version() -> str:
    try:
        return version("kontakti")
    except PackageNotFoundError:
        return "source checkout"


@contextmanager
def _only_publisher(target: Path) -> Iterator[None]:
    """Hold the right to publish one file; the system gives it back when the process dies."""
    lock_path = target.with_name(f".{target.stem}.lock")
    with lock_path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise PublishRunningError(
                f"Another process is publishing {target}. Let it finish; this one changed nothing."
            ) from error
        yield


def _sweep(target: Path) -> None:
    """Remove unfinished copies, a crashed publisher's too: nobody else holds the right."""
    for leftover in target.parent.glob(f".{target.stem}.*.fresh.duckdb*"):
        leftover.unlink(missing_ok=True)


def _flush(path: Path) -> None:
    """Make what was written survive a power cut before anybody is pointed to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _timestamp(moment: datetime | None) -> str:
    """A UTC moment as a SQL literal."""
    return "null" if moment is None else f"timestamp '{moment:%Y-%m-%d %H:%M:%S.%f}'"
