"""The one Definitions object: everything Dagster knows of Kontakti.

Inputs: settings from the environment, dbt's manifest. Loading needs no network and no credential,
and imports nothing that only a running step needs.

Run alone: `dagster definitions validate -m orchestration.definitions`.
"""

from __future__ import annotations

import dagster as dg

from orchestration.defs import (
    alerts,
    cadences,
    ingestion,
    quality,
    reports,
    serving,
    transformation,
)
from orchestration.event_store import relax_sync
from orchestration.settings import Settings, load_settings


def build_definitions(settings: Settings) -> dg.Definitions:
    """All definitions for these settings."""
    manifest = transformation.load_manifest()
    transformed = transformation.build_definitions(settings, manifest)
    built = {spec.key for spec in transformed.resolve_all_asset_specs()}
    return dg.Definitions.merge(
        ingestion.build_definitions(settings, manifest),
        transformed,
        quality.build_definitions(settings, built),
        serving.build_definitions(settings, built),
        reports.build_definitions(settings, manifest),
        cadences.build_definitions(settings, manifest),
        alerts.build_definitions(),
        dg.Definitions(executor=dg.in_process_executor),
    )


# Also for the processes that Dagster's own commands start.
relax_sync()
defs = build_definitions(load_settings())
