"""Land sources from the command line.

    python -m ingestion land                      # the sources in KONTAKTI_SOURCES
    python -m ingestion land zendesk twilio       # these
    python -m ingestion land twilio --table events
    python -m ingestion tables zendesk            # declared tables and columns
    python -m ingestion check                     # are the credentials accepted?
    python -m ingestion pseudonym anna@example.org
    python -m ingestion schemas                   # write the shapes under review anew
    python -m ingestion clear                     # columns that land as the vendor has them
    python -m ingestion erase anna@example.org    # from the lake; orchestration.erase: everywhere
    python -m ingestion retain                    # apply the retention setting to the lake
    python -m ingestion mirror                    # make the bucket hold what the home holds
    python -m ingestion fetch                     # fill an empty home with the bucket's lake

Inputs: settings from the environment, see `.env.example`. Outputs: Parquet in the lake, a line a
table on standard output, and exit status 1 when a source or one of its tables failed.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ingestion import pipelines
from ingestion.clear_fields import clear_texts
from ingestion.errors import IngestionError
from ingestion.mirror import fetch as fetch_lake
from ingestion.mirror import mirror as mirror_lake
from ingestion.mirror import refuse_unfetched
from ingestion.privacy import person_key
from ingestion.runs import LandingReport

app = typer.Typer(help="Land raw data from vendors and files.", no_args_is_help=True)

SOURCES_VARIABLE = "KONTAKTI_SOURCES"


def configured_sources() -> list[str]:
    """The sources named in `KONTAKTI_SOURCES`; the default ones when it is not set."""
    text = os.environ.get(SOURCES_VARIABLE) or ",".join(pipelines.DEFAULT_SOURCES)
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
    with _told():
        refuse_unfetched()
    for name in sources or configured_sources():
        try:
            _show(pipelines.land(name, tables=table))
        except IngestionError as error:
            failed = True
            # Files that are let go of on a full disk meet it once more: that has been said by now.
            sys.unraisablehook = lambda _: None
            if isinstance(error.report, LandingReport):
                _show(error.report)
            _say(error)
    raise typer.Exit(1 if failed else 0)


@app.command()
def tables(source: str) -> None:
    """Show the declared tables and columns of a vendor."""
    with _told():
        declared = pipelines.declared_tables(source)
    for name, table in declared.items():
        columns = ", ".join(f"{c.name} {c.kind}" for c in table.columns)
        typer.echo(f"{source}.{name}: {columns}")


@app.command()
def pseudonym(value: str) -> None:
    """Show the pseudonym of an e-mail address, phone number or customer number."""
    with _told():
        typer.echo(person_key(value) or "(nobody: empty or withheld)")


@app.command()
def check(sources: Annotated[list[str] | None, typer.Argument()] = None) -> None:
    """Try each source's credential with one cheap call."""
    # Imported when needed: landing starts faster without it.
    from ingestion.credentials import check as try_sources  # noqa: PLC0415

    failed = False
    for name, error in try_sources(sources or configured_sources()):
        failed = failed or error is not None
        typer.echo(f"{name}: accepted" if error is None else error)  # an error names its source
    raise typer.Exit(1 if failed else 0)


@app.command()
def schemas() -> None:
    """Write the shapes that land to `ingestion/schemas.json`."""
    from ingestion.schemas import write  # noqa: PLC0415

    typer.echo(f"wrote {write()}")


@app.command()
def clear() -> None:
    """Show every text column that lands as its vendor has it, by table."""
    for name, columns in clear_texts().items():
        typer.echo(f"{name}: {', '.join(columns)}")


@app.command()
def erase(identifiers: list[str]) -> None:
    """Remove one customer's rows from the lake."""
    # Imported when needed: landing starts faster without it.
    from ingestion.erasure import erase as erase_person  # noqa: PLC0415

    with _told():
        erased = erase_person(*identifiers)
    for name, rows in sorted(erased.rows.items()):
        typer.echo(f"{name:<40}{rows:>12,} rows removed")
    for key in sorted(erased.shared):
        typer.echo(f"{key} is somebody else's too: name it to remove the rows it alone tells of")


@app.command()
def retain() -> None:
    """Remove the rows that are older than the retention setting keeps."""
    from ingestion.retention import retain as apply  # noqa: PLC0415

    with _told():
        removed = apply()
    for name, rows in removed.items():
        typer.echo(f"{name:<40}{rows:>12,} rows removed")


@app.command()
def mirror() -> None:
    """Make the bucket hold what the home holds."""
    with _told():
        done = mirror_lake()
    typer.echo(
        f"{done.sent:,} files sent ({done.sent_bytes:,} bytes), {done.removed:,} removed in"
        f" {done.seconds:.1f} s; the bucket holds {done.files:,} files ({done.bytes:,} bytes)"
    )


@app.command()
def fetch() -> None:
    """Fill an empty home with the lake that the bucket keeps."""
    with _told():
        came = fetch_lake()
    typer.echo(f"{came.files:,} files ({came.bytes:,} bytes) are here, after {came.seconds:.1f} s")


@contextmanager
def _told() -> Iterator[None]:
    """Say an error in its one line and end, instead of a traceback."""
    try:
        yield
    except IngestionError as error:
        _say(error)
        raise typer.Exit(1) from None


def _say(error: IngestionError) -> None:
    typer.secho(f"error: {error}", fg=typer.colors.RED, err=True)


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
    for change in report.drift:
        typer.echo(f"  changed shape: {change}")
    for line in report.failures:
        typer.echo(f"  stopped: {line}")


if __name__ == "__main__":
    app()
