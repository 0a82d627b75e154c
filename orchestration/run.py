"""Run one job in this process and tell the caller what happens, as it happens.

Inputs: a job name, the environment's settings. Outputs: a run recorded in the home's Dagster
instance (so that the UI shows it), progress events, and a `RunSummary`.

Run alone: `python -m orchestration.run daily`, or for a period (here a day that is over, which is
built apart): `python -m orchestration.run daily 2026-03-29`.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal, TextIO

import dagster as dg
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.execution.api import execute_run_iterator

from alerts.send import services
from orchestration.event_store import relax_sync
from orchestration.failures import is_full_disk, step_failure_message
from orchestration.instance import open_instance
from orchestration.loading import load_definitions
from orchestration.logs import LOGGERS
from orchestration.notices import send_due, tell_failed_run
from orchestration.origin import job_origin
from orchestration.periods import UnknownPeriodError, tags_of_period
from orchestration.run_log import LogStream
from orchestration.run_marks import marked, release_dead_runs
from orchestration.settings import Settings, load_settings, settings_or_exit
from semantic.parse import ManifestError

ROW_COUNT = "dagster/row_count"
Phase = Literal["started", "succeeded", "failed", "retrying", "waiting", "skipped"]


@dataclass(frozen=True)
class StepEvent:
    """One thing that happened to a step.

    Attributes:
        step: Step name, such as `land_zendesk` or `build_warehouse`.
        phase: What happened.
        seconds: Wall-clock seconds of the step so far; 0 when it starts.
        rows: Rows the step moved, by what it reported; None when it counts none.
        assets: Assets materialized by the step.
        checks_passed: Asset checks of the step that passed.
        checks_failed: Asset checks of the step that did not pass, whatever their severity.
        message: Why it failed, waits or tries again; empty otherwise.
    """

    step: str
    phase: Phase
    seconds: float = 0.0
    rows: int | None = None
    assets: int = 0
    checks_passed: int = 0
    checks_failed: int = 0
    message: str = ""


@dataclass(frozen=True)
class RunSummary:
    """How a run ended.

    Attributes:
        job: Job name.
        run_id: Id of the run in the Dagster instance.
        success: Whether every step succeeded.
        seconds: Wall-clock seconds of the run.
        steps: Last event of each step, in the order they ran; skipped ones last.
        warnings: Asset checks that did not pass without stopping the run, one line each.
        log_path: File with everything the steps printed.
    """

    job: str
    run_id: str
    success: bool
    seconds: float
    steps: tuple[StepEvent, ...]
    warnings: tuple[str, ...]
    log_path: Path

    @property
    def failure(self) -> str:
        """What failed, where and what to do; empty when nothing did."""
        return "\n".join(f"{s.step}: {s.message}" for s in self.steps if s.phase == "failed")


@dataclass
class _Step:
    """What is known of a step while it runs."""

    name: str
    began: float
    rows: int | None = None
    assets: int = 0
    passed: int = 0
    failed: int = 0

    def event(self, phase: Phase, message: str = "") -> StepEvent:
        return StepEvent(
            step=self.name,
            phase=phase,
            seconds=time.monotonic() - self.began,
            rows=self.rows,
            assets=self.assets,
            checks_passed=self.passed,
            checks_failed=self.failed,
            message=message,
        )


@dataclass
class Progress:
    """Turns Dagster's events into step events; keeps the last one of each step."""

    last: dict[str, StepEvent] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    _open: dict[str, _Step] = field(default_factory=dict)

    def take(self, event: dg.DagsterEvent) -> StepEvent | None:
        """Take one Dagster event; return a step event when it is worth telling."""
        name = event.step_key
        if name is None:
            return None
        if event.event_type == dg.DagsterEventType.STEP_START:
            self._open[name] = _Step(name, time.monotonic())
            return self._tell(StepEvent(name, "started"))
        step = self._open.get(name)
        if step is None:
            return self._before_start(name, event)
        told = self._during(step, event)
        return self._tell(told) if told else None

    def _before_start(self, name: str, event: dg.DagsterEvent) -> StepEvent | None:
        if "pool" in (event.message or "") and "blocked" in (event.message or ""):
            return self._tell(StepEvent(name, "waiting", message=event.message or ""))
        return None

    def _during(self, step: _Step, event: dg.DagsterEvent) -> StepEvent | None:
        kind = event.event_type
        if kind == dg.DagsterEventType.ASSET_MATERIALIZATION:
            step.assets += 1
            counted = event.step_materialization_data.materialization.metadata.get(ROW_COUNT)
            if counted is not None and isinstance(counted.value, int):
                step.rows = (step.rows or 0) + counted.value
        elif kind == dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._check(step, event)
        elif kind == dg.DagsterEventType.STEP_SUCCESS:
            return step.event("succeeded")
        elif kind == dg.DagsterEventType.STEP_FAILURE:
            return step.event("failed", step_failure_message(event.step_failure_data))
        elif kind == dg.DagsterEventType.STEP_UP_FOR_RETRY:
            return step.event("retrying", event.message or "")
        return None

    def _check(self, step: _Step, event: dg.DagsterEvent) -> None:
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed:
            step.passed += 1
            return
        step.failed += 1
        where = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
        self.warnings.append(f"{where}. {evaluation.description or ''}".strip())

    def _tell(self, event: StepEvent) -> StepEvent:
        self.last[event.step] = event
        return event


