"""The commands of `python -m semantic`: ask for metrics, list them, say what they can be cut by.

They run in the query service (`semantic.service`) or, without one, where they were typed. Layers
are kept from one command to the next and made anew when a file of the dbt project has changed.
"""

from __future__ import annotations

import csv
import datetime as dt
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import typer

from semantic.errors import SemanticError
from semantic.home import DBT_PROJECT_DIR, home_path
from semantic.parse import fingerprint
from semantic.query import Answer, Question, SemanticLayer, Value
from semantic.report import write_report

app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None)
TargetOption = Annotated[
    str,
    typer.Option(help="What to read: serving (the published copy), live, or dev (the warehouse)."),
]
CsvOption = Annotated[bool, typer.Option("--csv", help="Print comma-separated values.")]


@app.command()
def query(
    metrics: Annotated[str, typer.Option(help="Metric ids, comma-separated.")],
    group_by: Annotated[str, typer.Option(help="Dimensions, comma-separated.")] = "",
    where: Annotated[
        list[str] | None,
        typer.Option(help="dimension=value[,value]; repeat to narrow further."),
    ] = None,
    start: Annotated[str | None, typer.Option(help="First day, YYYY-MM-DD.")] = None,
    end: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    order_by: Annotated[
        str, typer.Option(help="Columns, comma-separated; -name descends. By default the groups.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many rows.")] = None,
    target: TargetOption = "serving",
    as_csv: CsvOption = False,
    explain: Annotated[bool, typer.Option("--explain", help="Print the SQL instead.")] = False,
) -> None:
    """Ask for metrics."""
    with said_plainly():
        question = Question(
            metrics=_names(metrics),
            group_by=_names(group_by),
            where=dict(_filter(each) for each in where or ()),
            start=_day(start),
            end=_day(end),
            order_by=_names(order_by),
            limit=limit,
        )
        layer = layer_of(target)
        if explain:
            typer.echo(layer.sql(question))
        else:
            (answer,) = layer.ask(question)
            show(answer if question.order_by else answer.ordered(), as_csv)


@app.command()
def saved(
    name: Annotated[str, typer.Argument(help="Name of a saved query; none lists them.")] = "",
    target: TargetOption = "serving",
    as_csv: CsvOption = False,
) -> None:
    """Answer a saved query, or list them."""
    with said_plainly():
        layer = layer_of(target)
        if name:
            show(layer.saved(name).ordered(), as_csv)
            return
        show(Answer(("name", "description"), tuple(layer.saved_queries.items()), ""), as_csv)


@app.command("report")
def report_(
    name: Annotated[str, typer.Argument(help="Name of a saved query.")],
    target: TargetOption = "serving",
    language: Annotated[str, typer.Option(help="Headings of the CSV: en, fi or sv.")] = "",
) -> None:
    """Write a saved query to <home>/reports as Parquet and CSV, small groups left out."""
    with said_plainly():
        report = write_report(layer_of(target), home_path(), name, language)
        typer.echo(f"{report.parquet}\n{report.csv}")


@app.command()
def metrics(as_csv: CsvOption = False) -> None:
    """List all metrics."""
    with said_plainly():
        found = layer_of().metrics.values()
        rows = tuple((each.name, each.label, str(each.meta["unit"])) for each in found)
        show(Answer(("metric", "label", "unit"), rows, ""), as_csv)


@app.command()
def dimensions(metrics: Annotated[str, typer.Option(help="Metric ids, comma-separated.")]) -> None:
    """List what metrics can be cut by."""
    with said_plainly():
        typer.echo("\n".join(layer_of().dimensions(_names(metrics))))


def layer_of(target: str = "serving") -> SemanticLayer:
    """The home's layer, current with the project's files."""
    return _layer(home_path(), target, fingerprint(DBT_PROJECT_DIR))


@lru_cache(maxsize=2)
def _layer(home: Path, target: str, project: str) -> SemanticLayer:
    del project  # only what the layer was made of
    return SemanticLayer.of_home(home, target)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Print an error for the person who asked, without a traceback, and exit with 1."""
    try:
        yield
    except SemanticError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from error


def show(answer: Answer, as_csv: bool) -> None:
    """Print an answer as a table, or as CSV with every digit."""
    if as_csv:
        writer = csv.writer(sys.stdout)
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)
        return
    # Not rich's table: drawing a long one takes longer than answering. A wide answer runs over the
    # edge, as one would expect; folded headings cannot be read.
    columns = []
    for at, name in enumerate(answer.columns):
        values = [row[at] for row in answer.rows]
        cells = [name, *map(_printed, values)]
        width = max(map(len, cells))
        is_number = any(isinstance(value, int | float) for value in values)
        columns.append([cell.rjust(width) if is_number else cell.ljust(width) for cell in cells])
    lines = ("  ".join(line).rstrip() for line in zip(*columns, strict=True))
    typer.echo("\n".join(lines))


def _printed(value: Value) -> str:
    if value is None:
        return "-"
    return f"{value:,.4f}" if isinstance(value, float) else str(value)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _filter(text: str) -> tuple[str, list[str]]:
    name, sign, values = text.partition("=")
    if not sign:
        raise SemanticError(f"--where takes dimension=value, not '{text}'.")
    return name.strip(), _names(values)


def _day(text: str | None) -> dt.date | None:
    try:
        return None if text is None else dt.date.fromisoformat(text)
    except ValueError:
        raise SemanticError(f"'{text}' is no day; write it as 2026-04-01.") from None
