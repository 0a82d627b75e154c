"""A backfill of several days by one request: each apart, the same as by the command line."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import dagster as dg
from dagster_graphql.client.query import LAUNCH_PARTITION_BACKFILL_MUTATION

from orchestration.instance import open_instance
from orchestration.settings import Settings
from tests.drills.small_centre import HOUR, served, start
from tests.drills.test_dagster_restart import ENDED, Dagster, dagster_on
from tests.end_to_end.conftest import RUN_LIMIT_SECONDS, Home

DAYS = ["2026-04-12", "2026-04-13"]


def launch(dagster: Dagster, job: str, periods: list[str]) -> str:
    """Ask for it; the id of the backfill."""
    client = dagster.client
    (place,) = dagster.answer(lambda: client._get_repo_locations_and_names_with_pipeline(job))
    told = client._execute(
        LAUNCH_PARTITION_BACKFILL_MUTATION,
        {
            "backfillParams": {
                "selector": {
                    "partitionSetName": f"{job}_partition_set",
                    "repositorySelector": {
                        "repositoryLocationName": place.repository_location_name,
                        "repositoryName": place.repository_name,
                    },
                },
                "partitionNames": periods,
                "fromFailure": False,
            }
        },
    )["launchPartitionBackfill"]
    assert told["__typename"] == "LaunchBackfillSuccess", told
    backfill: str = told["backfillId"]
    return backfill


def runs_of(home: Home, backfill: str) -> list[dg.DagsterRun]:
    """Its runs, once all have ended."""
    limit = time.monotonic() + RUN_LIMIT_SECONDS * len(DAYS)
    with open_instance(Settings(home=home.path)) as instance:
        while True:
            runs = instance.get_runs(dg.RunsFilter(tags={"dagster/backfill": backfill}))
            if len(runs) == len(DAYS) and all(run.status in ENDED for run in runs):
                return list(runs)
            assert time.monotonic() < limit, runs
            time.sleep(1)


def test_a_backfill_of_two_days_gives_what_the_command_line_gives(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        shown = home.fingerprints()
        centre.clock.advance(HOUR)
        with dagster_on(home) as dagster:
            runs = runs_of(home, launch(dagster, "daily", DAYS))
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        assert {run.tags["dagster/partition"] for run in runs} == set(DAYS)
        assert home.fingerprints() == shown, "readers of the marts never see them go back"
        built = {day: Home(home.path / "periods" / f"daily-{day}", {}) for day in DAYS}
        found = {day: past.fingerprints() for day, past in built.items()}
        assert found[DAYS[0]]["core.fct_contact"] != found[DAYS[1]]["core.fct_contact"]
        for past in built.values():
            assert list((past.path / "reports").glob("*.csv"))
            shutil.rmtree(past.path)
        said, _ = start(home, "orchestration.run", "daily", DAYS[0]).communicate()
        assert built[DAYS[0]].fingerprints() == found[DAYS[0]], said
