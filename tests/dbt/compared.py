"""Two warehouses compared row for row, table by table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
Changed = dict[str, list[Row]]


def rows_of(warehouse: Path, query: str) -> list[Row]:
    """Rows of a query on a warehouse."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        found = connection.execute(query)
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def differences(one: Path, other: Path, schema: str = "%") -> Changed:
    """By table the rows that only one of two warehouses holds."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{one}' as one (read_only)")
        connection.execute(f"attach '{other}' as other (read_only)")
        tables = [
            connection.execute(
                "select schema_name || '.' || table_name from duckdb_tables()"
                f" where database_name = '{name}' and schema_name like '{schema}' order by 1"
            ).fetchall()
            for name in ("one", "other")
        ]
        assert tables[0] == tables[1]
        differing = {}
        for (table,) in tables[0]:
            found = connection.execute(
                f"(from one.{table} except all from other.{table})"
                f" union all (from other.{table} except all from one.{table})"
            )
            names = [column[0] for column in found.description]
            differing[table] = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
        return differing
