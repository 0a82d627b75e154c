"""Evaluates an entry's expressions over one file: typed good rows, and bad ones with the reason.

In: a locked connection that holds the file as `raw` and each lookup as `lookup_<name>`. Out: the
temporary tables `good` (the entity's columns and `source_row`) and `bad` (`source_row`,
`column_name`, `reason`), and the counts of what was left out.

Steps, each a temporary table: `joined` (rows with their lookups) → `given` (what the expressions
give) → `typed` (converted, one flag a column that failed) → `kept` (one row a key, where the
entry says which) → `judged` (with the first reason against a row) → `good` and `bad`.
`try(struct_pack(v := x)) is null` is true exactly where x raises: a null value is not a failure.
"""

# ruff: noqa: S608 - names are quoted, values bound, expressions parsed and run in a locked DuckDB
# ruff: noqa: N818 - the names say what happened, as in ingestion.errors

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ingestion.file_drop.conversion import WrongType, convert, reason_for, timezone_list
from ingestion.file_drop.expressions import Expression, parse, quote_name, quote_text
from ingestion.file_drop.mapping import Entry
from ingestion.file_drop.reader import ROW, RawTable
from ingestion.file_drop.vocabulary import Column, Personal, Type

_EXAMPLE_LENGTH = 60
WHERE = "where"
DUPLICATE = "duplicate key with different values"
CHANGE_SCOPE = ("case_id", "field")  # what a value is the value of, for `keep: changes`


class Unusable(ValueError):
    """The file and the entry do not fit together; no row of it can be made."""


@dataclass(frozen=True)
class Finding:
    """One reason why rows of a file were quarantined.

    Attributes:
        column: Column of the entity, several joined by a comma for a key.
        reason: What is wrong.
        rows: How many rows.
        example: The first such row, with what the file holds there unless it may be personal.
    """

    column: str
    reason: str
    rows: int
    example: str

    def __str__(self) -> str:
        return f"{self.rows} rows: {self.column}: {self.reason}, for example {self.example}"


@dataclass(frozen=True)
class Outcome:
    """Counts of one file's rows; `read` is the sum of all the others.

    Attributes:
        read: Rows read.
        good: Rows that can land.
        bad: Rows for quarantine.
        filtered: Rows that `where` leaves out.
        not_kept: Rows that `keep` passes over for another of the same key.
        repeated: Identical duplicates dropped.
        findings: Why rows are bad.
    """

    read: int
    good: int
    bad: int
    filtered: int = 0
    not_kept: int = 0
    repeated: int = 0
    findings: tuple[Finding, ...] = ()


def evaluate(
    con: duckdb.DuckDBPyConnection,
    entry: Entry,
    raw: RawTable,
    lookups: dict[str, RawTable],
    file_name: str,
) -> Outcome:
    """Make `good` and `bad` from `raw`.

    Args:
        con: Locked connection with the tables `raw` and `lookup_<name>`.
        entry: The mapping's entry.
        raw: What is in `raw`.
        lookups: What is in each `lookup_<name>`.
        file_name: For messages.

    Raises:
        Unusable: A column is missing, an expression does not bind, or its type cannot fit.
    """
    if raw.rows == 0:
        _make_empty(con, entry)
        bad = _add_rejected(con, raw)
        return Outcome(len(raw.rejected), 0, bad, findings=_findings(con, entry, file_name))
    _join(con, entry, raw, lookups, file_name)
    _give(con, entry, raw, file_name)
    _type(con, entry, file_name)
    not_kept = _keep(con, entry)
    _judge(con, entry)
    repeated = _split(con, entry)
    _add_rejected(con, raw)
    good, bad = _count(con, "good"), _count(con, "bad")
    filtered = raw.rows - _count(con, "given")
    return Outcome(
        raw.rows + len(raw.rejected),
        good,
        bad,
        filtered,
        not_kept,
        repeated,
        _findings(con, entry, file_name),
    )


