"""HubSpot: all customers land, however many change at once, and come again when they change."""

from __future__ import annotations

import httpx
import pytest

from ingestion.home_search import find
from ingestion.pipelines import land
from ingestion.privacy import email_key, phone_key
from ingestion.sources import hubspot
from sandbox.server import SandboxServer
from sandbox.vendors.faults import Fault
from sandbox.vendors.hubspot_records import HubSpotRecords
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, moment


def _contacts_until(world: World, now: int) -> dict[int, int]:
    """Contact id to the time of its newest version."""
    kind = HubSpotRecords(world).types["contacts"]
    return {kind.ids[number]: at for at, number in kind.versions.current(now)}


def test_every_contact_lands_with_its_properties(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("hubspot", tables=["contacts"])
    landed = {row["id"]: row for row in lake.rows("hubspot", "contacts")}
    shown = _contacts_until(world, UNTIL)
    assert {row["id"]: row["updated_at"] for row in landed.values()} == {
        contact: moment(at) for contact, at in shown.items()
    }
    for customer in world.customers:
        if customer.hubspot_id in landed:
            row = landed[customer.hubspot_id]
            assert row["email_key"] == email_key(customer.email)
            assert row["phone_key"] == phone_key(customer.phone)
            assert row["segment"] == customer.segment
            assert row["monthly_revenue"] == pytest.approx(customer.monthly_revenue)
            assert row["acquired_at"] == moment(customer.acquired_at)


def test_more_records_than_a_search_shows_are_read_in_smaller_stretches(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot, "SEARCH_CAP", 150)
    land("hubspot", tables=["contacts"])
    ids = [row["id"] for row in lake.rows("hubspot", "contacts")]
    assert sorted(ids) == sorted(_contacts_until(world, UNTIL))


def test_a_second_landing_of_the_same_state_lands_no_fact(vendors: SandboxServer) -> None:
    assert land("hubspot").total_rows > 0
    assert land("hubspot").total_rows == 0


def test_a_changed_customer_lands_again(world: World, vendors: SandboxServer, lake: Lake) -> None:
    land("hubspot")
    vendors.clock.advance(2 * 86_400 - 60)
    report = land("hubspot")
    now = vendors.clock.now()
    newest = lake.newest("hubspot", "contacts", "id", "updated_at")
    assert {i: row["updated_at"] for i, row in newest.items()} == {
        i: moment(at) for i, at in _contacts_until(world, now).items()
    }
    assert report.rows.get("contacts", 0) < len(newest)


def test_a_429_without_retry_after_backs_off_and_goes_on(
    vendors: SandboxServer, pauses: list[float]
) -> None:
    vendors.faults.order(Fault("hubspot", "status_429", "/search", times=2))
    assert land("hubspot", tables=["contacts"]).rows["contacts"] > 0
    assert len(pauses) == 2


def test_an_archived_record_lands_as_archived(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("hubspot", tables=["companies"])
    gone = lake.rows("hubspot", "companies")[0]["id"]
    archived = {
        "id": str(gone),
        "properties": {"name": None, "industry": None},
        "createdAt": "2020-01-01T00:00:00.000Z",
        "updatedAt": "2026-04-15T12:00:00.000Z",
        "archivedAt": "2026-04-15T12:00:00.000Z",
        "archived": True,
    }
    plain = hubspot.VendorClient.pages

    def pages(self: hubspot.VendorClient, path: str, **options: object) -> object:
        is_archive = dict(options.get("params") or {}).get("archived") == "true"  # type: ignore[call-overload]
        for page in plain(self, path, **options):  # type: ignore[arg-type]
            if is_archive:
                page.append(archived)
            yield page

    monkeypatch.setattr(hubspot.VendorClient, "pages", pages)
    land("hubspot", tables=["companies"])
    land("hubspot", tables=["companies"])
    rows = [row for row in lake.rows("hubspot", "companies") if row["id"] == gone]
    assert [row["archived"] for row in rows] == [False, True]


def test_a_merged_record_lands_as_merged_into_the_one_that_is_kept(
    vendors: SandboxServer, lake: Lake
) -> None:
    table = "companies"  # contacts, deals and tickets are read the same way
    land("hubspot", tables=[table])
    first, second, third, *_ = sorted(row["id"] for row in lake.rows("hubspot", table))
    kept = _merge(vendors, table, first, second)
    vendors.clock.advance(60)
    last = _merge(vendors, table, kept, third)
    assert land("hubspot", tables=[table]).rows[table] == 5, "the kept record and all it stands for"
    newest = lake.newest("hubspot", table, "id", "updated_at")
    told = {i: (row["archived"], row["merged_into"]) for i, row in newest.items()}
    assert {i: told[i] for i in (first, second, third, kept)} == dict.fromkeys(
        (first, second, third, kept), (True, last)
    )
    assert told[last] == (False, None)
    assert sum(into is not None for _, into in told.values()) == 4
    assert land("hubspot", tables=[table]).total_rows == 0


def _merge(vendors: SandboxServer, table: str, into: int, other: int) -> int:
    order = {"vendor": "hubspot", "kind": table, "into": into, "from": other}
    answer = httpx.post(f"{vendors.base_url}/_control/merges", json=order)
    return int(answer.json()["id"])


def test_a_property_that_is_made_changed_or_removed_is_told_and_a_new_one_lands(
    vendors: SandboxServer, lake: Lake
) -> None:
    def drift(**definition: str) -> list[str]:
        order = {"kind": "contacts", "name": "vat_person"} | definition
        assert httpx.post(f"{vendors.base_url}/_control/properties", json=order).is_success
        return [str(change) for change in land("hubspot", tables=["contacts"]).drift]

    assert land("hubspot", tables=["contacts"]).drift == ()
    made = drift(type="string", value="Aino Uusi")
    assert made == ["contacts.properties.vat_person appeared (string)"], "before any record has it"
    vendors.clock.advance(2 * 86_400)
    (lands,) = land("hubspot", tables=["contacts"]).drift
    assert lands.lands_as == "undeclared_properties_vat_person_key"
    values = lake.sql(
        "select distinct undeclared_properties_vat_person_key from"
        " read_parquet('{lake}/hubspot/contacts/*/*.parquet', union_by_name = true)"
    )
    assert len(values) == 2, "the old rows have none"
    assert not find(lake.home, ["Aino Uusi"])
    assert drift(type="number", value="3") == [
        "contacts.properties.vat_person changed (string to number)"
    ]
    assert drift() == ["contacts.properties.vat_person vanished (number)"]
