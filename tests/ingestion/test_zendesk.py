"""Zendesk: every ticket, person and event lands once, whatever the vendor does meanwhile."""

from __future__ import annotations

import json
from collections import Counter

import httpx
import pytest

from ingestion.errors import (
    ContractViolation,
    CredentialRejected,
    RateLimitExhausted,
    VendorFailed,
    VendorUnreachable,
)
from ingestion.pipelines import land
from ingestion.runs import LandingReport
from ingestion.sources import zendesk
from sandbox.server import SandboxServer
from sandbox.vendors.faults import ALWAYS, Fault
from sandbox.vendors.zendesk_records import ZendeskRecords
from sandbox.world.records import World
from tests.ingestion.vendor_support import HOLD_BACK, UNTIL, Lake, cases_shown, moment


def _report(error: object) -> LandingReport:
    report = getattr(error, "report", None)
    assert isinstance(report, LandingReport)
    return report


def test_every_ticket_lands_as_it_stands(world: World, vendors: SandboxServer, lake: Lake) -> None:
    land("zendesk", tables=["tickets"])
    landed = {row["id"]: row for row in lake.rows("zendesk", "tickets")}
    assert set(landed) == cases_shown(world, UNTIL)
    records = ZendeskRecords(world)
    for case in world.cases:
        if case.ticket_id not in landed:
            continue
        row = landed[case.ticket_id]
        state = records.state(case, UNTIL - HOLD_BACK)
        assert (row["status"], row["priority"]) == (state.status, state.priority)
        assert row["created_at"] == moment(case.created_at)
        assert row["via_channel"] == case.via_channel
        assert json.loads(row["tags"]) == state.tags


