"""Spark builds the marts of a lake as DuckDB does, row by row (`make test-spark`).

The lake holds twelve days of a small centre, of every vendor and file that the sandbox has. Each
table of the core and of the KPI marts is compared, and what each system gives to the contacts;
figures with a fraction may differ by 1e-9.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingestion.pipelines import DEFAULT_SOURCES
from sandbox.server import MORE
from semantic.home import DBT_PROJECT_DIR
from tests.dbt.conftest import NO_TESTS
from tests.dbt.in_process import Dbt
from tests.dbt.landed_centre import land_centre

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        find_spec("pyspark") is None, reason="pyspark is not installed: make test-spark"
    ),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java 17, found no java"),
]
CONF = Path(__file__).parent / "conf"
LEAST_TABLES = 50
EVERY_SOURCE = (*DEFAULT_SOURCES, *MORE)
# Two systems for one channel are one contact: what the second says is seen before they meet.
BY_SYSTEM = ("int_contacts__", "int_legs__")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Built:
    """A home that both engines built, and the tables that they were to build, `schema.name`."""

    home: Path
    tables: list[str]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The whole project on both engines from one lake."""
    folder, landed = tmp_path_factory.mktemp("spark"), tmp_path_factory.mktemp("landed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(landed))
        patch.setenv("KONTAKTI_SOURCES", ",".join(EVERY_SOURCE))
        patch.setenv("SOURCES__HUBSPOT__ALSO", "feedback_submissions")
        patch.setenv("SOURCES__GENESYS__ALSO", "activity_codes,agent_schedules,adherence")
        land_centre(landed, tmp_path_factory.mktemp("exports"), MORE)
        patch.setenv("SPARK_CONF_DIR", str(CONF))
        dbt = Dbt(folder)
        dbt("build", *NO_TESTS)
        # A process of its own, as one session of Spark lasts as long as its process.
        command = [
            sys.executable, "-m", "dbt.cli.main", "build", *NO_TESTS, "--target", "spark",
            "--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR),
            "--target-path", str(folder / "on_spark"), "--log-path", str(folder / "on_spark"),
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    nodes = json.loads((dbt.target / "manifest.json").read_text())["nodes"].values()
    tables = [
        f"{node['schema']}.{node['alias']}"
        for node in nodes
        if node["resource_type"] == "model"
        and (node["path"].startswith("marts") or node["name"].startswith(BY_SYSTEM))
        and node["config"]["materialized"] in {"table", "tail"}
    ]
    return Built(landed, sorted(tables))


def test_every_row_of_every_mart_is_the_same(built: Built) -> None:
    assert len(built.tables) >= LEAST_TABLES
    counted, differing = 0, []
    with duckdb.connect(str(built.home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for table in built.tables:
            ours, theirs = _both(connection, built.home, table)
            counted += len(ours)
            assert ours or not table.startswith("intermediate."), (
                f"the lake has nothing for {table}"
            )
            if len(ours) != len(theirs):
                differing.append(f"{table}: {len(ours)} rows, on Spark {len(theirs)}")
            elif wrong := [pair for pair in zip(ours, theirs, strict=True) if not _alike(*pair)]:
                differing.append(f"{table}: {len(wrong)} rows, such as {wrong[0]}")
    assert differing == []
    assert counted > 10_000


def _both(
    connection: duckdb.DuckDBPyConnection, home: Path, table: str
) -> tuple[list[Row], list[Row]]:
    """The rows of a table on either engine, in one order and DuckDB's types."""
    types = connection.execute(f"describe {table}").fetchall()
    columns = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind, *_ in types)
    # Figures with a fraction come last and rounded: the order must not hang on a last digit.
    order = ", ".join(
        [name for name, kind, *_ in types if kind != "DOUBLE"]
        + [f"round({name}, 6)" for name, kind, *_ in types if kind == "DOUBLE"]
    )
    schema, name = table.split(".")
    files = home / "spark" / "warehouse" / f"{schema}.db" / name / "*.parquet"
    return (
        connection.execute(f"select {columns} from {table} order by {order}").fetchall(),
        connection.execute(
            f"select {columns} from read_parquet('{files}') order by {order}"
        ).fetchall(),
    )


def _alike(ours: Row, theirs: Row) -> bool:
    return all(
        math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        if isinstance(one, float) and isinstance(other, float)
        else one == other
        for one, other in zip(ours, theirs, strict=True)
    )
