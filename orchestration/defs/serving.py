"""Publishing as assets: the alerts of the day, the marts, the live marts, and dbt's documentation.

Inputs: the warehouse and live files that dbt has built. Outputs: read-only copies under
`<home>/serving`, swapped whole, so that a reader never meets a lock or a half-built table; and the
marts in PostgreSQL where one is configured.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import dagster as dg

from alerts.send import services
from alerts.store import AlertStore
from orchestration import parsed_dbt
from orchestration.daily_alerts import look, show_told
from orchestration.defs.transformation import LIVE_POOL, WAREHOUSE_POOL
from orchestration.live_supervisor import refuse_beside_live
from orchestration.notices import send_due
from orchestration.periods import settings_of, tags_of
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.translators import DATA_TEAM, LIVE, LIVE_CHECK, LIVE_KEY, MART_SCHEMAS
from semantic.parse import PARSE_CACHE, parsed_folder
from serving import docs as docs_page
from serving import postgres
from serving.errors import ServingError
from serving.publish import PublishReport, publish

SERVING = "serving"
ALERTS_KEY = dg.AssetKey([SERVING, "alerts"])
MARTS_KEY = dg.AssetKey([SERVING, "marts"])
POSTGRES_KEY = dg.AssetKey([SERVING, "postgres"])
DOCS_KEY = dg.AssetKey([SERVING, "dbt_docs"])
ALERTS_TEXT = "Alerts of the day: `realtime.fct_alert` of the marts, and their messages."
MARTS_TEXT = "The marts for every reader: `serving/marts.duckdb`, swapped whole."
LIVE_TEXT = "The live marts for every reader: `serving/live.duckdb`, swapped whole."
POSTGRES_TEXT = "The marts in PostgreSQL: schemas loaded apart and swapped in one transaction."
DOCS_TEXT = "dbt's documentation of every model, column and test, as a static page."


def mart_keys(built: Iterable[dg.AssetKey], *, live: bool) -> list[dg.AssetKey]:
    """Keys of the core and mart models among the dbt assets of one target, in their order."""
    prefix = [LIVE] if live else []
    return sorted(
        key
        for key in built
        if any(list(key.path[:-1]) == [*prefix, schema] for schema in MART_SCHEMAS)
    )


@contextmanager
def failing_clearly() -> Iterator[None]:
    """Turn a serving error into one clear failure; the next run is the next try.

    Raises:
        dagster.Failure: Something could not be published.
    """
    try:
        yield
    except ServingError as error:
        raise dg.Failure(str(error), allow_retries=False) from None


def published(report: PublishReport) -> dg.MaterializeResult[None]:
    """What was published, as metadata: rows in all, and of each table."""
    lines = ["| table | rows |", "|---|---|"]
    lines += [
        f"| {table.name} | {'view' if table.rows is None else f'{table.rows:,}'} |"
        for table in report.tables
    ]
    return dg.MaterializeResult(
        metadata={
            "dagster/row_count": report.rows,
            "tables": dg.MetadataValue.md("\n".join(lines)),
            "as_of_at": report.as_of_at.isoformat() if report.as_of_at else "none",
            "path": dg.MetadataValue.path(report.path),
            "size_bytes": report.size_bytes,
            "seconds": round(report.seconds, 2),
        }
    )


def build_definitions(settings: Settings, built: Iterable[dg.AssetKey]) -> dg.Definitions:
    """What is published.

    Args:
        settings: The home to publish in.
        built: Keys of the dbt assets of both targets.
    """
    keys = list(built)

    def spec(key: dg.AssetKey, deps: list[dg.AssetKey], kinds: set[str], what: str) -> dg.AssetSpec:
        return dg.AssetSpec(
            key=key,
            deps=deps,
            description=what,
            group_name=SERVING,
            owners=[DATA_TEAM],
            kinds=kinds,
            tags={"layer": SERVING},
        )

    measured = [dg.AssetKey(["daily_voice", "kpi_daily_alert_measures"])]
    watermarks = [dg.AssetKey(["core", "fct_source_watermark"])]
    alerts = spec(ALERTS_KEY, [*measured, *watermarks], {"duckdb"}, ALERTS_TEXT)
    marts = spec(MARTS_KEY, [*mart_keys(keys, live=False), ALERTS_KEY], {"duckdb"}, MARTS_TEXT)
    live = spec(LIVE_KEY, mart_keys(keys, live=True), {"duckdb"}, LIVE_TEXT)
    docs = spec(DOCS_KEY, [MARTS_KEY], {"dbt", "html"}, DOCS_TEXT)

    @dg.multi_asset(name="evaluate_alerts", specs=[alerts], pool=WAREHOUSE_POOL)
    def evaluate_alerts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with settings_of(tags_of(context), settings) as own:
            if own.home_dir != settings.home_dir:
                # An earlier period is built apart: what it shows was told in its day, or is over.
                show_told(own.home_dir, AlertStore(settings.home_dir))
                return dg.MaterializeResult(metadata={"opened": 0, "cleared": 0})
            opened, cleared = look(own.home_dir)
            send_due(settings, services())
        return dg.MaterializeResult(metadata={"opened": opened, "cleared": cleared})

    @dg.multi_asset(name="publish_marts", specs=[marts], pool=WAREHOUSE_POOL)
    def publish_marts(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with failing_clearly(), settings_of(tags_of(context), settings) as own:
            return published(publish(own.home_dir, "marts"))

    tests_hold = dg.AssetCheckSpec(
        LIVE_CHECK,
        asset=LIVE_KEY,
        description="Every dbt test on the live models passes; what fails one is not published.",
    )

    @dg.multi_asset(name="publish_live", specs=[live], check_specs=[tests_hold], pool=LIVE_POOL)
    def publish_live() -> Iterator[dg.MaterializeResult[None] | dg.AssetCheckResult]:
        # It may have started while this job built.
        refuse_beside_live(settings)
        with failing_clearly():
            yield published(publish(settings.home_dir, "live"))
        # The build in front of this step has run them, and stops the run where one fails.
        yield dg.AssetCheckResult(check_name=LIVE_CHECK, passed=True)

    # Two at once would write one page.
    @dg.multi_asset(name="build_docs", specs=[docs], pool="dbt_docs")
    def build_docs(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        with failing_clearly(), settings_of(tags_of(context), settings) as own:
            dbt = parsed_dbt.command(parsed_folder(DBT_PROJECT_DIR) / PARSE_CACHE)
            report = docs_page.build_docs(own.home_dir, dbt=dbt)
        return dg.MaterializeResult(
            metadata={
                "page": dg.MetadataValue.path(report.page),
                "size_bytes": report.size_bytes,
                "seconds": round(report.seconds, 2),
                "unchanged": report.is_unchanged,
            }
        )

    assets = [evaluate_alerts, publish_marts, publish_live, build_docs]
    if settings.postgres_url is not None:
        url = settings.postgres_url.get_secret_value()
        reader = settings.postgres_reader or postgres.READER
        copy = spec(POSTGRES_KEY, [MARTS_KEY], {"postgres"}, POSTGRES_TEXT)

        @dg.multi_asset(name="publish_postgres", specs=[copy], pool="postgres")
        def publish_postgres(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
            with settings_of(tags_of(context), settings) as own:
                if own.home_dir != settings.home_dir:
                    # An earlier period, built apart: readers never see the marts go back.
                    return dg.MaterializeResult()
                try:
                    report = postgres.publish(own.home_dir, url, reader)
                except ServingError as error:
                    # A server that is away for a moment is worth another try.
                    raise dg.Failure(str(error)) from None
            return dg.MaterializeResult(
                metadata={
                    "dagster/row_count": report.rows,
                    "seconds": round(report.seconds, 2),
                    "still_read": ", ".join(report.kept) or "none",
                }
            )

        assets.append(publish_postgres)
    return dg.Definitions(assets=assets)
