"""What sqlfluff sees of dbt's `adapter`: it renders templates without dbt and without a database.

`adapter.dispatch('to_local', 'kontakti')(at, zone)` renders as the call `to_local(at, zone)`, so
that the SQL around an engine macro is linted whatever the engine writes there. Used by the
linter's configuration (`library_path`), never by dbt.
"""

from __future__ import annotations

from collections.abc import Callable

# Macros that stand for something else than a value.
PLAIN = {
    "lake_rows": "lake_rows",  # a relation, named by globs that are no SQL
    "union_by_name": "union all by name",
    "one_of_each": "select * from one_of_each",
}


def dispatch(macro_name: str, package: str) -> Callable[..., str]:
    """A macro that renders as a plain call of its own name."""

    def render(*arguments: object) -> str:
        if macro_name in PLAIN:
            return PLAIN[macro_name]
        return f"{macro_name}({', '.join(str(a) for a in arguments if isinstance(a, str | int))})"

    return render
