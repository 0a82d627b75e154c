"""What a run added: rows of the published facts before and after.

Inputs: the published file, before and after a run. Outputs: lines for people.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

FACTS = {
    "contacts": "core.fct_contact",
    "legs": "core.fct_contact_leg",
    "cases": "core.fct_case",
    "survey answers": "core.fct_survey_response",
}
Counts = dict[str, int]


def count_published(path: Path) -> Counts:
    """Rows by what they are; empty when nothing is published.

    Args:
        path: The published DuckDB file.
    """
    if not path.is_file():
        return {}
    with duckdb.connect(str(path), read_only=True) as connection:
        return {
            name: connection.table(relation).count("*").fetchall()[0][0]
            for name, relation in FACTS.items()
        }


def news_lines(before: Counts, after: Counts) -> list[str]:
    """One line of what is there, or of what was new since the last run."""
    if not before:
        there = ", ".join(f"{after[name]:,} {name}" for name in FACTS)
        return [f"Published: {there}."]
    grown = {name: after[name] - before.get(name, 0) for name in FACTS}
    if not any(grown.values()):
        return ["Nothing was new at the sources: no fact has more rows than before."]
    new = ", ".join(f"{count:+,} {name}" for name, count in grown.items())
    return [f"New since the last run: {new}."]