def test_every_event_lands_once_without_bodies(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk", tables=["ticket_events"])
    rows = lake.rows("zendesk", "ticket_events")
    # The vendor adds coding of custom fields of its own; what the world knows must all be there.
    coded = ("reason_code", "time_spent_seconds", "merged_into")
    landed = Counter(
        (row["ticket_id"], row["occurred_at"], row["event_type"].lower(), row["field"])
        for row in rows
        if row["field"] not in coded
    )
    shown = Counter(
        (case.ticket_id, moment(event.at), event.kind, event.field)
        for case in world.cases
        for event in case.events
        if event.at <= UNTIL - HOLD_BACK
    )
    assert landed == shown
    assert len(rows) == len({row["id"] for row in rows})
    comments = [row for row in rows if row["event_type"] == "Comment"]
    assert all(row["value"] is None and row["is_public"] is not None for row in comments)
    status = [row for row in rows if (row["event_type"], row["field"]) == ("Change", "status")]
    assert all(row["value"] and row["previous_value"] for row in status)


def test_the_note_on_the_kept_ticket_ends_the_merged_one(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk", tables=["ticket_events"])
    landed = {
        (row["ticket_id"], row["value"], row["occurred_at"])
        for row in lake.rows("zendesk", "ticket_events")
        if row["field"] == "merged_into"
    }
    tickets = {case.contact_no: case.ticket_id for case in world.cases}
    assert landed == {
        (case.ticket_id, str(tickets[case.merged_into_no or 0]), moment(case.merged_at or 0))
        for case in world.cases
        if case.merged_at is not None and case.merged_at <= UNTIL - HOLD_BACK
    }
    assert landed


def test_what_a_merged_user_had_is_the_kept_users_and_so_are_its_tickets(
    vendors: SandboxServer, lake: Lake
) -> None:
    tables = ["users", "user_identities", "tickets", "ticket_events"]
    land("zendesk", tables=tables)
    before = _keys_by_user(lake)
    tickets = lake.newest("zendesk", "tickets", "id", "generated_at")
    asked = {row["requester_id"] for row in tickets.values()} & before.keys()
    kept, gone, last, *_ = sorted(asked)
    _merge(vendors, gone, last)
    vendors.clock.advance(60)
    _merge(vendors, kept, gone)
    vendors.clock.advance(120)
    land("zendesk", tables=tables)

    after = _keys_by_user(lake)
    assert after[kept] == before[kept] | before[gone] | before[last]
    assert not {gone, last} & after.keys()
    users = lake.newest("zendesk", "users", "id", "updated_at")
    assert [(users[u]["active"], users[u]["email_key"]) for u in (gone, last)] == [
        (False, None)
    ] * 2
    moved = {i for i, row in tickets.items() if row["requester_id"] in {gone, last}}
    newest = lake.newest("zendesk", "tickets", "id", "generated_at")
    assert {newest[i]["requester_id"] for i in moved} == {kept}
    told = {
        (row["ticket_id"], row["previous_value"], row["value"])
        for row in lake.rows("zendesk", "ticket_events")
        if row["field"] == "requester_id"
    }
    assert {ticket for ticket, *_ in told} == moved
    assert {now for *_, now in told} <= {str(gone), str(kept)}
    assert land("zendesk", tables=tables).total_rows == 0


def _merge(vendors: SandboxServer, into: int, other: int) -> None:
    order = {"vendor": "zendesk", "kind": "users", "into": into, "from": other}
    answer = httpx.post(f"{vendors.base_url}/_control/merges", json=order)
    assert answer.is_success, answer.text


def _keys_by_user(lake: Lake) -> dict[int, set[str]]:
    """The pseudonyms that each user has, by the newest version of each identity."""
    found: dict[int, set[str]] = {}
    for row in lake.newest("zendesk", "user_identities", "id", "user_updated_at").values():
        found.setdefault(row["user_id"], set()).add(row["identity_key"])
    return found


def test_auto_replies_are_told_from_agents_by_their_channel(
    vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk", tables=["ticket_events"])
    comments = [r for r in lake.rows("zendesk", "ticket_events") if r["event_type"] == "Comment"]
    by_rule = [row for row in comments if row["via_channel"] == "rule"]
    assert by_rule
    assert all(row["author_id"] == -1 for row in by_rule)
    assert all(row["author_id"] != -1 for row in comments if row["via_channel"] != "rule")


def test_a_field_that_may_hold_personal_data_lands_without_its_values() -> None:
    event = {
        "id": 1,
        "ticket_id": 2,
        "created_at": "2026-04-15T10:00:00Z",
        "child_events": [
            {"id": 3, "event_type": "Change", "subject": "Anna's bill", "previous_value": "Old"},
            {"id": 4, "event_type": "Change", "status": "open", "previous_value": "new"},
            {"id": 5, "event_type": "Change", "custom_ticket_fields": {"77": "Anna"}},
        ],
    }
    subject, status, custom = zendesk._child_events(event, {})
    assert (subject["field"], subject["value"], subject["previous_value"]) == (
        "subject",
        None,
        None,
    )
    assert (status["field"], status["value"], status["previous_value"]) == ("status", "open", "new")
    assert (custom["field"], custom["value"]) == ("custom_field_77", None)


def test_a_second_landing_of_the_same_state_lands_only_watermarks(
    vendors: SandboxServer, lake: Lake
) -> None:
    first = land("zendesk")
    second = land("zendesk")
    assert first.total_rows > 0
    assert second.total_rows == 0
    marks = [row for row in lake.rows("zendesk", "watermarks") if row["resource"] == "tickets"]
    assert [(row["is_initial"], row["rows_landed"]) for row in marks] == [
        (True, first.rows["tickets"]),
        (False, 0),
    ]


def test_the_watermark_is_the_vendors_clock_less_what_it_holds_back(
    vendors: SandboxServer, lake: Lake
) -> None:
    report = land("zendesk", tables=["tickets", "groups"])
    marks = {row["resource"]: row["watermark_at"] for row in lake.rows("zendesk", "watermarks")}
    assert marks == {"tickets": moment(UNTIL - HOLD_BACK), "groups": moment(UNTIL)}
    assert report.watermark_at == moment(UNTIL - HOLD_BACK)


def test_what_happens_later_lands_in_the_next_run(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk")
    vendors.clock.advance(86_400)
    land("zendesk")
    now = vendors.clock.now()
    newest = lake.newest("zendesk", "tickets", "id", "generated_at")
    assert set(newest) == cases_shown(world, now)
    records = ZendeskRecords(world)
    for case in world.cases:
        if case.ticket_id in newest:
            state = records.state(case, now - HOLD_BACK)
            assert newest[case.ticket_id]["status"] == state.status
    events = [row["id"] for row in lake.rows("zendesk", "ticket_events")]
    assert len(events) == len(set(events))


def test_frequent_landings_ask_the_list_and_not_the_export_for_tickets(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    tables = ("tickets", "ticket_events")
    land("zendesk", tables=tables, frequent=True)
    vendors.requests.clear()
    for _ in range(4):
        vendors.clock.advance(1_800)
        land("zendesk", tables=tables, frequent=True)
    assert vendors.requests.total("zendesk", "incremental/tickets") == 0
    assert vendors.requests.total("zendesk", "/api/v2/tickets") == 4
    assert land("zendesk", tables=tables, frequent=True).rows.get("tickets", 0) == 0
    # A day that the list would take too many pages for goes through the export again.
    vendors.clock.advance(86_400)
    land("zendesk", tables=tables, frequent=True)
    land("zendesk", tables=tables)
    records, now = ZendeskRecords(world), vendors.clock.now()
    newest = lake.newest("zendesk", "tickets", "id", "generated_at")
    assert set(newest) >= cases_shown(world, now)
    for case in world.cases:
        if case.ticket_id in newest and newest[case.ticket_id]["updated_at"] < moment(now - 60):
            state = records.state(case, now - HOLD_BACK)
            assert newest[case.ticket_id]["status"] == state.status


@pytest.mark.parametrize(("most", "by_export"), [(1_000, False), (1, True)])
def test_many_changes_are_listed_to_the_last_page_or_exported(
    world: World,
    vendors: SandboxServer,
    lake: Lake,
    monkeypatch: pytest.MonkeyPatch,
    most: int,
    by_export: bool,
) -> None:
    monkeypatch.setattr(zendesk, "LIST_PAGE", 2)
    monkeypatch.setattr(zendesk, "MOST_LISTED", most)
    land("zendesk", tables=("tickets",), frequent=True)
    before = set(lake.newest("zendesk", "tickets", "id", "generated_at"))
    vendors.requests.clear()
    vendors.clock.advance(4 * 3_600)
    land("zendesk", tables=("tickets",), frequent=True)
    assert bool(vendors.requests.total("zendesk", "incremental/tickets")) is by_export
    found = set(lake.newest("zendesk", "tickets", "id", "generated_at"))
    assert len(found - before) > zendesk.LIST_PAGE, "one page had them all: nothing is tried"
    assert found >= cases_shown(world, vendors.clock.now())


def test_a_run_that_breaks_on_a_page_keeps_the_pages_before_and_goes_on_from_there(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zendesk, "EXPORT_PAGE", 40)
    vendors.faults.order(Fault("zendesk", "status_500", "tickets/cursor", times=ALWAYS, skip=1))
    with pytest.raises(VendorFailed) as caught:
        land("zendesk")
    assert _report(caught.value).rows["tickets"] == 40
    assert "users" in _report(caught.value).rows  # the other tables went on
    vendors.faults.clear()
    land("zendesk")
    ids = [row["id"] for row in lake.rows("zendesk", "tickets")]
    assert set(ids) == cases_shown(world, UNTIL)
    assert len(ids) == len(set(ids))


def test_a_broken_table_gets_no_watermark(vendors: SandboxServer, lake: Lake) -> None:
    vendors.faults.order(Fault("zendesk", "status_500", "tickets/cursor", times=ALWAYS))
    with pytest.raises(VendorFailed):
        land("zendesk")
    resources = {row["resource"] for row in lake.rows("zendesk", "watermarks")}
    assert "tickets" not in resources
    assert "users" in resources


@pytest.mark.parametrize("kind", ["status_500", "status_503", "drop", "truncate"])
def test_a_passing_fault_is_retried(
    world: World, vendors: SandboxServer, lake: Lake, kind: str
) -> None:
    vendors.faults.order(Fault("zendesk", kind, "tickets/cursor", times=2))
    land("zendesk", tables=["tickets"])
    assert {row["id"] for row in lake.rows("zendesk", "tickets")} == cases_shown(world, UNTIL)


def test_a_429_waits_as_long_as_the_vendor_says(
    vendors: SandboxServer, pauses: list[float]
) -> None:
    vendors.faults.order(Fault("zendesk", "status_429", "tickets/cursor", times=2, retry_after=17))
    report = land("zendesk", tables=["tickets"])
    assert report.rows["tickets"] > 0
    assert pauses == [17.0, 17.0]


def test_a_429_that_asks_for_too_long_a_pause_ends_the_table_at_once(
    vendors: SandboxServer, pauses: list[float]
) -> None:
    vendors.faults.order(
        Fault("zendesk", "status_429", "tickets/cursor", times=ALWAYS, retry_after=3600)
    )
    with pytest.raises(RateLimitExhausted, match="3600 s of pause"):
        land("zendesk", tables=["tickets"])
    assert pauses == []


def test_a_wrong_token_fails_at_once_and_says_what_to_check(
    vendors: SandboxServer, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ZENDESK__API_TOKEN", "not-the-token")
    with pytest.raises(CredentialRejected) as caught:
        land("zendesk")
    message = str(caught.value)
    assert "SOURCES__ZENDESK__API_TOKEN" in message
    assert "401" in message
    assert "Admin Center" in message
    assert "not-the-token" not in message
    assert vendors.requests.total("zendesk") == 1  # neither retried nor tried by other tables
    assert pauses == []


def test_an_unreachable_vendor_is_named_with_its_setting(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__ZENDESK__BASE_URL", "http://127.0.0.1:9/zendesk")
    with pytest.raises(VendorUnreachable) as caught:
        land("zendesk")
    assert "cannot reach http://127.0.0.1:9" in str(caught.value)
    assert "SOURCES__ZENDESK__BASE_URL" in str(caught.value)


@pytest.mark.parametrize("kind", ["schema_type_change", "schema_missing_column"])
def test_a_changed_column_stops_its_table_only(
    vendors: SandboxServer, lake: Lake, kind: str
) -> None:
    vendors.faults.order(
        Fault("zendesk", kind, "tickets/cursor", times=ALWAYS, column="created_at")
    )
    with pytest.raises(ContractViolation, match=r"zendesk\.tickets: column created_at") as caught:
        land("zendesk")
    report = _report(caught.value)
    assert "tickets" not in report.rows
    assert report.rows["ticket_events"] > 0
    assert len(report.failures) == 1


def test_a_new_column_of_the_vendor_changes_nothing(vendors: SandboxServer, lake: Lake) -> None:
    vendors.faults.order(Fault("zendesk", "schema_new_column", "tickets/cursor", times=ALWAYS))
    assert land("zendesk", tables=["tickets"]).rows["tickets"] > 0
    assert "sandbox_new_column" not in lake.rows("zendesk", "tickets")[0]


def test_a_link_to_another_host_is_not_followed_with_our_credentials(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zendesk, "EXPORT_PAGE", 40)
    # The sandbox writes links with the host it was asked under: asking it as localhost while the
    # setting says 127.0.0.1 stands for a vendor whose links lead elsewhere.
    from ingestion import rest  # noqa: PLC0415

    monkeypatch.setattr(
        rest, "safe_origin", lambda url: "other" if "cursor=" in url else "configured"
    )
    with pytest.raises(Exception, match="a link to another host"):
        land("zendesk", tables=["tickets"])
