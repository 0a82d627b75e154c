"""The weekly job that keeps a home small and quick, and touches nobody's figures.

| step | what it does |
|---|---|
| settle_loads | finishes or drops what a landing that was cut off left behind |
| compact_lake | merges small files of the lake, row for row the same |
| expire_records | deletes old runs and the live path's old events |
| measure_sizes | notes files, bytes and rows of every table, for `main.kontakti_sizes` |
| mirror_merged | makes the lake's bucket, where there is one, hold all this |

Sources that are landed and tables that are read at that moment are left for the next time.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
import time
from datetime import UTC, datetime, timedelta

import dagster as dg

from ingestion.errors import LandingBusy
from ingestion.home import lake_folder
from ingestion.lake_files import datasets
from ingestion.pipelines import settle
from live import loads
from orchestration.defs.bucket import mirrored
from orchestration.defs.ingestion import RETRIES
from orchestration.executor import one_process
from orchestration.logs import LOGGERS, console
from orchestration.run_records import expire_cycles, expire_runs
from orchestration.settings import Settings
from orchestration.translators import DATA_TEAM
from serving.layout import default_home
from serving.sizes import look

JOB = "maintenance"
# An hour before the daily job; not between 03:00 and 04:00, see cadences.
CRON = "15 4 * * 0"
KEEP_RUNS, KEEP_CYCLES = timedelta(days=90), timedelta(days=7)
LONGEST_SECONDS = 3600


@dg.op(description="Finish or drop what a landing that was cut off left behind.")
def settle_loads(context: dg.OpExecutionContext) -> None:
    for dataset in datasets(lake_folder()):
        try:
            if done := settle(dataset):
                context.log.info(f"{dataset}: finished {len(done)} loads that were cut off")
        except LandingBusy as error:
            context.log.warning(f"Left for the next time. {error}")


@dg.op(ins={"start": dg.In(dg.Nothing)}, description="Merge small files of the lake.")
def compact_lake(context: dg.OpExecutionContext) -> None:
    # Imported by the running step: the code location loads without pyarrow.
    from ingestion.compaction import compact  # noqa: PLC0415

    before = after = 0
    for dataset in datasets(lake_folder()):
        try:
            done = compact(dataset, loads, time.time())
        except LandingBusy as error:
            context.log.warning(f"Left for the next time. {error}")
            continue
        before += sum(table.before for table in done)
        after += sum(table.after for table in done)
        for table in done:
            if table.is_busy:
                context.log.warning(f"{table.table} is being read: left for the next time.")
    context.log.info(f"{before} files became {after}")
    context.add_output_metadata({"files_before": before, "files_after": after})


@dg.op(ins={"start": dg.In(dg.Nothing)}, description="Delete old runs, events and logs.")
def expire_records(context: dg.OpExecutionContext) -> None:
    now = datetime.now(UTC)
    runs = expire_runs(context.instance, now - KEEP_RUNS)
    cycles = expire_cycles(context.instance, now - KEEP_CYCLES)
    context.log.info(f"{runs} runs and {cycles} events of the live path are gone")
    context.add_output_metadata({"runs": runs, "live_events": cycles})


@dg.op(ins={"start": dg.In(dg.Nothing)}, description="Note how large everything has become.")
def measure_sizes(context: dg.OpExecutionContext) -> None:
    rows = look(default_home(), datetime.now(UTC))
    context.log.info(f"{rows} tables and databases measured; the next publish shows them")
    context.add_output_metadata({"measured": rows})


@dg.op(ins={"start": dg.In(dg.Nothing)}, description="Mirror the lake into its bucket.")
def mirror_merged(context: dg.OpExecutionContext) -> None:
    context.add_output_metadata(mirrored())


def build_definitions(settings: Settings) -> dg.Definitions:
    """The job and its stopped schedule."""

    @dg.job(
        name=JOB,
        description="Finish cut-off loads, merge small files, delete old records, note sizes.",
        tags={
            "kontakti/environment": settings.environment,
            "dagster/max_runtime": str(LONGEST_SECONDS),
        },
        config=LOGGERS,
        logger_defs={"console": console},
        executor_def=one_process,
        op_retry_policy=RETRIES,
        owners=[DATA_TEAM],
    )
    def maintenance() -> None:
        measured = measure_sizes(expire_records(compact_lake(settle_loads())))
        if settings.lake_bucket:
            mirror_merged(measured)

    schedule = dg.ScheduleDefinition(
        name=f"{JOB}_schedule",
        job=maintenance,
        cron_schedule=CRON,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.STOPPED,
        description="Keep the home small and quick.",
        owners=[DATA_TEAM],
    )
    return dg.Definitions(jobs=[maintenance], schedules=[schedule])
