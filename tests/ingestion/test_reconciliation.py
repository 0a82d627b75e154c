"""Landed equals served: counted by table and day, and a lost file is told."""

from __future__ import annotations

import pyarrow.parquet as pq

from ingestion.pipelines import declared_tables, land
from ingestion.reconciliation import UNDATED, Difference, differences
from sandbox.server import SandboxServer
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, cases_shown, moment


def test_every_row_served_has_landed_by_day_and_a_lost_one_is_told(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    report = land("zendesk", tables=["tickets", "groups"])
    tables = declared_tables("zendesk")
    assert differences(report, tables) == []
    shown = cases_shown(world, UNTIL)
    days = [str(moment(c.created_at).date()) for c in world.cases if c.ticket_id in shown]
    assert report.served["tickets"] == {day: days.count(day) for day in set(days)}
    assert set(report.served["groups"]) == {UNDATED}

    (file,) = lake.files("zendesk", "tickets")
    rows = pq.read_table(file)
    pq.write_table(rows.slice(1), file)  # one record is lost
    day = str(rows["created_at"][0].as_py().date())
    assert differences(report, tables) == [
        Difference("tickets", day, days.count(day), days.count(day) - 1)
    ]
    file.unlink()
    told = differences(report, tables)
    assert (sum(d.served for d in told), {d.landed for d in told}) == (len(days), {0})
