"""Taking rows and values out of the lake: the only two places that ever change a landed file are an
erasure and a retention, and both do it through here.

A file is written anew beside the old one, without them, and renamed over it: a reader sees one or
the other. Names stay, so a table's loads stay what they were; whoever built something from
the rows must build it afresh (`orchestration.rebuild`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

Choose = Callable[[pa.Table], pa.Array]


def datasets(lake: Path) -> list[str]:
    """Names of the landed datasets."""
    return sorted(folder.name for folder in lake.glob("*") if folder.is_dir())


def table_files(lake: Path, dataset: str, table: str) -> Iterator[Path]:
    """Parquet files of a table, oldest load first."""
    yield from sorted((lake / dataset / table).glob("load_date=*/*.parquet"))


def remove_rows(path: Path, unwanted: Choose) -> int:
    """Rewrite a file without some of its rows.

    Args:
        path: Parquet file of the lake.
        unwanted: Tells for each row of the file whether it goes.

    Returns:
        How many rows went; a file that keeps all of them is not touched.
    """
    file = pq.ParquetFile(path)
    rows = file.read()
    goes = pa.array(unwanted(rows).to_pylist(), pa.bool_()).fill_null(False)
    removed = sum(goes.to_pylist())
    if not removed:
        return 0
    _replace(path, rows.filter(pa.array([not gone for gone in goes.to_pylist()])))
    return int(removed)


def blank(path: Path, columns: Collection[str], values: Collection[str]) -> int:
    """Rewrite a file with nothing where some text columns hold one of the values.

    Returns:
        How many cells that were; a file without any is not touched.
    """
    rows = pq.ParquetFile(path).read()
    unwanted = pa.array(sorted(values), pa.string())
    blanked = 0
    for name in columns:
        cells = rows.column(name)
        hit = pc.is_in(cells, unwanted)
        blanked += int(pc.sum(hit).as_py() or 0)
        emptied = pc.if_else(hit, pa.scalar(None, cells.type), cells)
        rows = rows.set_column(rows.column_names.index(name), name, emptied)
    if blanked:
        _replace(path, rows)
    return blanked


def _replace(path: Path, rows: pa.Table) -> None:
    beside = path.with_name(f".{path.name}.new")
    pq.write_table(rows, beside, compression="snappy")
    os.replace(beside, path)
