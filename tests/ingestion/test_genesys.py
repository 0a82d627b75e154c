"""Genesys Cloud: every conversation in its last state, a token in time, and a job that fails."""

from __future__ import annotations

import pytest
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth

from ingestion.errors import UnexpectedResponse
from ingestion.pipelines import land
from ingestion.privacy import phone_key
from ingestion.settings import known_secrets
from ingestion.sources import genesys, genesys_api, genesys_workforce
from sandbox.server import SandboxServer
from sandbox.vendors.genesys import LAG_SECONDS, TOKEN
from sandbox.vendors.genesys_records import ConversationRecords, guid
from sandbox.vendors.genesys_workforce import WorkforceRecords
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, moment


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(genesys_api, "POLL_SECONDS", 0.0)


def test_later_runs_bring_what_went_on_and_each_state_once(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    vendors.clock.advance(17 * 3600)  # in the middle of a morning, with calls under way
    for _ in range(3):
        land("genesys", tables=["segments"])
        vendors.clock.advance(1200)
    land("genesys", tables=["segments"])
    known = vendors.clock.now() - LAG_SECONDS
    records = ConversationRecords(world)
    shown = {
        (session["sessionId"], number): (segment["segmentStart"], segment.get("segmentEnd"))
        for conversation in records.active(0, known, known)
        for participant in records.json(conversation, known)["participants"]
        for session in participant["sessions"]
        for number, segment in enumerate(session["segments"])
    }
    rows = lake.rows("genesys", "segments")
    newest = {}
    for row in sorted(rows, key=lambda r: r["read_at"]):
        ended = row["segment_end"]
        newest[row["session_id"], row["segment_no"]] = (
            row["segment_start"].isoformat() + ".000Z",
            ended.isoformat() + ".000Z" if ended else None,
        )
    assert newest == shown
    versions = {(row["session_id"], row["segment_no"], row["read_at"]) for row in rows}
    assert len(rows) == len(versions)
    assert len(rows) < 1.1 * len(newest), "what has not changed lands once"


def test_a_segment_names_its_caller_by_pseudonym_only(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("genesys", tables=["segments"])
    contact = next(c for c in world.contacts if c.channel == "voice" and c.is_identified and c.legs)
    customer = next(c for c in world.customers if c.customer_no == contact.customer_no)
    rows = [
        row
        for row in lake.rows("genesys", "segments")
        if row["conversation_id"] == guid("conversation", contact.contact_no)
    ]
    assert {r["customer_key"] for r in rows if r["purpose"] == "customer"} == {
        phone_key(customer.phone)
    }
    assert {r["customer_key"] for r in rows if r["purpose"] != "customer"} == {None}


def test_the_watermark_is_where_the_vendors_store_ends(vendors: SandboxServer) -> None:
    assert land("genesys", tables=["segments"]).watermark_at == moment(UNTIL - LAG_SECONDS)


def test_a_token_is_asked_for_again_before_it_ends_and_never_shown(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genesys, "RENEW_BEFORE_SECONDS", 1e9)
    monkeypatch.setattr(genesys_api, "LIST_PAGE", 3)
    land("genesys", tables=["queues"])
    rows = {row["path"]: row["count"] for row in vendors.requests.as_json()["endpoints"]}
    assert rows["/oauth/token"] == rows["/api/v2/routing/queues"] > 1
    assert TOKEN in known_secrets()


def test_a_job_that_is_not_answered_in_time_says_so(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genesys_api, "PATIENCE_SECONDS", -1.0)
    with pytest.raises(UnexpectedResponse, match="is PENDING after 0 s"):
        land("genesys", tables=["segments"])


def test_a_week_of_shifts_lands_again_when_somebody_has_edited_it(
    vendors: SandboxServer, lake: Lake
) -> None:
    tables = ["agent_schedules", "adherence"]
    land("genesys", tables=tables)
    first, days = (lake.rows("genesys", table) for table in tables)
    now = moment(vendors.clock.now())
    assert max(row["shift_start"] for row in first if row["shift_start"]) > now, "published ahead"
    assert max(row["day_start"] for row in days) < now
    assert {row["is_full_day_off"] for row in first} == {True, None}
    report = land("genesys", tables=tables)
    assert report.total_rows == 0, "what is as before does not land again"
    vendors.clock.advance(26 * 3600)  # overtime is put into the day's shifts, adherence told
    report = land("genesys", tables=tables)
    new = lake.rows("genesys", "agent_schedules")[len(first) :]
    assert report.rows["agent_schedules"] == len(new) > 0
    assert len({(row["management_unit_id"], row["week_start"]) for row in new}) <= 2 * 2
    edited = {row["shift_id"] for row in new if row["is_edited"]}
    assert edited - {row["shift_id"] for row in first if row["is_edited"]}
    newest = lake.rows("genesys", "adherence")[len(days) :]
    assert min(row["day_start"] for row in newest) > max(row["day_start"] for row in days)


def test_a_week_whose_every_shift_is_taken_out_lands_as_one_row_of_nobody(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("genesys", tables=["agent_schedules"])
    before = lake.rows("genesys", "agent_schedules")
    monkeypatch.setattr(WorkforceRecords, "schedules", lambda *asked: [])
    land("genesys", tables=["agent_schedules"])
    now = lake.rows("genesys", "agent_schedules")[len(before) :]
    assert {(row["user_id"], row["activity_start"]) for row in now} == {(None, None)}
    emptied = [(row["management_unit_id"], row["week_start"]) for row in now]
    assert sorted(emptied) == sorted({(r["management_unit_id"], r["week_start"]) for r in before})
    assert land("genesys", tables=["agent_schedules"]).total_rows == 0


def test_a_download_is_asked_for_without_the_token(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(genesys_workforce, "Unsigned", lambda: BearerTokenAuth("token"))
    with pytest.raises(UnexpectedResponse, match="400"):
        land("genesys", tables=["adherence"])
