"""Erase one customer from everything that a home holds, or what is older than the retention keeps.

    python -m orchestration.erase anna@example.org "+358 40 123 4567"
    python -m orchestration.erase --old

Rows leave the lake and its copy in a bucket, the warehouse and the live file are built afresh
without them, the copies for readers are swapped, what was built of past periods is removed, and
every file of the home is searched for what must not be there any more. Exit status 1 when something
was found or a step failed.

Erase the person at the vendors and in the exported files first: what they still serve lands again
when it changes.
"""

from __future__ import annotations

from typing import Annotated

import typer

from ingestion.erasure import erase
from ingestion.errors import IngestionError
from ingestion.home_search import find
from ingestion.mirror import mirror
from ingestion.retention import retain
from orchestration.live_supervisor import begin_again
from orchestration.past_lake import forget_past_builds
from orchestration.rebuild import WarehouseBusy, rebuild, refuse_if_busy
from orchestration.run import StepEvent
from orchestration.settings import Settings, SettingsError, load_settings

app = typer.Typer(add_completion=False)


@app.command()
def main(
    identifiers: Annotated[
        list[str] | None,
        typer.Argument(help="E-mail addresses, numbers or pseudonyms of one person"),
    ] = None,
    old: Annotated[bool, typer.Option(help="Apply the retention setting instead")] = False,
) -> None:
    """Erase a person, or what is too old."""
    if bool(identifiers) == old:
        raise typer.BadParameter("name one person, or say --old")
    try:
        settings = load_settings()
        refuse_if_busy(settings)
        if old:
            rows, values = retain(), frozenset[str]()
        else:
            erased = erase(*(identifiers or []))
            rows, values = dict(erased.rows), erased.values
            for key in sorted(erased.shared):
                typer.echo(f"not followed, as somebody else has it too: {key}")
    except (IngestionError, SettingsError, WarehouseBusy) as error:
        typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    for name, count in sorted(rows.items()):
        typer.echo(f"{name:<40}{count:>12,} rows removed")
    if not rows:
        typer.echo("No row of the lake is affected.")
    # The live lake holds hours that the lake may not have yet.
    begin_again(settings)
    # Also where no row was found: the bucket may have been away the last time.
    is_mirrored = _mirrored(settings)
    if rows:
        forget_past_builds(settings.home_dir)
    if rows and not _made_again(settings):
        raise typer.Exit(1)
    if not old and not _is_gone(settings, values):
        raise typer.Exit(1)
    if not is_mirrored:
        raise typer.Exit(1)


def _mirrored(settings: Settings) -> bool:
    if not settings.lake_bucket:
        return True
    try:
        done = mirror()
    except IngestionError as error:
        typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
        typer.echo("The bucket still holds the rows. Mend the cause, then run this again.")
        return False
    typer.echo(f"The bucket holds what the lake holds: {done.sent:,} files were sent again.")
    return True


def _made_again(settings: Settings) -> bool:
    def tell(event: StepEvent) -> None:
        if event.phase in {"succeeded", "failed"}:
            typer.echo(f"{event.phase:<10} {event.step:<22} {event.seconds:6.1f} s")

    summary = rebuild(settings, tell)
    if summary is not None and not summary.success:
        typer.secho(f"error: {summary.failure}", fg=typer.colors.RED, err=True)
        typer.echo(
            "The copies for readers are the old ones still. Mend the cause, then run this again."
        )
        return False
    return True


def _is_gone(settings: Settings, values: frozenset[str]) -> bool:
    found = find(settings.home_dir, values)
    for place, what in sorted(found.items()):
        typer.secho(f"still in {place}: {len(what)} of the identifiers", fg=typer.colors.RED)
    if not found:
        typer.echo(f"Searched every file for {len(values)} identifiers and found none.")
    return not found


if __name__ == "__main__":
    app()
