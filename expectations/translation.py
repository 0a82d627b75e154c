"""From checks to Great Expectations expectations, and the one expectation of our own.

Input: the specs of one table. Output: expectations to put into its suite, where all SQL rules of
the table travel together as one: Great Expectations spends more time on an expectation than
DuckDB on its query. Imports Great Expectations (seconds): import this only where checks run.
"""

# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
    ExpectColumnValuesToBeInSet,
)
from great_expectations.expectations.core.expect_column_values_to_be_unique import (
    ExpectColumnValuesToBeUnique,
)
from great_expectations.expectations.core.expect_column_values_to_not_be_null import (
    ExpectColumnValuesToNotBeNull,
)
from great_expectations.expectations.core.expect_compound_columns_to_be_unique import (
    ExpectCompoundColumnsToBeUnique,
)
from great_expectations.expectations.core.expect_table_row_count_to_be_between import (
    ExpectTableRowCountToBeBetween,
)
from great_expectations.expectations.core.unexpected_rows_expectation import (
    UnexpectedRowsExpectation,
)
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations.model import CheckSpec

BATCH = "{batch}"
ROWS = "rows_looked_at"


class ExpectRulesToHold(UnexpectedRowsExpectation):
    """For each named SQL rule, at most its share of the rows breaks it.

    The query answers with one row: the number of rows, and for each rule the number that break
    it. Unlike its parent it never fetches the rows themselves, which may hold personal data.
    """

    max_shares: dict[str, float]

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.table",)
    success_keys: ClassVar[tuple[str, ...]] = ("unexpected_rows_query", "max_shares")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        counts = dict(metrics["unexpected_rows_query.table"][0])
        rows = int(counts.pop(ROWS))
        broken = {rule: int(count) for rule, count in counts.items()}
        holds = {
            rule: count <= self.max_shares.get(rule, 0.0) * rows for rule, count in broken.items()
        }
        return {
            "success": all(holds.values()),
            "result": {"observed_value": rows, "details": {"broken": broken, "holds": holds}},
        }


def expectation_for(check: CheckSpec) -> Expectation:
    """The expectation that judges one check.

    Args:
        check: Any check; a SQL rule gives an `ExpectRulesToHold` with that rule alone.

    Returns:
        An expectation whose `meta` names the checks it judges.
    """
    common: dict[str, Any] = {"meta": {"checks": [check.name]}, "severity": _severity([check])}
    match check.kind:
        case "not_null":
            return ExpectColumnValuesToNotBeNull(column=check.columns[0], **common)
        case "unique" if len(check.columns) == 1:
            return ExpectColumnValuesToBeUnique(column=check.columns[0], **common)
        case "unique":
            return ExpectCompoundColumnsToBeUnique(column_list=list(check.columns), **common)
        case "one_of":
            return ExpectColumnValuesToBeInSet(
                column=check.columns[0],
                value_set=list(check.allowed),
                mostly=1 - check.max_share,
                **common,
            )
        case "row_count":
            return ExpectTableRowCountToBeBetween(min_value=check.min_rows, **common)
        case "row_rule" | "query_rule":
            return rules_expectation([check])


def rules_expectation(rules: Sequence[CheckSpec]) -> ExpectRulesToHold:
    """One expectation, and so one query, for several SQL rules of a table."""
    counts = "".join(f", {_count(rule)} as {rule.name}" for rule in rules)
    return ExpectRulesToHold(
        unexpected_rows_query=_escaped(f"select count(*) as {ROWS}{counts} from {BATCH}"),
        max_shares={rule.name: rule.max_share for rule in rules},
        meta={"checks": [rule.name for rule in rules]},
        severity=_severity(rules),
    )


def expectations_for(checks: Sequence[CheckSpec]) -> list[Expectation]:
    """The suite of one table: its SQL rules as one expectation, every other check as its own."""
    rules = [check for check in checks if check.kind in ("row_rule", "query_rule")]
    others = [check for check in checks if check not in rules]
    bundle: list[Expectation] = [rules_expectation(rules)] if rules else []
    return [*(expectation_for(check) for check in others), *bundle]


def _count(rule: CheckSpec) -> str:
    if rule.kind == "row_rule":
        return f"count(*) filter (where {rule.sql})"
    return f"(select count(*) from ({rule.sql}) as violations)"


def _severity(checks: Sequence[CheckSpec]) -> FailureSeverity:
    blocking = any(check.severity == "blocking" for check in checks)
    return FailureSeverity.CRITICAL if blocking else FailureSeverity.WARNING


def _escaped(query: str) -> str:
    """The query with the braces of its patterns doubled: they are no placeholders."""
    doubled = query.replace("{", "{{").replace("}", "}}")
    return doubled.replace("{{batch}}", BATCH)
