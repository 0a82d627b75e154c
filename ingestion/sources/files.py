"""Lands the file drop: the mapping's datasets, each through a dlt pipeline of its own.

In: the mapping (`KONTAKTI_FILES`, default `ingestion/files.yml`), the files below `KONTAKTI_DATA`
(default: the mapping's folder), and what dlt's state remembers of earlier landings.
Out: for each dataset `<home>/lake/files_<dataset>/<entity>/…`, the rows that could not land in
`_quarantine_<entity>`, and `watermarks` for entities with event times.

```
mapping ─▶ new files ─▶ locked DuckDB (expressions, types, rules) ─▶ good rows, one a key ─▶ lake
                                                                  └▶ bad rows, reason ─▶ quarantine
```

Run alone: `python -m ingestion land files`
"""

from __future__ import annotations

import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltResource, DltSource

from ingestion import columns as raw
from ingestion import pipelines
from ingestion.errors import IngestionError
from ingestion.file_drop.collect import collector, quarantine_table
from ingestion.file_drop.drop import DatasetDrop
from ingestion.file_drop.errors import FileDropFailed, MappingInvalid, Problem
from ingestion.file_drop.mapping import Mapping, PlacedEntry, load_mapping
from ingestion.file_drop.pseudonymise import needs_key
from ingestion.file_drop.report import EntryReport, FileLandingReport
from ingestion.home import dlt_folder
from ingestion.privacy import pseudonymiser
from ingestion.reconciliation import by_day
from ingestion.runs import LandingReport, LandingRun, combine

FILES_VARIABLE = "KONTAKTI_FILES"
DATA_VARIABLE = "KONTAKTI_DATA"
DEFAULT_MAPPING = Path(__file__).resolve().parents[1] / "files.yml"

_LOG = logging.getLogger("kontakti.files")

WATERMARKS = raw.Table(
    name=pipelines.WATERMARKS,
    columns=(
        raw.Column("resource"),
        raw.Column("watermark_at", "timestamp"),
        raw.Column("rows_landed", "bigint"),
        raw.Column("is_initial", "bool"),
    ),
    key=("resource",),
    description="How far each entity's files reach.",
)


def mapping_path() -> Path:
    """The mapping in force."""
    return Path(os.environ.get(FILES_VARIABLE) or DEFAULT_MAPPING).resolve()


def data_folder() -> Path:
    """The folder that paths of the mapping are relative to.

    Raises:
        MappingInvalid: `KONTAKTI_DATA` names no folder.
    """
    folder = Path(os.environ.get(DATA_VARIABLE) or mapping_path().parent).resolve()
    if not folder.is_dir():
        raise MappingInvalid(
            mapping_path().name,
            f"the base folder {folder} is not there",
            f"Set {DATA_VARIABLE} to the folder of the files",
        )
    return folder


def dataset_name(dataset: str) -> str:
    """Name of a mapping's dataset in the lake."""
    return f"files_{dataset}"


def declared_tables(mapping: Mapping | None = None) -> dict[str, tuple[raw.Table, ...]]:
    """The raw tables that a mapping lands, by dataset in the lake.

    Args:
        mapping: The mapping in force by default.
    """
    checked = mapping or load_mapping(mapping_path())
    tables: dict[str, dict[str, raw.Table]] = {}
    for placed in checked.entries:
        of_dataset = tables.setdefault(dataset_name(placed.entry.dataset), {})
        of_dataset[placed.entry.entity] = placed.entry.kind.raw_table
    return {dataset: tuple(named.values()) for dataset, named in tables.items()}


