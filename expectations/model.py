"""What a check is and what came of it: plain data, no Great Expectations here.

Input: the suites build `CheckSpec`s. Output: the runner returns `CheckResult`s, which hold
counts only: a failing row may hold personal data and never leaves the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["blocking", "alerting"]
Layer = Literal["raw", "marts"]
Kind = Literal["not_null", "unique", "one_of", "row_rule", "query_rule", "row_count"]


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One expectation on one table.

    Attributes:
        suite: Module of `expectations.suites` it comes from, such as 'raw_zendesk'.
        table: '<dataset>.<table>' of the lake or '<schema>.<model>' of the warehouse.
        name: Unique within the table; reads as the sentence that should hold.
        kind: How it is checked; `expectations.translation` turns it into an expectation.
        severity: 'blocking' stops what comes after, 'alerting' only tells people.
        description: One sentence for people: what holds and why it matters.
        columns: Columns it reads. A missing one counts as all null in the lake (Parquet drops
            columns without values) and as a failure in the marts.
        allowed: The values of a `one_of` check.
        sql: `row_rule`: the condition of a bad row. `query_rule`: a query over `{batch}`
            that gives one row for each violation.
        max_share: Share of rows that may break the rule, 0..1.
        min_rows: Least number of rows of a `row_count` check.
        tables: Other tables of the same layer that the rule joins; if one is missing
            the check is skipped.
        checks_empty: Also run when the table has no rows; any other check passes then.
    """

    suite: str
    table: str
    name: str
    kind: Kind
    severity: Severity
    description: str
    columns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    sql: str = ""
    max_share: float = 0.0
    min_rows: int = 0
    tables: tuple[str, ...] = ()
    checks_empty: bool = False

    @property
    def layer(self) -> Layer:
        """The layer the suite belongs to: raw suites carry the prefix."""
        return "raw" if self.suite.startswith("raw_") else "marts"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The outcome of one check: counts and words, never a row.

    Attributes:
        suite, table, name, columns, severity: As in the spec.
        expectation: Great Expectations type that judged it, such as
            'expect_column_values_to_not_be_null'.
        success: True when it holds, and also when it was skipped.
        rows: Rows looked at; None when skipped.
        unexpected: Rows (or violations) that broke it; None when it could not be counted.
        message: What happened, where, and what to do; empty when it holds.
        skipped: Why it was not run; None when it was.
        loads: Load ids of the failing rows (raw tables only, at most five).
    """

    suite: str
    table: str
    name: str
    expectation: str
    columns: tuple[str, ...]
    severity: Severity
    success: bool
    rows: int | None
    unexpected: int | None
    message: str = ""
    skipped: str | None = None
    loads: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether what comes after must not run."""
        return not self.success and self.severity == "blocking"

    @property
    def observed(self) -> str:
        """The counts as a person reads them."""
        if self.skipped is not None:
            return f"skipped: {self.skipped}"
        if self.unexpected is None:
            return f"{self.rows or 0:,} rows"
        return f"{self.unexpected:,} of {self.rows or 0:,}"
