"""Reports as assets: each saved query as Parquet and CSV, written by the job of its cadence.

Inputs: the published copies; dbt's manifest, in which a saved query says its cadence and by way of
its metrics the models it needs. Outputs: `<home>/reports/<name>.parquet` and `.csv`, with n,
interval, note and data watermark, small groups left out (`semantic.report`). One step a cadence.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import dagster as dg

from orchestration.defs.serving import MARTS_KEY
from orchestration.periods import settings_of, tags_of
from orchestration.settings import Settings
from orchestration.translators import LIVE, LIVE_KEY, team

REPORTS = "reports"
REALTIME = "realtime"
SHOWN_ROWS = 5


def cadence_of(saved_query: Mapping[str, Any]) -> str:
    """The job that writes a saved query."""
    return str(saved_query["config"]["meta"]["cadence"])


def needed(manifest: Mapping[str, Any], saved_query: Mapping[str, Any]) -> set[str]:
    """Ids of the models that a saved query reads, and of those that its cuts may join."""
    semantic = manifest["semantic_models"].values()
    found = {"model.kontakti.fct_contact", "model.kontakti.metricflow_time_spine"}
    found |= {node for each in semantic if not each["measures"] for node in _models(each)}
    waiting = list(saved_query["depends_on"]["nodes"])
    seen = set()
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in manifest["semantic_models"]:
            found |= _models(manifest["semantic_models"][node])
        elif node in manifest["metrics"]:
            waiting += manifest["metrics"][node]["depends_on"]["nodes"]
    return found


def _models(semantic_model: Mapping[str, Any]) -> set[str]:
    return {node for node in semantic_model["depends_on"]["nodes"] if node.startswith("model.")}


def model_keys(manifest: Mapping[str, Any], saved_query: Mapping[str, Any]) -> list[dg.AssetKey]:
    """Asset keys of what a saved query reads; of the live marts only what they hold."""
    nodes = [manifest["nodes"][node] for node in sorted(needed(manifest, saved_query))]
    return [dg.AssetKey([node["schema"], node["name"]]) for node in nodes]


def selection(manifest: Mapping[str, Any], cadence: str) -> dg.AssetSelection:
    """The reports of a cadence, with the models they read and what these are built of."""
    queries = [q for q in manifest["saved_queries"].values() if cadence_of(q) == cadence]
    if not queries:
        return dg.AssetSelection.keys()
    reports = dg.AssetSelection.assets(*(dg.AssetKey([REPORTS, q["name"]]) for q in queries))
    if cadence == REALTIME:
        return reports  # the live marts are built as one
    read = {key for query in queries for key in model_keys(manifest, query)}
    return reports | dg.AssetSelection.assets(*sorted(read)).upstream()


def build_definitions(settings: Settings, manifest: Mapping[str, Any]) -> dg.Definitions:
    """One asset a saved query, one step a cadence."""
    by_cadence: dict[str, list[Mapping[str, Any]]] = {}
    for query in manifest["saved_queries"].values():
        by_cadence.setdefault(cadence_of(query), []).append(query)
    return dg.Definitions(
        assets=[
            _step(settings, cadence, queries, manifest)
            for cadence, queries in sorted(by_cadence.items())
        ]
    )


def _spec(
    cadence: str, saved_query: Mapping[str, Any], manifest: Mapping[str, Any]
) -> dg.AssetSpec:
    live = cadence == REALTIME
    read = [] if live else model_keys(manifest, saved_query)
    return dg.AssetSpec(
        key=dg.AssetKey([REPORTS, saved_query["name"]]),
        deps=[LIVE_KEY] if live else [MARTS_KEY, *read],
        description=saved_query["description"],
        group_name=REPORTS,
        owners=[team(saved_query["config"]["meta"]["owner"])],
        kinds={"parquet", "csv"},
        tags={"layer": REPORTS, "cadence": cadence},
    )


def _step(
    settings: Settings,
    cadence: str,
    queries: Iterable[Mapping[str, Any]],
    manifest: Mapping[str, Any],
) -> dg.AssetsDefinition:
    specs = [_spec(cadence, query, manifest) for query in queries]

    @dg.multi_asset(name=f"write_{cadence}_reports", specs=specs)
    def write_reports(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[None]]:
        # Imported in the step: MetricFlow takes seconds, and the code location should not.
        from semantic.errors import SemanticError  # noqa: PLC0415
        from semantic.query import SemanticLayer  # noqa: PLC0415

        try:
            target = LIVE if cadence == REALTIME else "serving"
            with settings_of(tags_of(context), settings) as own:
                layer = SemanticLayer.of_home(own.home_dir, target)
                for spec in specs:
                    yield written(layer, own, spec.key)
        except SemanticError as error:
            raise dg.Failure(str(error), allow_retries=False) from None

    return write_reports


def written(layer: Any, settings: Settings, key: dg.AssetKey) -> dg.MaterializeResult[None]:
    """Write one report; its size, watermark and first rows as metadata."""
    from semantic.report import SUPPRESSED, Report, write_report  # noqa: PLC0415

    began = time.monotonic()
    report: Report = write_report(layer, settings.home_dir, key.path[-1])
    hidden = sum(cell == SUPPRESSED for row in report.rows for cell in row)
    return dg.MaterializeResult(
        asset_key=key,
        metadata={
            "dagster/row_count": len(report.rows),
            "suppressed_figures": hidden,
            "data_watermark": str(report.watermark),
            "parquet": dg.MetadataValue.path(report.parquet),
            "csv": dg.MetadataValue.path(report.csv),
            "first_rows": dg.MetadataValue.md(_table(report.columns, report.rows[:SHOWN_ROWS])),
            "seconds": round(time.monotonic() - began, 2),
        },
    )


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(columns), *([str(cell) for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