def _join(
    con: duckdb.DuckDBPyConnection,
    entry: Entry,
    raw: RawTable,
    lookups: dict[str, RawTable],
    file_name: str,
) -> None:
    """Make `joined`: each row with one struct a lookup, null where the lookup has no such key."""
    selected, joins = ["raw.*"], []
    for name, lookup in entry.lookups.items():
        if name.lower() in {column.lower() for column in raw.columns}:
            raise Unusable(
                f"lookup {name} is called like a column of {file_name}: give it another name"
            )
        table, side = quote_name(f"lookup_{name}"), quote_name(f"side_{name}")
        known = lookups[name]
        key, match = parse(lookup.key), parse(lookup.match)
        _check_binds(con, key, table, known.columns, lookup.path, f"lookups.{name}.key")
        _check_binds(con, match, "raw", raw.columns, file_name, f"lookups.{name}.match")
        packed = ", ".join(f"{quote_name(c)} := {quote_name(c)}" for c in known.columns)
        con.execute(
            f"create temp table {side} as"
            f" select try(cast(({key.sql}) as varchar)) as _kontakti_key,"
            f" struct_pack({packed}) as _kontakti_row from {table}"
            f" where try(cast(({key.sql}) as varchar)) is not null"
        )
        doubled = con.execute(
            f"select count(*) from (select 1 from {side} group by _kontakti_key"
            " having count(*) > 1)"
        ).fetchone()
        if doubled and doubled[0]:
            raise Unusable(
                f"lookups.{name}.key: {doubled[0]} keys occur more than once in {lookup.path},"
                " so that a row could fit several"
            )
        selected.append(f"{side}._kontakti_row as {quote_name(name)}")
        joins.append(
            f"left join {side} on {side}._kontakti_key = (matches.{quote_name('match_' + name)})"
        )
    matched = ", ".join(
        f"try(cast(({parse(lookup.match).sql}) as varchar)) as {quote_name('match_' + name)}"
        for name, lookup in entry.lookups.items()
    )
    if not entry.lookups:
        con.execute("create temp view joined as select * from raw")
        return
    con.execute(f"create temp table matched as select {ROW}, {matched} from raw")
    con.execute(
        f"create temp table joined as select {', '.join(selected)} from raw"
        f" join matched as matches on matches.{ROW} = raw.{ROW} {' '.join(joins)}"
    )


def _give(con: duckdb.DuckDBPyConnection, entry: Entry, raw: RawTable, file_name: str) -> None:
    """Make `given`: what each expression gives, boxed, null where it raises."""
    known = (*raw.columns, *entry.lookups)
    boxed = []
    for name in entry.columns:
        expression = entry.expression(name)
        _check_binds(con, expression, "joined", known, file_name, f"columns.{name}")
        boxed.append(f"{_box(expression.sql)} as {quote_name(name)}")
    for number, text in enumerate(entry.order_by):
        expression = parse(text)
        _check_binds(con, expression, "joined", known, file_name, f"order_by.{number}")
        boxed.append(f"{_box(expression.sql)} as _order_{number}")
    condition = "true"
    if entry.where is not None:
        expression = parse(entry.where)
        _check_binds(con, expression, "joined", known, file_name, WHERE)
        condition = f"cast(({expression.sql}) as boolean)"
    chosen = _box(condition)
    # A row whose `where` raises is kept here, and quarantined for it later.
    con.execute(
        f"create temp table given as select {ROW}, {', '.join(boxed)},"
        f" ({chosen}) is null as _where_fails from joined"
        f" where ({chosen}) is null or ({chosen}).v"
    )


def _type(con: duckdb.DuckDBPyConnection, entry: Entry, file_name: str) -> None:
    """Make `typed`: converted values, and `_bad_<column>` where a value could not be made."""
    inner, outer = [], []
    for column in entry.kind.columns:
        name = quote_name(column.name)
        if column.name not in entry.columns:
            outer.append(f"cast(null as {column.sql_type}) as {name}")
            continue
        described = con.execute(f"describe select {name}.v from given").fetchone()
        sql_type = str(described[1]) if described else ""
        try:
            value = convert(f"{name}.v", sql_type, column, entry.timezone, entry.options.decimal)
        except WrongType as error:
            raise Unusable(f"columns.{column.name} over {file_name} {error}") from error
        inner.append(f"{_box(value)} as {name}, {name} is null as {_flag(column)}")
        outer.append(f"{name}.v as {name}, {_flag(column)} or {name} is null as {_flag(column)}")
    orders = ", ".join(f"_order_{n}.v as _order_{n}" for n in range(len(entry.order_by)))
    also = f", {orders}" if orders else ""
    passed = "".join(f", _order_{n}" for n in range(len(entry.order_by)))
    con.execute(
        f"create temp table typed as select {ROW}, _where_fails{passed}, {', '.join(outer)} from"
        f" (select {ROW}, _where_fails{also}, {', '.join(inner)} from given)"
    )


