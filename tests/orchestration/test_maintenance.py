"""Maintenance deletes what is old and nothing that somebody still needs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.dagster_run import DagsterRunStatus

from orchestration.defs.maintenance import build_definitions
from orchestration.instance import open_instance
from orchestration.run import run_definition
from orchestration.run_records import expire_cycles, expire_runs
from orchestration.settings import Settings

LIVE = dg.AssetKey(["serving", "live"])


@dg.job
def daily() -> None:
    pass


def test_old_runs_go_but_the_last_success_of_a_job_and_runs_under_way_stay(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        runs = [
            instance.create_run_for_job(daily, status=status).run_id
            for status in (
                DagsterRunStatus.SUCCESS,
                DagsterRunStatus.SUCCESS,
                DagsterRunStatus.FAILURE,
                DagsterRunStatus.STARTED,
            )
        ]
        log = tmp_path / "dagster" / "storage" / runs[0] / "compute_logs"
        log.mkdir(parents=True)
        assert expire_runs(instance, datetime.now(UTC) - timedelta(days=1)) == 0
        assert expire_runs(instance, datetime.now(UTC) + timedelta(seconds=1)) == 2
        left = {run.run_id for run in instance.get_runs()}
    assert left == {runs[1], runs[3]}
    assert not log.parent.exists()


def test_old_cycles_of_the_live_path_go_and_the_last_of_each_stays(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        for number in range(3):
            for event in (
                dg.AssetMaterialization(LIVE, metadata={"cycle": number}),
                dg.AssetCheckEvaluation(asset_key=LIVE, check_name="live_tests", passed=True),
            ):
                instance.report_runless_asset_event(event)
        assert expire_cycles(instance, datetime.now(UTC) - timedelta(days=1)) == 0
        assert expire_cycles(instance, datetime.now(UTC) + timedelta(seconds=1)) == 4
        last = instance.get_latest_materialization_event(LIVE)
        assert last is not None
        assert last.asset_materialization is not None
        assert last.asset_materialization.metadata["cycle"].value == 2
        check = instance.event_log_storage.get_latest_asset_check_execution_by_key(
            [dg.AssetCheckKey(LIVE, "live_tests")]
        )
        assert [record.run_id for record in check.values()] == [""]


def test_the_job_runs_on_a_home_that_has_nothing_yet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    settings = Settings(home=tmp_path)
    job = build_definitions(settings).resolve_job_def("maintenance")
    summary = run_definition(job, settings)
    assert summary.success, summary.failure
    assert [step.step for step in summary.steps] == [
        "settle_loads",
        "compact_lake",
        "expire_records",
        "measure_sizes",
    ]
