"""Many small files of the lake made into few large ones, row for row the same.

A landing of an hour's news is a small file a table; a year of them makes every read slow. Files of
complete loads that are older than two days are merged, table by table: the rows keep their load
ids, by which dbt knows what is new, and the merged file is named for its newest load, by which the
live process knows it. In: `<home>/lake`. Out: the same rows in fewer files.

The merged file is written beside, renamed into its place, and then the files it replaces are
removed. It lists them in its footer: where a crash came between, rows lie there twice, which
staging takes for a second delivery, and the next compaction removes the rest.

Run by `orchestration.defs.maintenance`.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.home import home_folder, lake_folder
from ingestion.lake_files import table_files
from ingestion.lake_lock import replacing
from ingestion.pipelines import alone

SMALL, FULL = 16 * 2**20, 128 * 2**20
FEWEST = 4
# A live process that starts reads what was landed lately; nothing of that is moved.
SETTLED_SECONDS = 2 * 86_400
PATIENCE_SECONDS = 60.0
REPLACES = b"kontakti.replaces"


@dataclass(frozen=True, slots=True)
class Compacted:
    """What was done to a table.

    Attributes:
        table: `dataset.table`.
        before: Files it had.
        after: Files it has.
        is_busy: Whether somebody went on reading, so that the rest waits for the next time.
    """

    table: str
    before: int
    after: int
    is_busy: bool = False


class Loads(Protocol):
    """What is known of loads by their files."""

    def complete_loads(self, dataset: Path) -> set[str]:
        """Ids of the complete loads of a dataset's folder."""

    def load_of(self, file: Path) -> str | None:
        """Id of the load that a file came with."""


def compact(
    dataset: str, loads: Loads, now: float, patience: float = PATIENCE_SECONDS
) -> list[Compacted]:
    """Merge the small files of every table of a dataset.

    Args:
        dataset: Folder of the lake.
        loads: Which loads are complete, and which file is of which.
        now: Unix seconds.
        patience: Seconds to wait for those who read.

    Returns:
        Tables that had something to merge.

    Raises:
        LandingBusy: The dataset is being landed right now.
    """
    lake = lake_folder()
    done = []
    with alone(dataset):
        complete = loads.complete_loads(lake / dataset)
        settled = {load for load in complete if float(load) < now - SETTLED_SECONDS}
        # dlt's own tables begin with an underscore, and so do rows that were kept aside.
        for folder in sorted((lake / dataset).glob("[!_]*")):
            files = list(table_files(lake, dataset, folder.name))
            old = [file for file in _finish(files) if loads.load_of(file) in settled]
            is_busy = False
            for group in _groups(old):
                name = max((loads.load_of(file) or "" for file in group), key=float)
                is_busy = not _merge(group, name, patience) or is_busy
            after = len(list(table_files(lake, dataset, folder.name)))
            if is_busy or after < len(files):
                done.append(Compacted(f"{dataset}.{folder.name}", len(files), after, is_busy))
    return done


def _groups(files: list[Path]) -> Iterator[list[Path]]:
    """Files to be merged with each other: small ones of one shape, in the order they came."""
    by_shape: dict[pa.Schema, list[Path]] = {}
    for file in files:
        if file.stat().st_size < SMALL:
            shape = pq.read_schema(file).remove_metadata()
            # Columns without a value are not written; those of two files must not contradict.
            known = next((s for s in by_shape if _fit(s, shape)), None)
            if known is None:
                by_shape[shape] = [file]
            else:
                joined = pa.unify_schemas([known, shape])
                by_shape[joined] = [*by_shape.pop(known), file]
    for alike in by_shape.values():
        group: list[Path] = []
        for file in alike:
            group.append(file)
            if sum(each.stat().st_size for each in group) >= FULL:
                yield group
                group = []
        if len(group) >= FEWEST:
            yield group


def _fit(one: pa.Schema, other: pa.Schema) -> bool:
    try:
        pa.unify_schemas([one, other])
    except pa.ArrowException:
        return False
    return True


def _merge(files: list[Path], load: str, patience: float) -> bool:
    """Put one file of a load in place of several; False when somebody went on reading."""
    names = [str(file.relative_to(file.parents[1])) for file in files]
    mark = hashlib.sha256("\n".join(names).encode()).hexdigest()[:10]
    target = files[-1].with_name(f"{load}.merged-{mark}.parquet")
    beside = target.with_name(f".{target.name}.new")
    try:
        _write(files, beside, {REPLACES: json.dumps(names).encode()})
        with replacing(home_folder(), patience) as is_alone:
            if not is_alone:
                return False
            beside.replace(target)
            _flush(target.parent)
            _remove(files)
    finally:
        beside.unlink(missing_ok=True)
    return True


def _write(files: list[Path], path: Path, note: dict[bytes, bytes]) -> None:
    schema = pa.unify_schemas([pq.read_schema(file).remove_metadata() for file in files])
    with pq.ParquetWriter(path, schema.with_metadata(note), compression="snappy") as writer:
        for file in files:
            rows = pq.ParquetFile(file).read().replace_schema_metadata(None)
            writer.write_table(
                pa.concat_tables([schema.empty_table(), rows], promote_options="default")
            )
    _flush(path)


def _finish(files: list[Path]) -> list[Path]:
    """Remove what a merged file stands for and a crash left; returns the files that remain."""
    left = set(files)
    for file in files:
        if ".merged-" in file.name:
            names = (pq.read_schema(file).metadata or {}).get(REPLACES, b"[]")
            replaced = {file.parents[1] / name for name in json.loads(names)} & left
            _remove(sorted(replaced))
            left -= replaced
    return sorted(left)


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
        if not any(file.parent.iterdir()):
            file.parent.rmdir()


def _flush(path: Path) -> None:
    """Make what was written survive a power cut before what it replaces goes."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
