"""What people read over a column: a metric's name, or a word of the translations, by language.

Input: the metrics and `dbt_project/translations/<language>.yml`. Output: a heading a column, and
notes in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from semantic.errors import SemanticError
from semantic.home import DBT_PROJECT_DIR

TRANSLATIONS = DBT_PROJECT_DIR / "translations"
_GRAINS = ("day", "week", "month", "quarter", "year")


def headings(
    columns: Sequence[str], labels: Mapping[str, str], language: str, folder: Path = TRANSLATIONS
) -> list[str]:
    """The heading of every column.

    Args:
        columns: Metrics, dimensions (`queue__queue_name`), times with a grain, and notes.
        labels: The metrics' names in that language.
        language: Code of a file of translations: en, fi, sv.
        folder: Where the translations are.

    Raises:
        SemanticError: There are no translations of that language.
    """
    terms = _texts(language, folder)["columns"]
    return [_heading(column, labels, terms) for column in columns]


def spoken_notes(
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    language: str,
    folder: Path = TRANSLATIONS,
) -> list[list[Any]]:
    """The rows with their notes, such as `suppressed`, in a language; see `headings` for errors."""
    words = _texts(language, folder)["notes"]
    notes = [column.endswith("_note") for column in columns]
    return [
        [
            words.get(value, value) if is_note else value
            for value, is_note in zip(row, notes, strict=True)
        ]
        for row in rows
    ]


def _heading(column: str, labels: Mapping[str, str], terms: Mapping[str, str]) -> str:
    if column in labels:
        return labels[column]
    if column in terms:
        return terms[column]
    if column.endswith("_note"):
        stem = _heading(column.removesuffix("_note"), labels, terms)
        return f"{stem}, {terms['note'].lower()}"
    *_, name = [part for part in column.split("__") if part not in _GRAINS]
    return terms.get(name, column)


@lru_cache(maxsize=8)
def _texts(language: str, folder: Path) -> dict[str, dict[str, str]]:
    known = sorted(path.stem for path in folder.glob("*.yml"))
    if language not in known:
        raise SemanticError(f"There is no language '{language}': take one of {', '.join(known)}.")
    texts = yaml.safe_load((folder / f"{language}.yml").read_text(encoding="utf-8"))
    return {part: texts[part] for part in ("columns", "notes")}
