"""Mastodon: every mention and answer once, late ones too, and nobody's handle."""

from __future__ import annotations

import pytest

from ingestion.pipelines import land
from ingestion.privacy import person_key
from ingestion.sources import mastodon
from sandbox.server import SandboxServer
from sandbox.vendors.faults import ALWAYS, Fault
from sandbox.world.public_posts import public_posts
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake


def test_later_runs_bring_what_is_new_and_nothing_twice(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastodon, "LISTED_PAGE", 3)
    monkeypatch.setattr(mastodon, "NOTIFIED_PAGE", 3)
    land("mastodon")
    vendors.clock.advance(2 * 86_400)
    land("mastodon")
    said = [post for post in public_posts(world) if post.at <= UNTIL + 2 * 86_400]
    rows = {table: lake.rows("mastodon", table) for table in ("mentions", "statuses", "tagged")}
    found = {
        "mentions": sorted(row["status_id"] for row in rows["mentions"]),
        "statuses": sorted(row["id"] for row in rows["statuses"]),
        "tagged": sorted(row["id"] for row in rows["tagged"]),
    }
    assert found == {
        "mentions": [post.post_id for post in said if post.mentions_company],
        "statuses": [post.post_id for post in said if post.customer_no is None],
        "tagged": [post.post_id for post in said if post.is_tagged],
    }
    assert {row["tag"] for row in rows["tagged"]} == {"kontakti"}


def test_a_status_that_another_server_sends_late_lands_with_the_next_run(
    vendors: SandboxServer, lake: Lake
) -> None:
    vendors.faults.order(Fault("mastodon", "late_record", "/statuses", times=ALWAYS))
    land("mastodon", tables=["statuses"])
    before = {row["id"] for row in lake.rows("mastodon", "statuses")}
    vendors.faults.clear()
    land("mastodon", tables=["statuses"])
    rows = [row["id"] for row in lake.rows("mastodon", "statuses")]
    assert before < set(rows)
    assert len(rows) == len(set(rows))


def test_who_wrote_is_a_pseudonym_of_the_handle(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("mastodon", tables=["mentions"])
    post = next(post for post in public_posts(world) if post.mentions_company)
    customer = next(c for c in world.customers if c.customer_no == post.customer_no)
    handle = f"{customer.email.partition('@')[0]}@elsewhere.example"
    (row,) = (r for r in lake.rows("mastodon", "mentions") if r["status_id"] == post.post_id)
    assert row["account_key"] == person_key(handle)
