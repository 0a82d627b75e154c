"""Facts that follow arrivals equal facts that are built whole, in every table, row for row.

A long history at random (`tests/dbt/long_centre.py`) is built as it comes, in the tail. Others:
`KONTAKTI_TAIL_SEEDS=1,2,3 python -m pytest tests/dbt/test_tail.py`. Eight seeds in a row have each
kind of old record that arrives or moves late (`long_centre.OLD`).
"""

from __future__ import annotations

import json
import os
import shutil
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from orchestration.arrivals import TAIL_VARIABLE, Basis, has_tail, unchanged
from semantic.home import DBT_PROJECT_DIR
from tests.dbt.compared import differences, rows_of
from tests.dbt.conftest import NO_TESTS
from tests.dbt.in_process import Dbt
from tests.dbt.long_centre import FIRST, LAST, LATER_DAYS, LongCentre

pytestmark = pytest.mark.slow

SEEDS = [int(seed) for seed in os.environ.get("KONTAKTI_TAIL_SEEDS", "1").split(",")]
# To compare after each build, not only after the last, takes half as long again.
IS_EACH_COMPARED = bool(os.environ.get("KONTAKTI_TAIL_EACH"))
# It is of one build alone.
OF_ONE_BUILD = "intermediate.int_tail"
LAST_LOAD = len(LATER_DAYS) - 1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_history_built_day_by_day_equals_a_full_refresh_in_every_table(
    seed: int, dbt: Dbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, whole = tmp_path / "home", tmp_path / "whole"
    warehouse = home / "warehouse.duckdb"
    home.mkdir()
    monkeypatch.setenv("KONTAKTI_HOME", str(home))
    centre = LongCentre(home, seed)
    centre.land_first()
    dbt("build", *NO_TESTS)
    manifest = json.loads((dbt.target / "manifest.json").read_text(encoding="utf-8"))
    last = Basis.of(DBT_PROJECT_DIR, home, manifest).standing(warehouse)
    builds = []
    for number in centre.land_later():
        now = Basis.of(DBT_PROJECT_DIR, home, manifest)
        assert has_tail(last, now, warehouse)
        with monkeypatch.context() as patch:
            patch.setenv(TAIL_VARIABLE, "1")
            left_out = unchanged(last, now, manifest, warehouse)
            if number < LAST_LOAD:
                dbt("run", "--exclude", *left_out)
            else:
                # With its data tests, which read what it wrote.
                patch.setenv("DBT_INDIRECT_SELECTION", "cautious")
                dbt("build", "--exclude-resource-type", "unit_test", "--exclude", *left_out)
        last = now.standing(warehouse)
        (tail,) = rows_of(warehouse, f"from {OF_ONE_BUILD}")
        assert tail["since_at"] > FIRST.replace(tzinfo=None), number
        builds.append(number)
        if IS_EACH_COMPARED:
            _assert_equals_whole(home, whole, dbt, number)
    assert builds == list(range(len(LATER_DAYS)))
    _assert_equals_whole(home, whole, dbt, builds[-1])
    _assert_a_queue_that_is_another_from_now_on_leaves_no_tail(warehouse, dbt)


def _assert_a_queue_that_is_another_from_now_on_leaves_no_tail(warehouse: Path, dbt: Dbt) -> None:
    """A queue's zone and hours hold for contacts of any age."""
    until = LAST.replace(tzinfo=None) + timedelta(days=2)
    for since, tails in ((until + timedelta(hours=1), 1), (until - timedelta(hours=1), 0)):
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute("update staging.stg_files__queues set valid_from = ?", [since])
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(TAIL_VARIABLE, "1")
            patch.setenv("KONTAKTI_AS_OF", f"{until:%Y-%m-%d %H:%M:%S}")
            dbt("run", "--select", "int_as_of", "int_tail")
        assert len(rows_of(warehouse, f"from {OF_ONE_BUILD}")) == tails


def _assert_equals_whole(home: Path, whole: Path, dbt: Dbt, number: int) -> None:
    """Build the same lake from nothing beside, and compare."""
    shutil.rmtree(whole, ignore_errors=True)
    whole.mkdir()
    (whole / "lake").symlink_to(home / "lake")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(whole))
        dbt("build", *NO_TESTS)
    found = differences(home / "warehouse.duckdb", whole / "warehouse.duckdb")
    differing = {
        table: (len(rows), rows[:2])
        for table, rows in found.items()
        if rows and table != OF_ONE_BUILD
    }
    assert not differing, number
