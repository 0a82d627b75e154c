"""Runs checks with Great Expectations inside DuckDB and returns counts.

Input: names of layers, suites or tables and a home folder. Output: one `CheckResult` a check.
All checks of a table go in one validation (one scan answers most of them), all tables share one
engine, and each run has a fresh context that leaves nothing on disk.
Run alone: `python -m expectations run --layer raw`.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from expectations import registry, scratch
from expectations.checks import scratch_name
from expectations.model import CheckResult, CheckSpec
from expectations.scratch import Connection, Database, View
from expectations.settled import Settled

if TYPE_CHECKING:
    from great_expectations.core.expectation_validation_result import (
        ExpectationValidationResult,
    )
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation

    from expectations.duckdb_datasource import DuckDBDatasource

# No example of a failing value is ever asked for.
_RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
# Errors whose text names columns and tables only; others may quote a value.
_SAFE_ERRORS = ("BinderException", "CatalogException", "ParserException")
_NOT_LANDED = "the table has not landed: its source is switched off or sent nothing"
_NOT_BUILT = "the table has not been built"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Great Expectations said of one check: counts, or why it could not run."""

    expectation: str
    success: bool
    unexpected: int | None
    error: str | None = None


def run(
    names: str | Iterable[str],
    home: Path,
    database: Database = "warehouse",
    settled: Settled | None = None,
) -> list[CheckResult]:
    """Check the named layers ('raw', 'marts'), suites ('core') or tables ('zendesk.tickets').

    Args:
        names: One name or several.
        home: Home folder with `lake/` and `warehouse.duckdb`.
        database: Where the marts are read: the warehouse, or the published copy.
        settled: Results of landed tables that are as they were; brought up to date by the run.
            None checks every table.

    Returns:
        One result a check, in the order of the registry. A table that is not there gives skipped
        results, a table without rows passes all but the checks made for that.

    Raises:
        NothingSelectedError: A name is unknown.
        WarehouseUnavailableError: The marts cannot be read.
    """
    checks = registry.select(registry.specs(registry.landed_file_tables(home)), names)
    results: dict[tuple[str, str], CheckResult] = {}
    for layer in ("raw", "marts"):
        of_layer = [check for check in checks if check.layer == layer]
        if settled is not None and layer == "raw":
            of_layer = _without_settled(of_layer, settled, results)
        if not of_layer:
            continue
        with _scratch_datasource() as (datasource, connection):
            if layer == "raw":
                views = scratch.open_raw(connection, home, _columns_by_table(of_layer))
            else:
                views = scratch.open_marts(connection, home, _tables_of(of_layer), database)
            for table in dict.fromkeys(check.table for check in of_layer):
                of_table = [check for check in of_layer if check.table == table]
                found = list(_check_table(datasource, connection, table, of_table, views))
                results.update({(each.table, each.name): each for each in found})
                if settled is not None and layer == "raw":
                    settled.note(table, of_table, found)
    if settled is not None:
        settled.write()
    return [results[check.table, check.name] for check in checks]


def _without_settled(
    checks: Sequence[CheckSpec], settled: Settled, results: dict[tuple[str, str], CheckResult]
) -> list[CheckSpec]:
    """The checks of tables that are not as they were; the results of the others are filled in."""
    left: list[CheckSpec] = []
    for table in dict.fromkeys(check.table for check in checks):
        of_table = [check for check in checks if check.table == table]
        known = settled.results(table, of_table)
        if known is None:
            left += of_table
        else:
            results.update({(each.table, each.name): each for each in known})
    return left


