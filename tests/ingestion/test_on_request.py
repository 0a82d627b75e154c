"""What lands where somebody asks for it: what is special about each of these tables."""

from __future__ import annotations

from ingestion.pipelines import land
from ingestion.privacy import phone_key
from sandbox.server import SandboxServer
from sandbox.vendors.faults import Fault
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, moment


def _to_a_conversation(world: World, vendors: SandboxServer) -> None:
    """Move the clock into a call that is being talked."""
    calls = (c.answered_at for c in world.contacts if c.channel == "voice" and c.task_sid)
    answered_at = next(at for at in calls if at is not None and at > UNTIL)
    vendors.clock.advance(answered_at + 1 - UNTIL)


def test_reservations_of_live_tasks_land_and_a_task_that_ends_meanwhile_is_left_out(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    _to_a_conversation(world, vendors)
    land("twilio", tables=["tasks", "reservations"])
    tasks = {row["sid"] for row in lake.rows("twilio", "tasks")}
    rows = lake.rows("twilio", "reservations")
    assert {row["task_sid"] for row in rows} <= tasks
    assert {"accepted", "wrapping"} & {row["reservation_status"] for row in rows}

    vendors.faults.order(Fault("twilio", "clock_moves", "Reservations", retry_after=6 * 3600))
    land("twilio", tables=["reservations"])
    assert "404" in str(vendors.requests.as_json())


def test_a_call_lands_again_when_it_has_ended_and_its_caller_is_a_pseudonym(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    _to_a_conversation(world, vendors)
    land("intercom", tables=["calls"])
    first = lake.rows("intercom", "calls")
    running = {row["id"] for row in first if row["state"] == "in_progress"}
    assert running
    now = vendors.clock.now()
    assert {row["initiated_at"] for row in first} == {
        moment(c.arrived_at)
        for c in world.contacts
        if c.channel == "voice" and c.call_sid and c.arrived_at <= now
    }
    vendors.clock.advance(3600)
    land("intercom", tables=["calls"])
    newest = lake.newest("intercom", "calls", "id", "updated_at")
    assert {newest[call]["state"] for call in running} == {"completed"}
    again = [row["id"] for row in lake.rows("intercom", "calls")[len(first) :]]
    assert set(again) & {row["id"] for row in first} == running, "what had ended lands once"
    phones = {phone_key(customer.phone) for customer in world.customers}
    assert {row["phone_key"] for row in newest.values()} - {None} <= phones
    assert moment(UNTIL) < max(row["updated_at"] for row in newest.values())