def land() -> LandingReport:
    """Land what is new in the files of the mapping.

    Returns:
        Counts by `files_<dataset>.<entity>`, and one report an entry.

    Raises:
        MappingInvalid: The mapping cannot be read at all.
        CredentialMissing: Personal columns are mapped and there is no pseudonym key.
        FileDropFailed: Some entries or files could not land; everything else did, and the
            report is attached.
    """
    started = time.monotonic()
    mapping = load_mapping(mapping_path())
    base = data_folder()
    if any(needs_key(placed.entry) for placed in mapping.entries):
        pseudonymiser()  # fails here, before anything is read, when there is no key
    problems = list(mapping.problems)
    parts: list[tuple[str, LandingReport]] = []
    entries: list[EntryReport] = []
    for dataset in mapping.datasets:
        chosen = [placed for placed in mapping.entries if placed.entry.dataset == dataset]
        name = dataset_name(dataset)
        try:
            report, drop = _land_dataset(name, chosen, base)
        except IngestionError as error:
            problems.append(Problem(error.where, error.what, error.todo))
            continue
        parts.append((name, report))
        problems += drop.problems
        entries += drop.reports
    for entry in entries:
        for line in entry.lines():
            _LOG.info(line)
    report = _whole(combine("files", parts), entries, problems, time.monotonic() - started)
    if problems:
        failed = FileDropFailed(problems)
        failed.report = report
        raise failed
    return report


def _land_dataset(
    name: str, entries: list[PlacedEntry], base: Path
) -> tuple[LandingReport, DatasetDrop]:
    """Land one dataset; its scratch folder lives inside the home and goes with it."""
    keyed = pseudonymiser() if any(needs_key(p.entry) for p in entries) else None
    dlt_folder().mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=dlt_folder(), prefix=f"{name}.") as folder,
        collector(Path(folder), entries[0].entry.dataset) as collected,
    ):
        drop = DatasetDrop(entries, base, Path(folder), collected, keyed)
        run = LandingRun(tolerant=True)
        report = pipelines.land_source(name, source_of(name, drop, run), run)
    return report, drop


def source_of(name: str, drop: DatasetDrop, run: LandingRun) -> DltSource:
    """The dlt source of one dataset: a resource an entity, a quarantine, and the watermarks.

    Args:
        name: Dataset in the lake; names dlt's source and with it the state.
        drop: Does the work when the first resource is extracted.
        run: Gets the counts and the watermarks.
    """

    def prepared() -> DatasetDrop:
        drop.run(dlt.current.source_state())
        for entity in drop.entities:
            _, bad = drop.collected.counts(entity)
            if bad:
                run.quarantined[entity.name] = bad
        run.watermarks = {w.entity: w.at for w in drop.watermarks}
        return drop

    def resources() -> Iterator[DltResource]:
        for entity in drop.entities:

            def good(of: Any = entity) -> Iterator[pa.Table]:
                for rows in prepared().collected.good(of):
                    days = by_day(of.raw_table, rows)
                    run.served.setdefault(of.name, Counter()).update(days)
                    yield rows

            def bad(of: Any = entity) -> Iterator[pa.Table]:
                yield from prepared().collected.bad(of)

            yield _resource(entity.raw_table, good)
            yield _resource(quarantine_table(entity, pipelines.QUARANTINE_PREFIX), bad)

        def watermarks() -> Iterator[pa.Table]:
            rows = [
                {
                    "resource": w.entity,
                    "watermark_at": w.at,
                    "rows_landed": w.rows,
                    "is_initial": w.is_initial,
                }
                for w in prepared().watermarks
            ]
            if rows:
                yield pa.Table.from_pylist(rows, schema=WATERMARKS.arrow_schema)

        yield _resource(WATERMARKS, watermarks)

    made: DltSource = dlt.source(lambda: list(resources()), name=name, max_table_nesting=0)()
    return made


def _resource(table: raw.Table, rows: Any) -> DltResource:
    """A dlt resource that yields Arrow in the declared columns."""
    made: DltResource = dlt.resource(
        rows, name=table.name, columns=table.dlt_columns(), write_disposition="append"
    )
    return made


def _whole(
    combined: LandingReport,
    entries: list[EntryReport],
    problems: list[Problem],
    seconds: float,
) -> FileLandingReport:
    return FileLandingReport(
        source=combined.source,
        rows=combined.rows,
        quarantined=combined.quarantined,
        seconds=seconds,
        load_ids=combined.load_ids,
        watermark_at=combined.watermark_at,
        failures=tuple(str(problem) for problem in problems),
        resumed=combined.resumed,
        served=combined.served,
        entries=tuple(entries),
    )
