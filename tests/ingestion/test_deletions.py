"""What a vendor deletes reaches the lake as the vendor tells it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.pipelines import declared_tables, land
from sandbox.clock import FrozenClock
from sandbox.server import SandboxServer
from sandbox.vendors.genesys_records import agent_id
from sandbox.world.records import World
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


def test_who_has_left_is_not_in_the_next_list_of_staff(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    leaver = next(a for a in world.agents if a.hired_at <= UNTIL and not a.later_spells)
    lists = {("twilio", "workers"): leaver.worker_sid, ("genesys", "users"): agent_id(leaver)}
    for vendor, table in lists:
        land(vendor, tables=[table])
    with pytest.MonkeyPatch.context() as change:
        change.setattr(leaver, "left_at", UNTIL + 60)
        vendors.clock.advance(120)
        for vendor, table in lists:
            land(vendor, tables=[table])
    for (vendor, table), gone in lists.items():
        (key, *_) = declared_tables(vendor)[table].key
        rows = lake.rows(vendor, table)
        first, last = (
            {row[key] for row in rows if row["_dlt_load_id"] == load}
            for load in sorted({row["_dlt_load_id"] for row in rows})
        )
        assert first - last == {gone}
