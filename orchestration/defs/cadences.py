"""The five jobs and their schedules, in the business time zone.

| job | lands | builds | then |
|---|---|---|---|
| realtime | zendesk, twilio | the live marts | publishes them |
| daily | every source | every mart | checks, publishes, writes dbt docs |
| weekly, monthly, quarterly | every source | their marts and what these need | checks, publishes |

Each also writes the reports of its cadence (`reports`), and builds what these read.

Every schedule is stopped until someone starts it in the UI: a laptop should not load vendors by
itself. Each job but the first runs for a period, named by its first day in the business time zone:
the marts then stand as of the period's end, whenever the run takes place (`orchestration.periods`).
A run by hand without a period is as of the oldest watermark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from ingestion.pipelines import WATERMARKS
from orchestration.defs import reports
from orchestration.defs.ingestion import RECONCILED, RETRIES, SHAPE
from orchestration.defs.serving import MARTS_KEY, POSTGRES_KEY
from orchestration.executor import one_process
from orchestration.live_home import LiveHome
from orchestration.live_supervisor import is_working
from orchestration.logs import LOGGERS
from orchestration.periods import BEGINNINGS, CADENCE_TAG, PARTITION_TAG, due, partitions_of
from orchestration.settings import Settings
from orchestration.translators import (
    AUDIENCES,
    BUCKET_KEY,
    INGESTION,
    LIVE,
    LIVE_KEY,
    LIVE_TABLES,
    RAW,
    raw_key,
)

# Not between 03:00 and 04:00, which a day in March lacks and one in October has twice.
CRONS: Mapping[str, str] = {
    "realtime": "*/5 * * * *",
    "daily": "15 5 * * *",
    "weekly": "0 6 * * 1",
    "monthly": "30 6 1 * *",
    "quarterly": "0 7 1 1,4,7,10 *",
}
MARTS_FOLDER = {
    "weekly": "weekly_team",
    "monthly": "monthly_planning",
    "quarterly": "quarterly_strategy",
}
LONGEST_SECONDS: Mapping[str, int] = {
    "realtime": 600,
    "daily": 4 * 3600,
    "weekly": 4 * 3600,
    "monthly": 6 * 3600,
    "quarterly": 6 * 3600,
}
DESCRIPTIONS = {
    "realtime": "Queues now: land tickets and calls, build and publish the live marts.",
    "daily": "Land every source, build and check every mart, publish, write docs and reports.",
    "weekly": "Agents and teams: land, build the weekly marts, check and publish.",
    "monthly": "Planning: land, build the monthly marts, check and publish.",
    "quarterly": "Strategy: land, build the quarterly marts, check and publish.",
}


def selections(settings: Settings, manifest: Mapping[str, Any]) -> Mapping[str, dg.AssetSelection]:
    """What each job materializes and checks."""
    # A source lands as one step, so every job takes all tables of the sources it lands.
    landed = dg.AssetSelection.groups(INGESTION)
    fast = [
        dg.AssetSelection.key_prefixes([RAW, name])
        for name in settings.sources
        if name in LIVE_TABLES
    ]
    # Counted by the landing itself, so part of its step.
    reconciled = [
        dg.AssetSelection.checks(dg.AssetCheckKey(raw_key(name, WATERMARKS), check))
        for check in (RECONCILED, SHAPE)
        for name in settings.sources
        if name in LIVE_TABLES
    ]
    # The other jobs have it with all else that lands.
    mirrored = [dg.AssetSelection.assets(BUCKET_KEY)] if settings.lake_bucket else []
    live = dg.AssetSelection.groups(LIVE) | dg.AssetSelection.assets(LIVE_KEY)
    copies = [MARTS_KEY, POSTGRES_KEY] if settings.postgres_url else [MARTS_KEY]
    marts = dg.AssetSelection.assets(*copies)
    chosen = {
        # Without the checks of the landed tables: GX takes longer to import than this job may last.
        "realtime": _union(
            [*(part.without_checks() for part in fast), *reconciled, *mirrored], live
        ),
        "daily": dg.AssetSelection.all() - live - dg.AssetSelection.groups(reports.REPORTS),
    }
    for name, folder in MARTS_FOLDER.items():
        chosen[name] = landed | dg.AssetSelection.groups(folder).upstream() | marts
    return {name: part | reports.selection(manifest, name) for name, part in chosen.items()}


def build_definitions(settings: Settings, manifest: Mapping[str, Any]) -> dg.Definitions:
    """One job and one stopped schedule a cadence."""
    jobs: list[Any] = []
    schedules = []
    for name, selection in selections(settings, manifest).items():
        owner = next(team for team, cadence in AUDIENCES.values() if cadence == name)
        job = dg.define_asset_job(
            name,
            selection=selection,
            description=DESCRIPTIONS[name],
            config=config_of(name, settings),
            tags={
                CADENCE_TAG: name,
                "kontakti/environment": settings.environment,
                # Run monitoring ends a run that takes longer.
                "dagster/max_runtime": str(LONGEST_SECONDS[name]),
            },
            executor_def=one_process,
            op_retry_policy=RETRIES,
            owners=[owner],
        )
        jobs.append(job)
        schedules.append(schedule_of(name, job, owner, settings))
    return dg.Definitions(jobs=jobs, schedules=schedules)


def config_of(name: str, settings: Settings) -> dict[str, Any] | dg.PartitionedConfig[Any]:
    """Run config of a job, which is what gives it its periods.

    Dagster takes periods from a job's assets, and these belong to several cadences; a job's own
    `partitions_def` it drops without a word.
    """
    if name not in BEGINNINGS:
        return LOGGERS
    return dg.PartitionedConfig(
        partitions_def=partitions_of(name, settings),
        run_config_for_partition_key_fn=lambda _: LOGGERS,
    )


def schedule_of(name: str, job: Any, owner: str, settings: Settings) -> dg.ScheduleDefinition:
    """Of a cadence with periods: runs the one that has ended, and those missed before it."""
    common: dict[str, Any] = {
        "name": f"{name}_schedule",
        "job": job,
        "cron_schedule": CRONS[name],
        "execution_timezone": settings.timezone,
        "default_status": dg.DefaultScheduleStatus.STOPPED,
        "description": DESCRIPTIONS[name],
        "owners": [owner],
    }
    if name not in BEGINNINGS:
        return dg.ScheduleDefinition(
            **common, should_execute=lambda _: not is_working(LiveHome(settings.home_dir))
        )

    @dg.schedule(**common)
    def tick(context: dg.ScheduleEvaluationContext) -> list[dg.RunRequest]:
        ran = context.instance.get_runs(
            dg.RunsFilter(job_name=name, statuses=[dg.DagsterRunStatus.SUCCESS])
        )
        last = max((run.tags.get(PARTITION_TAG, "") for run in ran), default="") or None
        # A key a period: a tick that is evaluated again starts nothing twice.
        return [
            dg.RunRequest(run_key=f"{name}-{key}", partition_key=key)
            for key in due(name, settings, context.scheduled_execution_time, last)
        ]

    return tick


def _union(parts: list[dg.AssetSelection], last: dg.AssetSelection) -> dg.AssetSelection:
    for part in parts:
        last = last | part
    return last
