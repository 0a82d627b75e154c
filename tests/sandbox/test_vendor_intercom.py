"""The emulated Intercom: the vendor's schemas, closed searches, pages, limits, and the tickets."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.vendors.faults import Fault
from sandbox.vendors.intercom import SOURCE_TYPES
from tests.sandbox.vendor_schemas import definition_of
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, get, vendors

SPEC = "intercom_2.15.yaml"


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def search(v: Vendors, name: str = "conversations", **body: Any) -> dict[str, Any]:
    answer = v.intercom.post(f"/{name}/search", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def walk(v: Vendors, size: int, **body: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    paging: dict[str, Any] = {"per_page": size}
    while True:
        page = search(v, pagination=paging, **body)
        rows += page["conversations"]
        if "next" not in page["pages"]:
            return rows
        paging = {"per_page": size, "starting_after": page["pages"]["next"]["starting_after"]}


def test_a_wrong_token_is_unauthorized(v: Vendors) -> None:
    answer = v.anonymous.get("/intercom/me", headers={"Authorization": "Bearer wrong"})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "unauthorized")


def test_every_written_contact_is_one_conversation_that_names_its_ticket(v: Vendors) -> None:
    tickets = {
        str(case.ticket_id)
        for case in v.world.cases
        if case.via_channel in SOURCE_TYPES and case.created_at <= NOON
    }
    rows = walk(v, 7)
    named = [row["custom_attributes"]["zendesk_ticket_id"] for row in rows]
    assert set(named) == tickets
    assert len(named) == len(tickets)


def test_a_search_is_open_at_both_ends_of_its_window(v: Vendors) -> None:
    middle = walk(v, 50)[20]["updated_at"]
    low, high = ({"field": "updated_at", "operator": o, "value": middle} for o in (">", "<"))
    above, below = walk(v, 50, query=low), walk(v, 50, query=high)
    assert min(row["updated_at"] for row in above) > middle
    assert max(row["updated_at"] for row in below) < middle
    assert len(above) + len(below) < len(walk(v, 50))


def test_what_happens_later_is_not_told_yet(v: Vendors) -> None:
    before = {row["id"]: row for row in walk(v, 150)}
    v.clock.advance(HOUR)
    changed = [row for row in walk(v, 150) if row != before.get(row["id"])]
    assert changed
    assert all(NOON < row["updated_at"] <= NOON + HOUR for row in changed)


def test_a_limit_that_is_used_up_names_the_second_it_ends(v: Vendors) -> None:
    v.server.faults.order(Fault("intercom", "status_429", retry_after=9.0))
    answer = v.intercom.get("/me")
    assert answer.status_code == 429
    assert 5 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 9


@pytest.mark.parametrize(
    ("schema", "name", "member"),
    [
        ("conversation_list", "conversations", "conversations"),
        ("contact_list", "contacts", "data"),
        ("admin_list", "admins", "admins"),
        ("team_list", "teams", "teams"),
        ("company_list", "companies", "data"),
        ("call_list", "calls", "data"),
    ],
)
def test_answers_keep_the_vendors_schema(v: Vendors, schema: str, name: str, member: str) -> None:
    definition = definition_of(SPEC, schema)
    if name == "companies":
        body = v.intercom.post("/companies/list").json()
    elif name in {"conversations", "contacts"}:
        body = search(v, name)
    else:
        body = get(v.intercom, f"/{name}")
    assert body[member]
    problems = list(Draft202012Validator(definition).iter_errors(body))
    assert not problems, problems[0]
    properties = definition["properties"][member]["items"]["properties"]
    assert not {key for row in body[member] for key in row} - set(properties)
