"""What a vendor deletes reaches the lake as the vendor tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.pipelines import land
from sandbox.clock import FrozenClock
from sandbox.server import SandboxServer
from sandbox.vendors.genesys_records import agent_id
from sandbox.world.records import Agent, World
from tests.ingestion.vendor_support import HOLD_BACK, UNTIL, Lake


def test_a_deleted_ticket_lands_as_deleted(
    world: World, home: Path, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = next(c for c in world.cases if c.created_at < UNTIL - HOLD_BACK and c.merged_at is None)
    monkeypatch.setattr(case, "deleted_at", UNTIL + 60)
    with SandboxServer(world, FrozenClock(UNTIL)) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        land("zendesk", tables=["tickets"])
        server.clock.advance(60 + HOLD_BACK)
        land("zendesk", tables=["tickets"])
    newest = lake.newest("zendesk", "tickets", "id", "generated_at")
    gone = {name for name, row in newest.items() if row["status"] == "deleted"}
    assert gone == {case.ticket_id}


def test_a_worker_who_has_left_is_not_in_the_next_list(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    assert _left("twilio", "workers", "sid", world, vendors, lake) == {_leaver(world).worker_sid}


def test_staff_who_have_left_are_not_in_the_next_list(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    assert _left("genesys", "users", "id", world, vendors, lake) == {agent_id(_leaver(world))}


def _leaver(world: World) -> Agent:
    return next(a for a in world.agents if a.hired_at <= UNTIL and not a.later_spells)


def _left(
    vendor: str, table: str, key: str, world: World, vendors: SandboxServer, lake: Lake
) -> set[str]:
    """Who was in the first list and is not in the second, after somebody has left in between."""
    land(vendor, tables=[table])
    with pytest.MonkeyPatch.context() as change:
        change.setattr(_leaver(world), "left_at", UNTIL + 60)
        vendors.clock.advance(120)
        land(vendor, tables=[table])
    rows = lake.rows(vendor, table)
    first, last = (
        {row[key] for row in rows if row["_dlt_load_id"] == load}
        for load in sorted({row["_dlt_load_id"] for row in rows})
    )
    return first - last
