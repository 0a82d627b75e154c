"""The one place that knows how raw data lands: pipelines, the lake's layout, crash recovery.

`pipeline_for(dataset)` makes the dlt pipeline of a dataset, `source_for(name)` the dlt source of
a vendor, and `land(name)` runs one through the other: it settles what a crash left behind, lands
what is new, and reports. The command line, the demo and the orchestration all call `land`.

In: settings from the environment (`KONTAKTI_HOME`, `KONTAKTI_PSEUDONYM_KEY`, `SOURCES__*`).
Out: `<home>/lake/<dataset>/<table>/load_date=YYYY-MM-DD/<load_id>.<file_id>.parquet`, append-only,
with dlt's state beside it, so that a lost working folder resumes from the lake.

Run alone: `python -m ingestion land zendesk`
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, Final

import dlt
from dlt.common.pipeline import NormalizeInfo
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed
from filelock import FileLock, Timeout

from ingestion.columns import Table
from ingestion.errors import LandingBusy, UnknownSource, as_ingestion_error
from ingestion.home import dlt_folder, lake_folder
from ingestion.runs import LandingReport, LandingRun
from ingestion.settings import also, known_secrets

VENDORS: Final = (
    "zendesk",
    "twilio",
    "hubspot",
    "typeform",
    "intercom",
    "genesys",
    "mastodon",
)
SOURCES: Final = (*VENDORS, "files")
# Landed where nobody says which; the others have to be named.
DEFAULT_SOURCES: Final = ("zendesk", "twilio", "hubspot", "typeform", "files")
LAYOUT: Final = "{table_name}/load_date={YYYY}-{MM}-{DD}/{load_id}.{file_id}.{ext}"
WATERMARKS: Final = "watermarks"
QUARANTINE_PREFIX: Final = "_quarantine_"

# dlt reads these from the environment; a value set by the user wins.
_DLT_DEFAULTS: Final = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",  # set to true to switch dlt's telemetry on
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "true",
    "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_ID": "false",
    "LOAD__DELETE_COMPLETED_JOBS": "true",
    # dlt's trace file holds every resolved setting, credentials in clear included.
    "ENABLE_RUNTIME_TRACE": "false",
}


def pipeline_for(dataset: str) -> dlt.Pipeline:
    """The pipeline that lands into one dataset of the lake.

    Args:
        dataset: A vendor (`zendesk`), or `files_<name>` for a file drop; names the folder.

    Returns:
        A pipeline that writes Parquet into `<home>/lake/<dataset>` and keeps its working folder
        in `<home>/dlt`. Making it touches no network.
    """
    for variable, value in _DLT_DEFAULTS.items():
        os.environ.setdefault(variable, value)
    lake = lake_folder()
    lake.mkdir(parents=True, exist_ok=True)
    return dlt.pipeline(
        pipeline_name=f"kontakti_{dataset}",
        pipelines_dir=str(dlt_folder()),
        destination=dlt.destinations.filesystem(bucket_url=str(lake), layout=LAYOUT),
        dataset_name=dataset,
    )


def declared_tables(name: str) -> dict[str, Table]:
    """The tables a vendor lands, with their declared columns, by name.

    Raises:
        UnknownSource: No vendor has this name.
    """
    return {table.name: table for table in _vendor_module(name).TABLES}


def source_for(
    name: str, *, tables: Sequence[str] | None = None, run: LandingRun | None = None
) -> DltSource:
    """The dlt source of a vendor. Needs neither network nor secrets until it is extracted.

    Args:
        name: One of `VENDORS`.
        tables: Land only these; by default all but those on request that nobody asked for.
        run: Where the resources keep their counts; a strict run of their own by default.

    Raises:
        UnknownSource: No vendor has this name.
        SettingInvalid: `SOURCES__<NAME>__ALSO` asks for a table that there is not.
    """
    source: DltSource = _vendor_module(name).source(run or LandingRun())
    return source.with_resources(*(wanted_tables(name) if tables is None else tables))


def wanted_tables(name: str) -> list[str]:
    """The tables that a vendor lands: those on request where `SOURCES__<NAME>__ALSO` names them.

    Raises:
        UnknownSource: No vendor has this name.
        SettingInvalid: The setting asks for a table that there is not.
    """
    declared = declared_tables(name)
    asked_for = also(name, [table.name for table in declared.values() if table.on_request])
    return [n for n, table in declared.items() if not table.on_request or n in asked_for]


def land(
    name: str, *, tables: Sequence[str] | None = None, frequent: bool = False
) -> LandingReport:
    """Land what is new from a source.

    A table that fails stops alone: what it had read and the other tables are landed, and the
    first failure is raised afterwards with the report attached.

    Args:
        name: One of `SOURCES`.
        tables: Land only these tables of a vendor; all by default.
        frequent: This is done every few seconds, so ask where the vendor allows that.

    Returns:
        What was landed.

    Raises:
        IngestionError: One clear line; `error.report` says what landed before it, if anything.
    """
    if name == "files":
        report: LandingReport = import_module("ingestion.sources.files").land()
        return report
    run = LandingRun(tolerant=True, frequent=frequent)
    return land_source(name, source_for(name, tables=tables, run=run), run)


def land_source(dataset: str, source: DltSource, run: LandingRun) -> LandingReport:
    """Run any dlt source into a dataset, settling first what an earlier crash left behind.

    Args:
        dataset: Folder in the lake.
        source: What to extract; its resources share `run`.
        run: Collects quarantined rows, watermarks and parked failures.

    Raises:
        LandingBusy: Another process is landing this dataset.
        IngestionError: The first failure, with the report of what landed attached.
    """
    started = time.monotonic()
    with alone(dataset):
        pipeline = pipeline_for(dataset)
        try:
            resumed = _settle_pending(pipeline)
            # dlt's `run` in its three steps: their counts are needed, its trace is not.
            pipeline.extract(source)
            normalized = pipeline.normalize()
            loaded = pipeline.load()
        except Exception as error:
            _drop_pending(pipeline)
            raise as_ingestion_error(error, dataset, known_secrets()) from error
        report = LandingReport(
            source=dataset,
            rows=_row_counts(normalized),
            quarantined=dict(run.quarantined),
            seconds=time.monotonic() - started,
            load_ids=tuple(loaded.loads_ids) if loaded is not None else (),
            watermark_at=min(run.watermarks.values()) if run.watermarks else None,
            failures=tuple(str(f) for f in run.failures),
            resumed=resumed,
            served={table: dict(days) for table, days in run.served.items()},
            drift=tuple(run.drift),
        )
    if run.failures:
        first = run.failures[0]
        first.report = report
        raise first
    return report


def settle(dataset: str) -> tuple[str, ...]:
    """Finish or drop what a landing that was cut off left behind.

    Returns:
        Ids of the loads that were finished.

    Raises:
        LandingBusy: Another process is landing this dataset.
    """
    with alone(dataset):
        return _settle_pending(pipeline_for(dataset))


def _vendor_module(name: str) -> Any:
    if name not in VENDORS:
        raise UnknownSource(name, SOURCES)
    return import_module(f"ingestion.sources.{name}")


@contextmanager
def alone(dataset: str) -> Iterator[None]:
    """Hold the dataset's lock; the operating system releases it when the process dies."""
    dlt_folder().mkdir(parents=True, exist_ok=True)
    lock = FileLock(dlt_folder() / f"{dataset}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise LandingBusy(dataset) from error
    try:
        yield
    finally:
        lock.release()


def _settle_pending(pipeline: dlt.Pipeline) -> tuple[str, ...]:
    """Finish or drop the packages of a run that died after extracting.

    dlt's `run` would load them and then ignore the new data, or fail on them for ever. Their
    cursors were advanced together with their rows, so they are loaded when they can be; when they
    cannot, they are dropped and dlt's state goes back to where they began, so that the same rows
    are read again.
    """
    pipeline.sync_destination()
    if not pipeline.has_pending_data:
        return ()
    try:
        pipeline.normalize()
        info = pipeline.load()
    except PipelineStepFailed:
        pipeline.abort_packages()
        return ()
    return tuple(info.loads_ids) if info is not None else ()


def _drop_pending(pipeline: dlt.Pipeline) -> None:
    """Leave nothing half done behind a failed run: the next one starts from the last good state."""
    if pipeline.has_pending_data:
        pipeline.abort_packages()


def _row_counts(normalized: NormalizeInfo | None) -> dict[str, int]:
    counts = normalized.row_counts if normalized is not None else {}
    return {
        table: int(count)
        for table, count in sorted(counts.items())
        if not table.startswith("_") and table != WATERMARKS
    }
