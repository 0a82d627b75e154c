"""dbt runs as one step whose failure names node and reason, on a small project of its own."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.arrivals import Basis
from orchestration.defs import transformation
from orchestration.defs.transformation import BASIS_NAME, failure_text
from orchestration.run import run_definition
from orchestration.settings import Settings
from semantic.parse import ManifestError, prepare_manifest

PROJECT = """
name: kontakti
version: "1.0"
profile: kontakti
models: {kontakti: {+materialized: table, marts: {realtime: {+schema: realtime}}}}
"""
PROFILES = """
kontakti:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('KONTAKTI_HOME') }}/warehouse.duckdb"}
    live: {type: duckdb, path: "{{ env_var('KONTAKTI_HOME') }}/live.duckdb"}
"""
SCHEMA_MACRO = """
{% macro generate_schema_name(name, node) %}{{ name or 'staging' }}{% endmacro %}
"""
PROPERTIES = """
models:
  - name: queue_now
    description: One row a queue.
    columns:
      - name: queue_id
        data_tests:
          - unique
          - relationships: {arguments: {to: ref('stg_elsewhere'), field: queue_id}}
unit_tests:
  - name: never_run_by_a_load
    model: queue_now
    given: [{input: ref('stg_queue'), rows: [{queue_id: 1}]}]
    expect: {rows: [{queue_id: 2}]}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("KONTAKTI_HOME", str(home))
    folder = tmp_path / "dbt"
    for name, text in {
        "dbt_project.yml": PROJECT,
        "profiles.yml": PROFILES,
        "macros/schema.sql": SCHEMA_MACRO,
        "models/staging/stg_queue.sql": "select 1 as queue_id",
        "models/staging/stg_elsewhere.sql": "{{ config(materialized='incremental') }} "
        "select 1 as queue_id {{ 'where false' if is_incremental() }}",
        "models/marts/realtime/queue_now.sql": "select queue_id from {{ ref('stg_queue') }}",
        "models/marts/realtime/properties.yml": PROPERTIES,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def job_of(project: Path, home: Path, step: str = "") -> dg.JobDefinition:
    """A job of the project's dbt steps, or of one of them."""
    definitions = transformation.build_definitions(
        Settings(home=home), transformation.load_manifest(project), project
    )
    chosen = [
        asset
        for asset in definitions.assets or ()
        if isinstance(asset, dg.AssetsDefinition) and asset.node_def.name.startswith(step)
    ]
    job = dg.define_asset_job(
        "sample", dg.AssetSelection.assets(*chosen), executor_def=dg.in_process_executor
    )
    return dg.Definitions.merge(definitions, dg.Definitions(jobs=[job])).resolve_job_def("sample")


def test_the_manifest_is_parsed_again_only_when_a_file_changed(project: Path) -> None:
    manifest = prepare_manifest(project)
    assert (project / "target" / "semantic_manifest.json").exists(), "where `mf` looks"
    written = manifest.stat().st_mtime_ns
    assert prepare_manifest(project).stat().st_mtime_ns == written
    (project / "models/staging/stg_queue.sql").write_text("select 2 as queue_id")
    assert prepare_manifest(project).stat().st_mtime_ns > written


def test_a_project_that_does_not_parse_says_so_in_dbts_words(project: Path) -> None:
    (project / "models/marts/realtime/queue_now.sql").write_text("select {{ ref('nowhere') }}")
    with pytest.raises(ManifestError, match="nowhere"):
        prepare_manifest(project)


@pytest.mark.slow
def test_both_targets_build_and_a_failed_test_stops_the_run_with_its_reason(project: Path) -> None:
    home = project.parent / "home"
    summary = run_definition(job_of(project, home), Settings(home=home))
    assert summary.success, summary.failure
    by_step = {step.step: step for step in summary.steps}
    # The unit test that would fail is not part of a load.
    assert (by_step["build_warehouse"].assets, by_step["build_warehouse"].checks_passed) == (3, 2)
    # A test that joins a model the live file does not have is the warehouse's business.
    assert (by_step["build_live"].assets, by_step["build_live"].checks_passed) == (2, 1)
    assert (home / "warehouse.duckdb").exists()
    assert (home / "live.duckdb").exists()
    assert not (project / "logs").exists(), "dbt wrote outside the home"

    elsewhere = project / "models/staging/stg_elsewhere.sql"
    elsewhere.write_text(elsewhere.read_text().replace("queue_id", "queue_id, 2 as site_id"))
    (project / "models/staging/stg_queue.sql").write_text("select unnest([1, 1]) as queue_id")
    summary = run_definition(job_of(project, home, "build_warehouse"), Settings(home=home))
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.sql("select queue_id, site_id from staging.stg_elsewhere").fetchall()
    assert rows == [(1, 2)], "an incremental model kept what its older version wrote"
    assert not summary.success
    assert "unique_queue_now_queue_id" in summary.failure
    assert "Got 1 result" in summary.failure
    assert "Traceback" not in summary.failure


@pytest.mark.slow
def test_facts_follow_arrivals_only_after_a_build_that_came_to_its_end(project: Path) -> None:
    home = project.parent / "home"
    mart = project / "models/marts/realtime/queue_now.sql"
    told = "queue_id, '{{ env_var('KONTAKTI_TAIL', '') }}' as tail"
    mart.write_text(mart.read_text().replace("queue_id", told))
    job, note = job_of(project, home, "build_warehouse"), home / "dbt" / "dev" / BASIS_NAME
    told_to_dbt = []
    for broken in (False, False, True, False, False):
        (project / "killed").write_text("#!/bin/sh\nkill -9 $$\n")
        (project / "killed").chmod(0o755)
        with pytest.MonkeyPatch.context() as patch:
            if broken:
                killed = nullcontext(str(project / "killed"))
                patch.setattr(transformation, "waiting_dbt", lambda _, dbt=killed: dbt)
            assert run_definition(job, Settings(home=home)).success is not broken
        last = Basis.read(note)
        assert last is not None
        assert bool(last.stands) is not broken
        with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
            ((tail,),) = connection.sql("select tail from realtime.queue_now").fetchall()
        told_to_dbt.append(tail)
    assert told_to_dbt == ["", "1", "1", "", "1"]


def test_a_dbt_that_the_system_kills_is_said_to_have_been_killed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = project.parent / "home"
    job = job_of(project, home, "build_warehouse")
    killed = project / "killed"
    killed.write_text("#!/bin/sh\nkill -9 $$\n")
    killed.chmod(0o755)
    monkeypatch.setattr(transformation, "waiting_dbt", lambda _: nullcontext(str(killed)))
    summary = run_definition(job, Settings(home=home))
    assert not summary.success
    assert "dbt was killed in the middle of the build" in summary.failure
    assert "KONTAKTI_BUILD_MEMORY" in summary.failure


def test_a_long_list_of_failures_is_cut_and_counted() -> None:
    results = [
        {"unique_id": f"model.kontakti.m{n}", "status": "error", "message": "Binder\n  Error"}
        for n in range(8)
    ] + [{"unique_id": "model.kontakti.ok", "status": "success"}]
    text = failure_text(json.loads(json.dumps({"results": results})), Path("dbt.log"))
    assert "8 of 9 nodes failed" in text
    assert "- model m0: Binder Error" in text
    assert "and 3 more" in text
    assert "model m7" not in text
