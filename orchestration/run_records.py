"""Old records of Dagster: runs, their events and logs, and the live path's cycles.

Inputs: an instance and a time. Outputs: how much went. The newest successful run of each job always
stays, since schedules catch up from it. The live path reports four events a cycle, half a million
a week, so these go sooner than runs.
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance import RUNLESS_RUN_ID
from dagster._core.storage.dagster_run import FINISHED_STATUSES
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage


def expire_runs(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete the finished runs that were created before a time; return how many."""
    old = instance.get_run_records(
        dg.RunsFilter(statuses=list(FINISHED_STATUSES), created_before=before)
    )
    jobs = {record.dagster_run.job_name for record in old}
    kept: set[str] = set()
    for job in jobs:
        done = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.SUCCESS])
        kept.update(run.run_id for run in instance.get_runs(done, limit=1))
    gone = [record.dagster_run.run_id for record in old if record.dagster_run.run_id not in kept]
    for run_id in gone:
        instance.delete_run(run_id)
        _remove_files(Path(instance.root_directory), run_id)
    return len(gone)


def expire_cycles(instance: dg.DagsterInstance, before: datetime) -> int:
    """Delete the events of the live path before a time; return how many."""
    storage = instance.event_log_storage
    if not isinstance(storage, SqlEventLogStorage):
        return 0
    events, checks = SqlEventLogStorageTable, AssetCheckExecutionsTable
    # The store keeps naive UTC.
    moment = before.replace(tzinfo=None)
    newest = sa.select(sa.func.max(events.c.id)).where(events.c.run_id == RUNLESS_RUN_ID)
    newest = newest.group_by(events.c.asset_key, events.c.dagster_event_type)
    old = sa.and_(
        events.c.run_id == RUNLESS_RUN_ID,
        events.c.timestamp < moment,
        # What was the last of its kind says how things stand, however long ago it was.
        events.c.id.not_in(newest),
    )
    with storage.index_connection() as connection:
        # Checks point to their events, which the store asks for when it shows them.
        kept = sa.select(sa.func.max(checks.c.id)).group_by(
            checks.c.asset_key, checks.c.check_name, checks.c.partition
        )
        connection.execute(
            checks.delete().where(
                checks.c.run_id == RUNLESS_RUN_ID,
                checks.c.create_timestamp < moment,
                checks.c.id.not_in(kept),
            )
        )
        ids = sa.select(events.c.id).where(old)
        connection.execute(
            AssetEventTagsTable.delete().where(AssetEventTagsTable.c.event_id.in_(ids))
        )
        return int(connection.execute(events.delete().where(old)).rowcount)


def _remove_files(home: Path, run_id: str) -> None:
    """What SQLite and the compute logs keep in files of the run's own."""
    shutil.rmtree(home / "storage" / run_id, ignore_errors=True)
    for file in (home / "history" / "runs").glob(f"{run_id}.db*"):
        file.unlink(missing_ok=True)
