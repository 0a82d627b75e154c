"""A history that arrives in any order gives what it gives in one piece, for every model.

The history of a small centre is dealt out to twenty loads a dataset at random, with duplicates,
other versions and deletions, and built as the loads come in. One seed says the order; try others
with `KONTAKTI_LATE_DATA_SEEDS=1,2,3 python -m pytest tests/dbt/test_late_data.py`.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from ingestion.compaction import Compacted, compact
from live import loads
from orchestration.arrivals import Basis, unchanged
from semantic.home import DBT_PROJECT_DIR
from tests.dbt import raw_lake
from tests.dbt.compared import differences, rows_of
from tests.dbt.conftest import NO_TESTS
from tests.dbt.in_process import Dbt
from tests.dbt.landed_centre import land_centre
from tests.dbt.shuffled_lake import LOADS, ShuffledLake, shuffle

pytestmark = pytest.mark.slow

SEEDS = [int(seed) for seed in os.environ.get("KONTAKTI_LATE_DATA_SEEDS", "1").split(",")]
BUILDS_ON_THE_WAY = 2
INCREMENTAL = ["--select", "+config.materialized:incremental"]
LATE_LOAD = "1800000000.1"
LONG_AFTER = 1_900_000_000.0


@dataclass(frozen=True)
class Late:
    """What arrives after all else, though it happened before: an answer and a reopen."""

    contact_id: str
    invitation_id: str
    case_id: str


@dataclass
class History:
    """A lake in which all has arrived, and what was built of it.

    Attributes:
        arrived: The warehouse after the twentieth load, built on the way.
        late: The same after one load more, with late facts.
        refreshed: That built from nothing, of a lake whose files were merged.
    """

    lake: ShuffledLake
    facts: Late
    arrived: Path
    late: Path
    refreshed: Path


@pytest.fixture(scope="module")
def landed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose lake holds twelve days of a small centre, landed at once."""
    home = tmp_path_factory.mktemp("landed")
    land_centre(home, tmp_path_factory.mktemp("exports"))
    return home


@pytest.fixture(scope="module", params=SEEDS)
def history(
    request: pytest.FixtureRequest, landed: Path, dbt: Dbt, tmp_path_factory: pytest.TempPathFactory
) -> History:
    """The history in an order that the seed says: built as it comes, then with the late facts.

    As in production, the last build leaves out what nothing arrived for.
    """
    home = tmp_path_factory.mktemp("shuffled")
    warehouse = home / "warehouse.duckdb"
    lake = shuffle(landed, home, request.param)
    rng = Random(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(home))
        # Datasets land on their own, so each has got as far as it has got.
        stops = {
            dataset: sorted(rng.sample(range(1, LOADS), BUILDS_ON_THE_WAY))
            for dataset in lake.load_ids
        }
        for build in range(BUILDS_ON_THE_WAY):
            for dataset in lake.load_ids:
                lake.arrive(dataset, stops[dataset][build])
            dbt("build", *NO_TESTS, *INCREMENTAL)
        for dataset in lake.load_ids:
            lake.arrive(dataset, LOADS)
        dbt("build", *NO_TESTS)
        arrived = Path(shutil.copy(warehouse, home / "arrived.duckdb"))
        manifest = json.loads((dbt.target / "manifest.json").read_text(encoding="utf-8"))
        before = Basis.of(DBT_PROJECT_DIR, home, manifest)
        facts = _land_late_facts(home, arrived)
        now = Basis.of(DBT_PROJECT_DIR, home, manifest)
        dbt("run", "--exclude", *unchanged(before, now, manifest, warehouse))
        late = Path(shutil.copy(warehouse, home / "late.duckdb"))
        # The refresh reads the lake as maintenance leaves it: the same rows in fewer files.
        assert sum(table.before - table.after for table in _compacted(lake)) > LOADS
        dbt("run", "--full-refresh")
    return History(lake, facts, arrived, late, warehouse)


def test_the_newest_version_of_every_record_is_kept_whatever_came_last(history: History) -> None:
    for (dataset, table), newest in history.lake.newest.items():
        if table == "watermarks":
            continue
        system, _, name = dataset.partition("_")
        own = f"where source_dataset = '{name}'" if name else ""
        found = rows_of(
            history.arrived, f"select _dlt_load_id from staging.stg_{system}__{table} {own}"
        )
        kept = Counter(row["_dlt_load_id"] for row in found)
        assert kept == Counter(newest.values()), (dataset, table)


