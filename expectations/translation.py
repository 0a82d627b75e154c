"""From a `CheckSpec` to a Great Expectations expectation, and the one expectation of our own.

Input: specs. Output: expectations to put into a suite. Imports Great Expectations (seconds):
import this module only where checks run.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

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

from expectations.model import CheckSpec

BATCH = "{batch}"


class ExpectFewRowsFrom(UnexpectedRowsExpectation):
    """At most a share of a table's rows come back from a query that selects the bad ones.

    Unlike its parent it only ever counts them: the rows stay in the database, since they may
    hold personal data.
    """

    max_share: float = 0.0

    metric_dependencies: ClassVar[tuple[str, ...]] = (
        "unexpected_rows_query.row_count",
        "table.row_count",
    )
    success_keys: ClassVar[tuple[str, ...]] = ("unexpected_rows_query", "max_share")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any] | None = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        unexpected = int(metrics["unexpected_rows_query.row_count"])
        rows = int(metrics["table.row_count"])
        allowed = self.max_share * rows
        return {
            "success": unexpected <= allowed,
            "result": {"unexpected_count": unexpected, "element_count": rows},
        }


def expectation_for(spec: CheckSpec) -> Expectation:
    """The expectation that judges a spec; its id in the suite is the spec's name."""
    return _build(spec, severity="critical" if spec.severity == "blocking" else "warning")


def _build(spec: CheckSpec, severity: str) -> Expectation:
    common: dict[str, Any] = {"meta": {"check": spec.name}, "severity": severity}
    match spec.kind:
        case "not_null":
            return ExpectColumnValuesToNotBeNull(column=spec.columns[0], **common)
        case "unique" if len(spec.columns) == 1:
            return ExpectColumnValuesToBeUnique(column=spec.columns[0], **common)
        case "unique":
            return ExpectCompoundColumnsToBeUnique(column_list=list(spec.columns), **common)
        case "one_of":
            return ExpectColumnValuesToBeInSet(
                column=spec.columns[0],
                value_set=list(spec.allowed),
                mostly=1 - spec.max_share,
                **common,
            )
        case "row_count":
            return ExpectTableRowCountToBeBetween(min_value=spec.min_rows, **common)
        case "row_rule":
            query = f"select 1 from {BATCH} where {spec.sql}"
        case "query_rule":
            query = spec.sql
    return ExpectFewRowsFrom(
        unexpected_rows_query=_escaped(query), max_share=spec.max_share, **common
    )


def _escaped(query: str) -> str:
    """The query with the braces of its patterns doubled: they are no placeholders."""
    doubled = query.replace("{", "{{").replace("}", "}}")
    return doubled.replace("{{batch}}", BATCH)
