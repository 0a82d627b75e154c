"""Does the lake hold what the vendor served? Counted by table and day, for one landing.

While a landing runs, every row that a source hands over is counted under the day of the table's
first required time (`Table.dated_by`), before dlt has seen it. Afterwards the Parquet files of the
landing's loads are counted the same way. What differs was lost, or doubled, in between.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.columns import Table
from ingestion.home import lake_folder
from ingestion.lake_files import table_files
from ingestion.runs import LandingReport

UNDATED = "undated"


@dataclass(frozen=True, slots=True)
class Difference:
    """A table and day whose counts differ."""

    table: str
    day: str
    served: int
    landed: int


def by_day(table: Table, rows: pa.Table) -> Counter[str]:
    """Rows of a table by ISO day; those without a time are `undated`."""
    column = table.dated_by
    if column is None:
        return Counter({UNDATED: rows.num_rows})
    days = rows.column(column).cast(pa.date32())
    counted = pc.value_counts(days.combine_chunks()).to_pylist()
    return Counter({str(entry["values"] or UNDATED): int(entry["counts"]) for entry in counted})


def differences(report: LandingReport, tables: Mapping[str, Table]) -> list[Difference]:
    """Where the landed rows of a landing are not those that were served.

    Args:
        report: Of one source's landing.
        tables: The source's declared tables; those of file drops by `dataset.table`.
    """
    found = []
    for name, table in tables.items():
        dataset, _, own_name = name.rpartition(".")
        served = Counter(report.served.get(name, {}))
        landed: Counter[str] = Counter()
        for path in table_files(lake_folder(), dataset or report.source, own_name):
            if path.name.startswith(report.load_ids):
                columns = [table.dated_by] if table.dated_by else None
                landed += by_day(table, pq.ParquetFile(path).read(columns=columns))
        found += [
            Difference(name, day, served[day], landed[day])
            for day in sorted(served.keys() | landed.keys())
            if served[day] != landed[day]
        ]
    return found
