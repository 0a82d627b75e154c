"""Landing as assets: one step a source, one asset a table.

Inputs: the vendors and file drops that `ingestion` knows. Outputs: raw Parquet in the lake; each
table's new rows and the step's seconds as metadata.

Each step wraps `ingestion.pipelines.land` in a multi-asset rather than dagster-dlt's resource: that
resource runs the dlt pipeline by itself, whereas `land` settles what a crash left behind, lands
the other tables when one stops, counts what was quarantined and turns every failure into one typed
error. The assets still come from the dlt source through a dagster-dlt translator.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import dagster as dg
from dagster_dlt.translator import DltResourceTranslatorData

from ingestion import pipelines
from ingestion.bucket import BucketUnreachable
from ingestion.errors import (
    IngestionError,
    LandingBusy,
    RateLimitExhausted,
    VendorFailed,
    VendorUnreachable,
)
from ingestion.file_drop.entities import ENTITIES
from ingestion.mirror import MirrorBusy, refuse_unfetched
from ingestion.runs import LandingReport
from orchestration.settings import Settings
from orchestration.translators import DltTranslator, raw_key

FILES = "files"
RECONCILED = "landed_equals_served"
SHAPE = "shape_as_before"
FILES_PREFIX = "files_"
# Another try may help these; a wrong credential or a changed column stays wrong.
TRANSIENT = (
    BucketUnreachable,
    LandingBusy,
    MirrorBusy,
    RateLimitExhausted,
    VendorFailed,
    VendorUnreachable,
)
# The source itself has retried each request for minutes by now.
RETRIES = dg.RetryPolicy(
    max_retries=2, delay=30, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
Land = Callable[[str], LandingReport]


def landed_specs(source: str, translator: DltTranslator) -> list[dg.AssetSpec]:
    """The assets of one source, without network or secrets.

    File drops are one asset an entity over all their datasets, as in the dbt sources: which
    datasets exist is the mapping's business and may change between two runs.
    """
    if source == FILES:
        tables = [*ENTITIES, pipelines.WATERMARKS]
        return [translator.landed(FILES, table) for table in tables]
    dlt_source = pipelines.source_for(source)
    specs = [
        translator.get_asset_spec(DltResourceTranslatorData(resource=resource, pipeline=None))
        for resource in dlt_source.selected_resources.values()
    ]
    if pipelines.WATERMARKS not in dlt_source.selected_resources:
        specs.append(translator.landed(source, pipelines.WATERMARKS))
    return specs


def rows_by_table(report: LandingReport) -> dict[str, int]:
    """New rows by table; those of a file drop's datasets are summed up by entity."""
    rows: dict[str, int] = {}
    for name, count in report.rows.items():
        table = name.rpartition(".")[2]
        rows[table] = rows.get(table, 0) + count
    return rows


def landing_results(
    report: LandingReport, specs: list[dg.AssetSpec]
) -> Iterator[dg.MaterializeResult[Any]]:
    """One materialization a table, with its new rows and the whole landing's seconds."""
    rows = rows_by_table(report)
    quarantined: dict[str, int] = {}
    for name, count in report.quarantined.items():
        table = name.rpartition(".")[2]
        quarantined[table] = quarantined.get(table, 0) + count
    for spec in specs:
        table = spec.key.path[-1]
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata={
                "dagster/row_count": rows.get(table, 0),
                "quarantined_rows": quarantined.get(table, 0),
                "landing_seconds": round(report.seconds, 2),
                "watermark_at": report.watermark_at.isoformat() if report.watermark_at else "none",
            },
        )


def reconciliation_spec(source: str) -> dg.AssetCheckSpec:
    """The check that a landing's files hold what the vendor served, on its watermarks."""
    return dg.AssetCheckSpec(
        RECONCILED,
        asset=raw_key(source, pipelines.WATERMARKS),
        description="Rows served and rows landed are as many, for each table and day.",
    )


