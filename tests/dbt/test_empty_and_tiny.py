"""Every model builds on nothing, on one contact, and on contacts that are all still open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt import ten_contacts
from tests.dbt.conftest import NO_TESTS
from tests.dbt.in_process import Dbt
from tests.dbt.raw_lake import land

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without a lake."""
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    return tmp_path


def test_every_model_builds_on_empty_sources(home: Path, dbt: Dbt) -> None:
    dbt("build", *NO_TESTS)
    facts = rows(
        home, "select table_schema || '.' || table_name from information_schema.tables"
        " where table_name like 'fct%' or table_name like 'kpi%'"
    )  # fmt: skip
    filled = [fact for (fact,) in facts if rows(home, f"from {fact} limit 1")]
    assert len(facts) > 15
    assert filled == []


def test_every_model_builds_on_one_contact(home: Path, dbt: Dbt) -> None:
    tables = ten_contacts.twilio()
    one = [event for event in tables["events"] if event["task_sid"] == "WT3"]
    land(home, "1700000001.1", "twilio", {"events": one, "watermarks": tables["watermarks"]})
    dbt("build", *NO_TESTS)
    assert rows(home, "select contact_id, is_offered, is_abandoned from core.fct_contact") == [
        ("twilio:WT3", 1, 1)
    ]
    found = rows(home, "select channel, offered, abandoned from daily_voice.kpi_daily_contacts")
    assert found == [("voice", 1, 1)]


def test_every_model_builds_on_open_contacts_only(home: Path, dbt: Dbt) -> None:
    calls, mails = ten_contacts.twilio(), ten_contacts.zendesk()
    begun = {"task.created", "task-queue.entered", "reservation.created", "reservation.accepted"}
    talking = [e for e in calls["events"] if e["task_sid"] == "WT1" and e["event_type"] in begun]
    waiting = [e for e in calls["events"] if e["task_sid"] == "WT3" and e["event_type"] in begun]
    mail = {**mails["tickets"][0], "status": "new", "updated_at": None}
    land(
        home,
        "1700000001.1",
        "twilio",
        {"events": [*talking, *waiting], "watermarks": calls["watermarks"]},
    )
    land(
        home,
        "1700000001.1",
        "zendesk",
        {
            "tickets": [mail],
            "ticket_events": mails["ticket_events"][:1],
            "watermarks": mails["watermarks"],
        },
    )
    dbt("build", *NO_TESTS)
    found = rows(
        home,
        "select contact_id, is_waiting, ended_at, handle_seconds, is_abandoned, is_fcr_success"
        " from core.fct_contact order by 1",
    )
    assert found == [
        ("twilio:WT1", 0, None, None, 0, 0),
        ("twilio:WT3", 1, None, None, 0, 0),
        ("zendesk:101", 1, None, None, 0, 0),
    ]
    assert rows(home, "select status, full_resolution_seconds from core.fct_case") == [
        ("new", None)
    ]


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()
