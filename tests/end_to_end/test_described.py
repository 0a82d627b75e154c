"""Every column that a run makes says what it is, and nothing is described that is not there.

Whether what YAML names is described needs no table: tests/dbt/test_project_rules.py.
"""

from __future__ import annotations

import duckdb
import pytest

from orchestration import alert_tables
from orchestration.defs.transformation import load_manifest

from .conftest import Home

Column = tuple[str, str, str]


def built(home: Home) -> set[Column]:
    """Schema, table and column of everything in the warehouse."""
    with duckdb.connect(str(home.path / "warehouse.duckdb"), read_only=True) as connection:
        return set(
            connection.execute(
                "select schema_name, table_name, column_name from duckdb_columns()"
                " where not internal"
            ).fetchall()
        )


def described() -> set[Column]:
    """The same of everything that dbt's docs describe, and of the alerts, which no model makes."""
    alerts = {("realtime", "fct_alert", column) for column in alert_tables.COLUMNS}
    return alerts | {
        (node["schema"], node["name"], column["name"])
        for node in load_manifest()["nodes"].values()
        if node["resource_type"] in {"model", "seed"}
        for column in node["columns"].values()
        if column["description"].strip()
    }


@pytest.mark.slow
def test_every_column_of_every_table_is_described(home: Home) -> None:
    there, said = built(home), described()
    tables = {column[:2] for column in there}
    assert len(there) > 1_500
    assert there - said == set()
    assert {column for column in said - there if column[:2] in tables} == set()


@pytest.mark.slow
def test_every_column_of_the_published_file_says_so_itself(home: Home) -> None:
    with duckdb.connect(str(home.marts), read_only=True) as connection:
        silent = connection.execute(
            "select schema_name, table_name, column_name from duckdb_columns()"
            " where comment is null and not internal and schema_name <> 'main'"
        ).fetchall()
    assert silent == []