@contextmanager
def _scratch_datasource() -> Iterator[tuple[DuckDBDatasource, Connection]]:
    """A fresh context on a fresh in-memory database, and a connection to make views with."""
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    # Seconds to import, so only here.
    import great_expectations as gx  # noqa: PLC0415
    from great_expectations.data_context.types.base import ProgressBarsConfig  # noqa: PLC0415

    from expectations import duckdb_datasource  # noqa: PLC0415

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # A named in-memory database is shared by all connections of the process.
    url = f"duckdb:///:memory:expectations_{uuid.uuid4().hex}"
    datasource = cast(
        "duckdb_datasource.DuckDBDatasource",
        cast("Any", context.data_sources).add_duckdb(name="scratch", connection_string=url),
    )
    kept_open = datasource.get_engine().raw_connection()
    try:
        yield datasource, cast("Connection", kept_open.driver_connection)
    finally:
        kept_open.close()
        datasource.get_execution_engine().close()
        datasource.get_engine().dispose()


def _check_table(
    datasource: DuckDBDatasource,
    connection: Connection,
    table: str,
    checks: Sequence[CheckSpec],
    views: dict[str, View],
) -> Iterator[CheckResult]:
    """Results of one table's checks, those that need no validation first."""
    view = views.get(table)
    to_validate: list[CheckSpec] = []
    for check in checks:
        missing_tables = [other for other in check.tables if other not in views]
        if view is None:
            yield _skipped(check, _NOT_LANDED if check.layer == "raw" else _NOT_BUILT)
        elif missing_tables:
            yield _skipped(check, f"needs {', '.join(missing_tables)}, which is not there")
        elif check.layer == "marts" and set(check.columns) - view.columns:
            yield _without_column(check, view)
        elif view.rows == 0 and not check.checks_empty:
            yield _without_rows(check)
        else:
            to_validate.append(check)
    if view is not None and to_validate:
        yield from _validated(datasource, connection, table, to_validate, view)


def _validated(
    datasource: DuckDBDatasource,
    connection: Connection,
    table: str,
    checks: Sequence[CheckSpec],
    view: View,
) -> Iterator[CheckResult]:
    from expectations.translation import expectation_for, expectations_for  # noqa: PLC0415

    asset = datasource.add_table_asset(name=table, table_name=scratch_name(table))
    batch = asset.add_batch_definition_whole_table("whole").get_batch()
    verdicts = _validate(batch, expectations_for(checks), checks, view)
    # One rule that cannot run takes the rest of its query with it: try them one by one.
    suspects = [check for check in checks if verdicts[check.name].error is not None]
    if len(suspects) > 1:
        verdicts |= _validate(batch, [expectation_for(one) for one in suspects], suspects, view)
    for check in checks:
        verdict = verdicts[check.name]
        loads = [] if verdict.success or verdict.error else _failing_loads(connection, check)
        yield CheckResult(
            suite=check.suite,
            table=check.table,
            name=check.name,
            expectation=verdict.expectation,
            columns=check.columns,
            severity=check.severity,
            success=verdict.success,
            rows=view.rows,
            unexpected=verdict.unexpected,
            message="" if verdict.success else verdict.error or _advice(check, loads),
            loads=tuple(loads),
        )


def _validate(
    batch: Batch, expectations: Sequence[Expectation], checks: Sequence[CheckSpec], view: View
) -> dict[str, Verdict]:
    """Verdicts by name of check, from one validation of the expectations."""
    import great_expectations as gx  # noqa: PLC0415

    suite = gx.ExpectationSuite(name=uuid.uuid4().hex, expectations=list(expectations))
    validation = batch.validate(suite, result_format=cast("Any", _RESULT_FORMAT))
    outcomes: dict[str, ExpectationValidationResult] = {}
    for outcome in validation.results:
        if outcome.expectation_config is not None:
            meta = cast("dict[str, list[str]]", outcome.expectation_config.meta)
            outcomes.update(dict.fromkeys(meta["checks"], outcome))
    return {check.name: _verdict(check, outcomes[check.name], view) for check in checks}


