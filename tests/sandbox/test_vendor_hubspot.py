"""The emulated HubSpot: search, list, owners, the 10,000 cap, limits and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.vendors.wire import iso
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, get, vendors

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def search(v: Vendors, kind: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    after = "0"
    while True:
        answer = v.hubspot.post(f"/crm/v3/objects/{kind}/search", json=query | {"after": after})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += page["results"]
        if "paging" not in page:
            assert page["total"] == len(rows)
            return rows
        after = page["paging"]["next"]["after"]


def test_a_wrong_token_is_invalid_authentication(v: Vendors) -> None:
    answer = v.anonymous.get(f"/hubspot{CONTACTS}", headers={"Authorization": "Bearer no"})
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_search_pages_cover_every_known_contact_of_the_clock(v: Vendors) -> None:
    rows = search(v, "contacts", limit=200)
    wanted = {
        str(customer.hubspot_id)
        for customer in v.world.customers
        if customer.hubspot_id is not None and customer.acquired_at <= NOON
    }
    assert len(wanted) > 200
    assert sorted(row["id"] for row in rows) == sorted(wanted)


def test_the_list_pages_cover_the_same_as_the_search(v: Vendors) -> None:
    page = get(v.hubspot, CONTACTS, limit=100, properties="email")
    rows = list(page["results"])
    while "paging" in page:
        page = v.hubspot.get(page["paging"]["next"]["link"]).json()
        rows += page["results"]
    found = search(v, "contacts", limit=200)
    assert [row["id"] for row in rows] == [row["id"] for row in found]


def test_only_the_properties_asked_for_are_sent(v: Vendors) -> None:
    row = search(v, "contacts", limit=200, properties=["customer_segment"])[0]
    always = {"hs_object_id", "createdate", "lastmodifieddate"}
    assert set(row["properties"]) == {"customer_segment"} | always


def test_a_search_for_changes_finds_exactly_the_new_and_the_churned(v: Vendors) -> None:
    since, until = NOON, NOON + 40 * HOUR
    v.clock.advance(until - since)
    between = {
        "propertyName": "lastmodifieddate",
        "operator": "BETWEEN",
        "value": str((since + 1) * 1000),
        "highValue": iso(until),
    }
    rows = search(v, "contacts", limit=10, filterGroups=[{"filters": [between]}])
    wanted = {
        str(customer.hubspot_id)
        for customer in v.world.customers
        if customer.hubspot_id is not None
        and (
            since < customer.acquired_at <= until
            or (customer.churned_at is not None and since < customer.churned_at <= until)
        )
    }
    assert sorted(row["id"] for row in rows) == sorted(wanted)


def test_a_half_open_window_of_deals_holds_each_deal_once(v: Vendors) -> None:
    # The border is one deal's own time: it belongs to the later half only.
    name = "hs_lastmodifieddate"
    middle = [order.ordered_at for order in v.world.orders if order.ordered_at <= NOON][-3]
    early = [{"propertyName": name, "operator": "LT", "value": str(middle * 1000)}]
    late = [{"propertyName": name, "operator": "GTE", "value": str(middle * 1000)}]
    sorts = [{"propertyName": name, "direction": "ASCENDING"}]
    halves = [
        search(v, "deals", limit=200, filterGroups=[{"filters": half}], sorts=sorts)
        for half in (early, late)
    ]
    stamps = [row["updatedAt"] for row in halves[1]]
    assert stamps == sorted(stamps)
    known = {c.customer_no for c in v.world.customers if c.hubspot_id is not None}
    wanted = [o for o in v.world.orders if o.ordered_at <= NOON and o.customer_no in known]
    assert wanted
    assert sorted(row["id"] for half in halves for row in half) == sorted(
        str(order.hubspot_id) for order in wanted
    )


def test_paging_beyond_ten_thousand_results_is_refused(v: Vendors) -> None:
    answer = v.hubspot.post(f"{CONTACTS}/search", json={"limit": 200, "after": "9900"})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_more_than_200_a_page_is_refused(v: Vendors) -> None:
    answer = v.hubspot.post(f"{CONTACTS}/search", json={"limit": 201})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


def test_owners_are_the_agents_employed_and_the_archived_ones_have_left(v: Vendors) -> None:
    for archived in (False, True):
        rows = get(v.hubspot, "/crm/v3/owners", archived=str(archived).lower())["results"]
        wanted = {
            str(agent.hubspot_owner_id)
            for agent in v.world.agents
            if agent.hired_at <= NOON and agent.has_left_by(NOON) == archived
        }
        assert {row["id"] for row in rows} == wanted


def test_the_fifth_search_in_a_second_names_the_policy_it_broke() -> None:
    with vendors("vendor") as v:
        codes = [v.hubspot.post(f"{CONTACTS}/search", json={}).status_code for _ in range(5)]
        assert codes == [200] * 4 + [429]
        body = v.hubspot.post(f"{CONTACTS}/search", json={}).json()
        assert (body["errorType"], body["policyName"]) == ("RATE_LIMIT", "SECONDLY")
        v.wall.seconds += 1
        assert v.hubspot.post(f"{CONTACTS}/search", json={}).status_code == 200


def test_lists_tell_the_limit_and_what_is_left() -> None:
    with vendors("vendor") as v:
        told = v.hubspot.get("/crm/v3/owners").headers
        assert told["X-HubSpot-RateLimit-Max"] == "190"
        assert told["X-HubSpot-RateLimit-Remaining"] == "189"
        for _ in range(189):
            v.hubspot.get("/crm/v3/owners?limit=1")
        refused = v.hubspot.get("/crm/v3/owners")
        assert refused.status_code == 429
        assert refused.json()["policyName"] == "TEN_SECONDLY_ROLLING"
        assert refused.headers["X-HubSpot-RateLimit-Interval-Milliseconds"] == "10000"


def test_a_ticket_has_its_customer_and_is_closed_when_it_is_solved(v: Vendors) -> None:
    wanted = ["contact_id", "hs_pipeline_stage", "closed_date", "hubspot_owner_id"]
    rows = {row["id"]: row["properties"] for row in search(v, "tickets", properties=wanted)}
    known = {c.customer_no: c for c in v.world.customers if c.hubspot_id is not None}
    cases = {
        str(case.ticket_id + 700_000_000): case
        for case in v.world.cases
        if case.via_channel == "email" and case.created_at <= NOON and case.customer_no in known
    }
    assert rows.keys() == cases.keys()
    for name, case in cases.items():
        assert rows[name]["contact_id"] == str(known[case.customer_no].hubspot_id)
        states = [e.value for e in case.events if e.field == "status" and e.at <= NOON]
        is_closed = states[-1] in {"solved", "closed"}
        assert (rows[name]["closed_date"] is not None) == is_closed
    assert any(row["hubspot_owner_id"] for row in rows.values())