def reconciliation(report: LandingReport) -> dg.AssetCheckResult:
    """Its result for one landing, with every difference in a table."""
    # Imported by the running step: the code location loads without pyarrow.
    from ingestion.reconciliation import differences  # noqa: PLC0415

    wrong = differences(report, _tables(report.source))
    lines = ["| table | day | served | landed |", "|---|---|---|---|"]
    lines += [f"| {d.table} | {d.day} | {d.served:,} | {d.landed:,} |" for d in wrong]
    said = [
        f"{report.source}.{d.table} of {d.day}: {d.served:,} rows were served and {d.landed:,} "
        "landed. Land into a fresh home and compare; report it if it stays."
        for d in wrong[:1]
    ]
    return dg.AssetCheckResult(
        check_name=RECONCILED,
        asset_key=raw_key(report.source, pipelines.WATERMARKS),
        passed=not wrong,
        description=said[0] if said else None,
        metadata={
            "days": sum(len(days) for days in report.served.values()),
            "differences": dg.MetadataValue.md("\n".join(lines)),
        },
    )


def _tables(source: str) -> dict[str, Any]:
    """The tables that a landing may bring, as its report names them."""
    if source != FILES:
        return pipelines.declared_tables(source)
    from ingestion.sources import files  # noqa: PLC0415

    dropped = files.declared_tables()
    return {f"{dataset}.{t.name}": t for dataset, tables in dropped.items() for t in tables}


def shape_spec(source: str) -> dg.AssetCheckSpec:
    """The check that the vendor sends records of the shape it sent before, on its watermarks."""
    return dg.AssetCheckSpec(
        SHAPE,
        asset=raw_key(source, pipelines.WATERMARKS),
        description="No member of the vendor's records appeared, vanished or changed its type.",
    )


def shape(report: LandingReport) -> dg.AssetCheckResult:
    """Its result for one landing: a warning, for a table that cannot go on stops by itself."""
    lines = ["| table | member | change | before | now |", "|---|---|---|---|---|"]
    lines += [
        f"| {d.table} | {d.member} | {d.change} | {d.before or ''} | {d.now or ''} |"
        for d in report.drift
    ]
    return dg.AssetCheckResult(
        check_name=SHAPE,
        asset_key=raw_key(report.source, pipelines.WATERMARKS),
        passed=not report.drift,
        severity=dg.AssetCheckSeverity.WARN,
        description="; ".join(map(str, report.drift)) or None,
        metadata={
            "changes": len(report.drift),
            "by_member": dg.MetadataValue.md("\n".join(lines)),
        },
    )


def failure_of(error: IngestionError) -> dg.Failure:
    """One clear failure out of a landing error, to be tried again only when that can help."""
    lines = [str(error)]
    if isinstance(error.report, LandingReport):
        lines += [line for line in error.report.failures if line != str(error)]
        lines.append(f"Landed before it stopped: {error.report.total_rows:,} rows, kept.")
    return dg.Failure("\n".join(lines), allow_retries=isinstance(error, TRANSIENT))


def landing_step(
    source: str, translator: DltTranslator, land: Land = pipelines.land
) -> dg.AssetsDefinition:
    """The step `land_<source>`, alone in its pool: dlt must never run one pipeline twice at once.

    Raises:
        dagster.Failure: The landing failed, or some of its tables did.
    """
    specs = landed_specs(source, translator)

    @dg.multi_asset(
        name=f"land_{source}",
        specs=specs,
        check_specs=[
            reconciliation_spec(source),
            *([] if source == FILES else [shape_spec(source)]),
        ],
        pool=f"dlt_{source}",
        retry_policy=RETRIES,
        description=f"Land what is new from {source} into the lake.",
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
        try:
            refuse_unfetched()
            report = land(source)
        except IngestionError as error:
            # No traceback: the typed error says what, where and what to do.
            raise failure_of(error) from None
        context.log.info(
            f"{source}: {report.total_rows:,} new rows, {report.total_quarantined:,} quarantined, "
            f"{report.seconds:.1f} s"
        )
        yield from landing_results(report, specs)
        yield reconciliation(report)
        if source != FILES:
            yield shape(report)

    return step


def source_descriptions(manifest: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """What each landed table holds, from the dbt source YAML."""
    return {
        (node["source_name"], node["name"]): node["description"]
        for node in manifest["sources"].values()
        if node.get("description")
    }


def build_definitions(settings: Settings, manifest: Mapping[str, Any]) -> dg.Definitions:
    """One landing step for each source this environment names."""
    translator = DltTranslator(source_descriptions(manifest))
    return dg.Definitions(assets=[landing_step(name, translator) for name in settings.sources])
