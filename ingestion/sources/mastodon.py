"""Mastodon: mentions of the company's account, its own statuses, and what carries its tags.

    notifications (mentions)    ─▶ mentions    by number, from the last one on
    accounts/{own}/statuses     ─▶ statuses    by id, which is a time; the last hours again
    timelines/tag/{tag}         ─▶ tagged      the same, for each tag of `SOURCES__MASTODON__TAGS`

Ids of statuses grow with time, but a post of another server may come in late under an older one:
each run reads the last hours again and leaves out what it knows. Notifications are numbered as they
come in.

Names, handles and texts are never read; who wrote becomes a pseudonym of the handle.

Source of the rules: docs.joinmastodon.org, Notifications, Timelines, Accounts, Rate limits.
Run alone: `python -m ingestion land mastodon`
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.privacy import person_key
from ingestion.recent import Recent, State, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, VendorClient
from ingestion.runs import LandingRun

NAME: Final = "mastodon"
FIRST_DAY: Final = datetime(2016, 10, 1)  # noqa: DTZ001 - naive UTC; the network's first month
OVERLAP: Final = timedelta(hours=6)
NOTIFIED_PAGE, LISTED_PAGE = 80, 40


def _id(name: str, *path: str, required: bool = False) -> Column:
    return Column(name, "bigint", path=path or (name,), format="number_text", required=required)


def _at(name: str, *path: str, required: bool = False) -> Column:
    return Column(name, "timestamp", path=path or (name,), format="iso", required=required)


MENTIONS = Table(
    "mentions",
    (
        _id("id", required=True),
        _at("created_at", required=True),
        _id("status_id", "status", "id"),
        _id("in_reply_to_id", "status", "in_reply_to_id"),
        Column("visibility", path=("status", "visibility")),
        Column("language", path=("status", "language")),
        Column("account_key", path=("account", "acct"), transform=person_key, required=True),
    ),
    description="One row a mention of the company's account; texts and handles are left out.",
    person={"id": "mention", "account_key": "key"},
)

STATUSES = Table(
    "statuses",
    (
        _id("id", required=True),
        _at("created_at", required=True),
        _id("in_reply_to_id"),
        Column("visibility", required=True),
        Column("language"),
    ),
    description="One row a status of the company's own; texts are left out.",
)

TAGGED = Table(
    "tagged",
    (
        _id("id", required=True),
        Column("tag"),
        _at("created_at", required=True),
        _id("in_reply_to_id"),
        Column("language"),
        Column("account_key", path=("account", "acct"), transform=person_key, required=True),
        Column("replies_count", "int"),
        Column("reblogs_count", "int"),
        Column("favourites_count", "int"),
    ),
    key=("tag", "id"),
    description="One row a status with one of the tags listened to, as it was when it came in.",
    person={"id": "status", "account_key": "key"},
)

TABLES: Final = (MENTIONS, STATUSES, TAGGED)


def source(run: LandingRun) -> DltSource:
    """All tables of Mastodon. Credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)

    @dlt.source(name=NAME)
    def mastodon() -> Any:
        return [one(MENTIONS, _mentions), one(STATUSES, _statuses), one(TAGGED, _tagged)]

    return mastodon()


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential."""
    client_of(_connect()).get("/api/v1/accounts/verify_credentials")


def _connect() -> Endpoint:
    address = settings.base_url(NAME)
    (token,) = settings.required(NAME, "access_token")
    return Endpoint(NAME, address, BearerTokenAuth(token), ("access_token",))


def _mentions(client: VendorClient, state: State) -> Iterator[list[Row]]:
    asked = {"types[]": "mention", "limit": NOTIFIED_PAGE, "min_id": state.get("last", 0)}
    for page in _newer(client, "/api/v1/notifications", asked):
        last = state.get("last", 0)
        yield [row for row in page if int(row["id"]) > last]
        if page:
            state["last"] = max(last, *(int(row["id"]) for row in page))


def _statuses(client: VendorClient, state: State) -> Iterator[list[Row]]:
    own = client.get("/api/v1/accounts/verify_credentials")["id"]
    yield from _by_time(client, state, f"/api/v1/accounts/{own}/statuses", {})


def _tagged(client: VendorClient, state: State) -> Iterator[list[Row]]:
    tags = settings.optional(NAME, "tags").split(",")
    for tag in filter(None, (t.strip().removeprefix("#") for t in tags)):
        known = state.setdefault("tags", {}).setdefault(tag, {})
        yield from _by_time(client, known, f"/api/v1/timelines/tag/{tag}", {"tag": tag})


def _by_time(
    client: VendorClient, state: State, path: str, more: dict[str, Any]
) -> Iterator[list[Row]]:
    """Statuses by their ids, which begin with the milliseconds of their creation."""
    recent = Recent(state)
    since = state.get("until", to_epoch(settings.start_date(NAME, FIRST_DAY)))
    since -= int(OVERLAP.total_seconds())
    asked = {"limit": LISTED_PAGE, "min_id": (since * 1000) << 16}
    for page in _newer(client, path, asked):
        yield [
            row | more
            for row in recent.fresh(page, key=lambda s: s["id"], at=lambda s: _seconds(s["id"]))
        ]
        recent.keep()
    if client.first_response_at is not None:
        state["until"] = to_epoch(client.first_response_at)
        recent.forget_before(state["until"] - int(OVERLAP.total_seconds()))


def _seconds(number: str) -> int:
    return (int(number) >> 16) // 1000


def _newer(client: VendorClient, path: str, asked: dict[str, Any]) -> Iterator[list[Any]]:
    """Pages from an id on to the newest: each links to the one that is newer as `prev`."""
    yield from client.pages(
        path, member=None, params=asked, paginator=HeaderLinkPaginator(links_next_key="prev")
    )
