"""What runs for longer than its job may is ended, by the round that Dagster's daemon makes."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._core.events.log import EventLogEntry
from dagster._core.test_utils import create_run_for_test, freeze_time
from dagster._daemon.monitoring.run_monitoring import check_run_timeout

from orchestration.defs.cadences import LONGEST_SECONDS
from orchestration.instance import open_instance
from orchestration.settings import Settings

BEGAN = datetime(2026, 4, 1, 5, 15, tzinfo=UTC)


def started(instance: dg.DagsterInstance, job: dg.JobDefinition) -> str:
    """A run of a job that began, and says nothing since."""
    run = create_run_for_test(
        instance, job_name=job.name, status=dg.DagsterRunStatus.STARTING, tags=dict(job.tags)
    )
    event = DagsterEvent(DagsterEventType.PIPELINE_START.value, job_name=job.name)
    instance.handle_new_event(
        EventLogEntry(  # type: ignore[no-untyped-call]
            error_info=None, user_message="", level=logging.INFO, run_id=run.run_id,
            timestamp=BEGAN.timestamp(), job_name=job.name, dagster_event=event,
        )
    )  # fmt: skip
    return str(run.run_id)


@pytest.mark.parametrize("cadence", LONGEST_SECONDS)
def test_a_run_over_its_limit_is_ended(defs: dg.Definitions, tmp_path: Path, cadence: str) -> None:
    limit = timedelta(seconds=LONGEST_SECONDS[cadence])
    seen = []
    with open_instance(Settings(home=tmp_path)) as instance:
        assert instance.run_monitoring_enabled
        run = started(instance, defs.resolve_job_def(cadence))
        for after in (limit - timedelta(seconds=1), limit + timedelta(seconds=1)):
            with freeze_time(BEGAN + after):
                (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[run]))
                check_run_timeout(instance, record, logging.getLogger("test"), 0)
            (record,) = instance.get_run_records(dg.RunsFilter(run_ids=[run]))
            seen.append(record.dagster_run.status)
    assert seen == [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE]
