"""The emulated Mastodon: the vendor's schemas, pages by id and link, the limit, and the posts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from sandbox.vendors.faults import Fault
from sandbox.world.public_posts import public_posts
from tests.sandbox.vendor_schemas import document_of
from tests.sandbox.vendor_support import DAY, NOON, Vendors, get, vendors

SPEC = "mastodon.json"
LISTS = {
    "/api/v1/notifications": "Notification",
    "/api/v1/accounts/1/statuses": "Status",
    "/api/v1/timelines/tag/kontakti": "Status",
}


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def walk(v: Vendors, path: str, size: int) -> list[dict[str, Any]]:
    """From the first to the newest, by the links that the server gives."""
    rows: list[dict[str, Any]] = []
    url: str | None = f"{path}?limit={size}&min_id=0"
    while url:
        answer = v.mastodon.get(url)
        assert answer.status_code == 200, answer.text
        rows += answer.json()[::-1]
        url = answer.links.get("prev", {}).get("url")
    return rows


def test_mentions_so_far_are_notifications_in_their_order(v: Vendors) -> None:
    said = [post for post in public_posts(v.world) if post.mentions_company and post.at <= NOON]
    rows = walk(v, "/api/v1/notifications", 3)
    assert [row["status"]["id"] for row in rows] == [str(post.post_id) for post in said]
    assert [row["id"] for row in rows] == [str(number) for number, _ in enumerate(said, start=1)]
    assert len(rows) > 6


@pytest.mark.parametrize("path", LISTS)
def test_the_newest_page_comes_first_and_older_ones_by_max_id(v: Vendors, path: str) -> None:
    everything = walk(v, path, 40)[::-1]
    page = get(v.mastodon, path, limit=2)
    older = get(v.mastodon, path, limit=2, max_id=page[-1]["id"])
    assert page + older == everything[:4]


def test_what_is_said_later_is_newer(v: Vendors) -> None:
    before = walk(v, "/api/v1/notifications", 40)
    v.clock.advance(DAY)
    after = walk(v, "/api/v1/notifications", 40)
    assert after[: len(before)] == before
    assert len(after) > len(before)


def test_a_limit_that_is_used_up_names_the_moment_it_ends(v: Vendors) -> None:
    v.server.faults.order(Fault("mastodon", "status_429", retry_after=9.0))
    answer = v.mastodon.get("/api/v1/notifications")
    assert answer.status_code == 429
    ends_at = datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]).timestamp()
    assert 7 < ends_at - time.time() <= 10


@pytest.mark.parametrize("path", LISTS)
def test_answers_keep_the_vendors_schema(v: Vendors, path: str) -> None:
    document = document_of(SPEC)
    schema = {"$ref": f"#/components/schemas/{LISTS[path]}", "components": document["components"]}
    rows = get(v.mastodon, path)
    assert rows
    problems = [p for row in rows for p in Draft202012Validator(schema).iter_errors(row)]
    assert not problems, problems[0]
    known = set(document["components"]["schemas"][LISTS[path]]["properties"])
    assert not {key for row in rows for key in row} - known
