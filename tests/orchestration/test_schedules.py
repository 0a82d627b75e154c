"""What Dagster's scheduler is given at a tick: a run for each period, which its job knows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from orchestration.defs.cadences import CRONS
from orchestration.instance import open_instance
from orchestration.logs import LOGGERS
from orchestration.periods import BEGINNINGS, PARTITION_TAG, partitions_of, period_of
from orchestration.settings import Settings

TICK = datetime(2026, 4, 1, 7, 0, tzinfo=ZoneInfo("Europe/Helsinki"))
ENDED = {
    "daily": "2026-03-31",
    "weekly": "2026-03-23",
    "monthly": "2026-03-01",
    "quarterly": "2026-01-01",
}


def requested(
    defs: dg.Definitions, cadence: str, instance: dg.DagsterInstance
) -> list[dg.RunRequest]:
    schedule = defs.resolve_schedule_def(f"{cadence}_schedule")
    repository = defs.get_repository_def()
    with dg.build_schedule_context(instance, TICK, repository_def=repository) as context:
        return list(schedule.evaluate_tick(context).run_requests or [])


@pytest.mark.parametrize("cadence", BEGINNINGS)
def test_a_tick_asks_for_the_period_that_has_ended(
    defs: dg.Definitions, tmp_path: Path, cadence: str
) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        (request,) = requested(defs, cadence, instance)
    # The scheduler gives the run the tags of its job and of the request.
    tags = {**defs.resolve_job_def(cadence).tags, **request.tags}
    assert period_of(tags) == (cadence, ENDED[cadence])
    assert request.run_config == LOGGERS


def test_a_tick_asks_for_what_was_missed_and_what_failed_since_the_last_success(
    defs: dg.Definitions, tmp_path: Path
) -> None:
    done = {"2026-03-28": dg.DagsterRunStatus.SUCCESS, "2026-03-29": dg.DagsterRunStatus.FAILURE}
    with open_instance(Settings(home=tmp_path)) as instance:
        for key, status in done.items():
            instance.create_run_for_job(
                defs.resolve_job_def("daily"), status=status, tags={PARTITION_TAG: key}
            )
        requests = requested(defs, "daily", instance)
    assert [request.partition_key for request in requests] == [
        "2026-03-29",
        "2026-03-30",
        "2026-03-31",
    ]


def test_jobs_have_the_periods_of_their_cadence_for_dagsters_partitions_page(
    defs: dg.Definitions,
) -> None:
    found = {name: defs.resolve_job_def(name).partitions_def for name in CRONS}
    wanted = {name: partitions_of(name, Settings()) for name in BEGINNINGS}
    assert found == {"realtime": None, **wanted}
