"""Each saved query is a report of one job, and the job builds what the report reads."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.defs import reports, transformation
from orchestration.defs.cadences import CRONS
from orchestration.settings import Settings
from semantic.parse import prepare_manifest
from tests.semantic import small_centre

MANIFEST = transformation.load_manifest()
QUERIES = MANIFEST["saved_queries"].values()


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: str(query["name"]))
def test_a_report_belongs_to_the_one_job_of_its_cadence(
    defs: dg.Definitions, query: dict[str, object]
) -> None:
    key = dg.AssetKey([reports.REPORTS, str(query["name"])])
    jobs = {name: defs.resolve_job_def(name).asset_layer.executable_asset_keys for name in CRONS}
    assert [name for name, keys in jobs.items() if key in keys] == [reports.cadence_of(query)]
    built = jobs[reports.cadence_of(query)]
    if reports.cadence_of(query) == reports.REALTIME:
        # of the dimensions, the live marts hold those that its cuts join: none
        assert dg.AssetKey(["live", "core", "fct_contact"]) in built
    else:
        assert set(reports.model_keys(MANIFEST, query)) <= built


def test_what_a_report_reads_is_found_through_its_metrics() -> None:
    voice = MANIFEST["saved_queries"]["saved_query.kontakti.daily_voice_of_customer"]
    found = {key.path[-1] for key in reports.model_keys(MANIFEST, voice)}
    assert {"fct_survey_response", "fct_case", "fct_closed_loop_task", "dim_channel"} <= found
    pivots = MANIFEST["saved_queries"]["saved_query.kontakti.pivot_report"]
    assert "fct_survey_response" not in {
        key.path[-1] for key in reports.model_keys(MANIFEST, pivots)
    }


def test_a_run_writes_files_and_says_what_is_in_them(tmp_path: Path) -> None:
    manifest = prepare_manifest()
    small_centre.build(tmp_path / "serving" / "marts.duckdb", manifest)
    defs = reports.build_definitions(Settings(home=tmp_path), MANIFEST)
    steps = {step.node_def.name: step for step in defs.assets or () if hasattr(step, "node_def")}
    done = dg.materialize([steps["write_daily_reports"]])
    (event,) = done.get_asset_materialization_events()
    said = {key: value.value for key, value in event.materialization.metadata.items()}
    found = duckdb.sql(f"select * from '{tmp_path}/reports/daily_voice_of_customer.parquet'")
    assert said["dagster/row_count"] == len(found.fetchall()) > 0
    assert said["suppressed_figures"] > 0
    assert said["data_watermark"] == str(small_centre.AS_OF)


def test_a_home_without_marts_fails_in_one_sentence(tmp_path: Path) -> None:
    defs = reports.build_definitions(Settings(home=tmp_path), MANIFEST)
    steps = {step.node_def.name: step for step in defs.assets or () if hasattr(step, "node_def")}
    done = dg.materialize([steps["write_realtime_reports"]], raise_on_error=False)
    (failed,) = [event for event in done.all_node_events if event.is_step_failure]
    assert "nothing to read" in str(failed.step_failure_data.user_failure_data)
