"""Late data of the systems that are off by default: their staging as it comes, and from nothing.

What is behind staging is built whole each time, of any system (`tests/dbt/test_late_data.py`).
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from ingestion.pipelines import land
from sandbox.clock import FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.world.simulate import UNTIL, simulate
from semantic.home import DBT_PROJECT_DIR
from tests.dbt.compared import differences, rows_of
from tests.dbt.in_process import Dbt
from tests.dbt.shuffled_lake import LOADS, ShuffledLake, shuffle

pytestmark = pytest.mark.slow

SETTINGS = {
    "KONTAKTI_SOURCES": ",".join(MORE),
    "SOURCES__GENESYS__ALSO": "management_units,activity_codes,agent_schedules,adherence",
}
COPIED = (
    "dbt_project.yml",
    "macros",
    "tests/generic",
    "models/owners.yml",
    *(f"models/staging/{system}" for system in MORE),
)


@dataclass
class History:
    """A lake in which all has arrived, what was built as it came, and what is built of it now."""

    lake: ShuffledLake
    arrived: Path
    refreshed: Path


@pytest.fixture(scope="module")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dbt]:
    """dbt with these systems switched on, and of our project their staging only: a quick parse."""
    project = tmp_path_factory.mktemp("project")
    for name in COPIED:
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        source = DBT_PROJECT_DIR / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, project / name)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        yield Dbt(tmp_path_factory.mktemp("dbt"), project)


@pytest.fixture(scope="module")
def history(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> History:
    """Four days of a small centre, in any order."""
    landed, home = tmp_path_factory.mktemp("landed"), tmp_path_factory.mktemp("shuffled")
    world, rng = simulate(seed=5, days=4, contacts_per_day=40, until=UNTIL), Random(1)
    with pytest.MonkeyPatch.context() as patch:
        with SandboxServer(world, FrozenClock(UNTIL), also=MORE) as server:
            for name, value in {**server.env(), "KONTAKTI_HOME": str(landed)}.items():
                patch.setenv(name, value)
            for source in MORE:
                land(source)
        lake = shuffle(landed, home, 1)
        patch.setenv("KONTAKTI_HOME", str(home))
        for least, most in ((1, 8), (8, LOADS), (LOADS, LOADS + 1)):
            for dataset in lake.load_ids:
                lake.arrive(dataset, rng.randrange(least, most))
            dbt("run")
        warehouse = home / "warehouse.duckdb"
        arrived = Path(shutil.copy(warehouse, home / "arrived.duckdb"))
        dbt("run", "--full-refresh")
    return History(lake, arrived, warehouse)


def test_the_newest_version_of_every_record_is_kept_whatever_came_last(history: History) -> None:
    tried = {(d, t): newest for (d, t), newest in history.lake.newest.items() if t != "watermarks"}
    assert {dataset for dataset, _ in tried} == set(MORE)
    for (dataset, table), newest in tried.items():
        found = rows_of(history.arrived, f"select _dlt_load_id from staging.stg_{dataset}__{table}")
        kept = Counter(row["_dlt_load_id"] for row in found)
        assert kept == Counter(newest.values()), (dataset, table)


def test_what_arrives_in_any_order_equals_a_full_refresh_in_staging(history: History) -> None:
    differing = differences(history.arrived, history.refreshed)
    assert len(differing) >= 12
    assert not {table: rows[:2] for table, rows in differing.items() if rows}
