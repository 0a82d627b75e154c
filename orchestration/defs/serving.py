"""Publishing as assets: the marts, the live marts, and dbt's documentation.

Inputs: the warehouse and live files that dbt has built. Outputs: read-only copies under
`<home>/serving`, swapped whole, so that a reader never meets a lock or a half-built table.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
from collections.abc import Iterable

import dagster as dg

from orchestration.defs.transformation import LIVE_POOL, WAREHOUSE_POOL
from orchestration.settings import Settings
from orchestration.translators import DATA_TEAM, LIVE, MART_SCHEMAS

SERVING = "serving"
MARTS_KEY = dg.AssetKey([SERVING, "marts"])
LIVE_KEY = dg.AssetKey([SERVING, "live"])
DOCS_KEY = dg.AssetKey([SERVING, "dbt_docs"])


def mart_keys(built: Iterable[dg.AssetKey], *, live: bool) -> list[dg.AssetKey]:
    """Keys of the core and mart models among the dbt assets of one target, in their order."""
    prefix = [LIVE] if live else []
    return sorted(
        key
        for key in built
        if any(list(key.path[:-1]) == [*prefix, schema] for schema in MART_SCHEMAS)
    )


def build_definitions(settings: Settings, built: Iterable[dg.AssetKey]) -> dg.Definitions:
    """The three published things.

    Args:
        settings: The home to publish in.
        built: Keys of the dbt assets of both targets.
    """
    keys = list(built)

    @dg.asset(
        key=MARTS_KEY,
        deps=mart_keys(keys, live=False),
        group_name=SERVING,
        owners=[DATA_TEAM],
        kinds={"duckdb"},
        pool=WAREHOUSE_POOL,
    )
    def publish_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """The marts for every reader: `<home>/serving/marts.duckdb`, swapped whole."""
        return dg.MaterializeResult()

    @dg.asset(
        key=LIVE_KEY,
        deps=mart_keys(keys, live=True),
        group_name=SERVING,
        owners=[DATA_TEAM],
        kinds={"duckdb"},
        pool=LIVE_POOL,
    )
    def publish_live(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """The live marts for every reader: `<home>/serving/live.duckdb`, swapped whole."""
        return dg.MaterializeResult()

    @dg.asset(
        key=DOCS_KEY,
        deps=[MARTS_KEY],
        group_name=SERVING,
        owners=[DATA_TEAM],
        kinds={"dbt", "html"},
    )
    def dbt_docs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        """dbt's documentation of every model and column: `<home>/serving/docs/index.html`."""
        return dg.MaterializeResult()

    return dg.Definitions(assets=[publish_marts, publish_live, dbt_docs])
