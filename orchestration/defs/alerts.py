"""Sensors over the runs: which step failed and what to do, which lost its process, what to tell.

Outputs: one line a failed step in the sensor's own log (UI, Automation) and the daemon's log, and
messages through apprise.
"""

from __future__ import annotations

import dagster as dg

from alerts.send import services
from orchestration.failures import run_failure_message
from orchestration.notices import send_due, tell_failed_run
from orchestration.redaction import without_secrets
from orchestration.run_marks import release_dead_runs
from orchestration.settings import Settings

SEND_EVERY_SECONDS = LOOK_EVERY_SECONDS = 30


def build_definitions(settings: Settings) -> dg.Definitions:
    """The sensors."""

    @dg.run_failure_sensor(
        name="failed_runs",
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Says which step of a failed run failed, why, and what to do.",
    )
    def failed_runs(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        lines = [run_failure_message(event) for event in context.get_step_failure_events()]
        lines = lines or [context.failure_event.message or "no step had started"]
        for line in lines:
            context.log.error(
                without_secrets(f"Job {run.job_name} failed (run {run.run_id[:8]}). {line}")
            )
        tell_failed_run(settings, run.job_name, run.run_id, "\n".join(lines))

    @dg.sensor(
        name="outbox",
        minimum_interval_seconds=SEND_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Sends the messages that wait, to every service that has not had them.",
    )
    def outbox() -> dg.SkipReason:
        if not (to := services()):
            return dg.SkipReason("Nobody is to be told: KONTAKTI_ALERT_URLS is empty.")
        sent, failed = send_due(settings, to)
        return dg.SkipReason(f"{sent} messages were taken, {failed} were not.")

    @dg.sensor(
        name="lost_runs",
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Ends the runs whose process is gone, so that the next ones need not wait.",
    )
    def lost_runs(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        lost = release_dead_runs(context.instance)
        return dg.SkipReason(f"{len(lost)} runs had lost their process. {', '.join(lost)}".strip())

    return dg.Definitions(sensors=[failed_runs, lost_runs, outbox])