def test_what_arrives_in_any_order_equals_a_full_refresh_in_every_model(history: History) -> None:
    differing = {
        table: rows[:2]
        for table, rows in differences(history.late, history.refreshed).items()
        if rows
    }
    assert not differing


def test_a_late_answer_and_a_late_reopen_restate_only_the_rows_they_touch(
    history: History,
) -> None:
    late = history.facts
    changed = differences(history.arrived, history.late, schema="core")
    keys = {
        table: {row[key] for row in changed[f"core.{table}"]}
        for table, key in (
            ("fct_contact", "contact_id"),
            ("fct_case", "case_id"),
            ("fct_survey_response", "response_id"),
            ("fct_survey_invitation", "invitation_id"),
        )
    }
    assert keys == {
        "fct_contact": {late.case_id},
        "fct_case": {late.case_id},
        "fct_survey_response": {"typeform:late"},
        "fct_survey_invitation": {late.invitation_id},
    }
    (solved,) = rows_of(history.arrived, f"from core.fct_case where case_id = '{late.case_id}'")
    snapshots = changed.pop("core.fct_case_snapshot_daily")
    kinds = ("channel", "queue_id", "agent_id", "reason_id", "priority")
    assert {tuple(row[kind] for kind in kinds) for row in snapshots} == {
        tuple(solved[kind] for kind in kinds)
    }
    assert min(row["snapshot_date"] for row in snapshots) >= solved["solved_local_date"]
    named = {late.contact_id, late.case_id, late.invitation_id, "typeform:late"}
    strangers = {
        table: [row for row in rows if not named & set(row.values())]
        for table, rows in changed.items()
    }
    assert not {table: rows[:2] for table, rows in strangers.items() if rows}


def _land_late_facts(home: Path, warehouse: Path) -> Late:
    """One load more: a good answer of days ago, and the reopening of a solved mail."""
    (asked,) = rows_of(
        warehouse,
        "select invitations.invitation_id, invitations.contact_id, contacts.channel,"
        " greatest(contacts.ended_at, invitations.sent_at) + interval 1 hour as answered_at"
        " from core.fct_survey_invitation as invitations"
        " inner join core.fct_contact as contacts using (contact_id)"
        " where invitations.is_delivered = 1 and invitations.is_duplicate = 0"
        " and invitations.source_system = 'sandbox' and greatest(contacts.ended_at,"
        " invitations.sent_at) < contacts.as_of_at - interval 3 days"
        " and invitations.customer_id not in"
        " (select customer_id from core.fct_survey_response where customer_id is not null)"
        " order by 1 limit 1",
    )
    (solved,) = rows_of(
        warehouse,
        "select cases.case_id, cases.last_solved_at + interval 1 hour as reopened_at"
        " from core.fct_case as cases inner join core.fct_contact as contacts using (case_id)"
        " where contacts.contact_id = cases.case_id and contacts.is_resolved_mature = 1"
        " and cases.is_solved = 1 and cases.is_reopened = 0 and cases.source_system = 'zendesk'"
        " and cases.contact_id not in"
        " (select contact_id from core.fct_survey_response where contact_id is not null)"
        " order by 1 limit 1",
    )
    answer = {
        "response_id": "late",
        "form_id": "late",
        "field_id": "late",
        "field_ref": "csat_5",
        "number_value": 5,
        "submitted_at": str(asked["answered_at"]),
        "hidden_survey_type": "transactional",
        "hidden_contact_id": asked["contact_id"],
        "hidden_channel": asked["channel"],
    }
    reopen = {
        "id": 10**15,
        "ticket_id": int(solved["case_id"].removeprefix("zendesk:")),
        "occurred_at": str(solved["reopened_at"]),
        "event_type": "Change",
        "field": "status",
        "value": "open",
        "previous_value": "solved",
    }
    raw_lake.land(home, LATE_LOAD, "typeform", {"answers": [answer]})
    raw_lake.land(home, LATE_LOAD, "zendesk", {"ticket_events": [reopen]})
    return Late(asked["contact_id"], asked["invitation_id"], solved["case_id"])


def _compacted(lake: ShuffledLake) -> list[Compacted]:
    return [table for dataset in lake.load_ids for table in compact(dataset, loads, LONG_AFTER)]
