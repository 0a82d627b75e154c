"""One person leaves the lake whole and nobody else loses a row; old rows go as they should."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ingestion.clear_fields import clear_texts
from ingestion.erasure import erase
from ingestion.errors import SettingInvalid
from ingestion.home_search import find
from ingestion.pipelines import land
from ingestion.privacy import email_key, phone_key
from ingestion.retention import retain, settings
from sandbox.server import SandboxServer
from sandbox.world.records import Customer, World
from tests.ingestion.vendor_support import UNTIL, Lake, moment

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "privacy.md"


def _busiest(world: World) -> Customer:
    """Somebody the CRM knows who called and wrote."""
    called = {c.customer_no for c in world.contacts if c.call_sid and c.arrived_at < UNTIL - 7200}
    wrote = {c.customer_no for c in world.cases if c.created_at < UNTIL - 7200}
    return next(c for c in world.customers if c.hubspot_id and c.customer_no in called & wrote)


def test_a_person_leaves_every_file_of_the_home_and_nobody_else_does(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    for vendor in ("zendesk", "twilio", "hubspot", "genesys"):
        land(vendor)
    person = _busiest(world)
    known = [email_key(person.email) or "", phone_key(person.phone) or "", str(person.hubspot_id)]
    assert set(known) <= set().union(*find(lake.home, known).values())
    tickets = {case.ticket_id for case in world.cases if case.customer_no == person.customer_no}
    before = {row["ticket_id"] for row in lake.rows("zendesk", "ticket_events")}

    erased = erase(person.email)

    assert set(known) <= erased.values
    found = {"zendesk.users", "zendesk.ticket_events", "twilio.events", "hubspot.contacts"}
    assert found | {"genesys.segments"} <= set(erased.rows)
    assert find(lake.home, erased.values) == {}
    assert before - {row["ticket_id"] for row in lake.rows("zendesk", "ticket_events")} == (
        tickets & before
    )
    assert land("twilio").rows.get("tasks", 0) == 0, "the next run goes on where it was"


def test_what_dlt_remembers_of_a_person_goes_too(vendors: SandboxServer, lake: Lake) -> None:
    vendors.clock.advance(17 * 3600)  # in the middle of a morning
    land("twilio", tables=["events"])
    newest = moment(vendors.clock.now() - 300)
    late = [r for r in lake.rows("twilio", "events") if r["from_key"] and r["occurred_at"] > newest]
    assert late
    places = find(lake.home, [late[-1]["sid"]])
    assert any("_dlt_pipeline_state" in place for place in places)
    erase(late[-1]["from_key"])
    assert find(lake.home, [late[-1]["sid"]]) == {}


def test_a_number_that_two_people_share_is_not_followed(vendors: SandboxServer, lake: Lake) -> None:
    folder = lake.home / "lake" / "hubspot" / "contacts" / "load_date=2026-01-01"
    folder.mkdir(parents=True)
    anna, otto, home_number = (c * 32 for c in "abc")
    said = "undeclared_said_key"  # a new column, in which both may be named
    rows = [
        {"id": 1, "email_key": anna, "phone_key": home_number, said: None},
        {"id": 2, "email_key": otto, "phone_key": home_number, said: anna},
        {"id": 3, "email_key": None, "phone_key": None, said: otto},
    ]
    pq.write_table(pa.Table.from_pylist(rows), folder / "1.x.parquet")

    erased = erase(anna)

    assert [row[said] for row in lake.rows("hubspot", "contacts")] == [None, otto]

    assert erased.shared == {home_number}
    assert [row["id"] for row in lake.rows("hubspot", "contacts")] == [2, 3]


def _retention(home: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    home.mkdir(parents=True, exist_ok=True)
    path = home / "retention.yml"
    path.write_text(text, encoding="utf-8")
    monkeypatch.setenv("KONTAKTI_RETENTION", str(path))


def test_old_rows_of_the_named_table_go(
    lake: Lake, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = home / "lake" / "twilio" / "events" / "load_date=2026-01-01"
    folder.mkdir(parents=True)
    newest = datetime(2026, 4, 1)
    rows = [
        {"sid": f"EV{age}", "occurred_at": None if age is None else newest - timedelta(days=age)}
        for age in (0, 29, 31, None)
    ]
    schema = pa.schema([("sid", pa.string()), ("occurred_at", pa.timestamp("us"))])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "1.x.parquet")
    _retention(home, monkeypatch, "twilio.events: {days: 30, by: occurred_at}")
    assert retain() == {"twilio.events": 1}
    assert [row["sid"] for row in lake.rows("twilio", "events")] == ["EV0", "EV29", "EVNone"]
    assert retain() == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("twilio.nothing: {days: 30, by: occurred_at}", "no source lands"),
        ("twilio.events: {days: 30, by: sid}", "none of occurred_at"),
        ("twilio.events: {days: 0, by: occurred_at}", "for 0 days"),
        ("twilio.events: 30", "something else"),
        ("[", "cannot be read"),
    ],
)
def test_a_retention_that_cannot_be_meant_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    _retention(home, monkeypatch, text)
    with pytest.raises(SettingInvalid, match=said):
        settings()


def test_every_text_that_lands_in_clear_is_written_down() -> None:
    listed = {}
    for line in GUIDE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip(" `") for cell in line.split("|")]
        if len(cells) >= 4 and "." in cells[1]:
            listed[cells[1]] = tuple(name.strip(" `") for name in cells[2].split(","))
    assert listed == clear_texts()
