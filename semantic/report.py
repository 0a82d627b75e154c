"""Write a saved query as files for people: Parquet and CSV with n, interval and suppression.

Input: the published copy and a saved query's name. Output: `<home>/reports/<name>.parquet` and
`.csv`, swapped whole; in a language people read, `<name>.<language>.csv` with its headings. Beside
each figure stand what it rests on (`_n`), its interval where there is one, and a note; a figure
under its least n is left out, since stored sums stay whole but few answers tell of persons
(catalogue 2.4). Every row carries the data's watermark.

Run alone: `python -m semantic report weekly_team --language fi`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv, parquet

from semantic.query import SemanticLayer, Value
from semantic.terms import headings, spoken_notes

LOW_N = 100
WIDEST = 0.30
NO_DATA, SUPPRESSED, UNRELIABLE, FEW = "no data", "suppressed", "unreliable", "low n"
MIXED = "mixed scales"
# Not DuckDB's: filling a table from Python makes it import pandas, which takes seconds.
_TYPES = {
    bool: pa.bool_(), int: pa.int64(), float: pa.float64(), str: pa.string(),
    dt.date: pa.date32(), dt.datetime: pa.timestamp("us"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """A report as it was written."""

    columns: list[str]
    rows: list[list[Value]]
    watermark: dt.datetime | None
    parquet: Path
    csv: Path


def write_report(layer: SemanticLayer, home: Path, name: str, language: str = "") -> Report:
    """Answer a saved query and write it.

    Args:
        layer: The metrics over one of the home's published copies.
        home: Home folder.
        name: The saved query.
        language: Of the headings and notes of the CSV; none heads it with ids, as the Parquet is.

    Raises:
        SemanticError: There is no such query or language, or nothing is published.
    """
    columns, rows, watermark = report_rows(layer, name)
    folder = home / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    spoken = f"{name}.{language}.csv" if language else f"{name}.csv"
    report = Report(columns, rows, watermark, folder / f"{name}.parquet", folder / spoken)
    table = spoken_table = _table(columns, rows)
    if language:
        spoken_table = _table(columns, spoken_notes(columns, rows, language))
        spoken_table = spoken_table.rename_columns(
            headings(columns, layer.labels(language), language)
        )
    for path, write, written in (
        (report.parquet, parquet.write_table, table),
        (report.csv, _write_csv, spoken_table),
    ):
        fresh = path.with_name(f".{path.name}.fresh")
        write(written, fresh)
        fresh.replace(path)
    return report


def _table(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> pa.Table:
    cells = zip(*rows, strict=True) if rows else ([] for _ in columns)
    return pa.table(
        {
            name: pa.array(values, _TYPES[kind])
            for (name, kind), values in zip(_kinds(columns, rows).items(), cells, strict=True)
        }
    )


def _write_csv(table: pa.Table, path: Path) -> None:
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))


def report_rows(
    layer: SemanticLayer, name: str
) -> tuple[list[str], list[list[Value]], dt.datetime | None]:
    """The report's columns, its rows, suppressed and noted, and how far the data reaches."""
    answer, watermark, groups, metrics = layer.saved_with_errors(name)
    columns = list(groups)
    for metric in metrics:
        columns.append(metric)
        columns += [each for each in layer.errors_of(metric) if each in answer.columns]
        if layer.n_of(metric) in answer.columns:
            columns.append(f"{metric}_note")
    # an n that is asked for by name is there once
    columns = [*dict.fromkeys(columns), "data_watermark"]
    rows = [
        [*_shown(layer, record, metrics, columns[:-1]), watermark]
        for record in answer.ordered().records()
    ]
    return columns, rows, watermark


def _shown(
    layer: SemanticLayer,
    record: Mapping[str, Value],
    metrics: Sequence[str],
    columns: Sequence[str],
) -> list[Value]:
    shown = dict(record)
    for metric in metrics:
        n_name = layer.n_of(metric)
        if n_name is None or n_name not in record:
            continue
        low, high = record.get(f"{metric}_low"), record.get(f"{metric}_high")
        share = layer.metrics[metric].meta["unit"] == "share"
        note = reliability(
            record[n_name], int(layer.metrics[metric].meta["min_n"]), *(low, high) if share else ()
        )
        scales = record.get(f"{metric}_scales")
        if note in {None, FEW} and isinstance(scales, int) and scales > 1:
            note = MIXED
        shown[f"{metric}_note"] = note
        if note in {NO_DATA, SUPPRESSED}:
            shown |= dict.fromkeys((metric, f"{metric}_low", f"{metric}_high"))
    return [shown[column] for column in columns]


def reliability(n: Value, minimum: int, low: Value = None, high: Value = None) -> str | None:
    """Why a figure is missing or needs care, as the reports of the marts say it.

    Where no n is asked for, it counts no answers but what the figure is a mean of, such as waves.
    """
    if not isinstance(n, int | float) or n == 0:
        return NO_DATA
    if n < minimum:
        return SUPPRESSED
    if isinstance(low, float) and isinstance(high, float) and high - low > WIDEST:
        return UNRELIABLE
    return FEW if minimum and n < LOW_N else None


def _kinds(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> dict[str, type]:
    kinds = {}
    for at, column in enumerate(columns):
        types = {type(row[at]) for row in rows if row[at] is not None}
        kinds[column] = float if types == {int, float} else next(iter(types), str)
    return kinds
