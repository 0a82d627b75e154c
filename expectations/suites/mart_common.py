"""Checks that facts and KPI marts share: flags, subsets, conservation, shares, size.

Input: a `Table` of a mart suite. Output: checks added to it.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from expectations.checks import Table

# A fact keeps its history, so it only shrinks when a source was lost or a filter went wrong.
LEAST_KEPT_SHARE = 0.9


def flags(table: Table, columns: Sequence[str]) -> None:
    """Each column is 0 or 1, never null: sums of flags are the metrics."""
    table.rule(
        "flags_are_0_or_1",
        columns,
        " or ".join(f"coalesce({column}, -1) not in (0, 1)" for column in columns),
        "Flags are 0 or 1 and never null, because metrics are sums of them.",
    )


def subsets(table: Table, pairs: Iterable[tuple[str, str]]) -> None:
    """Each part is at most its whole, row by row, so that no rate can leave 0..1."""
    for part, whole in pairs:
        table.rule(
            f"{part}_within_{whole}",
            [part, whole],
            f"{part} > {whole}",
            f"`{part}` is a part of `{whole}`; the rate of the two stays within 0 and 1.",
        )


def share_at_least(
    table: Table, name: str, *, part: str, of: str, least: float, description: str
) -> None:
    """The share of rows with flag `part` among those with flag `of` is at least `least`."""
    table.query(
        name,
        [part, of],
        f"select 1 from (select sum({part} * {of}) as part, sum({of}) as whole from {{batch}})"
        f" where whole > 0 and part < {least} * whole",
        description,
    )


def has_not_shrunk(table: Table) -> None:
    """The table has nearly as many rows as when it was last published."""
    table.query(
        "has_not_shrunk",
        [],
        "select 1 from (select count(*) as rows_now from {batch}) where rows_now <"
        f" {LEAST_KEPT_SHARE} * (select max(row_count) from previous_publish"
        f" where table_name = '{table.table}')",
        f"The table keeps at least {LEAST_KEPT_SHARE:.0%} of the rows it had when it was last"
        " published; fewer means that a source was lost.",
        checks_empty=True,
    )


def is_key_of_contact(table: Table) -> None:
    """A contact id, where there is one, is a contact: at most 1 % hang on an unknown one."""
    table.refers_to("contact_id", "core.fct_contact", "contact_id", max_share=0.01)


def components(
    table: Table,
    grain: Sequence[str],
    counts: Sequence[str],
    required: Sequence[str],
) -> None:
    """A KPI mart: one row a grain, additive components that are never null or negative.

    Args:
        table: The mart's checks.
        grain: Columns that identify a row; those not in `required` may be null.
        counts: Additive columns.
        required: Columns of the grain that always have a value.
    """
    table.not_null(*required)
    table.query(
        "one_row_a_grain",
        grain,
        f"select 1 from {{batch}} qualify row_number() over (partition by {', '.join(grain)}) > 1",
        f"One row for each {', '.join(grain)}; a second one would be counted twice.",
    )
    table.rule(
        "components_are_not_negative",
        counts,
        " or ".join(f"coalesce({column}, -1) < 0" for column in counts),
        "Every additive component is there and zero or more.",
    )


def same_total(table: Table, fact: str, totals: Mapping[str, str]) -> None:
    """The mart's sums equal the fact's: {mart column: expression over the fact}."""
    view = fact.replace(".", "__")
    for column, expression in totals.items():
        table.query(
            f"{column}_adds_up_to_{fact.rsplit('.', maxsplit=1)[-1]}",
            [column],
            f"select 1 where (select coalesce(sum({column}), 0) from {{batch}}) <>"
            f" (select coalesce(sum({expression}), 0) from {view})",
            f"`{column}` over all rows equals the figure of `{fact}`: no contact is lost or"
            " counted twice on the way to the mart.",
            tables=[fact],
            checks_empty=True,
        )
