"""The runner: what is missing is skipped, what is empty passes, what cannot run says so."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from expectations import registry, runner
from expectations.checks import Table
from expectations.errors import NothingSelectedError, WarehouseUnavailableError
from expectations.runner import run
from tests.expectations.homes import (
    CLEAN_LAKE,
    clean_lake,
    clean_marts,
    write_lake,
    write_warehouse,
)
from tests.expectations.outcomes import failing, failures


def test_a_table_that_never_landed_is_skipped_with_a_reason(tmp_path: Path) -> None:
    results = run("zendesk.tickets", tmp_path)
    assert failures(results) == {}
    assert {result.skipped for result in results} == {
        "the table has not landed: its source is switched off or sent nothing"
    }
    assert {result.rows for result in results} == {None}


def test_a_reference_to_a_table_that_never_landed_is_skipped(tmp_path: Path) -> None:
    write_lake(tmp_path, {"zendesk.tickets": [CLEAN_LAKE["zendesk.tickets"]]})
    skipped = {r.name: r.skipped for r in run("zendesk.tickets", tmp_path) if r.skipped}
    assert skipped["group_id_is_in_groups"] == "needs zendesk.groups, which is not there"


def test_a_table_without_rows_passes(tmp_path: Path) -> None:
    write_lake(tmp_path, {"zendesk.tickets": [CLEAN_LAKE["zendesk.tickets"] + " limit 0"]})
    results = run("zendesk.tickets", tmp_path)
    assert failures(results) == {}
    assert {result.rows for result in results if result.skipped is None} == {0}


def test_a_load_log_without_rows_fails_since_as_of_comes_from_it(tmp_path: Path) -> None:
    write_lake(tmp_path, {"zendesk.watermarks": [CLEAN_LAKE["zendesk.watermarks"] + " limit 0"]})
    assert failing(tmp_path, "zendesk.watermarks") == {"has_rows": "blocking"}


def test_a_column_that_no_file_has_counts_as_empty(tmp_path: Path) -> None:
    row = "* exclude (status, priority) from (select " + CLEAN_LAKE["zendesk.tickets"] + ")"
    write_lake(tmp_path, {"zendesk.tickets": [row]})
    assert failing(tmp_path, "zendesk.tickets") == {"status_is_not_null": "blocking"}


def test_a_mart_column_that_does_not_exist_is_named(tmp_path: Path) -> None:
    tables = clean_marts()
    row = tables["core.dim_queue"][0].replace("queue_sk", "queue_number")
    write_warehouse(tmp_path, tables | {"core.dim_queue": [row]})
    results = run("core.dim_queue", tmp_path)
    assert failures(results) == {"queue_sk_is_not_null": "alerting", "queue_sk_unique": "alerting"}
    assert "Column queue_sk does not exist in core.dim_queue" in results[0].message


def test_marts_can_be_checked_on_the_published_copy(tmp_path: Path) -> None:
    write_warehouse(tmp_path, clean_marts(), path="serving/marts.duckdb")
    results = run("marts", tmp_path, database="published")
    assert failures(results) == {}
    assert any(result.rows for result in results)


def test_a_rule_that_cannot_run_fails_alone_and_quotes_no_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean_lake(tmp_path)
    table = Table("raw_zendesk", "zendesk.groups", "alerting")
    table.rule("holds", ["id"], "id < 0", "Ids are positive.")
    table.rule("is_broken", ["name"], "cast(name as integer) = 1", "Names are numbers.")
    table.not_null("id")
    monkeypatch.setattr(registry, "specs", lambda *_: table.checks)
    results = run("zendesk.groups", tmp_path)
    assert failures(results) == {"is_broken": "alerting"}
    broken = next(result for result in results if not result.success)
    assert broken.unexpected is None
    assert "could not run" in broken.message
    assert "Support" not in broken.message


def test_a_missing_warehouse_says_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(WarehouseUnavailableError, match="build the warehouse"):
        run("marts", tmp_path)


def test_a_warehouse_under_construction_is_not_waited_for(tmp_path: Path) -> None:
    write_warehouse(tmp_path, clean_marts())
    path = tmp_path / "warehouse.duckdb"
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(WarehouseUnavailableError, match="--database published"):
            run("marts", tmp_path)
    finally:
        writer.communicate(b"\n")


def test_checking_changes_neither_the_lake_nor_the_warehouse(tmp_path: Path) -> None:
    clean_lake(tmp_path)
    write_warehouse(tmp_path, clean_marts())
    before = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    run(["raw", "marts"], tmp_path)
    assert {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()} == before
    with duckdb.connect(tmp_path / "warehouse.duckdb") as connection:
        connection.execute("create table still_writable (a int)")


def test_an_unknown_name_says_how_to_list_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(NothingSelectedError, match="expectations list"):
        run("zendesk.tikets", tmp_path)


def test_listing_the_checks_does_not_import_great_expectations() -> None:
    code = (
        "import sys; from expectations import registry, runner; registry.specs();"
        " assert not any(m.startswith('great_expectations') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_usage_statistics_are_off_unless_somebody_turns_them_on() -> None:
    code = "import os, expectations; print(os.environ['GX_ANALYTICS_ENABLED'])"
    run_python = [sys.executable, "-c", code]
    off = subprocess.run(run_python, capture_output=True, text=True, check=True, env={})
    on = {"GX_ANALYTICS_ENABLED": "true"}
    kept = subprocess.run(run_python, capture_output=True, text=True, check=True, env=on)
    assert (off.stdout.strip(), kept.stdout.strip()) == ("false", "true")


def test_no_two_checks_of_a_table_share_a_name() -> None:
    names = [(check.table, check.name) for check in registry.specs([("files_x", "cases")])]
    assert len(names) == len(set(names))


def test_marts_alert_and_never_block() -> None:
    severities = {check.severity for check in registry.specs() if check.layer == "marts"}
    assert severities == {"alerting"}


def test_results_come_in_the_order_of_the_registry(tmp_path: Path) -> None:
    clean_lake(tmp_path)
    names = [(result.table, result.name) for result in run(["raw_hubspot"], tmp_path)]
    listed = [(c.table, c.name) for c in registry.specs() if c.suite == "raw_hubspot"]
    assert names == listed


def test_the_runner_gives_no_examples_of_failing_values() -> None:
    assert runner._RESULT_FORMAT["partial_unexpected_count"] == 0
