"""Reads a data file into DuckDB and then locks DuckDB up, before any expression is bound.

In: a `Part` and the reader options of its entry. Out: a temporary table with the file's rows, in
a connection that can no longer open files, load extensions, reach Python objects, or change its
own settings: expressions of a mapping can compute, and nothing else.

Columns of a CSV file are text exactly as written; nothing is guessed from their look, so that a
leading zero or one odd cell never changes a column's type. Names that occur twice get `_1`, `_2`.
"""

# ruff: noqa: S608 - names are quoted, values bound, expressions parsed and run in a locked DuckDB

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import duckdb

from ingestion.file_drop.expressions import quote_name
from ingestion.file_drop.mapping import Options
from ingestion.file_drop.unpack import Part, Unreadable

ROW = "_kontakti_row"
_DELIMITERS = (",", ";", "\t", "|")
_MEMORY = "1GB"  # beyond it DuckDB spills to the scratch folder
_THREADS = 2


@dataclass(frozen=True)
class RejectedLine:
    """A line that is no row: too many or too few columns, a quote that never ends."""

    row: int
    column: str
    reason: str


@dataclass(frozen=True)
class RawTable:
    """A file's rows in DuckDB.

    Attributes:
        columns: Column names in file order.
        rows: Number of rows read.
        rejected: Lines that are no rows.
    """

    columns: tuple[str, ...]
    rows: int
    rejected: tuple[RejectedLine, ...] = ()


@contextmanager
def connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """An in-memory DuckDB that spills to `scratch`; not locked yet."""
    con = duckdb.connect(
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": _MEMORY,
            "threads": str(_THREADS),
            "temp_directory": str(scratch / "spill"),
        }
    )
    try:
        con.execute("set timezone = 'UTC'")
        # It computes what two columns share once, outside the `try` of either, where it raises.
        con.execute("set disabled_optimizers = 'common_subexpressions'")
        yield con
    finally:
        con.close()


def lock(con: duckdb.DuckDBPyConnection) -> None:
    """From here on the connection only computes: no files, no network, no settings."""
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def read(con: duckdb.DuckDBPyConnection, part: Part, options: Options, table: str) -> RawTable:
    """Read one part into a temporary table with a row number column.

    Args:
        con: A connection that is not locked.
        part: What to read.
        options: Reader options, for text.
        table: Name of the new table.

    Raises:
        Unreadable: DuckDB cannot read it; the message names the part, not the machine's path.
    """
    try:
        if part.format == "csv":
            return _read_csv(con, part, options, table)
        reader = "read_parquet" if part.format == "parquet" else "read_json"
        if part.path.stat().st_size == 0 or (part.format == "json" and _is_blank(part.path)):
            return _empty(con, table, ())
        extra = ", sample_size = -1" if part.format == "json" else ""
        con.execute(
            f"create temp table {quote_name(table)} as"
            f" select *, row_number() over () as {ROW} from {reader}(?{extra})",
            [str(part.path)],
        )
        return _look_at(con, table)
    except duckdb.Error as error:
        said = str(error).split("\n", 1)[0].replace(str(part.path), part.name)
        raise Unreadable(f"{part.name} cannot be read as {part.format} ({said})") from error


def unite(con: duckdb.DuckDBPyConnection, tables: list[str], table: str) -> RawTable:
    """Make one table of several that were read, by column name."""
    selects = " union all by name ".join(f"select * from {quote_name(name)}" for name in tables)
    con.execute(f"create temp table {quote_name(table)} as {selects}")
    return _look_at(con, table)


def _read_csv(con: duckdb.DuckDBPyConnection, part: Part, options: Options, table: str) -> RawTable:
    delimiter, names = _dialect(part, options)
    if not names:
        return _empty(con, table, ())
    columns = dict.fromkeys(names, "VARCHAR")
    rows = quote_name(f"{table}_rows")
    # Counting rows while reading would cost more than the reading; a table keeps file order, and
    # its own row ids are that count.
    numbered = "rowid" in {name.lower() for name in names}
    number = f"row_number() over () as {ROW}" if numbered else ""
    con.execute(
        f"create temp table {rows} as select *{', ' + number if number else ''}"
        " from read_csv(?, auto_detect = false, columns = ?, delim = ?, quote = ?, escape = ?,"
        " header = ?, skip = ?, comment = ?, nullstr = ?, store_rejects = true)",
        [
            str(part.path),
            columns,
            delimiter,
            options.quote,
            options.escape,
            options.header,
            options.skip,
            options.comment,
            ["", *options.nullstr],
        ],
    )
    number = "" if numbered else f", rowid + 1 as {ROW}"
    con.execute(f"create temp view {quote_name(table)} as select *{number} from {rows}")
    first_line = options.skip + (2 if options.header else 1)
    rejected = con.execute(
        "select line, any_value(coalesce(column_name, '')), any_value(error_type)"
        " from reject_errors group by line order by line"
    ).fetchall()
    found = _look_at(con, table)
    return RawTable(
        found.columns,
        found.rows,
        tuple(
            RejectedLine(line - first_line + 1, column, f"no row: {str(kind).lower()}")
            for line, column, kind in rejected
        ),
    )


def _dialect(part: Part, options: Options) -> tuple[str, tuple[str, ...]]:
    """Separator and column names; no names when the file is empty.

    The separator is the usual one that the header line holds most often.
    """
    with part.path.open(encoding="utf-8-sig", newline="") as handle:
        try:
            for _ in range(options.skip):
                handle.readline()
            header = _first_content(handle, options.comment)
        except UnicodeDecodeError as error:
            raise Unreadable(
                f"{part.name} is not in encoding utf-8; set options.encoding, for example latin-1"
            ) from error
    if not header:
        return options.delim or ",", ()
    delimiter = options.delim or max(_DELIMITERS, key=header[0].count)
    if options.names:
        return delimiter, _distinct(options.names)
    # The csv module takes one-character separators; a longer one is split by hand.
    if len(delimiter) == 1:
        names = next(
            csv.reader(header, delimiter=delimiter, quotechar=options.quote or None, strict=False)
        )
    else:
        names = header[0].rstrip("\r\n").split(delimiter)
    return delimiter, _distinct(tuple(names))


def _first_content(handle: TextIO, comment: str) -> list[str]:
    """The first line that is neither blank nor a comment, with what may continue it."""
    for line in handle:
        if line.strip() and not (comment and line.startswith(comment)):
            return [line, *(next(handle, "") for _ in range(20))]
    return []


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Column names made distinct without regard to case, as SQL sees them."""
    taken: set[str] = set()
    result = []
    for position, raw in enumerate(names):
        wanted = raw.strip() or f"column{position}"
        name, number = wanted, 0
        while name.lower() in taken:
            number += 1
            name = f"{wanted}_{number}"
        taken.add(name.lower())
        result.append(name)
    return tuple(result)


def _is_blank(path: Path) -> bool:
    with path.open("rb") as handle:
        return not handle.read(4096).strip()


def _empty(con: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> RawTable:
    con.execute(f"create temp table {quote_name(table)} ({ROW} bigint)")
    return RawTable(columns, 0)


def _look_at(con: duckdb.DuckDBPyConnection, table: str) -> RawTable:
    described = con.execute(f"describe {quote_name(table)}").fetchall()
    columns = tuple(row[0] for row in described if row[0] != ROW)
    counted = con.execute(f"select count(*) from {quote_name(table)}").fetchone()
    return RawTable(columns, int(counted[0]) if counted else 0)
