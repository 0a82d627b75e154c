"""The emulated Genesys Cloud: sign-in, jobs and their pages, and the contacts they show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.credentials import GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET
from sandbox.vendors.genesys import LAG_SECONDS
from sandbox.vendors.genesys_records import guid, instant
from sandbox.vendors.wire import iso
from sandbox.world.records import LIVE_CHANNELS
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, get, vendors

JOBS = "/api/v2/analytics/conversations/details/jobs"
KNOWN = NOON - LAG_SECONDS


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def details(v: Vendors, since: int, until: int, size: int = 50) -> list[dict[str, Any]]:
    asked = v.genesys.post(JOBS, json={"interval": f"{iso(since)}/{iso(until)}"})
    assert asked.status_code == 202, asked.text
    job = f"{JOBS}/{asked.json()['jobId']}"
    assert [get(v.genesys, job)["state"] for _ in range(2)] == ["PENDING", "FULFILLED"]
    rows: list[dict[str, Any]] = []
    page: dict[str, Any] = get(v.genesys, f"{job}/results", pageSize=size)
    rows += page["conversations"]
    while "cursor" in page:
        page = get(v.genesys, f"{job}/results", pageSize=size, cursor=page["cursor"])
        rows += page["conversations"]
    return rows


def test_a_token_is_for_those_who_know_the_secret(v: Vendors) -> None:
    form = {"grant_type": "client_credentials"}
    pair = (GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET)
    token = v.anonymous.post("/genesys/oauth/token", data=form, auth=pair).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert v.anonymous.get("/genesys/api/v2/users", headers=bearer).status_code == 200
    wrong = v.anonymous.post("/genesys/oauth/token", data=form, auth=(GENESYS_CLIENT_ID, "no"))
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert v.anonymous.get("/genesys/api/v2/users").json()["code"] == "bad.credentials"


def test_every_live_contact_begun_so_far_is_a_medium_of_one_conversation(v: Vendors) -> None:
    shown = {
        (participant["attributes"]["twilio_sid"], session["mediaType"])
        for conversation in details(v, v.world.starts_at, NOON)
        for participant in conversation["participants"]
        if participant["purpose"] == "customer"
        for session in participant["sessions"]
    }
    assert shown == {
        (contact.task_sid or contact.call_sid, contact.channel)
        for contact in v.world.contacts
        if contact.channel in LIVE_CHANNELS
        and contact.outcome != "bot_only"
        and contact.purpose is None
        and contact.arrived_at <= KNOWN
    }


def test_an_answer_holds_what_was_active_in_its_interval(v: Vendors) -> None:
    all_of_it = {c["conversationId"]: c for c in details(v, v.world.starts_at, NOON)}
    hour = details(v, KNOWN - HOUR, KNOWN)
    since = instant(KNOWN - HOUR)
    assert {c["conversationId"] for c in hour} == {
        name for name, c in all_of_it.items() if c.get("conversationEnd", "9") >= since
    }
    assert 0 < len(hour) < len(all_of_it)


def test_what_goes_on_has_no_end_and_what_comes_is_not_told(v: Vendors) -> None:
    known = instant(KNOWN)
    segments = [
        segment
        for conversation in details(v, KNOWN - HOUR, KNOWN)
        for participant in conversation["participants"]
        for session in participant["sessions"]
        for segment in session["segments"]
    ]
    assert all(segment["segmentStart"] <= known for segment in segments)
    assert all(segment.get("segmentEnd") is None or segment["segmentEnd"] <= known
               for segment in segments)  # fmt: skip
    assert any(segment.get("segmentEnd") is None for segment in segments)


def test_talk_hold_and_wrap_up_of_a_contact_are_its_segments(v: Vendors) -> None:
    contact = next(
        c for c in v.world.contacts
        if c.channel == "voice" and c.outcome == "answered" and len(c.legs) == 1
        and c.legs[0].hold_seconds and (c.wrapped_at or NOON) < KNOWN
    )  # fmt: skip
    (leg,) = contact.legs
    wanted = guid("conversation", contact.contact_no)
    found = details(v, contact.arrived_at, leg.wrapped_at or 0)
    conversation = next(c for c in found if c["conversationId"] == wanted)
    agent = conversation["participants"][-1]
    spans = [
        (s["segmentType"], s["segmentStart"], s["segmentEnd"])
        for s in agent["sessions"][0]["segments"]
    ]
    held_at = (leg.connected_at or 0) + leg.talk_seconds // 2
    talked_until = instant(leg.left_at or 0)
    assert spans[1:] == [
        ("interact", instant(leg.connected_at or 0), instant(held_at)),
        ("hold", instant(held_at), instant(held_at + leg.hold_seconds)),
        ("interact", instant(held_at + leg.hold_seconds), talked_until),
        ("wrapup", talked_until, instant(leg.wrapped_at or 0)),
    ]


def test_lists_page_by_number(v: Vendors) -> None:
    first, second = (
        get(v.genesys, "/api/v2/users", pageSize=5, pageNumber=number) for number in (1, 2)
    )
    assert first["pageCount"] == -(-first["total"] // 5)
    assert not {row["id"] for row in first["entities"]} & {row["id"] for row in second["entities"]}
