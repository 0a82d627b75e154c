"""The published marts in PostgreSQL: loaded beside what is there, and swapped in together.

Inputs: `<home>/serving/marts.duckdb`, a connection URI. Output: the same schemas, tables and
comments in a database of their own, readable by one role. Views are stored as tables: their SQL is
DuckDB's.

    core__new, daily_voice__new, ...  loaded, described, granted; nobody looks there
    one transaction                   core -> core__old, core__new -> core, and so on
    core__old, ...                    dropped as soon as nobody reads it

Names move without a lock on any table, so no reader waits: a statement that has begun ends on the
rows it began with. Rows travel as Arrow through PostgreSQL's binary COPY.

Run alone: `KONTAKTI_POSTGRES_URL=postgresql://... python -m serving postgres`.
"""

# ruff: noqa: S608 - every name comes from DuckDB's catalog or from here, and is quoted

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from serving.comments import Comments, commented
from serving.errors import NotPublishedError, PublishRunningError, ServingError
from serving.layout import published_path
from serving.quoting import identifier

if TYPE_CHECKING:
    from adbc_driver_postgresql.dbapi import Connection

URL_VARIABLE, READER_VARIABLE = "KONTAKTI_POSTGRES_URL", "KONTAKTI_POSTGRES_READER"
READER = "kontakti_reader"
# Said of each schema of ours; a schema without it is somebody else's and stays as it is.
MARK = "Published by Kontakti; each publish replaces it whole."
# Of the advisory lock; any number that nobody else in this database takes.
_LOCK = 726_683_841
_BATCH_ROWS = 65_536
# Below PostgreSQL's deadlock_timeout of a second: it is always we who give way, never a reader.
_DROP_LOCK_TIMEOUT = "300ms"
_DROP_TRIES, _DROP_PAUSE_SECONDS = 5, 1.0


@dataclass(frozen=True, slots=True)
class PostgresReport:
    """What one publish put into PostgreSQL.

    Attributes:
        tables: Number of tables.
        rows: Rows of all tables together.
        seconds: How long it took, wall clock.
        kept: Schemas with the rows of before that somebody still reads; the next publish drops
            them.
    """

    tables: int
    rows: int
    seconds: float
    kept: tuple[str, ...]


def publish(home: Path, url: str, reader: str = READER) -> PostgresReport:
    """Put what is published in a home into PostgreSQL.

    Args:
        home: Home folder.
        url: Connection URI of a role that may create schemas in a database kept for this.
        reader: Role that may read; made if it is missing, without a login of its own.

    Raises:
        NotPublishedError: Nothing has been published in this home yet.
        PublishRunningError: Another process publishes to the same database.
        ServingError: PostgreSQL refused; what it showed before, it still shows.
    """
    # Where no server is configured nothing pays for the import.
    import adbc_driver_postgresql.dbapi as postgresql  # noqa: PLC0415

    started = time.monotonic()
    path = published_path(home, "marts")
    if not path.exists():
        raise NotPublishedError(f"{path} does not exist: run `python -m serving publish` first.")
    try:
        with (
            duckdb.connect(path, read_only=True) as source,
            postgresql.connect(url) as target,
            _only_publisher(target),
        ):
            relations = _relations(source)
            schemas = list(dict.fromkeys(schema for schema, _ in relations))
            there = _schemas(target)
            if held := _drop(target, [name for name in map(_old, schemas) if name in there]):
                raise ServingError(
                    f"A session still reads {', '.join(held)}, the rows of the publish before the"
                    " last: end it (pg_stat_activity names it), then publish again. See"
                    " docs/runbook/postgres.md."
                )
            _run(target, [*first(schemas, there), *_role(target, reader)])
            rows = _load(source, target, relations)
            _run(target, said(commented(source, path.stem)))
            _run(target, granted(schemas, reader))
            _run(target, swapped(schemas, there))
            kept = _drop(target, [_old(schema) for schema in schemas if schema in there])
    except postgresql.Error as error:
        # libpq quotes an address that it cannot read, password and all.
        why = " ".join(str(error).replace(url, URL_VARIABLE).split())
        raise ServingError(
            f"PostgreSQL refused: {why}. What it showed before, it still"
            f" shows, and {path} is published. See docs/runbook/postgres.md."
        ) from None
    return PostgresReport(len(relations), rows, time.monotonic() - started, kept)


