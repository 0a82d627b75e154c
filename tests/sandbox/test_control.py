"""The sandbox's own endpoints: clock, counts, faults; and the date of every answer."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from sandbox.clock import RunningClock
from sandbox.control import LoopbackOnly
from sandbox.vendors.wire import iso, json_response
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, get, small_world, vendors

GROUPS = "/api/v2/groups.json"
RATINGS = "/api/v2/satisfaction_ratings.json"


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def order(v: Vendors, **fault: Any) -> None:
    answer = v.control.post("/faults", json=[{"vendor": "zendesk"} | fault])
    assert answer.status_code == 200, answer.text


def test_every_answer_is_dated_by_the_sandbox_clock(v: Vendors) -> None:
    answers = [
        v.zendesk.get(GROUPS),
        v.typeform.get("/nowhere"),
        v.anonymous.get("/hubspot/crm/v3/owners"),
        v.control.get("/clock"),
    ]
    for answer in answers:
        assert answer.headers.get_list("date") == [answer.headers["date"]]
        assert parsedate_to_datetime(answer.headers["date"]).timestamp() == NOON


def test_an_answer_on_a_running_clock_holds_all_that_happened_up_to_its_date() -> None:
    world = small_world()
    ticks = iter(range(10_000))
    clock = RunningClock(NOON, 7200, world.horizon, monotonic=lambda: float(next(ticks)))
    with vendors(clock=clock) as v:
        url = f"/v1/Workspaces/{v.server.env()['SOURCES__TWILIO__WORKSPACE_SID']}/Events"
        answer = v.twilio.get(url, params={"StartDate": iso(NOON), "PageSize": 1000})
    dated = parsedate_to_datetime(answer.headers["date"]).timestamp()
    served = {row["event_data"]["task_sid"] for row in answer.json()["events"]}
    wanted = {
        contact.task_sid
        for contact in world.contacts
        if contact.task_sid and contact.queued_at and NOON <= contact.queued_at <= dated
    }
    assert wanted
    assert wanted <= served


def test_the_clock_moves_forward_and_new_records_show(v: Vendors) -> None:
    before = len(get(v.zendesk, RATINGS)["satisfaction_ratings"])
    moved = v.control.post("/clock", json={"advance_seconds": 24 * HOUR}).json()
    assert moved == {"now": NOON + 24 * HOUR, "iso": iso(NOON + 24 * HOUR)}
    assert len(get(v.zendesk, RATINGS)["satisfaction_ratings"]) > before
    v.control.post("/clock", json={"set": iso(NOON + 30 * HOUR)})
    assert get(v.control, "/clock")["now"] == NOON + 30 * HOUR


@pytest.mark.parametrize("body", [{"set": iso(NOON - 1)}, {"advance_seconds": -1}, {}, []])
def test_the_clock_refuses_to_move_back_or_nowhere(v: Vendors, body: Any) -> None:
    assert v.control.post("/clock", json=body).status_code == 400
    assert v.clock.now() == NOON


def test_requests_are_counted_by_endpoint_and_status(v: Vendors) -> None:
    v.zendesk.get(GROUPS)
    v.zendesk.get(GROUPS)
    v.anonymous.get(f"/zendesk{GROUPS}")
    counted = get(v.control, "/requests")
    assert counted["total"] == 3
    assert counted["endpoints"] == [
        {
            "vendor": "zendesk",
            "method": "GET",
            "path": GROUPS,
            "count": 3,
            "statuses": {"200": 2, "401": 1},
        }
    ]
    assert v.control.delete("/requests").json()["total"] == 0


@pytest.mark.parametrize(
    ("kind", "status"),
    [("status_429", 429), ("status_500", 500), ("status_502", 502), ("status_503", 503),
     ("revoke", 401)],
)  # fmt: skip
def test_a_status_fault_strikes_as_often_as_ordered(v: Vendors, kind: str, status: int) -> None:
    order(v, kind=kind, path_contains="groups", times=2, retry_after=7)
    assert v.zendesk.get(RATINGS).status_code == 200  # another path
    struck = [v.zendesk.get(GROUPS) for _ in range(3)]
    assert [answer.status_code for answer in struck] == [status, status, 200]
    if status in {429, 503}:
        assert struck[0].headers["Retry-After"] == "7"


def test_a_fault_can_wait_for_a_later_page(v: Vendors) -> None:
    order(v, kind="status_500", skip=1)
    assert [v.zendesk.get(GROUPS).status_code for _ in range(3)] == [200, 500, 200]


def test_a_standing_fault_strikes_until_it_is_taken_away(v: Vendors) -> None:
    order(v, kind="status_503", times=-1)
    assert {v.zendesk.get(GROUPS).status_code for _ in range(4)} == {503}
    assert len(get(v.control, "/faults")) == 1
    assert v.control.delete("/faults").json() == []
    assert v.zendesk.get(GROUPS).status_code == 200


def test_a_dropped_connection_breaks_off_in_the_body(v: Vendors) -> None:
    order(v, kind="drop")
    with pytest.raises(httpx.RemoteProtocolError):
        v.zendesk.get(GROUPS)
    assert v.zendesk.get(GROUPS).status_code == 200


def test_a_timeout_hangs_longer_than_the_client_waits(v: Vendors) -> None:
    order(v, kind="timeout", retry_after=2)
    with pytest.raises(httpx.ReadTimeout):
        v.zendesk.get(GROUPS, timeout=0.2)
    assert v.zendesk.get(GROUPS).status_code == 200


def test_a_truncated_page_is_not_json(v: Vendors) -> None:
    order(v, kind="truncate")
    answer = v.zendesk.get(GROUPS)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        answer.json()


def test_a_duplicated_page_repeats_the_one_before_and_loses_nothing(v: Vendors) -> None:
    def walk() -> list[int]:
        page = get(v.zendesk, "/api/v2/incremental/tickets/cursor.json", start_time=0, per_page=99)
        ids = [row["id"] for row in page["tickets"]]
        while not page["end_of_stream"]:
            page = v.zendesk.get(page["after_url"], params={
                "cursor": page["after_cursor"], "per_page": 99}).json()  # fmt: skip
            ids += [row["id"] for row in page["tickets"]]
        return ids

    whole = walk()
    order(v, kind="duplicate_page", path_contains="tickets", skip=1)
    again = walk()
    assert len(again) == len(whole) + 99
    assert set(again) == set(whole)


def test_schema_faults_change_every_record_of_a_page(v: Vendors) -> None:
    order(v, kind="schema_new_column", column="colour")
    order(v, kind="schema_type_change", column="name")
    order(v, kind="schema_missing_column", column="name")
    new, changed, missing, good = (get(v.zendesk, GROUPS)["groups"] for _ in range(4))
    assert all(row["colour"] == "new" for row in new)
    assert all(isinstance(row["name"], dict) for row in changed)
    assert all("name" not in row for row in missing)
    assert all(isinstance(row["name"], str) and "colour" not in row for row in good)


@pytest.mark.parametrize(
    "fault", [{"vendor": "zendesk", "kind": "flood"}, {"kind": "drop"}, {"vendor": "zendesk",
              "kind": "drop", "when": 1}]
)  # fmt: skip
def test_an_order_that_makes_no_sense_is_refused(v: Vendors, fault: dict[str, Any]) -> None:
    assert v.control.post("/faults", json=fault).status_code == 400


@pytest.mark.anyio
async def test_another_machine_may_not_touch_the_controls() -> None:
    app = LoopbackOnly(json_response({"in": True}))
    for client, status in ((("127.0.0.1", 1), 200), (("192.0.2.7", 1), 403)):
        transport = httpx.ASGITransport(app, client=client)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as reached:
            assert (await reached.get("/clock")).status_code == status


def test_the_environment_names_every_vendor_and_the_pseudonym_key(v: Vendors) -> None:
    env = v.server.env()
    assert {name.split("__")[1] for name in env if name.startswith("SOURCES__")} == {
        "ZENDESK",
        "TWILIO",
        "HUBSPOT",
        "TYPEFORM",
        "INTERCOM",
        "GENESYS",
        "MASTODON",
    }
    assert len(env["KONTAKTI_PSEUDONYM_KEY"]) >= 16
    assert env["SOURCES__HUBSPOT__START_DATE"] < env["SOURCES__TWILIO__START_DATE"]
