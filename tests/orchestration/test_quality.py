"""Checks on landed tables stop the build and say so; checks on marts only warn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from expectations.model import CheckResult, CheckSpec
from orchestration.defs.quality import check_step, outcome_table
from orchestration.run import RunSummary, run_definition
from orchestration.settings import Settings

RULE = CheckSpec(
    suite="raw_zendesk",
    table="zendesk.tickets",
    name="id_is_not_null",
    kind="not_null",
    severity="blocking",
    description="`id` always has a value.",
    columns=("id",),
)
HOLDS = CheckResult(
    suite="raw_zendesk",
    table="zendesk.tickets",
    name="id_is_not_null",
    expectation="expect_column_values_to_not_be_null",
    columns=("id",),
    severity="blocking",
    success=True,
    rows=100,
    unexpected=0,
)
BREAKS = replace(HOLDS, success=False, unexpected=3, message="3 tickets have no id. Mend it.")


@dg.asset(key=["raw", "zendesk", "tickets"])
def tickets() -> None: ...


@dg.asset(key=["raw", "files", "calls"])
def calls() -> None: ...


@dg.asset(key=["core", "fct_case"], deps=[tickets, calls])
def fct_case() -> None: ...


def run_checks(
    home: Path, specs: list[CheckSpec], results: list[CheckResult], layer: str = "raw"
) -> RunSummary:
    step = check_step("checks", "raw" if layer == "raw" else "marts", specs, lambda *_: results)
    job = dg.Definitions(
        assets=[tickets, calls, fct_case],
        asset_checks=[step],
        jobs=[dg.define_asset_job("sample", executor_def=dg.in_process_executor)],
    ).resolve_job_def("sample")
    return run_definition(job, Settings(home=home))


def phases(summary: RunSummary) -> dict[str, str]:
    return {step.step: step.phase for step in summary.steps}


def test_a_bad_load_does_not_reach_the_warehouse_and_the_run_says_why(tmp_path: Path) -> None:
    summary = run_checks(tmp_path, [RULE], [BREAKS])
    assert phases(summary)["checks"] == "failed"
    assert phases(summary)["core__fct_case"] == "skipped"
    assert "dbt does not run" in summary.failure
    assert (
        "zendesk.tickets: id_is_not_null (3 of 100). 3 tickets have no id. Mend it."
        in summary.failure
    )


def test_a_good_load_goes_on(tmp_path: Path) -> None:
    summary = run_checks(tmp_path, [RULE], [HOLDS])
    assert summary.success
    assert phases(summary)["core__fct_case"] == "succeeded"


def test_an_alerting_rule_warns_and_stops_nothing(tmp_path: Path) -> None:
    summary = run_checks(
        tmp_path,
        [replace(RULE, severity="alerting")],
        [replace(BREAKS, severity="alerting")],
    )
    assert summary.success
    (warning,) = summary.warnings
    assert warning.startswith("raw/zendesk/tickets: alerting_expectations. ")
    assert "3 tickets have no id. Mend it." in warning


def test_one_bad_dataset_of_a_file_drop_fails_the_check_of_its_entity(tmp_path: Path) -> None:
    rule = replace(RULE, suite="raw_files", table="files.calls", name="call_id_is_not_null")
    results = [
        replace(HOLDS, table="files_north.calls", name=rule.name),
        replace(BREAKS, table="files_south.calls", name=rule.name),
    ]
    summary = run_checks(tmp_path, [rule], results)
    assert "files_south.calls" in summary.failure
    assert "files_north.calls" not in summary.failure


def test_an_entity_that_nothing_maps_to_passes_as_skipped(tmp_path: Path) -> None:
    rule = replace(RULE, suite="raw_files", table="files.calls", name="call_id_is_not_null")
    summary = run_checks(tmp_path, [rule], [])
    assert summary.success
    assert {s.step: s.checks_passed for s in summary.steps}["checks"] == 1


@pytest.mark.parametrize(("severity", "blocks"), [("blocking", True), ("alerting", False)])
def test_only_blocking_rules_become_blocking_checks(severity: str, blocks: bool) -> None:
    rule = replace(RULE, severity="blocking" if severity == "blocking" else "alerting")
    step = check_step("checks", "raw", [rule], lambda *_: [])
    assert [spec.blocking for spec in step.check_specs] == [blocks]


def test_rules_of_one_severity_on_one_table_are_one_check() -> None:
    rules = [RULE, replace(RULE, name="id_unique"), replace(RULE, name="odd", severity="alerting")]
    step = check_step("checks", "raw", rules, lambda *_: [])
    assert {spec.name for spec in step.check_specs} == {
        "blocking_expectations",
        "alerting_expectations",
    }
    (blocking,) = [spec for spec in step.check_specs if spec.blocking]
    assert "id_is_not_null" in str(blocking.description)
    assert "id_unique" in str(blocking.description)


def test_every_rule_is_listed_with_its_counts_and_failures_first() -> None:
    table = outcome_table([HOLDS, replace(BREAKS, name="id_unique")])
    assert table.splitlines()[2:] == [
        "| id_unique | zendesk.tickets | NO | 3 of 100 |",
        "| id_is_not_null | zendesk.tickets | yes | 0 of 100 |",
    ]
