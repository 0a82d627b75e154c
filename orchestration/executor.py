"""All steps of a run in one process, which marks the run as alive while it works on it.

Measured: a process a step imports everything again, 25 s for each of ten steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.executor.in_process import InProcessExecutor

from orchestration.run_marks import marked


class MarkedExecutor(InProcessExecutor):
    """Dagster's in-process executor, with the mark."""

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        """Run the steps."""
        with marked(Path(plan_context.instance.root_directory), plan_context.run_id):
            yield from super().execute(plan_context, execution_plan)


@dg.executor(name="one_process")
def one_process(_: dg.InitExecutorContext) -> MarkedExecutor:
    """The executor of every job."""
    return MarkedExecutor(retries=RetryMode.ENABLED)
