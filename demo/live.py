"""The simulated centre in real time: a sandbox whose clock runs, Dagster, and the live path.

Inputs: the size of the centre, or the centre of the last `make demo` of this home, whose next
morning it goes on with. Outputs: `<home>/serving/live.duckdb`, new every few seconds, Dagster's UI,
and a line a cycle on how fresh it is.

Run: `make live`, or `python -m demo.live --help`. Stop with Ctrl+C.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from demo.centre import SANDBOX_MAPPING, STATE_FILE, Centre, DemoError, Plan

PROJECT = Path(__file__).resolve().parent.parent
# From the evening that a demo ends on to ten o'clock of the next morning, when the lines are busy.
TO_NEXT_MORNING = 15 * 3600 + 1800
console = Console()
app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def main(
    days: Annotated[int, typer.Option(min=1, help="Days of history to simulate.")] = 30,
    contacts_per_day: Annotated[int, typer.Option(min=1, help="Average arrivals a day.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the simulation.")] = 1,
    port: Annotated[int, typer.Option(help="Port of Dagster's UI.")] = 3000,
    seconds: Annotated[int | None, typer.Option(help="Stop after so many.")] = None,
) -> None:
    """Run the centre until stopped."""
    home = Path(os.environ.get("KONTAKTI_HOME") or PROJECT / ".kontakti").resolve()
    plan = _plan(home / "sandbox" / STATE_FILE, Plan(days, contacts_per_day, seed))
    console.print(
        f"[bold]Kontakti live[/]: about {plan.contacts_per_day:,} contacts a day; everything is "
        f"written to {home}",
        highlight=False,
        soft_wrap=True,
    )
    try:
        with Centre(plan, home / "sandbox", TO_NEXT_MORNING) as centre:
            with console.status("Waiting for the sandbox"):
                environment, contacts = centre.wait()
            console.print(f"  Sandbox up: {contacts:,} contacts so far, and its clock runs")
            os.environ.update(
                environment,
                KONTAKTI_HOME=str(home),
                DAGSTER_HOME=str(home / "dagster"),
                KONTAKTI_LIVE="true",
                KONTAKTI_FILES=str(SANDBOX_MAPPING),
                KONTAKTI_DATA=str(home / "sandbox" / "exports"),
            )
            with _dagster(home, port):
                console.print(
                    f"  Dagster: http://127.0.0.1:{port}/assets/serving/live shows each cycle; the"
                    " sensor live_path keeps them going",
                    soft_wrap=True,
                )
                _follow(home, seconds)
    except DemoError as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        console.print("Stopped")


def _plan(state: Path, wanted: Plan) -> Plan:
    """The centre that this home's demo has landed, which a live one must go on with."""
    if state.exists():
        return Plan(**json.loads(state.read_text(encoding="utf-8")))
    return wanted


@contextlib.contextmanager
def _dagster(home: Path, port: int) -> Iterator[None]:
    """Dagster's daemon and UI; on the way out they stop, and the live process with them."""
    from orchestration.instance import prepare_dagster_home  # noqa: PLC0415
    from orchestration.live_home import LiveHome  # noqa: PLC0415
    from orchestration.settings import settings_or_exit  # noqa: PLC0415

    prepare_dagster_home(settings_or_exit())
    live = LiveHome(home)
    log_path = home / "reports" / "dagster-dev.log"
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("w", encoding="utf-8") as log:
        dagster = subprocess.Popen(  # noqa: S603 - a fixed command line, no shell
            [
                *(str(Path(sys.executable).parent / "dagster"), "dev", "-w", "workspace.yaml"),
                *("--host", "127.0.0.1", "--port", str(port)),
            ],
            cwd=PROJECT,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        dagster.send_signal(signal.SIGINT)
        beat = live.heartbeat()
        if beat is not None and beat.phase != "stopped":
            with contextlib.suppress(ProcessLookupError):
                os.kill(beat.pid, signal.SIGTERM)
        try:
            dagster.wait(timeout=30)
        except subprocess.TimeoutExpired:
            dagster.kill()


def _follow(home: Path, seconds: int | None) -> None:
    """Print a line for each cycle, until told to stop."""
    from orchestration.live_home import LiveHome  # noqa: PLC0415

    live, shown = LiveHome(home), ""
    began = time.monotonic()
    console.print(
        "  The first cycle takes a minute or two: dbt compiles, and the window is landed."
    )
    while seconds is None or time.monotonic() - began < seconds:
        cycle = live.last_cycle()
        if cycle and cycle["published_at"] != shown:
            shown = cycle["published_at"]
            console.print(cycle_line(cycle), highlight=False, soft_wrap=True)
        time.sleep(0.5)


def cycle_line(cycle: dict[str, Any]) -> str:
    """What a cycle published, in a line."""
    ages = ", ".join(
        f"{name} read {said['read_seconds_ago']:.1f} s before"
        + (" (failing)" if said["failure"] else "")
        for name, said in cycle["sources"].items()
        if said["read_seconds_ago"] is not None
    )
    took = sum(cycle["seconds"].values())
    state = "published" if cycle["is_published"] else "[red]kept back by its tests[/]"
    return (
        f"  {cycle['published_at'][11:19]} cycle {cycle['cycle']:>4} {state}, {cycle['rows']:>5,} "
        f"new rows, {took:4.1f} s; {ages}"
    )


if __name__ == "__main__":
    sys.exit(app())
