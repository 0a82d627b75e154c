"""HubSpot: customers and their companies, purchases, and the people who look after them.

    objects/contacts, companies, deals /search ─▶ by time of last change, in windows
    objects/... ?archived=true                 ─▶ the same tables, archived records
    feedback_submissions, tickets              ─▶ in the same way, where asked for
    owners                                     ─▶ owners, landed when they change
    properties/{type}                          ─▶ what properties there are now

A search shows at most 10,000 results, so stretches with more are cut smaller. Its index lags by
some seconds: each run reads the last minutes again and leaves out what it knows. Searches never
show archived records; these come from the list. A record that was merged into another is in
neither: the other names it, and it lands as archived, `merged_into` the other.

A record has the properties that it is asked for. What somebody made since the first landing is
asked for too, and lands undeclared (`ingestion/undeclared.py`); the drift report tells of it.

Names and comments are never read; e-mail addresses and phone numbers become pseudonyms.

Source of the rules: developers.hubspot.com, CRM search, Contacts, Companies, Deals, Owners,
Feedback submissions, Tickets, Properties, "Updated merge functionality" in the changelog.
Run alone: `python -m ingestion land hubspot`
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.privacy import email_key, phone_key
from ingestion.recent import Recent, State, second_of, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, Page, VendorClient
from ingestion.runs import LandingRun
from ingestion.undeclared import MOST_COLUMNS
from ingestion.windows import fit, page_total

NAME: Final = "hubspot"
API: Final = "https://api.hubapi.com"
FIRST_DAY: Final = datetime(2006, 1, 1)  # noqa: DTZ001 - naive UTC; HubSpot's founding year
SEARCH_PAGE: Final = 200
SEARCH_CAP: Final = 10_000
LIST_PAGE: Final = 100
OVERLAP: Final = timedelta(minutes=5)
# Ids that a record stands for, by semicolons, those of merges before it too; the older
# `hs_calculated_merged_vids` leaves some out.
_MERGED: Final = "hs_merged_object_ids"


def _common() -> tuple[Column, ...]:
    return (
        Column("created_at", "timestamp", path=("createdAt",), format="iso", required=True),
        Column("updated_at", "timestamp", path=("updatedAt",), format="iso", required=True),
        Column("archived", "bool"),
    )


def _property(name: str, **options: Any) -> Column:
    options.setdefault("path", ("properties", name))
    return Column(name, required=True, **options)


def _renamed(column: str, name: str, **options: Any) -> Column:
    return Column(column, path=("properties", name), required=True, **options)


_ID = Column("id", "bigint", format="number_text", required=True)
_MERGED_INTO = Column("merged_into", "bigint")

CONTACTS = Table(
    "contacts",
    (
        _ID,
        _renamed("email_key", "email", transform=email_key),
        _renamed("phone_key", "phone", transform=phone_key),
        _renamed("lifecycle_stage", "lifecyclestage"),
        _renamed("segment", "customer_segment"),
        _property("customer_type"),
        _renamed("language", "hs_language"),
        _property("country"),
        _renamed("acquired_at", "customer_since", kind="timestamp", format="iso"),
        _renamed("churned_at", "customer_churned_on", kind="timestamp", format="iso"),
        _property("monthly_revenue", kind="double", format="number_text"),
        _renamed("company_id", "associatedcompanyid", kind="bigint", format="number_text"),
        *_common(),
        _MERGED_INTO,
    ),
    description="Customers; every version that a search showed, newest by updated_at.",
    person={"id": "contact", "email_key": "key", "phone_key": "key", "merged_into": "contact"},
)

COMPANIES = Table(
    "companies",
    (_ID, _property("name"), _property("industry"), *_common(), _MERGED_INTO),
    description="Business customers' companies.",
)

OWNERS = Table(
    "owners",
    (_ID, Column("email_key", path=("email",), transform=email_key), *_common()),
    description="Users of the CRM; the whole list at each landing.",
)

DEALS = Table(
    "deals",
    (
        _ID,
        _property("contact_id", kind="bigint", format="number_text"),
        _property("pipeline"),
        _renamed("deal_stage", "dealstage"),
        _property("amount", kind="double", format="number_text"),
        _renamed("closed_at", "closedate", kind="timestamp", format="iso"),
        *_common(),
        _MERGED_INTO,
    ),
    description="Purchases and what may become one.",
    person={"id": "deal", "contact_id": "contact"},
)

# Not every HubSpot has surveys, and a token without their scope is refused: read where asked for.
FEEDBACK = Table(
    "feedback_submissions",
    (
        _ID,
        _renamed("contact_id", "hs_contact_id", kind="bigint", format="number_text"),
        _renamed("survey_type", "hs_survey_type"),
        _renamed("survey_channel", "hs_survey_channel"),
        _renamed("score", "hs_value", kind="double", format="number_text"),
        _renamed("submitted_at", "hs_submission_timestamp", kind="timestamp", format="iso"),
        *_common(),
    ),
    description="Answers to HubSpot's own surveys; what people wrote is left out.",
    person={"id": "feedback", "contact_id": "contact"},
    on_request=True,
)

# HubSpot's help desk; subjects and contents are never read.
TICKETS = Table(
    "tickets",
    (
        _ID,
        _property("contact_id", kind="bigint", format="number_text"),
        _renamed("pipeline", "hs_pipeline"),
        _renamed("pipeline_stage", "hs_pipeline_stage"),
        _renamed("priority", "hs_ticket_priority"),
        _renamed("category", "hs_ticket_category"),
        _property("source_type"),
        _renamed("owner_id", "hubspot_owner_id", kind="bigint", format="number_text"),
        _renamed("closed_at", "closed_date", kind="timestamp", format="iso"),
        *_common(),
        _MERGED_INTO,
    ),
    description="Tickets of HubSpot's own help desk, without what people wrote.",
    person={"id": "ticket", "contact_id": "contact"},
    on_request=True,
)

TABLES: Final = (CONTACTS, COMPANIES, OWNERS, DEALS, FEEDBACK, TICKETS)

# The property that carries the time of the last change.
_CHANGED_AT: Final = {
    "contacts": "lastmodifieddate",
    "companies": "hs_lastmodifieddate",
    "deals": "hs_lastmodifieddate",
    "feedback_submissions": "hs_lastmodifieddate",
    "tickets": "hs_lastmodifieddate",
}


def source(run: LandingRun) -> DltSource:
    """All tables of HubSpot. Credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)
    objects = (CONTACTS, COMPANIES, DEALS, FEEDBACK, TICKETS)

    @dlt.source(name=NAME)
    def hubspot() -> Any:
        return [
            *(one(table, partial(_objects, table=table)) for table in objects),
            one(OWNERS, _owners, is_snapshot=True),
        ]

    return hubspot()


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential."""
    client_of(_connect()).get("/crm/v3/owners", {"limit": 1})


def _connect() -> Endpoint:
    address = settings.base_url(NAME, default=API)
    (token,) = settings.required(NAME, "access_token")
    return Endpoint(NAME, address, BearerTokenAuth(token), ("access_token",))


def _objects(client: VendorClient, state: State, *, table: Table) -> Iterator[list[Row]]:
    recent = Recent(state)
    overlap = int(OVERLAP.total_seconds())
    if "until" in state:
        since = state["until"] - overlap
    else:
        since = to_epoch(settings.start_date(NAME, FIRST_DAY))
    names = _asked(client, state, table)
    for page in _archived(client, state, table, names):
        yield list(_with_merged(page))
    # The archived list came first and told the vendor's clock: the search is closed there, so
    # that a record changed meanwhile is left to the next run.
    until = to_epoch(client.now) + 1 if client.now is not None else since + 1
    for page in fit(
        client,
        since * 1000,
        until * 1000,
        cap=SEARCH_CAP,
        ask=partial(_search, client, table, names),
        total=page_total("total"),
    ):
        fresh = recent.fresh(
            page, key=lambda r: r["id"], at=_updated_at, version=lambda r: str(r.get("updatedAt"))
        )
        yield list(_with_merged(fresh))
        recent.forget_before(until - 1 - overlap)
    state["until"] = until - 1


def _search(
    client: VendorClient, table: Table, names: list[str], first: int, last: int
) -> Iterator[Page]:
    changed_at = _CHANGED_AT[table.name]
    return client.pages(
        f"/crm/v3/objects/{table.name}/search",
        member="results",
        body={
            "filterGroups": [
                {
                    "filters": [
                        {"propertyName": changed_at, "operator": "GTE", "value": str(first)},
                        {"propertyName": changed_at, "operator": "LT", "value": str(last)},
                    ]
                }
            ],
            "sorts": [{"propertyName": changed_at, "direction": "ASCENDING"}],
            "properties": names,
            "limit": SEARCH_PAGE,
        },
        paginator=JSONResponseCursorPaginator("paging.next.after", cursor_body_path="after"),
    )


def _archived(
    client: VendorClient, state: State, table: Table, names: list[str]
) -> Iterator[list[Row]]:
    """Archived records not landed yet; the list cannot be narrowed, so it is read whole."""
    last = str(state.get("archived_until", ""))
    newest = last
    for page in client.pages(
        f"/crm/v3/objects/{table.name}",
        member="results",
        params={"archived": "true", "limit": LIST_PAGE, "properties": ",".join(names)},
        paginator=JSONResponseCursorPaginator("paging.next.after", cursor_param="after"),
    ):
        newest = max([newest, *(str(row.get("archivedAt") or "") for row in page)])
        yield [row for row in page if str(row.get("archivedAt") or "") > last]
    if newest:
        state["archived_until"] = newest


def _asked(client: VendorClient, state: State, table: Table) -> list[str]:
    """The properties to ask for: the declared ones, and those made since the first landing."""
    there = client.get(f"/crm/v3/properties/{table.name}")["results"]
    client.defined = {f"properties.{entry['name']}": entry["type"] for entry in there}
    own = {entry["name"] for entry in there if not entry.get("hubspotDefined")}
    before = state.get("defined")
    new = {name for name in own if before is not None and f"properties.{name}" not in before}
    state["new_properties"] = sorted(own & {*state.get("new_properties", ()), *new})[:MOST_COLUMNS]
    declared = [c.path[1] for c in table.columns if c.path[:1] == ("properties",)]
    return [*declared, _MERGED, *state["new_properties"]]


def _with_merged(page: Iterable[Row]) -> Iterator[Row]:
    """The records, and behind each those that were merged into it."""
    for row in page:
        properties = dict(row["properties"])
        gone = properties.pop(_MERGED, None) or ""
        yield {**row, "properties": properties}
        for name in gone.split(";"):
            if name and name != row["id"]:
                yield {
                    **row,
                    "id": name,
                    "properties": dict.fromkeys(properties),
                    "archived": True,
                    "merged_into": int(row["id"]),
                }


def _updated_at(row: Any) -> int:
    return second_of(str(row["updatedAt"]))


def _owners(client: VendorClient, state: State) -> Iterator[list[Row]]:
    del state
    for archived in ("false", "true"):
        yield from client.pages(
            "/crm/v3/owners",
            member="results",
            params={"limit": LIST_PAGE, "archived": archived},
            paginator=JSONResponseCursorPaginator("paging.next.after", cursor_param="after"),
        )
