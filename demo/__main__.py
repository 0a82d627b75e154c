"""The demo from end to end: simulate a centre, run the daily job over it, print the digest.

Inputs: size and seed of the centre, or `--files` and `--data` with a mapping of your own exports.
Outputs: a home folder with lake, warehouse and published marts; the digest on the console.

Run: `make demo`, or `python -m demo --help`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demo.centre import SANDBOX_MAPPING, Centre, DemoError, next_plan, remember
from demo.news import Counts, count_published, news_lines
from demo.warm import warm_up

PROJECT = Path(__file__).resolve().parent.parent
MARTS = Path("serving") / "marts.duckdb"
# Pseudonyms of exported files in the demo; the sandbox brings its own key.
DEMO_KEY = "demo-pseudonym-key-not-secret"

app = typer.Typer(add_completion=False, rich_markup_mode=None)
console = Console()
# The digest's columns need this much; a narrow terminal wraps lines rather than crop figures.
DIGEST_WIDTH = 124


@app.command()
def main(
    days: Annotated[int, typer.Option(min=1, help="Days of history to simulate.")] = 30,
    contacts_per_day: Annotated[int, typer.Option(min=1, help="Average arrivals a day.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    files: Annotated[
        Path | None, typer.Option(help="A file-drop mapping to load instead of the sandbox.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder that the mapping's paths start from.")
    ] = None,
    digest_only: Annotated[
        bool, typer.Option("--digest-only", help="Print the digest of the last run again.")
    ] = False,
) -> None:
    """Run the demo."""
    try:
        home = _home(files)
        if not digest_only:
            _run(home, days, contacts_per_day, seed, files, data)
        _show_digest(home)
        _show_next(home)
    except DemoError as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        raise typer.Exit(1) from error


def _home(files: Path | None) -> Path:
    """The home of this demo, set in the environment for every part of the process.

    A mapping of one's own gets a home of its own: real exports from another year beside simulated
    data would move `as_of`, the oldest watermark, to that year.
    """
    home = Path(os.environ.get("KONTAKTI_HOME") or PROJECT / ".kontakti").resolve()
    if files is not None:
        home = home.with_name(f"{home.name}-{files.resolve().parent.name}")
    os.environ["KONTAKTI_HOME"] = str(home)
    os.environ["DAGSTER_HOME"] = str(home / "dagster")
    return home


def _run(
    home: Path, days: int, contacts_per_day: int, seed: int, files: Path | None, data: Path | None
) -> None:
    before = count_published(home / MARTS)
    if files is not None:
        _point_at_files(files, data)
        load_seconds = _load()
        warm_up()
        _daily_run(home, [("Load Dagster and dbt", load_seconds, None)], before)
        return
    folder = home / "sandbox"
    plan = next_plan(folder, days, contacts_per_day, seed)
    console.print(
        f"[bold]Kontakti demo[/]: {days} days at about {contacts_per_day:,} contacts a day, seed "
        f"{seed}; everything is written to {home}",
        highlight=False,
        soft_wrap=True,
    )
    if plan.days_advanced:
        console.print(
            "The centre's clock has moved on by a day since the last demo; only what is new is "
            "landed.",
            soft_wrap=True,
        )
    # Before the definitions are loaded: they name a step for each source.
    os.environ["KONTAKTI_SOURCES"] = "zendesk,twilio,hubspot,typeform,files"
    os.environ["KONTAKTI_FILES"] = str(SANDBOX_MAPPING)
    began = time.monotonic()
    with Centre(plan, folder) as centre:
        # The sandbox simulates in its own process while this one loads what the run needs.
        load_seconds = _load()
        warm_up()
        with console.status("Waiting for the sandbox"):
            environment, contacts = centre.wait()
        seconds = time.monotonic() - began
        console.print(
            f"  [green]✓[/] Sandbox up: Zendesk, Twilio, HubSpot and Typeform on loopback, "
            f"{contacts:,} contacts so far  [dim]{seconds:.1f} s[/]",
            highlight=False,
            soft_wrap=True,
        )
        os.environ.update(environment)
        os.environ["KONTAKTI_DATA"] = str(folder / "exports")
        stages = [
            ("Load Dagster and dbt", load_seconds, None),
            ("Start the sandbox", seconds, None),
        ]
        _daily_run(home, stages, before)
    remember(folder, plan)


def _load() -> float:
    """Load Dagster, the definitions and the dbt manifest; return the seconds it took."""
    began = time.monotonic()
    with console.status("Loading Dagster and the dbt project"):
        # Not at the top: they take seconds, and --help should not.
        from orchestration.loading import load_definitions  # noqa: PLC0415

        load_definitions()
    return time.monotonic() - began


def _point_at_files(files: Path, data: Path | None) -> None:
    if not files.is_file():
        raise DemoError(f"There is no mapping at {files}. FILES= names a file-drop mapping (YAML).")
    if data is not None and not data.is_dir():
        raise DemoError(f"There is no folder at {data}. DATA= names the folder of the exports.")
    os.environ["KONTAKTI_SOURCES"] = "files"
    os.environ["KONTAKTI_FILES"] = str(files.resolve())
    os.environ["KONTAKTI_DATA"] = str((data or files.parent).resolve())
    os.environ.setdefault("KONTAKTI_PSEUDONYM_KEY", DEMO_KEY)


def _daily_run(home: Path, stages: Sequence[tuple[str, float, int | None]], before: Counts) -> None:
    from demo.progress import RunProgress, stage_table  # noqa: PLC0415
    from orchestration.run import run_job  # noqa: PLC0415
    from orchestration.settings import settings_or_exit  # noqa: PLC0415

    settings = settings_or_exit()
    with RunProgress(console) as progress:
        summary = run_job("daily", progress, settings)
    console.print()
    console.print(stage_table(summary, stages))
    for warning in summary.warnings:
        console.print(f"[yellow]warning[/] {warning}", highlight=False, soft_wrap=True)
    if not summary.success:
        raise DemoError(f"{summary.failure}\nEverything the run printed: {summary.log_path}")
    console.print()
    for line in news_lines(before, count_published(home / MARTS)):
        console.print(line, highlight=False, soft_wrap=True)


def _show_digest(home: Path) -> None:
    if not (home / MARTS).is_file():
        raise DemoError(f"Nothing is published at {home / MARTS} yet: run `make demo` first.")
    with console.status("Asking the semantic layer"):
        from demo.digest import digest_table, query_digest  # noqa: PLC0415

        table = digest_table(query_digest(home))
    console.print()
    Console(width=max(console.width, DIGEST_WIDTH)).print(table)


def _show_next(home: Path) -> None:
    console.print()
    console.print("[bold]Where to go next[/]")
    for what, how in (
        ("Dagster's UI, with this run in it", "make ui"),
        ("What each model and number means", "make docs"),
        ("Ask for a metric", 'make query ARGS="--metrics nps --group-by contact_channel"'),
        ("The published marts, for any DuckDB client", str(home / MARTS)),
        ("What is new after another day", "make demo"),
    ):
        console.print(f"  {what}: [cyan]{how}[/]", highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(app())
