"""The emulated Twilio: logs newest first, stable pages, snapshots, and the vendor's schemas."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox import credentials
from sandbox.vendors.wire import iso, rfc2822
from tests.sandbox.vendor_schemas import definition_of
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, get, vendors

CALLS = f"/2010-04-01/Accounts/{credentials.TWILIO_ACCOUNT_SID}/Calls.json"
WORKSPACE = f"/v1/Workspaces/{credentials.TWILIO_WORKSPACE_SID}"
LIVE = {"voice", "callback", "chat"}


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def walk(v: Vendors, name: str, url: str, **params: Any) -> list[dict[str, Any]]:
    page = get(v.twilio, url, **params)
    rows = list(page[name])
    while following := next_link(page):
        page = v.twilio.get(v.server.base_url + following if following[0] == "/" else following)
        page = page.json()
        rows += page[name]
    return rows


def next_link(page: dict[str, Any]) -> str | None:
    link: str | None = page["meta"]["next_page_url"] if "meta" in page else page["next_page_uri"]
    return link


def events_by_task(v: Vendors) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in reversed(walk(v, "events", f"{WORKSPACE}/Events", StartDate="2026-01-01",
                             PageSize=1000)):  # fmt: skip
        found.setdefault(row["event_data"]["task_sid"], []).append(row)
    return found


def test_wrong_credentials_get_error_20003(v: Vendors) -> None:
    answer = v.anonymous.get(f"/twilio{CALLS}", auth=("AC1", "wrong"))
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_another_accounts_calls_are_not_found(v: Vendors) -> None:
    answer = v.twilio.get("/2010-04-01/Accounts/AC" + "0" * 32 + "/Calls.json")
    assert (answer.status_code, answer.json()["code"]) == (404, 20404)


def test_calls_cover_every_call_of_the_clock_newest_first(v: Vendors) -> None:
    rows = walk(v, "calls", CALLS, PageSize=7)
    starts = {
        contact.call_sid: contact.answered_at
        if contact.channel == "callback"
        else contact.arrived_at
        for contact in v.world.contacts
        if contact.call_sid is not None
    }
    wanted = {sid: at for sid, at in starts.items() if at is not None and at <= NOON}
    assert [row["start_time"] for row in rows] == [
        rfc2822(at) for at in sorted(wanted.values(), reverse=True)
    ]
    assert {row["sid"] for row in rows} == set(wanted)


def test_a_call_under_way_has_no_end_yet(v: Vendors) -> None:
    call = next(
        contact
        for contact in v.world.contacts
        if contact.channel == "voice" and contact.ended_at and contact.arrived_at > NOON
    )
    v.clock.advance(call.arrived_at - NOON)
    before = {row["sid"]: row for row in walk(v, "calls", CALLS, PageSize=1000)}[call.call_sid]
    assert (before["status"], before["end_time"], before["duration"]) == ("in-progress", None, None)
    v.clock.advance((call.ended_at or 0) - call.arrived_at)
    after = {row["sid"]: row for row in walk(v, "calls", CALLS, PageSize=1000)}[call.call_sid]
    assert after["status"] == "completed"
    assert after["duration"] == str((call.ended_at or 0) - call.arrived_at)


def test_calls_can_be_asked_from_a_start_time_on(v: Vendors) -> None:
    rows = walk(v, "calls", CALLS, **{"StartTime>": iso(NOON - HOUR), "PageSize": 5})
    wanted = [
        contact
        for contact in v.world.contacts
        if contact.channel == "voice" and NOON - HOUR <= contact.arrived_at <= NOON
    ]
    assert len(rows) >= len(wanted) > 0
    assert {contact.call_sid for contact in wanted} <= {row["sid"] for row in rows}


def test_a_walk_is_not_disturbed_by_events_that_join_at_the_head(v: Vendors) -> None:
    url = f"{WORKSPACE}/Events"
    undisturbed = walk(v, "events", url, StartDate=iso(NOON - 8 * HOUR), PageSize=20)
    page = get(v.twilio, url, StartDate=iso(NOON - 8 * HOUR), PageSize=20)
    rows = list(page["events"])
    while following := next_link(page):
        v.clock.advance(300)
        page = v.twilio.get(following).json()
        rows += page["events"]
    assert [row["sid"] for row in rows] == [row["sid"] for row in undisturbed]
    newer = walk(v, "events", url, StartDate=iso(NOON + 1), PageSize=1000)
    assert newer
    assert not {row["sid"] for row in newer} & {row["sid"] for row in rows}


def test_events_answer_for_the_last_quarter_unless_asked(v: Vendors) -> None:
    rows = walk(v, "events", f"{WORKSPACE}/Events", PageSize=1000)
    assert rows
    assert min(row["event_date_ms"] for row in rows) >= (NOON - 900) * 1000


def test_every_queued_live_contact_logs_its_life_up_to_the_clock(v: Vendors) -> None:
    log = events_by_task(v)
    queued = {
        contact.task_sid: contact
        for contact in v.world.contacts
        if contact.channel in LIVE and contact.queued_at and contact.queued_at <= NOON
    }
    assert set(log) == set(queued)
    for task_sid, contact in queued.items():
        types = Counter(row["event_type"] for row in log[task_sid or ""])
        legs = contact.legs
        connects = [leg.connected_at for leg in legs if leg.connected_at]
        assert types["task.created"] == 1
        assert types["task-queue.entered"] == sum(leg.queued_at <= NOON for leg in legs)
        assert types["reservation.accepted"] == sum(at <= NOON for at in connects)
        last = legs[-1].wrapped_at
        done = legs[-1].end == "answered" and last is not None and last <= NOON
        assert types["task.completed"] == int(done)


def test_a_transferred_call_is_handed_on_within_one_task(v: Vendors) -> None:
    contact = next(
        contact
        for contact in v.world.contacts
        if len(contact.legs) == 2 and (contact.legs[1].wrapped_at or NOON) < NOON
    )
    first, second = contact.legs
    rows = events_by_task(v)[contact.task_sid or ""]
    handed = next(row for row in rows if row["event_type"] == "task.transfer-initiated")
    assert handed["event_date"] == iso(first.left_at or 0)
    wanted = "WARM" if first.transfer_type == "warm" else "COLD"
    assert handed["event_data"]["transfer_mode"] == wanted
    wrapups = [row for row in rows if row["event_type"] == "reservation.wrapup"]
    holds = [
        json.loads(row["event_data"]["task_attributes"])["conversations"]["hold_time"]
        for row in wrapups
    ]
    assert holds == [first.hold_seconds, second.hold_seconds]
    queues = [
        row["event_data"]["task_queue_sid"]
        for row in rows
        if row["event_type"] == "task-queue.entered"
    ]
    native = {queue.code: queue.native_id for queue in v.world.queues}
    assert queues == [native[first.queue_code], native[second.queue_code]]


@pytest.mark.parametrize(
    ("end", "reason"), [("abandoned", "hangup"), ("callback", "callback requested")]
)
def test_a_contact_that_leaves_unanswered_is_canceled_with_the_reason(
    v: Vendors, end: str, reason: str
) -> None:
    contact = next(
        contact
        for contact in v.world.contacts
        if contact.legs and contact.legs[-1].end == end and (contact.legs[-1].left_at or 0) < NOON
    )
    last = events_by_task(v)[contact.task_sid or ""][-1]
    assert last["event_type"] == "task.canceled"
    assert last["event_data"]["task_canceled_reason"] == reason
    assert last["event_date"] == iso(contact.legs[-1].left_at or 0)


def test_reason_outcome_and_case_are_unknown_until_the_work_is_wrapped_up(v: Vendors) -> None:
    tickets = {case.case_no: str(case.ticket_id) for case in v.world.cases}
    contact = next(
        contact
        for contact in v.world.contacts
        if contact.case_no and contact.reason_code and contact.task_sid
        and (contact.wrapped_at or NOON) < NOON
    )  # fmt: skip
    rows = events_by_task(v)[contact.task_sid or ""]
    coded = [
        json.loads(row["event_data"]["task_attributes"])["conversations"].get("case")
        for row in rows
    ]
    known_from = coded.index(tickets[contact.case_no or 0])
    assert set(coded[:known_from]) == {None}
    assert rows[known_from]["event_type"] == "task.updated"
    assert rows[known_from]["event_date"] == iso(contact.wrapped_at or 0)
    last = json.loads(rows[-1]["event_data"]["task_attributes"])["conversations"]
    assert last["conversation_attribute_1"] == contact.reason_code


def test_only_live_tasks_are_listed_and_they_come_and_go_with_the_clock(v: Vendors) -> None:
    for _ in range(4):
        now = v.clock.now()
        rows = walk(v, "tasks", f"{WORKSPACE}/Tasks", PageSize=2)
        wanted = {
            contact.task_sid
            for contact in v.world.contacts
            if contact.task_sid and contact.queued_at and contact.queued_at <= now
            and now < (contact.legs[-1].wrapped_at or contact.legs[-1].left_at or now + 1)
        }  # fmt: skip
        assert {row["sid"] for row in rows} == wanted
        v.clock.advance(1200)


@pytest.mark.parametrize(
    ("file", "schema", "name", "url"),
    [
        ("twilio_api_v2010.json", "api.v2010.account.call", "calls", CALLS),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.event", "events",
         f"{WORKSPACE}/Events?StartDate=2026-01-01"),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.task", "tasks",
         f"{WORKSPACE}/Tasks"),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.task.task_reservation",
         "reservations", f"{WORKSPACE}/Tasks/{{task}}/Reservations"),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.worker", "workers",
         f"{WORKSPACE}/Workers"),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.task_queue", "task_queues",
         f"{WORKSPACE}/TaskQueues"),
        ("twilio_taskrouter_v1.json", "taskrouter.v1.workspace.activity", "activities",
         f"{WORKSPACE}/Activities"),
    ],
)  # fmt: skip
def test_records_carry_every_property_of_the_vendors_schema(
    v: Vendors, file: str, schema: str, name: str, url: str
) -> None:
    definition = definition_of(file, schema)
    validator = Draft202012Validator(definition)
    talk = next(c for c in v.world.contacts if c.answered_at and c.task_sid and c.arrived_at > NOON)
    v.clock.advance((talk.answered_at or NOON) - NOON)
    url = url.format(task=talk.task_sid)
    rows = get(v.twilio, url)[name]
    assert rows
    for row in rows:
        assert set(row) == set(definition["properties"])
        assert not list(validator.iter_errors(row))


def test_dates_are_in_each_apis_own_format(v: Vendors) -> None:
    call = get(v.twilio, CALLS, PageSize=1)["calls"][0]
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000", call["start_time"])
    event = get(v.twilio, f"{WORKSPACE}/Events", PageSize=1)["events"][0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["event_date"])


def test_too_many_requests_get_error_20429() -> None:
    with vendors("vendor") as v:
        codes = [v.twilio.get(f"{WORKSPACE}/Activities").status_code for _ in range(101)]
        assert codes == [200] * 100 + [429]
        refused = v.twilio.get(f"{WORKSPACE}/Activities").json()
        assert (refused["code"], refused["status"]) == (20429, 429)
        v.wall.seconds += 10
        assert v.twilio.get(f"{WORKSPACE}/Activities").status_code == 200
