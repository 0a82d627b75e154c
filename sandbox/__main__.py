"""Command line of the sandbox: serve the vendors, show the true figures, write the exports.

    python -m sandbox serve --mode live --speed 60 --port 8765
    python -m sandbox ledger --as-of 2026-04-15T15:30:00Z
    python -m sandbox exports .kontakti/sandbox/exports
    python -m sandbox bulk --contacts 1000000 --tickets 50000 --home <folder>
    python -m sandbox bulk --next-day --contacts 30000 --home <folder>

The same seed, days and contacts a day give the same world in every command. `serve` prints the
environment lines that point a pipeline at it, and runs until it is interrupted.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from sandbox.clock import Clock, FrozenClock, RunningClock
from sandbox.server import SandboxServer
from sandbox.vendors.wire import iso
from sandbox.world.records import World
from sandbox.world.simulate import UNTIL, simulate

DAY = 86_400
DEFAULT_UNTIL = iso(UNTIL)
SPARE_DAYS = 3  # simulated beyond the last instant asked for, so that the clock can be advanced

app = typer.Typer(add_completion=False, no_args_is_help=True, help="A simulated contact centre.")
# Progress goes to stderr: stdout carries only what a script would read.
progress = Console(stderr=True)


class Mode(StrEnum):
    """Whether the clock stands or runs."""

    HISTORY = "history"
    LIVE = "live"


class Limits(StrEnum):
    """Whose rate limits apply."""

    GENEROUS = "generous"
    VENDOR = "vendor"


Days = Annotated[int, typer.Option(min=1, help="Days of history.")]
PerDay = Annotated[int, typer.Option(min=1, help="Mean contacts a day.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same world.")]
Until = Annotated[str, typer.Option(help="Instant the history ends at, ISO 8601.")]


def _instant(text: str) -> int:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"'{text}' is not an ISO 8601 time") from error
    return int((parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp())


def _play(seed: int, days: int, contacts_per_day: int, until: int, after_days: int) -> World:
    started = time.monotonic()
    with progress.status(f"Simulating {days} days of about {contacts_per_day:,} contacts a day"):
        world = simulate(seed, days, contacts_per_day, until, after_days)
    progress.print(
        f"Simulated {len(world.contacts):,} contacts, {len(world.cases):,} cases and "
        f"{len(world.survey_answers):,} survey answers in {time.monotonic() - started:.1f} s"
    )
    return world


@app.command()
def serve(
    mode: Annotated[Mode, typer.Option(help="A clock that stands, or one that runs.")] = (
        Mode.HISTORY
    ),
    days: Days = 30,
    contacts_per_day: PerDay = 1000,
    seed: Seed = 1,
    until: Until = DEFAULT_UNTIL,
    advance_days: Annotated[float, typer.Option(min=0, help="Start this long after.")] = 0,
    speed: Annotated[float, typer.Option(help="Live: simulated seconds a second.")] = 1.0,
    live_days: Annotated[int, typer.Option(min=1, help="Live: days until the clock stops.")] = 2,
    port: Annotated[int, typer.Option(min=0, help="0 takes a free one.")] = 8765,
    also: Annotated[
        list[str] | None, typer.Option(help="Serve this vendor besides, such as intercom.")
    ] = None,
    rate_limits: Annotated[Limits, typer.Option(help="None, or the vendors' own.")] = (
        Limits.GENEROUS
    ),
) -> None:
    """Serve the vendors on loopback until interrupted."""
    last = _instant(until)
    start = last + int(advance_days * DAY)
    extra = live_days if mode is Mode.LIVE else 0
    world = _play(seed, days, contacts_per_day, last, int(advance_days) + extra + SPARE_DAYS)
    clock: Clock = FrozenClock(start)
    if mode is Mode.LIVE:
        clock = RunningClock(start, speed, stop_at=world.horizon)
    with progress.status("Opening the vendors"):
        server = SandboxServer(
            world,
            clock,
            port=port,
            rate_limits="vendor" if rate_limits == "vendor" else "generous",
            also=also or (),
        )
        try:
            server.start()
        except OSError as error:
            progress.print(f"[red]Port {port} is taken ({error.strerror}); choose another --port.")
            raise typer.Exit(1) from error
    for name, value in server.env().items():
        print(f"export {name}={value}", flush=True)
    progress.print(f"Serving at {server.base_url}; stop with Ctrl+C")
    try:
        with Live(console=progress, refresh_per_second=1, transient=True) as view:
            while True:
                view.update(_status(server))
                time.sleep(1)
    except KeyboardInterrupt:
        progress.print("Stopped")
    finally:
        server.stop()


def _status(server: SandboxServer) -> Table:
    table = Table("Vendor", "Requests", title=f"Sandbox clock {iso(server.clock.now())}")
    for vendor in ("zendesk", "twilio", "hubspot", "typeform"):
        table.add_row(vendor, f"{server.requests.total(vendor):,}")
    return table


@app.command()
def ledger(
    as_of: Annotated[str, typer.Option(help="Instant to look from, ISO 8601.")] = DEFAULT_UNTIL,
    days: Days = 30,
    contacts_per_day: PerDay = 1000,
    seed: Seed = 1,
    until: Until = DEFAULT_UNTIL,
) -> None:
    """Print the true figures by channel as JSON."""
    # The ledger is needed by this command only; serving starts faster without it.
    from sandbox.ledger import digest  # noqa: PLC0415

    at, last = _instant(as_of), _instant(until)
    after_days = max(0, -((last - at) // DAY)) + SPARE_DAYS
    world = _play(seed, days, contacts_per_day, last, after_days)
    print(json.dumps({"as_of": iso(at), "digest": digest(world, at)}, indent=2))


@app.command()
def exports(
    folder: Annotated[Path, typer.Argument(help="Where the files go.")],
    days: Days = 30,
    contacts_per_day: PerDay = 1000,
    seed: Seed = 1,
    until: Until = DEFAULT_UNTIL,
) -> None:
    """Write the files of the file drop (queues, agents, schedules, targets, surveys)."""
    from sandbox.exports import write_exports  # noqa: PLC0415

    last = _instant(until)
    world = _play(seed, days, contacts_per_day, last, SPARE_DAYS)
    for path in write_exports(world, folder, last, as_of=last):
        progress.print(f"Wrote {path}")


@app.command()
def bulk(
    home: Annotated[Path, typer.Option(help="Home folder; its lake is written.")],
    contacts: Annotated[int, typer.Option(min=0, help="Call detail records.")] = 1_000_000,
    tickets: Annotated[int, typer.Option(min=0, help="Tickets with their history.")] = 0,
    seed: Seed = 1,
    next_day: Annotated[bool, typer.Option(help="Add a further load to a bulk lake.")] = False,
) -> None:
    """Write a large lake directly, for benchmarks; nothing is simulated second by second."""
    from sandbox.bulk import Plan, one_more_day, whole_history  # noqa: PLC0415

    started = time.monotonic()
    try:
        with progress.status(f"Writing {contacts:,} calls and {tickets:,} tickets to {home}"):
            if next_day:
                rows = one_more_day(home, contacts, tickets)
            else:
                rows = whole_history(home, Plan(seed=seed, contacts=contacts, tickets=tickets))
    except (FileExistsError, FileNotFoundError) as error:
        progress.print(f"[red]{error}")
        raise typer.Exit(1) from error
    for table, count in rows.items():
        progress.print(f"{table:<28}{count:>14,} rows")
    progress.print(f"Wrote the lake in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    app()
