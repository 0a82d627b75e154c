"""Lands a folder of reference data on a home of its own and asks the warehouse its questions.

Inputs: a folder with `input/` and `expected/`, as `examples/ticket_parity` maps them. Outputs: the
home's lake and warehouse, and the rows of `dbt_project/analyses/ticket_reference`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from orchestration import parsed_dbt
from semantic.home import DBT_PROJECT_DIR
from semantic.parse import PARSE_CACHE, prepare_manifest

ROOT = Path(__file__).resolve().parents[1]
ANALYSES = "ticket_reference"
# Pseudonyms of this home are compared with nothing, so any key will do.
PSEUDONYM_KEY = "reference data only, no person is in it"


class ParityError(RuntimeError):
    """A step failed; the message says which, and shows the end of what it printed."""


def build(data: Path, home: Path) -> None:
    """Land, transform, and compile the questions. Replaces what the home held.

    Raises:
        ParityError: A folder is missing, or a step failed.
    """
    for part in ("input", "expected"):
        if not (data / part).is_dir():
            raise ParityError(f"{data} has no folder {part}/")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    environment = {
        **os.environ,
        "KONTAKTI_HOME": str(home),
        "KONTAKTI_FILES": str(ROOT / "examples" / "ticket_parity" / "files.yml"),
        "KONTAKTI_DATA": str(data / "input"),
        "KONTAKTI_PSEUDONYM_KEY": PSEUDONYM_KEY,
    }
    python = [sys.executable, "-m"]
    _run("landing", [*python, "ingestion", "land", "files"], environment)
    chosen = [
        "--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR),
        "--target-path", str(home / "target"), "--log-path", str(home / "logs"),
        *_told_as_of(data, home),
    ]  # fmt: skip
    dbt = parsed_dbt.command(prepare_manifest().parent / PARSE_CACHE)
    selection = ["--select", f"+path:analyses/{ANALYSES}"]
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    _run("transformation", [*dbt, "build", *selection, *kinds, *chosen], environment)
    only_questions = ["--select", f"path:analyses/{ANALYSES}"]
    _run("transformation", [*dbt, "compile", *only_questions, *chosen], environment)


def answers(home: Path, question: str) -> Iterator[dict[str, str | None]]:
    """Rows of one question, every value as text.

    Args:
        home: The home that `build` filled.
        question: Name of an analysis, such as `ticket_metrics`.
    """
    compiled = home / "target" / "compiled" / "kontakti" / "analyses" / ANALYSES
    query = (compiled / f"{question}.sql").read_text(encoding="utf-8")
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        yield from _text_rows(connection.sql(query))


def expected(data: Path, question: str) -> Iterator[dict[str, str | None]]:
    """Rows of the expected answers to one question, every value as text."""
    with duckdb.connect() as connection:
        path = str(data / "expected" / f"{question}.csv")
        yield from _text_rows(connection.read_csv(path, sample_size=-1))


def _text_rows(found: duckdb.DuckDBPyRelation) -> Iterator[dict[str, str | None]]:
    texts = found.project(", ".join(f'"{name}"::varchar' for name in found.columns))
    for row in texts.fetchall():
        yield dict(zip(found.columns, row, strict=True))


def _told_as_of(data: Path, home: Path) -> list[str]:
    """As-of is the last record or the end of the expected backlog, whichever is later."""
    days = [row["date_day"] for row in expected(data, "backlog_daily_by_status")]
    marks = str(home / "lake" / "files_*" / "watermarks" / "**" / "*.parquet")
    with duckdb.connect() as connection:
        last: Any = connection.execute(
            "select greatest("
            "(select max(d::date) + interval 1 day from unnest($1::varchar[]) as t(d)),"
            " (select max(watermark_at)::timestamp from read_parquet($2)))",
            [days, marks],
        ).fetchone()
    return ["--vars", f"{{as_of: '{last[0]}'}}"]


def _run(step: str, command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - our own interpreter and modules
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ParityError(f"{step} failed:\n{(done.stdout + done.stderr)[-3000:]}")
