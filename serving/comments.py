"""What tables and columns mean, for the comments of a published file.

Inputs: dbt's manifest, or a database whose tables carry comments already. Output: texts by schema,
table and column; a table's own text has no column.
"""

# ruff: noqa: S608 - the name is our own, and quoted

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import duckdb

from serving.quoting import literal

Comments = Mapping[tuple[str, str, str | None], str]


def described(manifest: Path) -> Comments:
    """The descriptions of a manifest; nothing where there is none, as after a build by hand."""
    if not manifest.exists():
        return {}
    said: dict[tuple[str, str, str | None], str] = {}
    for node in json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values():
        if node["resource_type"] in {"model", "seed"}:
            place = (node["schema"], node["alias"])
            said[*place, None] = _one_line(node["description"])
            for column in node["columns"].values():
                said[*place, column["name"]] = _one_line(column["description"])
    return {place: text for place, text in said.items() if text}


def commented(connection: duckdb.DuckDBPyConnection, database: str) -> Comments:
    """The comments of an attached database."""
    place = f"database_name = {literal(database)} and comment is not null"
    rows = connection.execute(
        f"select schema_name, table_name, null, comment from duckdb_tables() where {place}"
        f" union all select schema_name, view_name, null, comment from duckdb_views() where {place}"
        " union all select schema_name, table_name, column_name, comment from duckdb_columns()"
        f" where {place}"
    ).fetchall()
    return {(schema, table, column): text for schema, table, column, text in rows}


def _one_line(text: str) -> str:
    return " ".join(text.split())
