"""The doctor on the command line: one line a finding, exit status 1 when something stops work.

python -m orchestration.doctor            # or make doctor
python -m orchestration.doctor --offline  # without a call to any vendor, or to the bucket
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer

from orchestration.doctor.finding import Check, Finding, Level, examined, fail
from orchestration.doctor.machine import disk, packages, python
from orchestration.settings import SettingsError, load_settings

app = typer.Typer(add_completion=False)
COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}


@app.command()
def main(
    offline: Annotated[bool, typer.Option(help="Ask no vendor and no bucket")] = False,
) -> None:
    """Look a home over and say what to do."""
    worst = Level.OK
    for finding in findings(offline):
        typer.secho(f"{finding.level:<5}", fg=COLOURS[finding.level], nl=False)
        typer.echo(f"{finding.topic:<12} {line(finding)}")
        if finding.level is Level.FAIL or worst is Level.OK:
            worst = finding.level
    raise typer.Exit(1 if worst is Level.FAIL else 0)


def findings(offline: bool) -> Iterator[Finding]:
    """Everything there is to say, as it is found."""
    try:
        settings = load_settings()
    except SettingsError as error:
        yield fail("settings", str(error), "Mend the variable, then run this again", "wrong-home")
        return
    for name, check in checks(offline):
        yield from examined(name, check, settings)


def checks(offline: bool) -> Iterator[tuple[str, Check]]:
    """What is looked at, in order; imported as it comes, so that a broken install still speaks."""
    yield "python", python
    yield "packages", packages
    yield "disk", disk
    from orchestration.doctor import bucket, data, locks, runs  # noqa: PLC0415

    yield "home", data.home
    if not offline:
        yield "credentials", data.credentials
        yield "bucket", bucket.bucket
    yield "locks", locks.locks
    yield "landing", data.pending
    yield "runs", runs.last_runs
    yield "sources", data.sources
    yield "marts", data.marts
    yield "live", runs.live
    yield "alerts", runs.messages


def line(finding: Finding) -> str:
    """What was found, what to do, and where it is explained."""
    page = f" (docs/runbook/{finding.page}.md)" if finding.page else ""
    todo = f". {finding.todo}" if finding.todo else ""
    return f"{finding.said}{todo}{page}"


if __name__ == "__main__":
    app()
