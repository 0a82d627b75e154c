"""The one Definitions object: everything Dagster knows of Kontakti.

Inputs: settings from the environment, dbt's manifest. Loading needs no network and no credential,
and imports nothing that only a running step needs.

Run alone: `dagster definitions validate -m orchestration.definitions`.
"""

from __future__ import annotations

import sys
import warnings

import dagster as dg

from orchestration.defs import (
    alerts,
    bucket,
    cadences,
    ingestion,
    live,
    maintenance,
    quality,
    reports,
    serving,
    transformation,
)
from orchestration.event_store import relax_sync
from orchestration.executor import one_process
from orchestration.freshness import policy_of
from orchestration.logs import be_the_default, console
from orchestration.settings import PROJECT_ROOT, Settings, load_settings
from orchestration.translators import cadence_of

# The beta parts in use, owners and freshness among them, are pinned with Dagster and under test;
# telling everybody who runs a job of them helps nobody.
for category in (dg.BetaWarning, dg.PreviewWarning):
    warnings.filterwarnings("ignore", category=category)


def build_definitions(settings: Settings) -> dg.Definitions:
    """All definitions for these settings."""
    manifest = transformation.load_manifest()
    transformed = transformation.build_definitions(settings, manifest)
    built = {spec.key for spec in transformed.resolve_all_asset_specs()}
    merged = dg.Definitions.merge(
        ingestion.build_definitions(settings, manifest),
        transformed,
        quality.build_definitions(settings, built),
        serving.build_definitions(settings, built),
        reports.build_definitions(settings, manifest),
        bucket.build_definitions(settings),
        cadences.build_definitions(settings, manifest),
        live.build_definitions(settings),
        maintenance.build_definitions(settings),
        alerts.build_definitions(settings),
        dg.Definitions(executor=one_process, loggers={"console": console}),
    )
    return merged.map_asset_specs(func=lambda spec: _with_freshness(spec, settings.timezone))


def _with_freshness(spec: dg.AssetSpec, timezone: str) -> dg.AssetSpec:
    """Say when the asset is stale: landed tables and published copies too, not only the marts."""
    cadence = cadence_of(spec.key)
    if cadence is None:
        return spec
    return spec.replace_attributes(freshness_policy=policy_of(cadence, timezone))


# `dagster job execute` looks for modules here only while it loads this one, and steps import later.
sys.path.append(str(PROJECT_ROOT))
# Also for the processes that Dagster's own commands start.
relax_sync()
be_the_default()
defs = build_definitions(load_settings())
