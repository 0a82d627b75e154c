"""Reads the SQL expressions of a mapping without running them.

In: one expression as text. Out: the same expression in DuckDB's own spelling (comments gone,
exactly one expression) and the names of the file's columns that it uses. Nothing is bound or
evaluated here; that happens in the locked connection of `ingestion.file_drop.reader`.

Alone: `python -c "from ingestion.file_drop.expressions import parse; print(parse('a || b'))"`
"""

# ruff: noqa: N818 - the names say what happened, as in ingestion.errors

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import duckdb

# A row of the file gives one row of the entity, seeing only itself.
_NOT_ROW_BY_ROW = {
    "SUBQUERY": "a subquery; use `lookups` to read another file",
    "WINDOW": "a window function; use `keep` and `order_by` to choose between rows",
    "STAR": "a star; name one column",
    "COLUMNS": "a star; name one column",
    "PARAMETER": "a parameter; write the value",
}


@dataclass(frozen=True)
class Expression:
    """One checked SQL expression.

    Attributes:
        sql: The expression in DuckDB's spelling, safe to place inside parentheses.
        columns: First parts of the column names it refers to, in order of appearance.
    """

    sql: str
    columns: tuple[str, ...]


class ExpressionInvalid(ValueError):
    """The text is not one row-by-row SQL expression."""


@lru_cache(1)
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection that only ever parses."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("set enable_external_access = false")
    return connection


@lru_cache(1024)
def parse(text: str) -> Expression:
    """Check one expression.

    Args:
        text: DuckDB SQL over the columns of a file.

    Returns:
        The expression and the columns it uses.

    Raises:
        ExpressionInvalid: It does not parse, is more than one expression, or looks beyond its row.
    """
    try:
        sql = _spelled(text)
        serialised = _parser().execute("select json_serialize_sql(?)", [f"select {sql}"]).fetchone()
    except duckdb.Error as error:
        raise ExpressionInvalid(_first_line(error)) from error
    tree: dict[str, Any] = json.loads(serialised[0]) if serialised else {"error": True}
    if tree.get("error"):
        raise ExpressionInvalid(str(tree.get("error_message", "it does not parse")))
    select_list = tree["statements"][0]["node"]["select_list"]
    columns: dict[str, None] = {}
    for node in _walk(select_list):
        kind = node.get("class")
        if kind in _NOT_ROW_BY_ROW:
            raise ExpressionInvalid(f"it holds {_NOT_ROW_BY_ROW[kind]}")
        if kind == "COLUMN_REF":
            columns[node["column_names"][0]] = None
    return Expression(sql, tuple(columns))


def _spelled(text: str) -> str:
    """The expression in DuckDB's spelling; a lone word that SQL reserves is a column's name."""
    try:
        return str(duckdb.SQLExpression(text))
    except duckdb.Error:
        if not text.strip().isidentifier():
            raise
        return str(duckdb.SQLExpression(quote_name(text.strip())))


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    """Every object of a parse tree, outermost first."""
    if isinstance(node, dict):
        yield node
        for child in node.values():
            yield from _walk(child)
    elif isinstance(node, list):
        for child in node:
            yield from _walk(child)


def _first_line(error: Exception) -> str:
    """DuckDB's own words without its error class and its drawing of the statement."""
    return str(error).split("\n", 1)[0].split(": ", 1)[-1]


def quote_name(name: str) -> str:
    """A column or table name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """A text as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"
