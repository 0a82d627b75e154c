"""All steps of a run in one process, which marks the run as alive while it works on it.

Measured: a process a step imports everything again, 25 s for each of ten steps.

A run gives way to the live path where one is at work: nobody waits for a daily run by the second.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor

from orchestration.live_home import LiveHome
from orchestration.live_supervisor import is_working
from orchestration.run_marks import marked

# Of what a run starts too, dbt above all: a live process beside it gets some nine tenths of a core.
STEP_BACK = 10


def _seconds_to_next_claim(waiting: InstanceConcurrencyContext) -> float:
    """How long until a step that waits for a pool may ask again.

    Dagster's own answer is never above 0, so that a run that waits keeps a core busy with asking.
    """
    now = time.time()
    return max(0.0, min((at - now for at in waiting._pending_timeouts.values()), default=0.0))


setattr(InstanceConcurrencyContext, "interval_to_next_pending_claim_check", _seconds_to_next_claim)  # noqa: B010


class MarkedExecutor(InProcessExecutor):
    """Dagster's in-process executor, with the mark."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Run the steps."""
        dagster_home = Path(plan_context.instance.root_directory)
        if is_working(LiveHome(dagster_home.parent)):
            os.nice(STEP_BACK)
        with marked(dagster_home, plan_context.run_id):
            yield from super().execute(plan_context, execution_plan)


@dg.executor(name="one_process")
def one_process(_: dg.InitExecutorContext) -> MarkedExecutor:
    """The executor of every job."""
    return MarkedExecutor(retries=RetryMode.ENABLED)
