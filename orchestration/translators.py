"""The naming contract: what landed tables and dbt nodes are called in Dagster.

| what | asset key | group |
|---|---|---|
| landed table | raw / dataset / table | ingestion |
| the lake's copy in a bucket | lake / bucket | ingestion |
| dbt model, snapshot | schema / name | schema |
| dbt seed | schema / name | reference |
| the same at the live target | live / schema / name | live |
| dbt source | raw / dataset / table: the landed table itself, so lineage connects | |

Owners follow the reader of a layer, so that an alert reaches who can act on it. Nothing here
touches the network, a warehouse or a credential.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtProject
from dagster_dlt import DagsterDltTranslator
from dagster_dlt.translator import DltResourceTranslatorData

from orchestration.dbt_checks import said_of

RAW, LIVE, INGESTION, REFERENCE = "raw", "live", "ingestion", "reference"
DATA_TEAM = "team:data-engineering"

# Schema -> (who reads and owns it, the cadence that feeds it). Other schemas are the data team's.
AUDIENCES: Mapping[str, tuple[str, str]] = {
    "realtime": ("team:duty-manager", "realtime"),
    "daily_voice": ("team:customer-experience", "daily"),
    "weekly_team": ("team:team-lead", "weekly"),
    "monthly_planning": ("team:workforce-management", "monthly"),
    "quarterly_strategy": ("team:management", "quarterly"),
}
MART_SCHEMAS = ("core", *AUDIENCES)
# What the live path lands: tables that tell of contacts as they happen.
LIVE_TABLES: Mapping[str, tuple[str, ...]] = {
    "zendesk": ("tickets", "ticket_events"),
    "twilio": ("events",),
}
# What the live path publishes, and the check that dbt's tests are told by there.
LIVE_MARTS = ("kpi_realtime_queues", "kpi_realtime_sources")
BUCKET_KEY = dg.AssetKey(["lake", "bucket"])
LIVE_KEY, LIVE_CHECK = dg.AssetKey(["serving", "live"]), "live_tests"


def raw_key(dataset: str, table: str) -> dg.AssetKey:
    """Asset key of a landed table: `raw / dataset / table`."""
    return dg.AssetKey([RAW, dataset, table])


def cadence_of(key: dg.AssetKey) -> str | None:
    """The cadence that feeds an asset; None where none is promised."""
    path = key.path
    if key == LIVE_KEY or path[0] == LIVE:
        return "realtime" if path[-1] in LIVE_MARTS or key == LIVE_KEY else None
    if path[0] in AUDIENCES:
        # In the warehouse the floor is as old as the rest of it.
        cadence = AUDIENCES[path[0]][1]
        return "daily" if cadence == "realtime" else cadence
    return "daily" if path[0] in {RAW, "lake", "core", "serving"} else None


def team(owner: str) -> str:
    """An owner as Dagster spells one: `team:duty-manager` of the dbt project's duty manager."""
    return f"team:{owner.replace(' ', '-').replace('_', '-')}"


def owner_of(schema: str) -> str:
    """Team that owns a dbt schema."""
    return AUDIENCES[schema][0] if schema in AUDIENCES else DATA_TEAM


def layer_of(schema: str) -> str:
    """Layer of a dbt schema: staging, intermediate, or marts."""
    return "marts" if schema in MART_SCHEMAS else schema


class DltTranslator(DagsterDltTranslator):
    """Landed tables: one asset a table, without the phantom upstream of the default.

    Args:
        descriptions: What a table holds, by (dataset, table); dbt's source YAML says it once.
    """

    def __init__(self, descriptions: Mapping[tuple[str, str], str] | None = None) -> None:
        self._descriptions = descriptions or {}

    def get_asset_spec(self, data: DltResourceTranslatorData) -> dg.AssetSpec:
        """Spec of the table that a dlt resource lands."""
        return self.landed(data.resource.source_name, data.resource.name)

    def landed(self, dataset: str, table: str) -> dg.AssetSpec:
        """Spec of a landed table, also of one that no dlt resource stands for at load time."""
        return dg.AssetSpec(
            key=raw_key(dataset, table),
            deps=[],
            description=self._descriptions.get((dataset, table))
            or f"Landed rows of {dataset}.{table}, append-only.",
            group_name=INGESTION,
            owners=[DATA_TEAM],
            kinds={"dlt", "parquet"},
            tags={"layer": RAW, "system": dataset},
            metadata={"dagster/table_name": f"{dataset}.{table}"},
        )


class DbtTranslator(DagsterDbtTranslator):
    """dbt nodes by schema; `live` prefixes everything but the sources, which both targets share."""

    def __init__(self, *, live: bool = False) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False))
        self._live = live

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """`raw/dataset/table` for a source, `[live/]schema/name` for anything built."""
        name: str = dbt_resource_props["name"]
        if dbt_resource_props["resource_type"] == "source":
            return raw_key(dbt_resource_props["source_name"], name)
        prefix = [LIVE] if self._live else []
        return dg.AssetKey([*prefix, dbt_resource_props["schema"], name])

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """Spec of one dbt node; the base class resolves its upstreams through `get_asset_key`."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        props = self.get_resource_props(manifest, unique_id)
        if props["resource_type"] == "source":
            return spec
        schema = props["schema"]
        form = props["config"].get("materialized", props["resource_type"])
        # Seeds feed the layers below core: in its group they would draw it in front of them.
        group = REFERENCE if props["resource_type"] == "seed" else schema
        if self._live:
            group = LIVE
        tags = {"layer": LIVE if self._live else layer_of(schema), "materialized": form}
        if schema in AUDIENCES:
            tags["cadence"] = AUDIENCES[schema][1]
        return spec.replace_attributes(
            group_name=group,
            owners=[owner_of(schema)],
            kinds={"dbt", "duckdb", form},
            tags=tags,
        )

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        """Spec of the check that shows a test of dbt, with what must hold."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        said = said_of(self.get_resource_props(manifest, unique_id))
        return spec._replace(description=said) if spec else None

    def get_description(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The node's own description; its SQL is in dbt docs, not repeated here."""
        said: str = dbt_resource_props.get("description") or ""
        return said or f"dbt {dbt_resource_props['resource_type']} {dbt_resource_props['name']}"