def first(schemas: Sequence[str], there: dict[str, str | None]) -> Iterator[str]:
    """Statements that clear what a publish which was cut off left behind, and make room.

    Args:
        schemas: Schemas to publish.
        there: Comment of each schema of the database.

    Raises:
        ServingError: A schema of one of these names is not ours.
    """
    names = [name for schema in schemas for name in (schema, _new(schema), _old(schema))]
    if strange := [name for name in names if there.get(name, MARK) != MARK]:
        raise ServingError(
            f"The database has schemas {', '.join(strange)} that Kontakti did not make: give it a"
            " database of its own."
        )
    for name in map(_new, schemas):
        if name in there:
            yield f"drop schema {identifier(name)} cascade"
        yield f"create schema {identifier(name)}"
        yield f"comment on schema {identifier(name)} is {_text(MARK)}"


def said(comments: Comments) -> Iterator[str]:
    """Statements that say what the new tables and columns mean."""
    for (schema, table, column), text in comments.items():
        place = f"{identifier(_new(schema))}.{identifier(table)}"
        what = f"table {place}" if column is None else f"column {place}.{identifier(column)}"
        yield f"comment on {what} is {_text(text)}"


def granted(schemas: Iterable[str], reader: str) -> Iterator[str]:
    """Statements that let the reader look at the new schemas, and do nothing else there."""
    for schema in schemas:
        name = identifier(_new(schema))
        yield f"grant usage on schema {name} to {identifier(reader)}"
        yield f"grant select on all tables in schema {name} to {identifier(reader)}"


def swapped(schemas: Iterable[str], there: Iterable[str]) -> Iterator[str]:
    """Statements that put the new schemas in the place of the old ones."""
    for schema in schemas:
        if schema in there:
            yield f"alter schema {identifier(schema)} rename to {identifier(_old(schema))}"
        yield f"alter schema {identifier(_new(schema))} rename to {identifier(schema)}"


@contextmanager
def _only_publisher(target: Connection) -> Iterator[None]:
    """Hold the right to publish; PostgreSQL gives it back when the connection ends."""
    if _rows(target, f"select pg_try_advisory_lock({_LOCK})") != [(True,)]:
        raise PublishRunningError(
            "Another process is publishing to this PostgreSQL database. Let it finish; this one"
            " changed nothing."
        )
    yield


def _relations(source: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return source.execute(
        "select table_schema, table_name from information_schema.tables order by 1, 2"
    ).fetchall()


def _schemas(target: Connection) -> dict[str, str | None]:
    found = _rows(
        target, "select nspname::text, obj_description(oid, 'pg_namespace') from pg_namespace"
    )
    return {str(name): None if text is None else str(text) for name, text in found}


def _role(target: Connection, reader: str) -> Iterator[str]:
    if not _rows(target, f"select 1 from pg_roles where rolname = {_text(reader)}"):
        yield f"create role {identifier(reader)} nologin"


def _load(
    source: duckdb.DuckDBPyConnection, target: Connection, relations: Sequence[tuple[str, str]]
) -> int:
    count = 0
    with target.cursor() as cursor:
        for schema, table in relations:
            rows = source.execute(f"from {identifier(schema)}.{identifier(table)}")
            batches = rows.to_arrow_reader(_BATCH_ROWS)
            count += cursor.adbc_ingest(table, batches, mode="create", db_schema_name=_new(schema))
            cursor.execute(f"analyze {identifier(_new(schema))}.{identifier(table)}")
    target.commit()
    return count


def _drop(target: Connection, schemas: Iterable[str]) -> tuple[str, ...]:
    """Drop schemas that no name of a reader leads to; returns those that somebody still reads."""
    from adbc_driver_postgresql.dbapi import Error  # noqa: PLC0415

    waiting = list(schemas)
    for attempt in range(_DROP_TRIES):
        for name in list(waiting):
            timeout = f"set local lock_timeout = '{_DROP_LOCK_TIMEOUT}'"
            try:
                _run(target, [timeout, f"drop schema {identifier(name)} cascade"])
            except Error:
                target.rollback()
            else:
                waiting.remove(name)
        if not waiting:
            break
        if attempt + 1 < _DROP_TRIES:
            time.sleep(_DROP_PAUSE_SECONDS)
    return tuple(waiting)


def _run(target: Connection, statements: Iterable[str]) -> None:
    """Run statements as one transaction."""
    with target.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    target.commit()


def _rows(target: Connection, query: str) -> list[tuple[object, ...]]:
    with target.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def _new(schema: str) -> str:
    return f"{schema}__new"


def _old(schema: str) -> str:
    return f"{schema}__old"


def _text(value: str) -> str:
    # E'' reads the same whatever standard_conforming_strings says.
    return "E'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
