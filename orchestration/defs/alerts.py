"""A sensor that says, for every failed run, which step failed and what to do.

Output: one line a failed step in the sensor's own log (UI, Automation) and the daemon's log.
"""

from __future__ import annotations

import dagster as dg

from orchestration.failures import run_failure_message


@dg.run_failure_sensor(
    name="failed_runs",
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Says which step of a failed run failed, why, and what to do.",
)
def failed_runs(context: dg.RunFailureSensorContext) -> None:
    """Log one line a failed step, or the run's own message when no step had started."""
    run = context.dagster_run
    lines = [run_failure_message(event) for event in context.get_step_failure_events()]
    for line in lines or [context.failure_event.message or "no step had started"]:
        context.log.error(f"Job {run.job_name} failed (run {run.run_id[:8]}). {line}")


def build_definitions() -> dg.Definitions:
    """The sensor."""
    return dg.Definitions(sensors=[failed_runs])
