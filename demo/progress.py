"""Shows a run as it happens: a spinner for the step under way, a line for each finished one.

Inputs: step events of `orchestration.run`. Outputs: lines on the console.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.table import Table

from orchestration.run import RunSummary, StepEvent

# What a step does, in a newcomer's words; a step that is not named here shows its own name.
STAGES = {
    "land_zendesk": "Land Zendesk",
    "land_twilio": "Land Twilio",
    "land_hubspot": "Land HubSpot",
    "land_typeform": "Land Typeform",
    "land_files": "Land the file drop",
    "check_raw": "Check what landed (Great Expectations)",
    "build_warehouse": "Build and test the warehouse (dbt)",
    "check_marts": "Check the marts (Great Expectations)",
    "evaluate_alerts": "Judge the closed day (alerts)",
    "publish_marts": "Publish the marts",
    "build_docs": "Build the dbt docs",
    "write_daily_reports": "Write the daily reports",
    "mirror_lake": "Mirror the lake into its bucket",
}
_MARKS = {
    "succeeded": "[green]✓[/]",
    "failed": "[red]✗[/]",
    "skipped": "[yellow]-[/]",
    "retrying": "[yellow]↻[/]",
}


class RunProgress:
    """Prints step events; use as a context manager around the run."""

    def __init__(self, console: Console) -> None:
        """Prepare; nothing is shown until entered."""
        self._console = console
        self._status = console.status("Starting the daily run")

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._status.stop()

    def __call__(self, event: StepEvent) -> None:
        """Show one event."""
        stage = STAGES.get(event.step, event.step)
        if event.phase in ("started", "waiting"):
            self._status.update(f"{stage} … {event.message}".rstrip())
            # A pipe shows no spinner, and a silent minute looks like a hang.
            if not self._console.is_terminal:
                self._console.print(f"  … {stage}")
            return
        rows = "" if event.rows is None else f"  {event.rows:,} rows"
        checks = event.checks_passed + event.checks_failed
        passed = f"  {event.checks_passed} of {checks} checks passed" if checks else ""
        self._console.print(
            f"  {_MARKS.get(event.phase, ' ')} {stage}  "
            f"[dim]{event.seconds:.1f} s{rows}{passed}[/]",
            highlight=False,
        )


def stage_table(summary: RunSummary, before: Sequence[tuple[str, float, int | None]]) -> Table:
    """How long each stage took and how many rows it moved.

    Args:
        summary: The run.
        before: Stages before the run: name, seconds, rows.
    """
    table = Table(title="Stages", title_justify="left", header_style="bold")
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    table.add_column("rows moved", justify="right")
    table.add_column("checks passed", justify="right")
    for name, seconds, rows in before:
        table.add_row(name, f"{seconds:.1f}", "" if rows is None else f"{rows:,}", "")
    for step in summary.steps:
        checks = step.checks_passed + step.checks_failed
        table.add_row(
            STAGES.get(step.step, step.step),
            f"{step.seconds:.1f}",
            "" if step.rows is None else f"{step.rows:,}",
            f"{step.checks_passed} of {checks}" if checks else "",
        )
    table.add_row("run, whole", f"{summary.seconds:.1f}", "", "", style="bold")
    return table