def _keep(con: duckdb.DuckDBPyConnection, entry: Entry) -> int:
    """Make `kept`: the rows that the entry chooses; returns the rows passed over.

    The choice comes before any judgement: an older good row never stands in for a newer bad one.
    """
    if entry.keep == "only":
        con.execute("create temp view kept as select * from typed")
        return 0
    way = "desc" if entry.keep == "last" else "asc"
    order = ", ".join(
        [f"_order_{n} {way} nulls last" for n in range(len(entry.order_by))] + [f"{ROW} {way}"]
    )
    of_thing = CHANGE_SCOPE if entry.keep == "changes" else entry.kind.key
    scope = ", ".join(quote_name(name) for name in of_thing)
    unusable = " or ".join(
        f"{_flag(entry.kind.column(name))} or {quote_name(name)} is null"
        for name in of_thing
        if name in entry.columns and entry.kind.column(name).required
    )
    window = f"over (partition by {scope}, ({unusable}) order by {order})"
    chosen = (
        f"value is distinct from lag(value) {window}"
        if entry.keep == "changes"
        else f"row_number() {window} = 1"
    )
    con.execute(f"create temp table kept as select * from typed qualify ({unusable}) or {chosen}")
    return _count(con, "typed") - _count(con, "kept")


def _judge(con: duckdb.DuckDBPyConnection, entry: Entry) -> None:
    """Make `judged`: the first thing wrong with each row, null for nothing."""
    cases = [_verdict("_where_fails", WHERE, "the where expression fails")]
    for column in entry.kind.columns:
        if column.name not in entry.columns:
            continue
        name = quote_name(column.name)
        cases.append(_verdict(_flag(column), column.name, reason_for(column)))
        if column.required:
            cases.append(_verdict(f"{name} is null", column.name, "missing required value"))
        if column.values:
            allowed = ", ".join(quote_text(value) for value in column.values)
            cases.append(
                _verdict(
                    f"{name} not in ({allowed})",
                    column.name,
                    f"unknown value: one of {', '.join(column.values)}",
                )
            )
        if column.type is Type.TIMEZONE:
            cases.append(
                _verdict(
                    f"not list_contains({timezone_list()}, {name})",
                    column.name,
                    "no IANA time zone",
                )
            )
    cases += [
        _verdict(f"not coalesce(({rule.holds}), false)", rule.column, rule.reason)
        for rule in entry.kind.rules
    ]
    con.execute(
        f"create temp table judged as select *, case {' '.join(cases)} end as _verdict from kept"
    )


def _split(con: duckdb.DuckDBPyConnection, entry: Entry) -> int:
    """Make `good` and `bad` from `judged`; returns the identical duplicates dropped."""
    names = [quote_name(column.name) for column in entry.kind.columns]
    keys = ", ".join(quote_name(name) for name in entry.kind.key)
    con.execute(
        f"create temp table ranked as select {', '.join(names)}, {ROW} as source_row,"
        f" row_number() over (partition by {keys} order by {ROW}) as _nth,"
        f" min(_content) over (partition by {keys}) <> max(_content) over (partition by {keys})"
        f" as _conflicts from (select *, hash({', '.join(names)}) as _content from judged"
        " where _verdict is null)"
    )
    con.execute(
        f"create temp table good as select {', '.join(names)}, source_row from ranked"
        " where not _conflicts and _nth = 1"
    )
    con.execute(
        f"create temp table bad as select {ROW} as source_row,"
        " _verdict.column_name as column_name, _verdict.reason as reason"
        " from judged where _verdict is not null"
        f" union all select source_row, {quote_text(', '.join(entry.kind.key))},"
        f" {quote_text(DUPLICATE)} from ranked where _conflicts"
    )
    counted = con.execute(
        "select count(*) from ranked where not _conflicts and _nth > 1"
    ).fetchone()
    return int(counted[0]) if counted else 0


