"""The lake's bucket in Dagster, in the doctor and in an erasure: what it costs when it is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from typer.testing import CliRunner

from ingestion.bucket import Bucket, BucketRefused, BucketUnreachable, Manifest
from ingestion.mirror import Mirrored, fetch, mirror
from ingestion.runs import LandingReport
from orchestration import definitions, erase
from orchestration.defs import bucket as step
from orchestration.defs import ingestion as landing
from orchestration.defs import maintenance
from orchestration.defs.cadences import CRONS
from orchestration.doctor.bucket import bucket as look
from orchestration.executor import one_process
from orchestration.run import RunSummary, run_definition
from orchestration.settings import Settings
from orchestration.translators import BUCKET_KEY, DltTranslator, raw_key
from tests.ingestion.test_compaction import land as put_load

LANDED = raw_key("zendesk", "watermarks")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with one load, and an empty bucket."""
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KONTAKTI_SOURCES", "zendesk")
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "a-key-that-is-long-enough")
    monkeypatch.setenv("KONTAKTI_LAKE_BUCKET", f"file://{tmp_path / 'bucket'}")
    put_load(tmp_path / "home", 1, "1 as id")
    return Settings()


@dg.multi_asset(name="land", specs=[dg.AssetSpec(LANDED)])
def land() -> None:
    pass


@dg.multi_asset(name="build", specs=[dg.AssetSpec("marts", deps=[LANDED])])
def build() -> None:
    pass


@dg.multi_asset(name="publish", specs=[dg.AssetSpec("published", deps=["marts"])])
def publish() -> None:
    pass


def run_with(settings: Settings) -> RunSummary:
    """A run in which the mirror could go before the marts."""
    parts = dg.Definitions(
        assets=[land, build, publish],
        jobs=[dg.define_asset_job("sample", executor_def=one_process)],
    )
    merged = dg.Definitions.merge(parts, step.build_definitions(settings))
    return run_definition(merged.resolve_job_def("sample"), settings)


def phases(summary: RunSummary) -> dict[str, str]:
    return {event.step: event.phase for event in summary.steps}


def test_it_is_the_last_step_and_says_what_it_sent(settings: Settings) -> None:
    summary = run_with(settings)
    assert summary.success, summary.failure
    assert [event.step for event in summary.steps] == ["land", "build", "publish", "mirror_lake"]
    with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
        event = instance.get_latest_materialization_event(BUCKET_KEY)
        assert event is not None
        assert event.asset_materialization is not None
        told = {name: value.value for name, value in event.asset_materialization.metadata.items()}
    assert (told["files_sent"], told["files_removed"], told["files"]) == (2, 0, 2)
    assert told["bytes_sent"] == told["bytes"] > 0


def test_a_bucket_that_is_away_is_asked_again_and_costs_nobody_the_marts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step, "RETRIES", dg.RetryPolicy(max_retries=2))
    asked: list[str] = []

    def away() -> Mirrored:
        asked.append("")
        raise BucketUnreachable("s3://lake", TimeoutError("hunter2"))

    monkeypatch.setattr(step, "mirror", away)
    summary = run_with(settings)
    assert phases(summary)["publish"] == "succeeded"
    assert phases(summary)["mirror_lake"] == "failed"
    assert "bucket: cannot reach s3://lake (TimeoutError)" in summary.failure
    assert "hunter2" not in summary.failure
    assert len(asked) == 3


def test_one_that_lets_nobody_in_is_asked_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def closed() -> Mirrored:
        asked.append("")
        raise BucketRefused("s3://lake", "denies access", "Check its credential")

    monkeypatch.setattr(step, "mirror", closed)
    assert not run_with(settings).success
    assert len(asked) == 1


def test_every_job_that_lands_or_merges_mirrors_where_there_is_a_bucket(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, lake_bucket="s3://lake", sources=("zendesk", "twilio"))
    defs = definitions.build_definitions(settings)
    for name in CRONS:
        assert "mirror_lake" in defs.resolve_job_def(name).graph.node_names(), name
    assert "mirror_merged" in defs.resolve_job_def("maintenance").graph.node_names()
    node = defs.resolve_asset_graph().get(BUCKET_KEY)
    assert node.parent_keys == {raw_key(name, "watermarks") for name in settings.sources}


def test_maintenance_mirrors_last(settings: Settings) -> None:
    job = maintenance.build_definitions(settings).resolve_job_def("maintenance")
    summary = run_definition(job, settings)
    assert summary.success, summary.failure
    assert summary.steps[-1].step == "mirror_merged"
    manifest = Bucket(settings.lake_bucket or "").manifest()
    assert manifest is not None
    assert any(name.startswith("sizes/") for name in manifest.files), "after the sizes"


def test_nothing_lands_in_an_empty_home_while_the_bucket_has_a_lake(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror()
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "other"))
    landed: list[str] = []

    def take(source: str) -> LandingReport:
        landed.append(source)
        return LandingReport(source=source, rows={}, quarantined={}, seconds=0.1)

    def run() -> RunSummary:
        assets = [landing.landing_step("zendesk", DltTranslator(), take)]
        jobs = [dg.define_asset_job("sample", executor_def=one_process)]
        job = dg.Definitions(assets=assets, jobs=jobs).resolve_job_def("sample")
        return run_definition(job, Settings())

    summary = run()
    assert "this home holds none. python -m ingestion fetch" in summary.failure
    assert landed == []
    fetch()
    run()
    assert landed == ["zendesk"]


def test_the_doctor_says_how_old_the_copy_is_and_whose(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said() -> tuple[str, str]:
        (finding,) = look(settings)
        return finding.level.value, f"{finding.said} -> {finding.todo}"

    level, text = said()
    assert (level, "holds no whole lake yet" in text) == ("warn", True)
    mirror()
    assert said()[0] == "ok"
    bucket = Bucket(settings.lake_bucket or "")
    manifest = bucket.manifest()
    assert manifest is not None
    bucket.note(Manifest(datetime.now(UTC) - timedelta(days=3), manifest.files))
    level, text = said()
    assert (level, "3.0 days ago -> python -m ingestion mirror" in text) == ("warn", True)
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "other"))
    level, text = said()
    assert (level, "python -m ingestion fetch" in text) == ("fail", True)
    monkeypatch.setattr(Bucket, "manifest", lambda _: (_ for _ in ()).throw(away()))
    level, text = said()
    assert (level, text.startswith("cannot reach s3://lake (TimeoutError)")) == ("fail", True)
    monkeypatch.setenv("KONTAKTI_LAKE_BUCKET", "")
    assert said() == ("ok", "not asked for (KONTAKTI_LAKE_BUCKET) -> ")


def away() -> BucketUnreachable:
    return BucketUnreachable("s3://lake", TimeoutError("hunter2"))


def test_an_erasure_is_not_done_before_the_bucket_has_done_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed() -> Mirrored:
        raise away()

    with monkeypatch.context() as patch:
        patch.setattr(erase, "mirror", closed)
        done = CliRunner().invoke(erase.app, ["anna@example.org"])
    assert done.exit_code == 1
    assert "The bucket still holds the rows" in done.output
    done = CliRunner().invoke(erase.app, ["anna@example.org"])
    assert done.exit_code == 0, done.output
    assert "The bucket holds what the lake holds: 2 files were sent again." in done.output
