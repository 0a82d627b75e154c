"""Command line of the expectations: `python -m expectations run|list`.

`run` prints what failed (all with --all) and ends with code 1 when a blocking check failed,
2 when the checks could not run.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from expectations import registry
from expectations.errors import ExpectationsError
from expectations.model import CheckResult

app = typer.Typer(help="Check the lake and the marts.", no_args_is_help=True)


class Layer(StrEnum):
    """What to check."""

    raw = "raw"
    marts = "marts"


class Source(StrEnum):
    """Where the marts are read."""

    warehouse = "warehouse"
    published = "published"


def _home() -> Path:
    return Path(os.environ.get("KONTAKTI_HOME") or ".kontakti").resolve()


def _print(results: list[CheckResult], everything: bool) -> None:
    console = Console()
    shown = [result for result in results if everything or not result.success]
    if shown:
        table = Table("table", "expectation", "severity", "result", "counts", "what to do")
        for result in shown:
            state = "skipped" if result.skipped else "ok" if result.success else "FAILED"
            row = (result.table, result.name, result.severity, state)
            table.add_row(*row, result.observed, result.message)
        console.print(table)
    skipped = Counter(result.table for result in results if result.skipped)
    if skipped:
        console.print(f"Skipped, not there: {', '.join(skipped)}.", soft_wrap=True)


@app.command()
def run(
    layer: Annotated[Layer | None, typer.Option(help="Check a whole layer.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Check a suite or a table.")] = None,
    database: Annotated[Source, typer.Option(help="Where marts are read.")] = Source.warehouse,
    everything: Annotated[bool, typer.Option("--all", help="Show what holds too.")] = False,
) -> None:
    """Run the checks and print the outcome."""
    # Seconds of imports, and not needed to list or to ask for help.
    from expectations.runner import run as run_checks  # noqa: PLC0415

    names = [*(name or []), *([layer.value] if layer else [])] or ["raw", "marts"]
    started = time.monotonic()
    try:
        results = run_checks(names, _home(), database.value)
    except ExpectationsError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2) from error
    _print(results, everything)
    failed = [result for result in results if not result.success]
    blocking = [result for result in failed if result.blocks]
    ran = [result for result in results if result.skipped is None]
    typer.echo(
        f"{len(ran)} checks on {len({result.table for result in ran})} tables in"
        f" {time.monotonic() - started:.1f} s: {len(blocking)} blocking and"
        f" {len(failed) - len(blocking)} alerting failed,"
        f" {len(results) - len(ran)} skipped."
    )
    raise typer.Exit(1 if blocking else 0)


@app.command("list")
def list_checks() -> None:
    """List every check: table, name, severity, description."""
    table = Table("table", "expectation", "severity", "description")
    for check in registry.specs(registry.landed_file_tables(_home())):
        table.add_row(check.table, check.name, check.severity, check.description)
    Console().print(table)


if __name__ == "__main__":
    app()
