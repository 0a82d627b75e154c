"""All steps of a run in one process, which marks the run as alive while it works on it.

Measured: a process a step imports everything again, 25 s for each of ten steps.

A run gives way to the live path where one is at work: nobody waits for a daily run by the second.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor

from orchestration.live_home import LiveHome
from orchestration.live_supervisor import is_working
from orchestration.pools import mend_waiting
from orchestration.run_marks import marked

# Of what a run starts too, dbt above all. A live process steps back by 5, for readers of the marts:
# beside a run it gets some nine tenths of a core.
STEP_BACK = 15


class MarkedExecutor(InProcessExecutor):
    """Dagster's in-process executor, with the mark."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Run the steps."""
        dagster_home = Path(plan_context.instance.root_directory)
        if is_working(LiveHome(dagster_home.parent)):
            os.nice(STEP_BACK)
        mend_waiting()
        with marked(dagster_home, plan_context.run_id):
            yield from super().execute(plan_context, execution_plan)


@dg.executor(name="one_process")
def one_process(_: dg.InitExecutorContext) -> MarkedExecutor:
    """The executor of every job."""
    return MarkedExecutor(retries=RetryMode.ENABLED)
