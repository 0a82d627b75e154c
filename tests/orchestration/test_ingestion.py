"""Landing steps: one a source, one clear failure, rows counted by table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import dagster as dg
import pytest

from ingestion.drift import Drift
from ingestion.errors import CredentialMissing, VendorUnreachable
from ingestion.runs import LandingReport
from orchestration.defs import ingestion as landing
from orchestration.run import RunSummary, run_definition
from orchestration.settings import DEFAULT_SOURCES, Settings
from orchestration.translators import DltTranslator

REPORT = LandingReport(
    source="zendesk", rows={"tickets": 7, "users": 2}, quarantined={"tickets": 1}, seconds=1.5
)


def run_landing(home: Path, source: str, land: landing.Land) -> RunSummary:
    step = landing.landing_step(source, DltTranslator(), land)
    job = dg.define_asset_job("sample", executor_def=dg.in_process_executor)
    definitions = dg.Definitions(assets=[step], jobs=[job])
    return run_definition(definitions.resolve_job_def("sample"), Settings(home=home))


@pytest.mark.parametrize("source", DEFAULT_SOURCES)
def test_a_source_is_one_step_in_a_pool_of_its_own_without_upstreams(source: str) -> None:
    step = landing.landing_step(source, DltTranslator())
    assert step.op.name == f"land_{source}"
    assert step.op.pool == f"dlt_{source}"
    assert {key.path[:2] == ["raw", source] for key in step.keys} == {True}
    assert not any(spec.deps for spec in step.specs), "dlt's default invents an upstream"
    assert dg.AssetKey(["raw", source, "watermarks"]) in step.keys


def test_rows_and_quarantined_rows_are_metadata_of_each_table(tmp_path: Path) -> None:
    summary = run_landing(tmp_path, "zendesk", lambda _: REPORT)
    (step,) = summary.steps
    assert summary.success
    assert step.rows == 9
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        event = instance.get_latest_materialization_event(
            dg.AssetKey(["raw", "zendesk", "tickets"])
        )
        assert event is not None
        assert event.asset_materialization is not None
        metadata = event.asset_materialization.metadata
    assert metadata["dagster/row_count"].value == 7
    assert metadata["quarantined_rows"].value == 1
    assert metadata["landing_seconds"].value == 1.5


def test_datasets_of_a_file_drop_are_summed_up_by_entity() -> None:
    rows = {"files_north.calls": 3, "files_south.calls": 4, "files_south.cases": 5}
    report = LandingReport(source="files", rows=rows, quarantined={}, seconds=0.1)
    assert landing.rows_by_table(report) == {"calls": 7, "cases": 5}


def test_a_missing_credential_is_one_clear_message_and_is_not_tried_again(tmp_path: Path) -> None:
    calls: list[str] = []

    def land(source: str) -> LandingReport:
        calls.append(source)
        raise CredentialMissing(source, ["SOURCES__ZENDESK__API_TOKEN"], "Make one in Zendesk.")

    summary = run_landing(tmp_path, "zendesk", land)
    assert not summary.success
    assert summary.failure.startswith("land_zendesk: zendesk: required setting is missing: ")
    assert "SOURCES__ZENDESK__API_TOKEN" in summary.failure
    assert "Make one in Zendesk." in summary.failure
    assert "Traceback" not in summary.failure
    assert calls == ["zendesk"]


def test_an_unreachable_vendor_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(landing, "RETRIES", dg.RetryPolicy(max_retries=2))
    calls: list[str] = []

    def land(source: str) -> LandingReport:
        calls.append(source)
        if len(calls) < 3:
            raise VendorUnreachable(source, "tickets", "https://x.example/a", "refused", "BASE_URL")
        return REPORT

    assert run_landing(tmp_path, "zendesk", land).success
    assert len(calls) == 3


def test_what_landed_before_a_failure_is_told() -> None:
    error = CredentialMissing("zendesk", ["A"], "Make one.")
    error.report = REPORT
    assert "Landed before it stopped: 9 rows, kept." in str(landing.failure_of(error).description)


def test_a_changed_shape_warns_with_every_change(tmp_path: Path) -> None:
    drift = (
        Drift("tickets", "vip", "appeared", None, "flag"),
        Drift("users", "name", "vanished", "text", None),
    )
    summary = run_landing(tmp_path, "zendesk", lambda _: replace(REPORT, drift=drift))
    assert summary.success
    with dg.DagsterInstance.from_config(str(tmp_path / "dagster")) as instance:
        key = dg.AssetCheckKey(dg.AssetKey(["raw", "zendesk", "watermarks"]), landing.SHAPE)
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.event is not None
        assert record.event.dagster_event is not None
        found = record.event.dagster_event.asset_check_evaluation_data
    assert (found.passed, found.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert found.description == "tickets.vip appeared (flag); users.name vanished (text)"