class UnknownJobError(ValueError):
    """The code location has no such job."""


def run_job(
    name: str,
    on_event: Callable[[StepEvent], None] | None = None,
    settings: Settings | None = None,
    period: str | None = None,
) -> RunSummary:
    """Run a job of the code location in this process, against the home's Dagster instance.

    Args:
        name: realtime, daily, weekly, monthly or quarterly.
        on_event: Called with each step event as it happens, in this thread.
        settings: Settings; read from the environment when not given.
        period: First day of the period that it is for; by default it is as of the oldest watermark.

    Returns:
        The summary; a failed step is in it and is not raised.

    Raises:
        UnknownJobError: No job has this name.
        UnknownPeriodError: No period of the job begins then, or it is not over.
    """
    settings = settings or load_settings()
    definitions = load_definitions()
    known = [job.name for job in definitions.jobs or ()]
    if name not in known:
        raise UnknownJobError(f"There is no job {name!r}: choose from {', '.join(known)}.")
    job = definitions.resolve_job_def(name)
    tags = {} if period is None else tags_of_period(name, period, settings)
    return run_definition(job, settings, on_event, tags)


def run_definition(
    job: dg.JobDefinition,
    settings: Settings,
    on_event: Callable[[StepEvent], None] | None = None,
    tags: Mapping[str, str] = MappingProxyType({}),
) -> RunSummary:
    """Run a job definition in this process; see `run_job`."""
    name = job.name
    log_path = settings.home_dir / "reports" / f"{name}.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    progress = Progress()
    relax_sync()
    began = time.monotonic()
    with open_instance(settings) as instance:
        release_dead_runs(instance)
        run = instance.create_run_for_job(
            job_def=job,
            tags={**job.tags, **tags},
            # A job with periods has a config for each of them only, always this one.
            run_config=dict(job.run_config or (LOGGERS if job.partitions_def else {})),
            remote_job_origin=job_origin(name),
        )
        with (
            marked(settings.dagster_home, run.run_id),
            # By the line, for who follows it.
            log_path.open("w", buffering=1, encoding="utf-8") as log,
        ):
            for event in _quietly(execute_run_iterator(InMemoryJob(job), run, instance), log):
                told = progress.take(event)
                if told and on_event:
                    on_event(told)
        finished = instance.get_run_by_id(run.run_id)
    for node in job.graph.node_names():
        if node not in progress.last:
            skipped = StepEvent(node, "skipped", message="a step before it failed")
            progress.last[node] = skipped
            if on_event:
                on_event(skipped)
    return RunSummary(
        job=name,
        run_id=run.run_id,
        success=finished is not None and finished.is_success,
        seconds=time.monotonic() - began,
        steps=tuple(progress.last.values()),
        warnings=tuple(progress.warnings),
        log_path=log_path,
    )


def _quietly(events: Iterator[dg.DagsterEvent], log: TextIO) -> Iterator[dg.DagsterEvent]:
    """Draw the events with everything the steps print going to the log, and nothing else."""
    out, err = LogStream(log), LogStream(log)
    while True:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            event = next(events, None)
        if event is None:
            return
        yield event


def _show(event: StepEvent) -> None:
    rows = "" if event.rows is None else f"{event.rows:>9,} rows"
    line = f"{event.phase:<10} {event.step:<22} {event.seconds:6.1f} s {rows} {event.message}"
    sys.stdout.write(line.rstrip() + "\n")


def main(name: str = "daily", period: str | None = None) -> int:
    """Run a job, show its steps, and tell who is to be told; 0 when every step succeeded."""
    current = settings_or_exit()
    try:
        summary = run_job(name, _show, current, period)
        if not summary.success:
            tell_failed_run(current, summary.job, summary.run_id, summary.failure)
        send_due(current, services())
    except (ManifestError, UnknownJobError, UnknownPeriodError) as error:
        sys.exit(f"error: {error}")
    except Exception as error:
        # Dagster's records lie on the same disk, so the run may not even be able to fail in them.
        if not is_full_disk(error, current.home_dir):
            raise
        # Steps that are let go of meet the same full disk once more.
        sys.unraisablehook = lambda _: None
        sys.exit(
            f"error: the disk of {current.home_dir} is full. Make room and run again: what is"
            " published stays as it was, and what has landed is kept."
        )
    for warning in summary.warnings:
        sys.stdout.write(f"warning    {warning}\n")
    sys.stdout.write(f"{summary.job}: {'ok' if summary.success else 'failed'}")
    sys.stdout.write(f" in {summary.seconds:.1f} s, log {summary.log_path}\n")
    return 0 if summary.success else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
