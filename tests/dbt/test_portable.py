"""No SQL that only DuckDB takes stands outside `macros/engine`.

A text is no parse: the rules name what this project has had or would be likely to have, and what
Spark 4 refuses, tried in its own session. Spark 4.3 takes QUALIFY, FILTER, recursive CTEs and named
windows. It refuses `varchar` without a length; both engines know texts as `string`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semantic.home import DBT_PROJECT_DIR

ENGINE = DBT_PROJECT_DIR / "macros" / "engine"
# The live path is a process of its own that holds its rows in DuckDB.
LIVE = {DBT_PROJECT_DIR / "macros" / "lake" / "live_window.sql"}
RULES = {
    "whole division": r"//",
    "cast by colons": r"::",
    "columns by exception": r"\* *(exclude|replace) *\(",
    "union by name": r"union +all +by +name",
    "group or order by all": r"(group|order) +by +all\b",
    "list and struct functions": r"\b(list_\w+|struct_pack|unnest|array_agg|range)\(",
    "DuckDB's dates": r"\b(epoch\w*|isodow|strf\w+|strp\w+|to_(days|\w+s)|time_bucket)\(",
    "DuckDB's texts": r"\b(string_agg|regexp_matches|string_split|format)\(",
    "series": r"\bgenerate_series\(",
    "files": r"\b(read_\w+|glob)\(",
    "cast or null": r"\btry_cast\(",
    "comparison of rows": r"\brow\(",
    "texts of a length": r"\bvarchar\b",
}


def texts() -> list[Path]:
    found = [
        path
        for folder in ("models", "tests", "macros")
        for path in (DBT_PROJECT_DIR / folder).glob("**/*.sql")
    ]
    return [path for path in found if ENGINE not in path.parents and path not in LIVE]


def sql_of(path: Path) -> str:
    """The text without comments of SQL and Jinja."""
    text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"--[^\n]*", "", text)


@pytest.mark.parametrize("rule", RULES)
def test_only_the_engine_macros_speak_duckdb(rule: str) -> None:
    pattern = re.compile(RULES[rule], re.IGNORECASE | re.MULTILINE)
    paths = texts()
    assert len(paths) > 100
    wrong = [
        f"{path.relative_to(DBT_PROJECT_DIR)}: {match.group().strip()}"
        for path in paths
        for match in pattern.finditer(sql_of(path))
    ]
    assert wrong == []


def test_columns_are_declared_in_types_that_both_engines_know() -> None:
    paths = list(DBT_PROJECT_DIR.glob("*/**/_*.yml"))
    assert len(paths) > 10
    assert [path.name for path in paths if "varchar" in path.read_text(encoding="utf-8")] == []


def test_every_engine_macro_speaks_both_engines() -> None:
    texts = "".join(path.read_text(encoding="utf-8") for path in ENGINE.glob("*.sql"))
    duckdb, spark = (
        set(re.findall(rf"macro {name}__(\w+)\(", texts)) for name in ("duckdb", "spark")
    )
    asked = set(re.findall(r"adapter\.dispatch\('(\w+)', 'kontakti'\)", texts))
    assert len(asked) > 20
    assert (asked - duckdb, asked - spark) == (set(), set())
