"""A run in this process tells what happens, in order, and ends with one clear message."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator
from dagster._core.storage.tags import REPOSITORY_LABEL_TAG

from orchestration import run
from orchestration.executor import STEP_BACK, one_process
from orchestration.instance import open_instance
from orchestration.live_home import LiveHome
from orchestration.run import StepEvent, run_definition
from orchestration.run_marks import marked, release_dead_runs
from orchestration.settings import Settings


@dg.asset(pool="warehouse")
def landed() -> dg.MaterializeResult[None]:
    sys.stdout.write("noise of a step\n")
    return dg.MaterializeResult(metadata={"dagster/row_count": 42})


@dg.asset_check(asset=landed)
def looks_odd() -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=False, severity=dg.AssetCheckSeverity.WARN, description="3 of 42 look odd"
    )


@dg.asset(deps=[landed])
def told_failure() -> None:
    raise dg.Failure("zendesk: SOURCES__ZENDESK__API_TOKEN is missing. Set it.")


@dg.asset(deps=[landed])
def plain_failure() -> None:
    try:
        raise KeyError("inner")
    except KeyError as error:
        raise RuntimeError("outer") from error


@dg.asset(deps=[told_failure])
def never_run() -> None:
    pass


def job_of(*assets: dg.AssetsDefinition) -> dg.JobDefinition:
    return dg.Definitions(
        assets=assets,
        asset_checks=[looks_odd],
        jobs=[
            dg.define_asset_job(
                "sample", tags={"kontakti/cadence": "sample"}, executor_def=dg.in_process_executor
            )
        ],
    ).resolve_job_def("sample")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def test_the_ui_lists_the_run_with_those_of_the_code_location(settings: Settings) -> None:
    summary = run_definition(job_of(landed), settings)
    asked = dg.RunsFilter(job_name="sample", tags={REPOSITORY_LABEL_TAG: "__repository__@kontakti"})
    with open_instance(settings) as instance:
        (found,) = instance.get_runs(asked)
    assert found.run_id == summary.run_id
    assert found.remote_job_origin is not None  # without it the first page leaves a run out


def test_events_come_in_order_with_rows_and_checks(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    events: list[StepEvent] = []
    summary = run_definition(job_of(landed), settings, events.append)
    assert summary.success
    assert summary.failure == ""
    assert [(e.step, e.phase) for e in events] == [
        ("landed", "started"),
        ("landed", "succeeded"),
        ("landed_looks_odd", "started"),
        ("landed_looks_odd", "succeeded"),
    ]
    assert (events[1].rows, events[1].assets) == (42, 1)
    assert (events[3].checks_passed, events[3].checks_failed) == (0, 1)
    assert summary.warnings == ("landed: looks_odd. 3 of 42 look odd",)
    assert capsys.readouterr().out == ""


def test_a_check_that_does_not_hold_is_told_on_the_command_line(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "settings_or_exit", lambda: settings)
    monkeypatch.setattr(run, "services", dict)
    monkeypatch.setattr(run, "run_job", lambda *_: run_definition(job_of(landed), settings))
    assert run.main() == 0
    assert "warning    landed: looks_odd. 3 of 42 look odd\n" in capsys.readouterr().out


def test_what_the_steps_print_is_kept_in_the_log_and_for_the_ui(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # A tail that never reads to the end: what Dagster's own capture leaves to it would be missing.
    tail = tmp_path / "bin" / "tail"
    tail.parent.mkdir()
    tail.write_text("#!/bin/sh\nexec sleep 60\n")
    tail.chmod(0o755)
    monkeypatch.setenv("PATH", str(tail.parent), prepend=os.pathsep)
    summary = run_definition(job_of(landed), settings)
    assert summary.log_path.read_text().count("noise of a step\n") == 1
    with open_instance(settings) as instance:
        events = instance.all_logs(summary.run_id, of_type=dg.DagsterEventType.LOGS_CAPTURED)
        (key,) = {event.get_dagster_event().logs_captured_data.file_key for event in events}
        logs = instance.compute_log_manager
        data = logs.get_log_data([summary.run_id, "compute_logs", key])
        assert logs.is_capture_complete([summary.run_id, "compute_logs", key])
    assert data.stdout == b"noise of a step\n"
    assert b'Started execution of step "landed"' in data.stderr


def test_a_failure_says_what_to_do_and_skips_what_depends_on_it(settings: Settings) -> None:
    summary = run_definition(job_of(landed, told_failure, never_run), settings)
    assert not summary.success
    assert summary.failure == (
        "told_failure: zendesk: SOURCES__ZENDESK__API_TOKEN is missing. Set it."
    )
    assert {s.step: s.phase for s in summary.steps}["never_run"] == "skipped"


def test_an_unforeseen_error_is_one_line_from_its_first_cause(settings: Settings) -> None:
    summary = run_definition(job_of(landed, plain_failure), settings)
    assert summary.failure == "plain_failure: KeyError: 'inner'"


def test_the_run_is_kept_in_the_instance_of_the_home(settings: Settings) -> None:
    summary = run_definition(job_of(landed), settings)
    with open_instance(settings) as instance:
        run = instance.get_run_by_id(summary.run_id)
        assert run is not None
        assert run.is_success
        assert run.tags["kontakti/cadence"] == "sample"
        event = instance.get_latest_materialization_event(dg.AssetKey("landed"))
        assert event is not None


def left_by_a_killed_process(settings: Settings) -> str:
    """A run that was started and marked, and whose process was killed."""
    with open_instance(settings) as instance:
        run_id = instance.create_run_for_job(
            job_of(landed), status=dg.DagsterRunStatus.STARTED
        ).run_id
    killed = (
        "import os, sys; from pathlib import Path; from orchestration.run_marks import marked\n"
        "with marked(Path(sys.argv[1]), sys.argv[2]): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", killed, settings.dagster_home, run_id], check=False)
    return run_id


def test_a_run_whose_process_died_does_not_hold_its_pool_for_ever(settings: Settings) -> None:
    # Without this, a demo killed in the middle made the next one wait for the pool without end.
    run_id = left_by_a_killed_process(settings)
    with open_instance(settings) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("warehouse")
        storage.claim_concurrency_slot("warehouse", run_id, "landed")
        assert release_dead_runs(instance) == [run_id]
        assert storage.get_concurrency_info("warehouse").active_slot_count == 0


def test_a_new_run_first_ends_those_of_dead_processes(settings: Settings) -> None:
    left = left_by_a_killed_process(settings)
    assert run_definition(job_of(landed), settings).success
    with open_instance(settings) as instance:
        ended = instance.get_run_by_id(left)
        assert ended is not None
        assert ended.status == dg.DagsterRunStatus.FAILURE


def test_a_run_that_dagster_itself_starts_is_marked_while_it_works(settings: Settings) -> None:
    marks = settings.dagster_home / "running"

    @dg.op
    def look() -> None:
        (mark,) = marks.iterdir()
        with mark.open() as file, pytest.raises(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)

    @dg.job(executor_def=one_process)
    def looking() -> None:
        look()

    with open_instance(settings) as instance:
        run = instance.create_run_for_job(looking)
        events = list(execute_run_iterator(InMemoryJob(looking), run, instance))
    assert events[-1].event_type is dg.DagsterEventType.RUN_SUCCESS
    assert list(marks.iterdir()) == []


def test_a_run_of_a_living_process_is_left_alone(settings: Settings) -> None:
    with open_instance(settings) as instance:
        run = instance.create_run_for_job(job_of(landed), status=dg.DagsterRunStatus.STARTED)
        with marked(settings.dagster_home, run.run_id):
            assert release_dead_runs(instance) == []


def test_a_full_disk_is_one_line_whatever_met_it_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def run_job(*_: object) -> None:
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise RuntimeError("the event could not be stored") from error

    monkeypatch.setattr(run, "settings_or_exit", lambda: Settings(home=tmp_path))
    monkeypatch.setattr(run, "run_job", run_job)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    with pytest.raises(SystemExit, match=r"is full[.] Make room and run again"):
        run.main()


@pytest.mark.parametrize(
    ("variables", "job", "said"),
    [
        ({"KONTAKTI_ENVIRONMENT": "production"}, "daily", "KONTAKTI_HOME is not set"),
        ({"KONTAKTI_SOURCES": "zendesk,salesforce"}, "daily", "salesforce"),
        ({}, "hourly", "There is no job 'hourly': choose from sample"),
    ],
)
def test_what_cannot_be_meant_is_one_line(
    variables: dict[str, str], job: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Both are written back when settings are read; recorded, so that they come back.
    for name in ("KONTAKTI_HOME", "KONTAKTI_SOURCES"):
        monkeypatch.setenv(name, "recorded")
        monkeypatch.delenv(name)
    monkeypatch.setattr(run, "load_definitions", lambda: dg.Definitions(jobs=[job_of(landed)]))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=f"^error: .*{said}"):
        run.main(job)


def test_a_run_gives_way_to_a_live_process(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_way: list[int] = []
    monkeypatch.setattr(os, "nice", given_way.append)
    job = dg.Definitions(
        assets=[landed], jobs=[dg.define_asset_job("sample", executor_def=one_process)]
    ).resolve_job_def("sample")
    assert run_definition(job, settings).success
    assert given_way == []
    live = LiveHome(settings.home_dir)
    live.folder.mkdir()
    with live.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert run_definition(job, settings).success
    assert given_way == [STEP_BACK]