def _make_empty(con: duckdb.DuckDBPyConnection, entry: Entry) -> None:
    columns = ", ".join(f"{quote_name(c.name)} {c.sql_type}" for c in entry.kind.columns)
    con.execute(f"create temp table good ({columns}, source_row bigint)")
    con.execute("create temp table bad (source_row bigint, column_name varchar, reason varchar)")


def _add_rejected(con: duckdb.DuckDBPyConnection, raw: RawTable) -> int:
    """Add lines that are no rows to `bad`; returns how many."""
    for line in raw.rejected:
        con.execute("insert into bad values (?, ?, ?)", [line.row, line.column, line.reason])
    return len(raw.rejected)


def _findings(con: duckdb.DuckDBPyConnection, entry: Entry, file_name: str) -> tuple[Finding, ...]:
    """Group `bad` by column and reason, with one example each."""
    grouped = con.execute(
        "select column_name, reason, count(*), min(source_row) from bad group by all"
        " order by count(*) desc, column_name, reason"
    ).fetchall()
    return tuple(
        Finding(column, reason, rows, _example(con, entry, file_name, column, first))
        for column, reason, rows, first in grouped
    )


def _example(
    con: duckdb.DuckDBPyConnection, entry: Entry, file_name: str, column: str, row: int
) -> str:
    """Name a row, and show what the file holds there when it can be nothing personal."""
    place = f"{file_name} row {row}"
    if column not in entry.columns:
        return place
    personal = {
        used
        for name in entry.columns
        if entry.kind.column(name).personal is not Personal.NO
        for used in entry.expression(name).columns
    }
    shown = [c for c in entry.expression(column).columns if c not in personal | set(entry.lookups)]
    if not shown:
        return place
    try:
        found = con.execute(
            f"select {', '.join(quote_name(c) for c in shown)} from raw where {ROW} = ?", [row]
        ).fetchone()
    except duckdb.Error:
        return place
    if found is None:
        return place
    values = ", ".join(
        f"{name}={str(value)[:_EXAMPLE_LENGTH]!r}" if value is not None else f"{name} is empty"
        for name, value in zip(shown, found, strict=True)
    )
    return f"{place} ({values})"


def _check_binds(
    con: duckdb.DuckDBPyConnection,
    expression: Expression,
    table: str,
    known: tuple[str, ...],
    file_name: str,
    key: str,
) -> None:
    """Bind an expression without running it.

    Raises:
        Unusable: It names a column that is not there, or DuckDB refuses it.
    """
    try:
        con.execute(f"describe select {_box(expression.sql)} as v, {ROW} from {table}")
    except duckdb.Error as error:
        there = {name.lower() for name in known}
        absent = [name for name in expression.columns if name.lower() not in there]
        if absent:
            raise Unusable(
                f"{key}: {file_name} has no column {', '.join(absent)}; it has {', '.join(known)}"
            ) from error
        said = str(error).split("\n", 1)[0].split(": ", 1)[-1]
        raise Unusable(
            f"{key}: {expression.sql} cannot be computed over {file_name} ({said});"
            " columns of a CSV file are text, so cast before calculating, as in wait::int + 1"
        ) from error


def _box(sql: str) -> str:
    """SQL that gives a struct around the value, and null exactly where the value raises."""
    return f"try(struct_pack(v := ({sql})))"


def _flag(column: Column) -> str:
    return quote_name(f"_bad_{column.name}")


def _verdict(condition: str, column: str, reason: str) -> str:
    packed = f"struct_pack(column_name := {quote_text(column)}, reason := {quote_text(reason)})"
    return f"when {condition} then {packed}"


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    counted = con.execute(f"select count(*) from {table}").fetchone()
    return int(counted[0]) if counted else 0
