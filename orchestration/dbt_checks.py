"""What a test of dbt says must hold, in a sentence, for the asset check that shows it.

Input: a test of dbt's manifest. Output: its description; dbt asks none of a test.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

SENTENCES = {
    "unique": "No two rows have the same {column_name}.",
    "not_null": "{column_name} is never empty.",
    "unique_key": "{column_name} identifies a row: never empty, never twice.",
    "unique_together": "No two rows have the same {columns}.",
    "accepted_values": "{column_name} is one of {values}.",
    "relationships": "Every {column_name} is a {field} of what it points at.",
    "references_exist": "What it points at exists: {references}.",
    "flags_are_zero_or_one": "Each flag is 0 or 1: {columns}.",
    "never_negative": "No number is below zero: {columns}.",
}
_FIRST_COMMENT = re.compile(r"^--.*(?:\n--.*)*", re.MULTILINE)


def said_of(test: Mapping[str, Any]) -> str | None:
    """The sentence of a generic test, or the comment that a test of its own opens with."""
    if test.get("description"):
        return str(test["description"])
    generic = test.get("test_metadata") or {}
    if sentence := SENTENCES.get(generic.get("name", "")):
        return sentence.format(**{key: _listed(of) for key, of in generic["kwargs"].items()})
    comment = _FIRST_COMMENT.search(test.get("raw_code") or "")
    return " ".join(comment[0].replace("--", "").split()) if comment else None


def _listed(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} as {of}" for key, of in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
