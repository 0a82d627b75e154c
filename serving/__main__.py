"""Command line of publishing: `python -m serving publish|postgres|tables|docs`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from serving import catalog, docs, layout, postgres
from serving import publish as publishing
from serving.errors import ServingError

app = typer.Typer(help="Publish the marts and their documentation.", no_args_is_help=True)


class KindName(StrEnum):
    """What to publish."""

    marts = "marts"
    live = "live"


KindOption = Annotated[KindName, typer.Option(help="The marts, or the live marts.")]


@contextmanager
def _said_plainly() -> Iterator[None]:
    """Our own errors are one message and code 2, not a stack trace."""
    try:
        yield
    except ServingError as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(2) from error


@app.command()
def publish(kind: KindOption = KindName.marts) -> None:
    """Copy what dbt has built for readers, and swap it in."""
    with _said_plainly():
        report = publishing.publish(layout.default_home(), kind.value)
    typer.echo(
        f"{report.path}: {len(report.tables)} tables and views, {report.rows:,} rows,"
        f" {report.size_bytes / 1e6:.1f} MB, as of {report.as_of_at}, {report.seconds:.1f} s"
    )


@app.command("postgres")
def publish_to_postgres() -> None:
    """Put what is published into PostgreSQL as well: KONTAKTI_POSTGRES_URL says where."""
    reader = os.environ.get(postgres.READER_VARIABLE) or postgres.READER
    with _said_plainly():
        url = os.environ.get(postgres.URL_VARIABLE)
        if not url:
            raise ServingError(f"{postgres.URL_VARIABLE} is not set: see docs/guide/bi.md.")
        report = postgres.publish(layout.default_home(), url, reader)
    kept = f"; still read, and dropped next time: {', '.join(report.kept)}" if report.kept else ""
    typer.echo(f"{report.tables} tables, {report.rows:,} rows, {report.seconds:.1f} s{kept}")


@app.command()
def tables(kind: KindOption = KindName.marts) -> None:
    """List what is published."""
    with _said_plainly():
        published = catalog.read_catalog(layout.default_home(), kind.value)
    grid = Table("table", "rows", title=f"As of {published.as_of_at} UTC")
    for table in published.tables:
        grid.add_row(table.name, "view" if table.rows is None else f"{table.rows:,}")
    Console().print(grid)
    typer.echo(f"{published.path}, published {published.published_at:%Y-%m-%d %H:%M:%S} UTC")


@app.command("docs")
def build(
    serve: Annotated[bool, typer.Option(help="Serve the page on loopback.")] = False,
    port: Annotated[int, typer.Option(help="Port to serve on; 0 takes a free one.")] = 8080,
) -> None:
    """Build dbt's documentation."""
    home = layout.default_home()
    with _said_plainly():
        report = docs.build_docs(home)
        typer.echo(f"{report.page} ({report.size_bytes / 1e6:.1f} MB, {report.seconds:.0f} s)")
        if not serve:
            return
        with docs.docs_server(home, port) as server:
            typer.echo(f"Serving http://127.0.0.1:{server.server_port}/ until you press Ctrl-C.")
            try:
                server.serve_forever()
            except KeyboardInterrupt:
                typer.echo("Stopped.")


if __name__ == "__main__":
    app()
