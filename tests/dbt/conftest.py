"""A home whose lake grows by hand-made loads, and dbt run on it after each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest

from live.plan import LAKE_SCHEMA, SELECTION, LivePlan, plan_of
from live.store import LiveStore
from semantic.home import DBT_PROJECT_DIR
from tests.dbt import ten_contacts
from tests.dbt.in_process import Dbt
from tests.dbt.raw_lake import land, watermark

FACTS = (
    "fct_contact", "fct_contact_leg", "fct_issue", "fct_case", "fct_survey_response",
    "fct_survey_invitation", "fct_closed_loop_task",
)  # fmt: skip
CORE = ["--select", "+path:models/marts/core", "--indirect-selection", "cautious"]
NO_TESTS = ["--resource-type", "model", "--resource-type", "seed"]
LIST_OF_9_MARCH = "1773050400.1"
# The evening of the day on which most of the ten contacts happened.
LIVE = {"as_of": "2026-03-02 21:59:59", "lake_schema": LAKE_SCHEMA}


@dataclass
class Warehouse:
    """A home and the state that its facts were in after each build, by name."""

    home: Path
    dbt: Dbt
    states: dict[str, dict[str, list[tuple[Any, ...]]]] = field(default_factory=dict)

    def build(self, state: str, *, with_tests: bool = False) -> None:
        """Build the core and keep what its facts hold."""
        kinds = ["--exclude", "test_type:unit"] if with_tests else NO_TESTS
        self.dbt("build", *CORE, *kinds)
        self.states[state] = {
            fact: self.rows(f"select * from core.{fact} order by 1, 2") for fact in FACTS
        }

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the warehouse as it is now."""
        with duckdb.connect(str(self.home / "warehouse.duckdb"), read_only=True) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="session")
def dbt(tmp_path_factory: pytest.TempPathFactory) -> Dbt:
    """dbt in this process, with a target folder of its own."""
    return Dbt(tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="module")
def warehouse(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Ten contacts, then the same again, then a second load with late arrivals."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("KONTAKTI_HOME", str(home))
        yield _built(Warehouse(home, dbt))


def _built(built: Warehouse) -> Warehouse:
    loads: dict[str, Callable[[], Any]] = {
        "twilio": ten_contacts.twilio,
        "zendesk": ten_contacts.zendesk,
        "hubspot": ten_contacts.hubspot,
        "typeform": ten_contacts.typeform,
        "files_acme": ten_contacts.files_acme,
    }
    for dataset, rows in loads.items():
        land(built.home, "1700000001.1", dataset, rows())
    # A load that is still being written: nothing of it may be read.
    unfinished = [ten_contacts.event(900, "WT99", "task.created", "10:00:00")]
    land(built.home, "1700000002.1", "twilio", {"events": unfinished}, complete=False)
    built.build("first")
    built.build("again")
    second = {
        # An old version of ticket 101, delivered late, and group 6 gone from the snapshot.
        "tickets": [
            {
                "id": 101,
                "created_at": "2026-03-06 13:50:00",
                "updated_at": "2026-03-06 13:50:00",
                "status": "new",
                "via_channel": "email",
                "requester_id": 2,
            }
        ],
        "groups": [{"id": 5, "name": "Mail", "deleted": False}],
        "watermarks": [watermark("tickets", ten_contacts.KNOWN_UP_TO)],
    }
    land(built.home, "1700000003.1", "zendesk", second)
    # A call that happened before all others, but arrives last.
    late = [
        ten_contacts.event(901, "WT0", "task.created", "06:00:00"),
        ten_contacts.event(902, "WT0", "task-queue.entered", "06:00:00"),
        ten_contacts.event(903, "WT0", "task.canceled", "06:01:00", canceled_reason="hangup"),
    ]
    land(built.home, "1700000003.1", "twilio", {"events": late})
    # A list of the 9th of March: a change without a date, and a line that was wrong is gone.
    teams = [
        ("E1", "blue", None),
        ("E2", "green", "2020-01-01 00:00:00"),
        ("E2", "yellow", "2026-03-02 09:00:00"),
        ("E2", "white", "2026-04-01 00:00:00"),
    ]
    land(built.home, LIST_OF_9_MARCH, "files_acme", {"agents": ten_contacts.personnel(teams)})
    changed = [
        {"id": 1, "email_key": "mail-1", "phone_key": "phone-1", "segment": segment,
         "company_id": 11, "updated_at": f"2026-03-{day} 00:00:00"}
        for day, segment in (("15", "corporate"), ("16", "corporate"))
    ]  # fmt: skip
    land(built.home, "1700000003.1", "hubspot", {"contacts": changed})
    built.build("second", with_tests=True)
    return built


@pytest.fixture(scope="module")
def plan(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> LivePlan:
    """The live models as dbt compiles them, as of the end of a day."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(tmp_path_factory.mktemp("compiled")))
        dbt("compile", "--target", "live", "--select", *SELECTION, "--indirect-selection",
            "cautious", "--vars", json.dumps(LIVE))  # fmt: skip
    manifest = json.loads((dbt.target / "manifest.json").read_text())
    return plan_of(manifest, DBT_PROJECT_DIR, "test", LIVE)


@pytest.fixture
def store(plan: LivePlan, warehouse: Warehouse) -> LiveStore:
    """The live models built on the lake that the warehouse was built on."""
    store = LiveStore(plan, [warehouse.home / "lake"])
    assert store.take() > 0
    store.build()
    return store
