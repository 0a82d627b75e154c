"""Land sources from the command line.

    python -m ingestion land                      # the sources in KONTAKTI_SOURCES
    python -m ingestion land zendesk twilio       # these
    python -m ingestion land twilio --table events
    python -m ingestion tables zendesk            # declared tables and columns
    python -m ingestion pseudonym anna@example.org

Inputs: settings from the environment, see `.env.example`. Outputs: Parquet in the lake, a line a
table on standard output, and exit status 1 when a source or one of its tables failed.
"""

from __future__ import annotations

import logging
import os
from typing import Annotated

import typer

from ingestion import pipelines
from ingestion.errors import IngestionError
from ingestion.privacy import person_key
from ingestion.runs import LandingReport

app = typer.Typer(help="Land raw data from vendors and files.", no_args_is_help=True)

SOURCES_VARIABLE = "KONTAKTI_SOURCES"


def configured_sources() -> list[str]:
    """The sources named in `KONTAKTI_SOURCES`; all when it is not set."""
    text = os.environ.get(SOURCES_VARIABLE) or ",".join(pipelines.SOURCES)
    return [name.strip() for name in text.split(",") if name.strip()]


@app.command()
def land(
    sources: Annotated[
        list[str] | None, typer.Argument(help="Which sources; all by default")
    ] = None,
    table: Annotated[list[str] | None, typer.Option(help="Only these tables of a vendor")] = None,
) -> None:
    """Land what is new. Each source goes on when another fails."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    failed = False
    for name in sources or configured_sources():
        try:
            _show(pipelines.land(name, tables=table))
        except IngestionError as error:
            failed = True
            if isinstance(error.report, LandingReport):
                _show(error.report)
            typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
    raise typer.Exit(1 if failed else 0)


@app.command()
def tables(source: str) -> None:
    """Show the declared tables and columns of a vendor."""
    try:
        declared = pipelines.declared_tables(source)
    except IngestionError as error:
        typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None
    for name, table in declared.items():
        columns = ", ".join(f"{c.name} {c.kind}" for c in table.columns)
        typer.echo(f"{source}.{name}: {columns}")


@app.command()
def pseudonym(value: str) -> None:
    """Show the pseudonym of an e-mail address, phone number or customer number."""
    try:
        typer.echo(person_key(value) or "(nobody: empty or withheld)")
    except IngestionError as error:
        typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)
        raise typer.Exit(1) from None


def _show(report: LandingReport) -> None:
    resumed = f", finished {len(report.resumed)} pending load" if report.resumed else ""
    typer.echo(
        f"{report.source}: {report.total_rows:,} new rows in {report.seconds:.1f} s{resumed}"
    )
    for table, rows in report.rows.items():
        typer.echo(f"  {table:<24}{rows:>12,}")
    for table, rows in report.quarantined.items():
        # A file drop's tables are named with their dataset; the quarantine is a table beside them.
        dataset, dot, name = table.rpartition(".")
        aside = f"{dataset}{dot}{pipelines.QUARANTINE_PREFIX}{name}"
        typer.echo(f"  {table:<24}{rows:>12,} kept aside in {aside}")
    for line in report.failures:
        typer.echo(f"  stopped: {line}")


if __name__ == "__main__":
    app()
