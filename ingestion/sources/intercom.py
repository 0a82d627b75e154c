"""Intercom: conversations, the people who wrote them, staff and teams.

    conversations/search  ─▶ conversations   by time of change, oldest first
    contacts/search       ─▶ contacts        the same for people
    admins, teams         ─▶ small lists, landed when they change
    companies/list, calls ─▶ companies, calls; by page number, where asked for

A search is closed at the vendor's clock of its first answer, so that what changes while it is
paged belongs to the next run; each run reads the last minutes again (contacts: the last two days,
since their search counts in whole days) and leaves out what it knows. Calls cannot be narrowed by
time: their whole list is read, and what changed lately lands.

A contact that was merged into another is in no list any more. The other one, a user, has a history
of its last ten merges: each lands as a contact that was `merged_into` it. That a merge changes the
contact that is kept is what we take to be so: the vendor does not write it down.

Names, subjects and bodies are never read; e-mail addresses and phone numbers become pseudonyms.

Source of the rules: developers.intercom.com, Search conversations, Search contacts, List all
companies, List all calls, Merge a lead and a user, Rate limiting; the history of merges is of
version 2.16 of the API, which is asked for by name.
Run alone: `python -m ingestion land intercom`
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import (
    JSONResponseCursorPaginator,
    SinglePagePaginator,
)

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.errors import UnexpectedResponse
from ingestion.privacy import email_key, phone_key
from ingestion.recent import Recent, State, second_of, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, VendorClient
from ingestion.runs import LandingRun

NAME: Final = "intercom"
API: Final = "https://api.intercom.io"
FIRST_DAY: Final = datetime(2011, 1, 1)  # noqa: DTZ001 - naive UTC; Intercom's founding year
SEARCH_PAGE: Final = 150
OVERLAPS: Final = {
    "conversations": timedelta(minutes=5),
    "contacts": timedelta(days=2),
    "calls": timedelta(days=2),
}
COMPANIES_PAGE, CALLS_PAGE = 60, 25
VERSION: Final = {"Intercom-Version": "2.16"}
_MERGED: Final = "merge_history"
COMPANIES_CAP: Final = 10_000


def _at(name: str, *path: str, required: bool = False) -> Column:
    return Column(name, "timestamp", path=path or (name,), format="epoch_s", required=required)


def _moment(name: str, required: bool = False) -> Column:
    """A time that the vendor writes as a unix second or in ISO 8601."""
    return Column(name, "timestamp", transform=_to_second, format="epoch_s", required=required)


def _to_second(told: Any) -> int | None:
    if not isinstance(told, str):
        return int(told)
    return second_of(told) if told else None


def _first_contact(conversation_contacts: Any) -> str | None:
    """Who wrote first: the conversation lists its participants in that order."""
    contacts = conversation_contacts.get("contacts") or [{}]
    found: str | None = contacts[0].get("id")
    return found


CONVERSATIONS = Table(
    "conversations",
    (
        Column("id", required=True),
        _at("created_at", required=True),
        _at("updated_at", required=True),
        Column("state", required=True),
        Column("priority"),
        Column("source_type", path=("source", "type"), required=True),
        Column("delivered_as", path=("source", "delivered_as")),
        Column("contact_id", path=("contacts",), transform=_first_contact, required=True),
        Column("admin_assignee_id", "bigint"),
        Column("team_assignee_id", "bigint"),
        Column("zendesk_ticket_id", path=("custom_attributes", "zendesk_ticket_id")),
        Column("contact_reason", path=("custom_attributes", "contact_reason")),
        _at("first_admin_reply_at", "statistics", "first_admin_reply_at"),
        _at("first_close_at", "statistics", "first_close_at"),
        _at("last_close_at", "statistics", "last_close_at"),
        Column("handling_seconds", "bigint", path=("statistics", "handling_time")),
        Column("count_reopens", "int", path=("statistics", "count_reopens")),
        Column("rating", "int", path=("conversation_rating", "rating")),
        _at("rated_at", "conversation_rating", "created_at"),
    ),
    description="Every version of a conversation that a search showed; newest by updated_at.",
    person={"id": "conversation", "contact_id": "contact"},
    open_maps=("custom_attributes",),
)

CONTACTS = Table(
    "contacts",
    (
        Column("id", required=True),
        Column("role"),
        Column("email_key", path=("email",), transform=email_key, required=True),
        Column("phone_key", path=("phone",), transform=phone_key),
        Column("language", path=("language_override",)),
        _at("created_at", required=True),
        _at("updated_at", required=True),
        Column("merged_into"),
    ),
    description="People who wrote; names are left out, addresses are pseudonyms.",
    person={"id": "contact", "email_key": "key", "phone_key": "key", "merged_into": "contact"},
)

ADMINS = Table(
    "admins",
    (Column("id", required=True), Column("email_key", path=("email",), transform=email_key)),
    description="Staff; the whole list at each landing.",
)

TEAMS = Table(
    "teams",
    (Column("id", required=True), Column("name", required=True)),
    description="Teams, which are the queues; the whole list at each landing.",
)

COMPANIES = Table(
    "companies",
    (
        Column("id", required=True),
        Column("company_id", required=True),
        Column("name", required=True),
        Column("industry"),
        Column("plan", path=("plan", "name")),
        Column("size", "int"),
        Column("monthly_spend", "double"),
        _at("created_at", required=True),
        _at("updated_at", required=True),
    ),
    description="Companies that contacts belong to; the whole list at each landing.",
    on_request=True,
)

CALLS = Table(
    "calls",
    (
        Column("id", required=True),
        Column("conversation_id"),
        Column("admin_id", "bigint", format="number_text"),
        Column("contact_id"),
        Column("phone_key", path=("phone",), transform=phone_key),
        Column("state", required=True),
        Column("direction", required=True),
        Column("call_type"),
        Column("ended_reason"),
        _moment("initiated_at"),
        _moment("answered_at"),
        _moment("ended_at"),
        _moment("created_at", required=True),
        _moment("updated_at", required=True),
    ),
    description="Every version of a phone call that the list showed; newest by updated_at.",
    person={"id": "call", "conversation_id": "conversation", "contact_id": "contact",
            "phone_key": "key"},
    on_request=True,
)  # fmt: skip

TABLES: Final = (CONVERSATIONS, CONTACTS, ADMINS, TEAMS, COMPANIES, CALLS)


def source(run: LandingRun) -> DltSource:
    """All tables of Intercom. Credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)

    @dlt.source(name=NAME)
    def intercom() -> Any:
        return [
            one(CONVERSATIONS, partial(_search, table=CONVERSATIONS, member="conversations")),
            one(CONTACTS, _contacts),
            one(ADMINS, partial(_list, name="admins"), is_snapshot=True),
            one(TEAMS, partial(_list, name="teams"), is_snapshot=True),
            one(COMPANIES, _companies, is_snapshot=True),
            one(CALLS, _calls),
        ]

    return intercom()


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential."""
    client_of(_connect()).get("/me")


def _connect() -> Endpoint:
    address = settings.base_url(NAME, default=API)
    (token,) = settings.required(NAME, "access_token")
    return Endpoint(NAME, address, BearerTokenAuth(token), ("access_token",), headers=VERSION)


def _contacts(client: VendorClient, state: State) -> Iterator[list[Row]]:
    asked = {"include_merge_history": "true"}
    for page in _search(client, state, table=CONTACTS, member="data", params=asked):
        yield list(_with_merged(page))


def _with_merged(page: Iterable[Row]) -> Iterator[Row]:
    """The contacts, and behind each those that were merged into it."""
    for row in page:
        contact = {name: value for name, value in row.items() if name != _MERGED}
        yield contact
        for merge in row.get(_MERGED) or ():
            yield {
                **dict.fromkeys(contact),
                "id": merge["source_contact_id"],
                "role": merge["source_contact_role"],
                "updated_at": merge["merged_at"],
                "merged_into": contact["id"],
            }


def _search(
    client: VendorClient,
    state: State,
    *,
    table: Table,
    member: str,
    params: Mapping[str, str] | None = None,
) -> Iterator[list[Row]]:
    recent = Recent(state)
    overlap = int(OVERLAPS[table.name].total_seconds())
    since = to_epoch(settings.start_date(NAME, FIRST_DAY))
    if "until" in state:
        since = state["until"] - overlap
    client.get("/me")  # tells the vendor's clock, at which the search is closed
    until = to_epoch(client.now) if client.now is not None else since
    closed = [
        {"field": "updated_at", "operator": ">", "value": since - 1},
        {"field": "updated_at", "operator": "<", "value": until + 1},
    ]
    for page in client.pages(
        f"/{table.name}/search",
        member=member,
        params=params,
        body={
            "query": {"operator": "AND", "value": closed},
            "sort": {"field": "updated_at", "order": "ascending"},
            "pagination": {"per_page": SEARCH_PAGE},
        },
        paginator=JSONResponseCursorPaginator(
            "pages.next.starting_after", cursor_body_path="pagination.starting_after"
        ),
    ):
        yield recent.fresh(
            page, key=lambda r: r["id"], at=_changed, version=lambda r: str(_changed(r))
        )
        recent.keep()
    state["until"] = until
    recent.forget_before(until - overlap)


def _changed(row: Mapping[str, Any]) -> int:
    return int(row["updated_at"])


def _list(client: VendorClient, state: State, *, name: str) -> Iterator[list[Any]]:
    del state
    yield from client.pages(f"/{name}", member=name, paginator=SinglePagePaginator())


def _companies(client: VendorClient, state: State) -> Iterator[list[Any]]:
    del state

    def ask(page: dict[str, Any]) -> dict[str, Any]:
        answer = client.post("/companies/list", params=page | {"order": "asc"})
        if answer["total_count"] > COMPANIES_CAP:
            what = f"{answer['total_count']} companies, of which the list shows {COMPANIES_CAP}"
            raise _unexpected(client, "/companies/list", what)
        return answer

    yield from _numbered(client, "/companies/list", ask, COMPANIES_PAGE)


def _calls(client: VendorClient, state: State) -> Iterator[list[Any]]:
    recent = Recent(state)
    overlap = int(OVERLAPS["calls"].total_seconds())
    since = to_epoch(settings.start_date(NAME, FIRST_DAY))
    if "until" in state:
        since = state["until"] - overlap
    for page in _numbered(client, "/calls", partial(client.get, "/calls"), CALLS_PAGE):
        yield recent.fresh(
            [call for call in page if _call_changed(call) >= since],
            key=lambda c: c["id"],
            at=_call_changed,
            version=lambda c: f"{c['updated_at']} {c['state']}",
        )
        recent.keep()
    if client.first_response_at is not None:
        state["until"] = to_epoch(client.first_response_at)
        recent.forget_before(state["until"] - overlap)


def _call_changed(call: Mapping[str, Any]) -> int:
    return _to_second(call["updated_at"]) or 0


def _numbered(
    client: VendorClient, path: str, ask: Callable[[dict[str, Any]], dict[str, Any]], size: int
) -> Iterator[list[Any]]:
    """A list that pages by number."""
    number, last = 1, 1
    while number <= last:
        answer = ask({"page": number, "per_page": size})
        told = answer["pages"]
        if told["page"] != number:
            what = f"page {told['page']} where page {number} was asked for"
            raise _unexpected(client, path, what)
        client.watch(answer["data"])
        yield answer["data"]
        number, last = number + 1, int(told["total_pages"])


def _unexpected(client: VendorClient, path: str, what: str) -> UnexpectedResponse:
    return UnexpectedResponse(NAME, client.resource, f"{client.endpoint.base_url}{path}", what)
