"""Intercom: who was merged into whom."""

from __future__ import annotations

import httpx

from ingestion.pipelines import land
from sandbox.server import SandboxServer
from tests.ingestion.vendor_support import Lake


def test_a_merged_lead_lands_as_merged_into_the_user_that_is_kept(
    vendors: SandboxServer, lake: Lake
) -> None:
    land("intercom", tables=["contacts"])
    before = lake.newest("intercom", "contacts", "id", "updated_at")
    (kept, *_), (gone, last, *_) = (
        [row["id"] for row in before.values() if row["role"] == role] for role in ("user", "lead")
    )
    for lead in (gone, last):
        vendors.clock.advance(60)
        order = {"vendor": "intercom", "kind": "contacts", "into": kept, "from": lead}
        assert httpx.post(f"{vendors.base_url}/_control/merges", json=order).is_success
    vendors.clock.advance(60)
    assert land("intercom", tables=["contacts"]).rows["contacts"] == 3
    after = lake.newest("intercom", "contacts", "id", "updated_at")
    merged = {lead: (row["merged_into"], row["email_key"]) for lead, row in after.items()
              if row["merged_into"]}  # fmt: skip
    assert merged == {gone: (kept, None), last: (kept, None)}
    assert after[kept]["email_key"] == before[kept]["email_key"]
    assert after[gone]["updated_at"] < after[last]["updated_at"] <= after[kept]["updated_at"]
    assert land("intercom", tables=["contacts"]).total_rows == 0
