"""Names and texts as SQL spells them, for statements that take no parameters."""

from __future__ import annotations


def identifier(name: str) -> str:
    """A name of a schema, table or column, in quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A text, in quotes."""
    return "'" + value.replace("'", "''") + "'"
