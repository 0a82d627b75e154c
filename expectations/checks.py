"""The words the suites are written in: one short function for each kind of check.

Input: column names and SQL conditions. Output: `CheckSpec`s bound to a suite and table by `Table`.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from expectations.model import CheckSpec, Severity

PSEUDONYM_PATTERN = "[0-9a-f]{32}"
# No record of a contact centre in use today is older; a smaller year means seconds were read
# as milliseconds or a date was parsed with day and month swapped.
EARLIEST = "timestamp '2000-01-01'"
# How far a record may lie ahead of the vendor's clock as it was when the load began: a large
# first load takes hours and meets records younger than its beginning.
CLOCK_SLACK = "interval 1 day"
# One bad record must not stop the house, a bad feed must.
BAD_FEED_SHARE = 0.01


@dataclass
class Table:
    """Collects the checks of one table.

    Example: `t = Table("raw_zendesk", "zendesk.tickets"); t.not_null("id"); t.checks`.
    """

    suite: str
    table: str
    severity: Severity
    checks: list[CheckSpec] = field(default_factory=list)

    def _add(self, spec: CheckSpec) -> None:
        self.checks.append(spec)

    def _spec(self, name: str, description: str, severity: Severity | None) -> CheckSpec:
        return CheckSpec(
            suite=self.suite,
            table=self.table,
            name=name,
            kind="row_rule",
            severity=severity or self.severity,
            description=description,
        )

    def not_null(self, *columns: str, severity: Severity | None = None) -> None:
        """Each of the columns always has a value."""
        for column in columns:
            spec = self._spec(f"{column}_is_not_null", f"`{column}` always has a value.", severity)
            self._add(replace(spec, kind="not_null", columns=(column,)))

    def unique(self, *columns: str, severity: Severity | None = None) -> None:
        """No two rows share the columns' values."""
        name = f"{'_and_'.join(columns).strip('_')}_unique"
        text = " and ".join(f"`{column}`" for column in columns)
        spec = self._spec(name, f"No two rows share the same {text}.", severity)
        self._add(replace(spec, kind="unique", columns=columns))

    def one_of(
        self,
        column: str,
        allowed: Iterable[str],
        severity: Severity | None = None,
        max_share: float = 0.0,
    ) -> None:
        """The column holds only known values (or none)."""
        spec = self._spec(
            f"{column}_is_known",
            f"`{column}` holds only values the models know; a new one would fall into 'other'.",
            severity,
        )
        self._add(
            replace(
                spec,
                kind="one_of",
                columns=(column,),
                allowed=tuple(allowed),
                max_share=max_share,
            )
        )

    def rule(
        self,
        name: str,
        columns: Iterable[str],
        bad: str,
        description: str,
        *,
        severity: Severity | None = None,
        max_share: float = 0.0,
        tables: Iterable[str] = (),
    ) -> None:
        """No row (or at most `max_share` of them) meets the SQL condition `bad`."""
        self._add(
            replace(
                self._spec(name, description, severity),
                columns=tuple(columns),
                sql=bad,
                max_share=max_share,
                tables=tuple(tables),
            )
        )

    def query(
        self,
        name: str,
        columns: Iterable[str],
        sql: str,
        description: str,
        *,
        severity: Severity | None = None,
        max_share: float = 0.0,
        tables: Iterable[str] = (),
        checks_empty: bool = False,
    ) -> None:
        """The query over `{batch}`, which gives one row for each violation, gives none."""
        self._add(
            replace(
                self._spec(name, description, severity),
                kind="query_rule",
                columns=tuple(columns),
                sql=sql,
                max_share=max_share,
                tables=tuple(tables),
                checks_empty=checks_empty,
            )
        )

    def min_rows(self, rows: int, severity: Severity | None = None) -> None:
        """The table has at least so many rows; the one check an empty table can fail."""
        spec = self._spec("has_rows", f"The table has at least {rows:,} row(s).", severity)
        self._add(replace(spec, kind="row_count", min_rows=rows, checks_empty=True))

    def pattern(self, column: str, pattern: str, severity: Severity | None = None) -> None:
        """A value, where there is one, matches the whole pattern (RE2 syntax)."""
        self.rule(
            f"{column}_is_well_formed",
            [column],
            f"not regexp_full_match({column}, '{pattern}')",
            f"`{column}` looks like {pattern}: anything else is another field's value.",
            severity=severity,
        )

    def pseudonyms(self, *columns: str) -> None:
        """The columns hold keyed hashes only: a clear e-mail or number in the lake is a leak."""
        for column in columns:
            self.rule(
                f"{column}_is_pseudonymised",
                [column],
                f"not regexp_full_match({column}, '{PSEUDONYM_PATTERN}')",
                f"`{column}` holds 32 hexadecimal characters of a keyed hash, never a clear"
                " address or number.",
                severity="blocking",
            )

    def past(self, column: str, horizon: str) -> None:
        """The times are plausible: not before 2000, not ahead of `horizon` (a SQL expression).

        Two checks from one rule: any bad row is worth a word, a bad feed stops the run.
        """
        bad = f"{column} < {EARLIEST} or {column} > {horizon} + {CLOCK_SLACK}"
        self.rule(
            f"{column}_is_plausible",
            [column],
            bad,
            f"`{column}` lies between 2000 and the source's clock; a record that does not had a"
            " wrong clock.",
            severity="alerting",
        )
        if self.severity == "blocking":
            self.rule(
                f"{column}_feed_is_plausible",
                [column],
                bad,
                f"At least {1 - BAD_FEED_SHARE:.0%} of `{column}` lie between 2000 and the"
                " source's clock; fewer means a wrong unit or time zone.",
                severity="blocking",
                max_share=BAD_FEED_SHARE,
            )

    def in_order(self, *columns: str, max_share: float = 0.0) -> None:
        """Each time is at or after the one before it, where both are known."""
        for first, second in itertools.pairwise(columns):
            self.rule(
                f"{second}_not_before_{first}",
                [first, second],
                f"{second} < {first}",
                f"`{second}` never lies before `{first}`.",
                severity="alerting",
                max_share=max_share,
            )

    def not_negative(self, *columns: str, severity: Severity | None = None) -> None:
        """The numbers are zero or more, where known."""
        for column in columns:
            self.rule(
                f"{column}_is_not_negative",
                [column],
                f"{column} < 0",
                f"`{column}` is zero or more.",
                severity=severity,
            )

    def between(
        self, column: str, low: float, high: float, severity: Severity | None = None
    ) -> None:
        """The number lies in the closed range, where known."""
        self.rule(
            f"{column}_in_range",
            [column],
            f"{column} not between {low} and {high}",
            f"`{column}` lies between {low} and {high}.",
            severity=severity,
        )

    def refers_to(self, column: str, table: str, key: str, max_share: float = 0.0) -> None:
        """The value, where there is one, is a key of the other table of the layer."""
        self.rule(
            f"{column}_is_in_{table.rsplit('.', maxsplit=1)[-1]}",
            [column],
            f"{column} is not null and {column} not in"
            f" (select {key} from {scratch_name(table)} where {key} is not null)",
            f"`{column}` is a key of `{table}`; otherwise rows lose their name and team.",
            severity="alerting",
            max_share=max_share,
            tables=[table],
        )


def scratch_name(table: str) -> str:
    """Name of a table's view in the scratch database: '<dataset>.<table>' has no dot there.

    Great Expectations cannot reflect a DuckDB view outside the default schema.
    """
    return table.replace(".", "__")


def suite(name: str, severity: Severity) -> Callable[[str], Table]:
    """A maker of `Table`s of one suite with its usual severity."""
    return lambda table: Table(suite=name, table=table, severity=severity)
