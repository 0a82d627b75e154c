"""Twilio: every event once, and every call in its last state."""

from __future__ import annotations

import pytest

from ingestion.errors import UnexpectedResponse, VendorFailed
from ingestion.pipelines import land
from ingestion.privacy import Pseudonymiser, phone_key
from ingestion.sources import twilio
from sandbox.server import SandboxServer
from sandbox.vendors.faults import ALWAYS, Fault
from sandbox.vendors.twilio_events import TaskRouterRecords
from sandbox.vendors.twilio_records import OWN_NUMBER, TwilioSnapshots
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, moment


def _events_until(world: World, now: int) -> set[str]:
    records = TaskRouterRecords(world)
    return {records.event_json(e)["sid"] for e in records.events() if e.at <= now}


def _calls_until(world: World, now: int) -> dict[str, str]:
    snapshots = TwilioSnapshots(TaskRouterRecords(world))
    shown = [snapshots.call(index, now) for start, index in snapshots.calls if start <= now]
    return {call["sid"]: call["status"] for call in shown}


def test_every_event_lands_once(world: World, vendors: SandboxServer, lake: Lake) -> None:
    land("twilio", tables=["events"])
    sids = [row["sid"] for row in lake.rows("twilio", "events")]
    assert set(sids) == _events_until(world, UNTIL)
    assert len(sids) == len(set(sids))


def test_events_that_do_not_page_are_read_in_smaller_stretches(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "PAGE", 60)
    vendors.faults.order(Fault("twilio", "unlinked_page", "Events", times=ALWAYS))
    land("twilio", tables=["events"])
    sids = [row["sid"] for row in lake.rows("twilio", "events")]
    assert set(sids) == _events_until(world, UNTIL)
    assert len(sids) == len(set(sids))


def test_more_events_of_a_second_than_an_answer_shows_are_said(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "PAGE", 1)
    vendors.faults.order(Fault("twilio", "unlinked_page", "Events", times=ALWAYS))
    with pytest.raises(UnexpectedResponse, match="events or more of one second"):
        land("twilio", tables=["events"])


def test_an_event_carries_the_tasks_attributes_as_columns(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("twilio", tables=["events"])
    records = TaskRouterRecords(world)
    landed = {row["sid"]: row for row in lake.rows("twilio", "events")}
    contact = next(
        c
        for c in records.contacts
        if c.channel == "voice"
        and c.is_identified
        and c.reason_code
        and c.legs[-1].wrapped_at
        and c.legs[-1].wrapped_at < UNTIL
        and c.resolved is not None
    )
    last = [row for row in landed.values() if row["task_sid"] == contact.task_sid]
    done = next(row for row in last if row["event_type"] == "task.completed")
    customer = records.customers[contact.customer_no]
    assert done["from_key"] == phone_key(customer.phone)
    assert done["reason_code"] == contact.reason_code
    assert done["outcome"] == ("resolved" if contact.resolved else "unresolved")
    assert done["call_sid"] == contact.call_sid
    assert done["ivr_seconds"] == contact.pre_queue_seconds
    assert done["product_id"] in {"internet", "electricity"}
    assert {row["purpose"] for row in landed.values()} == {None, "test", "internal"}
    assert done["occurred_at"] == moment(contact.legs[-1].wrapped_at or 0)
    wrapup = next(row for row in last if row["event_type"] == "reservation.wrapup")
    assert wrapup["hold_seconds"] is not None


def test_a_second_landing_of_the_same_state_lands_no_fact(vendors: SandboxServer) -> None:
    assert land("twilio").total_rows > 0
    assert land("twilio").total_rows == 0


def test_a_running_call_is_read_again_until_it_is_over(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    calls = TwilioSnapshots(TaskRouterRecords(world)).calls
    start, end = next(
        (start, end)
        for start, index in calls
        if start > UNTIL
        and (end := world.contacts[index].ended_at) is not None
        and end - start > 500
    )
    # The second run still finds it running, and moves on so far that the overlap of the third
    # begins after the call did.
    for at in (start + 1, start + 450, end + 600):
        vendors.clock.advance(at - vendors.clock.now())
        land("twilio", tables=["calls"])
    newest: dict[str, str] = {}
    for row in lake.rows("twilio", "calls"):  # files come oldest load first
        newest[row["sid"]] = row["status"]
    assert newest == _calls_until(world, vendors.clock.now())


def test_events_of_later_days_land_in_later_runs_and_none_twice(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    for _ in range(3):
        land("twilio", tables=["events"])
        vendors.clock.advance(30_000)
    land("twilio", tables=["events"])
    sids = [row["sid"] for row in lake.rows("twilio", "events")]
    assert set(sids) == _events_until(world, vendors.clock.now())
    assert len(sids) == len(set(sids))


def test_a_break_in_the_middle_of_a_day_loses_nothing(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(twilio, "PAGE", 100)
    vendors.faults.order(Fault("twilio", "status_500", "/Events", times=ALWAYS, skip=9))
    with pytest.raises(VendorFailed):
        land("twilio", tables=["events"])
    before = {row["sid"] for row in lake.rows("twilio", "events")}
    assert 0 < len(before) < len(_events_until(world, UNTIL))
    vendors.faults.clear()
    land("twilio", tables=["events"])
    assert {row["sid"] for row in lake.rows("twilio", "events")} == _events_until(world, UNTIL)


def test_the_customers_number_is_hidden_in_calls_of_both_directions(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("twilio", tables=["calls"])
    rows = lake.rows("twilio", "calls")
    inbound = [row for row in rows if row["direction"] == "inbound"]
    outbound = [row for row in rows if row["direction"] != "inbound"]
    assert inbound
    assert outbound
    assert {row["to_number"] for row in inbound} == {OWN_NUMBER}
    assert {row["to_number"] for row in outbound} == {None}
    known = {phone_key(customer.phone) for customer in world.customers}
    assert {row["from_key"] for row in rows} <= known | {None}
    assert any(row["from_key"] is None for row in inbound)  # withheld numbers


def test_a_list_of_workers_lands_again_only_when_it_changed(
    vendors: SandboxServer, lake: Lake
) -> None:
    land("twilio", tables=["workers"])
    land("twilio", tables=["workers"])
    assert len(lake.files("twilio", "workers")) == 1
    vendors.clock.advance(14 * 3600)  # the next morning: other activities
    land("twilio", tables=["workers"])
    assert len(lake.files("twilio", "workers")) == 2


def test_attributes_that_are_no_json_object_count_as_empty() -> None:
    people = Pseudonymiser("a key of enough length")
    assert twilio._attributes(people, "not json")["from_key"] is None
    assert twilio._attributes(people, "[1]")["outcome"] is None
    assert twilio._attributes(people, None)["reason_code"] is None