def _verdict(check: CheckSpec, outcome: ExpectationValidationResult, view: View) -> Verdict:
    config = outcome.expectation_config
    expectation = str(config.type) if config is not None else ""
    error = _error_of(outcome.exception_info)
    if error is not None:
        return Verdict(expectation, False, None, f"The check could not run: {error}")
    details = outcome.result.get("details") or {}
    if check.name in details.get("broken", {}):
        return Verdict(expectation, details["holds"][check.name], details["broken"][check.name])
    if check.kind == "row_count":
        missing = max(0, check.min_rows - view.rows)
        return Verdict(expectation, bool(outcome.success), missing)
    unexpected = int(outcome.result.get("unexpected_count") or 0)
    return Verdict(expectation, bool(outcome.success), unexpected)


def _failing_loads(connection: Connection, check: CheckSpec) -> list[str]:
    condition = _condition(check)
    if check.layer != "raw" or condition is None:
        return []
    return scratch.failing_loads(connection, check.table, condition)


def _error_of(exception_info: dict[str, Any]) -> str | None:
    """Why an expectation raised, without any value from the data; None when it did not."""
    infos = [exception_info, *(value for value in exception_info.values() if _is_info(value))]
    for info in infos:
        if info.get("raised_exception"):
            text = str(info.get("exception_message") or "")
            first_line = text.splitlines()[0] if text else "no message"
            if any(name in first_line for name in _SAFE_ERRORS):
                return first_line
            return f"{first_line.split(' ')[0].strip('()') or 'an error'} in the database"
    return None


def _is_info(value: object) -> bool:
    return isinstance(value, dict) and "raised_exception" in value


def _condition(check: CheckSpec) -> str | None:
    """SQL condition of a failing row, where a row alone can fail."""
    match check.kind:
        case "not_null":
            return f"{check.columns[0]} is null"
        case "one_of":
            allowed = ", ".join(f"'{value}'" for value in check.allowed)
            return f"{check.columns[0]} not in ({allowed})"
        case "row_rule":
            return check.sql
        case _:
            return None


def _advice(check: CheckSpec, loads: Sequence[str]) -> str:
    expected = check.description
    if check.layer == "marts":
        return f"{expected} Compare with the last publish before relying on this table."
    where = f"lake/{check.table.replace('.', '/')}"
    came_with = f" They came with load(s) {', '.join(loads)}." if loads else ""
    if check.severity == "alerting":
        return f"{expected}{came_with} Nothing is stopped; tell the owner of the source."
    return (
        f"{expected}{came_with} Marts are not rebuilt until it holds: mend the source, move the"
        f" bad load's files out of {where} and land again."
    )


def _without_rows(check: CheckSpec) -> CheckResult:
    return _unrun(check, success=True, rows=0, unexpected=0)


def _without_column(check: CheckSpec, view: View) -> CheckResult:
    missing = ", ".join(sorted(set(check.columns) - view.columns))
    message = f"Column {missing} does not exist in {check.table}: model and suite disagree."
    return _unrun(check, success=False, rows=view.rows, message=message)


def _skipped(check: CheckSpec, reason: str) -> CheckResult:
    return _unrun(check, success=True, skipped=reason)


def _unrun(
    check: CheckSpec,
    *,
    success: bool,
    rows: int | None = None,
    unexpected: int | None = None,
    message: str = "",
    skipped: str | None = None,
) -> CheckResult:
    """The result of a check that needed no validation."""
    return CheckResult(
        suite=check.suite,
        table=check.table,
        name=check.name,
        expectation="",
        columns=check.columns,
        severity=check.severity,
        success=success,
        rows=rows,
        unexpected=unexpected,
        message=message,
        skipped=skipped,
    )


def _tables_of(checks: Iterable[CheckSpec]) -> list[str]:
    """Tables the checks read, their own and those they join."""
    return list(dict.fromkeys(t for check in checks for t in (check.table, *check.tables)))


def _columns_by_table(checks: Iterable[CheckSpec]) -> dict[str, set[str]]:
    """Columns read, by table; each dataset's load log is always there for the clock."""
    columns: dict[str, set[str]] = {}
    for check in checks:
        columns.setdefault(check.table, set()).update(check.columns)
        for other in (*check.tables, f"{check.table.split('.', 1)[0]}.watermarks"):
            columns.setdefault(other, set())
    return columns
