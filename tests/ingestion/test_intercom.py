"""Intercom: what a merge of contacts does, of which the vendor says nothing."""

from __future__ import annotations

import httpx

from ingestion.pipelines import land
from sandbox.server import SandboxServer
from tests.ingestion.vendor_support import Lake


def test_conversations_of_a_merged_contact_are_the_others_within_a_day(
    vendors: SandboxServer, lake: Lake
) -> None:
    land("intercom", tables=["conversations"])
    before = lake.newest("intercom", "conversations", "id", "updated_at")
    kept, gone, *_ = sorted({row["contact_id"] for row in before.values()})
    order = {"vendor": "intercom", "kind": "contacts", "into": kept, "from": gone}
    assert httpx.post(f"{vendors.base_url}/_control/merges", json=order).is_success
    vendors.clock.advance(86_400)
    land("intercom", tables=["conversations"])
    after = lake.newest("intercom", "conversations", "id", "updated_at")
    moved = {name for name, row in before.items() if row["contact_id"] == gone}
    assert moved
    assert {after[name]["contact_id"] for name in moved} == {kept}
    assert all(after[name]["updated_at"] >= before[name]["updated_at"] for name in moved)
    others = before.keys() - moved
    assert {n: after[n]["contact_id"] for n in others} == {
        n: before[n]["contact_id"] for n in others
    }
    rows = land("intercom", tables=["conversations"]).rows.get("conversations", 0)
    assert rows == 0, "once a day"
