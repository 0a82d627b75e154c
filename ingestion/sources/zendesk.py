"""Zendesk Support: tickets, people, what happened to each ticket, ratings, and reference tables.

    incremental/tickets/cursor  ─▶ tickets               newest version of a ticket, by cursor
    tickets                     ─▶ tickets               the same every few seconds, by change
    incremental/users/cursor    ─▶ users                 the same for people
    incremental/users/cursor    ─▶ user_identities       what each of them can be reached by
    incremental/ticket_events   ─▶ ticket_events         one row a child event, by time
    satisfaction_ratings        ─▶ satisfaction_ratings  by time, with an overlap
    groups, schedules, holidays, SLA policies            small lists, landed when they change
    incremental/organizations, ticket_metric_events      by time, where asked for

Exports hold the newest minute back. The cursor export resumes from the last `after_cursor`;
exports by time are inclusive at their start, so what came of their first second is recognised and
left out. Subjects, comment bodies, people's names and undeclared custom fields are never read;
values of field changes are kept only for the fields in `CLEAR_FIELDS`.

When two users are merged, no list says so: the one that goes is inactive and without an address,
and the other has its addresses and numbers beside its own, by which the two are known for one. That
a merge lists the one that is kept anew is what we take to be so: the vendor does not write it down.

Source of the rules: developer.zendesk.com, Incremental Exports, Using the Incremental Export API,
Side-loading and User identities; support.zendesk.com, Merging a user's duplicate account.
Run alone: `python -m ingestion land zendesk`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.common import json
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.paginators import SinglePagePaginator
from requests.auth import HTTPBasicAuth

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.drift import CUSTOM
from ingestion.errors import UnexpectedResponse
from ingestion.privacy import email_key, phone_key
from ingestion.recent import Recent, State, second_of, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, LinkUntil, Page, VendorClient
from ingestion.runs import LandingRun

NAME: Final = "zendesk"
HOLD_BACK: Final = timedelta(seconds=60)  # exports leave the newest minute out
OVERLAP: Final = timedelta(minutes=5)  # ratings: late ones and changes of mind
FIRST_DAY: Final = datetime(2010, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake
CURSOR_REFUSED: Final = frozenset({400, 404, 410, 422})
EXPORT_PAGE: Final = 1000
LIST_PAGE: Final = 100
MOST_LISTED: Final = 10  # pages of the list of tickets, before an export is the shorter way

# What an identity is, where it is of a kind that other systems know too.
IDENTITIES: Final[Mapping[str, Callable[[str | None], str | None]]] = {
    "email": email_key,
    "google": email_key,
    "phone_number": phone_key,
}
# Fields of a ticket whose old and new values say nothing about a person.
CLEAR_FIELDS: Final = frozenset(
    {
        "status",
        "priority",
        "type",
        "group_id",
        "assignee_id",
        "requester_id",
        "organization_id",
        "brand_id",
        "ticket_form_id",
        "custom_status_id",
        "tags",
        "satisfaction_score",
        "reason_code",
        "time_spent_seconds",
    }
)

# The event export names channels by their label where the ticket has the channel itself.
VIA_LABELS: Final = {
    "Mail": "email",
    "Web form": "web",
    "Web service (API)": "api",
    "Twitter DM": "twitter_dm",
    "Messaging": "native_messaging",
    "Phone call (incoming)": "phone",
    "Phone call (outgoing)": "phone",
    "Voicemail": "phone",
    "Rule": "rule",
    "Trigger": "rule",
    "Automation": "rule",
}

# Members of a child event that are not the field it is about.
_CHILD_MEMBERS: Final = frozenset(
    {
        "id",
        "via",
        "via_reference_id",
        "event_type",
        "type",
        "previous_value",
        "added_tags",
        "removed_tags",
        "created_at",
        "author_id",
        "audit_id",
    }
)


def _as_json(value: Any) -> str:
    return json.dumps(value)


TICKETS = Table(
    "tickets",
    (
        Column("id", "bigint", required=True),
        Column("created_at", "timestamp", format="iso", required=True),
        Column("updated_at", "timestamp", format="iso", required=True),
        Column("status", required=True),
        Column("priority", required=True),
        Column("type"),
        Column("via_channel", path=("via", "channel"), required=True),
        Column("requester_id", "bigint", required=True),
        Column("submitter_id", "bigint"),
        Column("assignee_id", "bigint", required=True),
        Column("group_id", "bigint", required=True),
        Column("organization_id", "bigint"),
        Column("brand_id", "bigint"),
        Column("external_id"),
        Column("reason_code"),
        Column("time_spent_seconds", "bigint", format="number_text"),
        Column("tags", transform=_as_json),
        Column("satisfaction_score", path=("satisfaction_rating", "score")),
        Column("generated_at", "timestamp", path=("generated_timestamp",), format="epoch_s"),
    ),
    description="Every version of every ticket that an export showed; newest by generated_at.",
    person={"id": "ticket", "requester_id": "user"},
)

USERS = Table(
    "users",
    (
        Column("id", "bigint", required=True),
        Column("created_at", "timestamp", format="iso", required=True),
        Column("updated_at", "timestamp", format="iso", required=True),
        Column("role", required=True),
        Column("email_key", path=("email",), transform=email_key, required=True),
        Column("phone_key", path=("phone",), transform=phone_key),
        Column("external_id"),
        Column("organization_id", "bigint"),
        Column("locale"),
        Column("active", "bool"),
        Column("suspended", "bool"),
        Column("tags", transform=_as_json),
    ),
    description="Requesters and agents; names are left out, addresses are pseudonyms.",
    person={"id": "user", "email_key": "key", "phone_key": "key"},
)

USER_IDENTITIES = Table(
    "user_identities",
    (
        Column("id", "bigint", required=True),
        Column("user_id", "bigint", required=True),
        Column("identity_type", path=("type",), required=True),
        Column("identity_key"),
        Column("is_primary", "bool", path=("primary",)),
        Column("user_updated_at", "timestamp", format="iso", required=True),
    ),
    description="A user's addresses and numbers, own and of users merged into it, as pseudonyms.",
    person={"user_id": "user", "identity_key": "key"},
)

GROUPS = Table(
    "groups",
    (
        Column("id", "bigint", required=True),
        Column("name", required=True),
        Column("created_at", "timestamp", format="iso"),
        Column("updated_at", "timestamp", format="iso"),
        Column("deleted", "bool"),
    ),
    description="Agent groups, which are the helpdesk's queues; the whole list at each landing.",
)

TICKET_EVENTS = Table(
    "ticket_events",
    (
        Column("id", "bigint"),
        Column("ticket_event_id", "bigint"),
        Column("ticket_id", "bigint", required=True),
        Column("occurred_at", "timestamp", format="iso", required=True),
        Column("updater_id", "bigint"),
        Column("author_id", "bigint"),
        Column("via_channel"),
        Column("event_type"),
        Column("field"),
        Column("value"),
        Column("previous_value"),
        Column("is_public", "bool"),
    ),
    description="One row a child event: created with, changed, or commented.",
    person={"ticket_id": "ticket"},
)

SATISFACTION_RATINGS = Table(
    "satisfaction_ratings",
    (
        Column("id", "bigint", required=True),
        Column("ticket_id", "bigint", required=True),
        Column("score", required=True),
        Column("created_at", "timestamp", format="iso", required=True),
        Column("updated_at", "timestamp", format="iso"),
        Column("requester_id", "bigint"),
        Column("assignee_id", "bigint"),
        Column("group_id", "bigint"),
    ),
    description="Customers' ratings of tickets, without their comments.",
    person={"id": "rating", "ticket_id": "ticket", "requester_id": "user"},
)

SCHEDULES = Table(
    "schedules",
    (
        Column("schedule_id", "bigint", required=True),
        Column("name"),
        Column("time_zone", required=True),
        Column("start_week_minute", "int", required=True),
        Column("end_week_minute", "int", required=True),
    ),
    key=("schedule_id", "start_week_minute"),
    description="Weekly opening intervals in local minutes from Sunday 00:00.",
)

SCHEDULE_HOLIDAYS = Table(
    "schedule_holidays",
    (
        Column("id", "bigint", required=True),
        Column("schedule_id", "bigint", required=True),
        Column("name"),
        Column("start_date", "date", format="iso", required=True),
        Column("end_date", "date", format="iso", required=True),
    ),
    description="Days a schedule is closed, both ends included.",
)

# What a condition on the channel may say, in the words of a ticket's `via`.
VIA_CHANNELS: Final = {
    "0": "web",
    "4": "email",
    "5": "api",
    "26": "twitter_dm",
    "29": "chat",
    "30": "twitter",
    "33": "phone",
    "34": "phone",
    "35": "phone",
    "38": "facebook",
    "48": "web_widget",
    "75": "native_messaging",
}
SLA_POLICIES = Table(
    "sla_policies",
    (
        Column("id", "bigint", required=True),
        Column("title"),
        Column("position", "int"),
        Column("metric", required=True),
        Column("priority", required=True),
        Column("target_minutes", "int", required=True),
        Column("business_hours", "bool"),
        Column("conditions"),
    ),
    key=("id", "metric", "priority"),
    description="One row a policy, metric and priority.",
)

ORGANIZATIONS = Table(
    "organizations",
    (
        Column("id", "bigint", required=True),
        Column("name", required=True),
        Column("external_id"),
        Column("group_id", "bigint"),
        Column("tags", transform=_as_json),
        Column("created_at", "timestamp", format="iso", required=True),
        Column("updated_at", "timestamp", format="iso", required=True),
        Column("deleted_at", "timestamp", format="iso"),
    ),
    description="Companies that requesters belong to; newest by updated_at.",
    on_request=True,
)

TICKET_METRIC_EVENTS = Table(
    "ticket_metric_events",
    (
        Column("id", "bigint", required=True),
        Column("ticket_id", "bigint", required=True),
        Column("metric", required=True),
        Column("instance_id", "int", required=True),
        Column("event_type", path=("type",), required=True),
        Column("occurred_at", "timestamp", path=("time",), format="iso", required=True),
        Column("sla_policy_id", "bigint", path=("sla", "policy", "id")),
        Column("sla_target_minutes", "int", path=("sla", "target")),
        Column("sla_business_hours", "bool", path=("sla", "business_hours")),
        Column("calendar_minutes", "int", path=("status", "calendar")),
        Column("business_minutes", "int", path=("status", "business")),
        Column("deleted", "bool"),
    ),
    description="What Zendesk's own clocks did: started, paused, met or missed their targets.",
    person={"ticket_id": "ticket"},
    on_request=True,
)

TABLES: Final = (
    TICKETS,
    USERS,
    USER_IDENTITIES,
    GROUPS,
    TICKET_EVENTS,
    SATISFACTION_RATINGS,
    SCHEDULES,
    SCHEDULE_HOLIDAYS,
    SLA_POLICIES,
    ORGANIZATIONS,
    TICKET_METRIC_EVENTS,
)


def source(run: LandingRun) -> DltSource:
    """All tables of Zendesk. Address, credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)

    @dlt.source(name=NAME)
    def zendesk() -> Any:
        return [
            one(TICKETS, _changed_tickets if run.frequent else _tickets, hold_back=HOLD_BACK),
            one(USERS, _users, hold_back=HOLD_BACK),
            one(USER_IDENTITIES, _user_identities, hold_back=HOLD_BACK),
            one(GROUPS, _groups, is_snapshot=True),
            one(TICKET_EVENTS, _ticket_events, hold_back=HOLD_BACK),
            one(SATISFACTION_RATINGS, _ratings),
            one(SCHEDULES, _schedules, is_snapshot=True),
            one(SCHEDULE_HOLIDAYS, _holidays, is_snapshot=True),
            one(SLA_POLICIES, _sla_policies, is_snapshot=True),
            one(ORGANIZATIONS, _organizations, hold_back=HOLD_BACK),
            one(TICKET_METRIC_EVENTS, _ticket_metric_events, hold_back=HOLD_BACK),
        ]

    return zendesk()


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential."""
    client_of(_connect()).get("/api/v2/groups.json", {"page[size]": 1})


def _connect() -> Endpoint:
    address = settings.base_url(NAME)
    email, token = settings.required(NAME, "email", "api_token")
    return Endpoint(NAME, address, HTTPBasicAuth(f"{email}/token", token), ("email", "api_token"))


def _start() -> int:
    return to_epoch(settings.start_date(NAME, FIRST_DAY))


def _tickets(client: VendorClient, state: State) -> Iterator[list[Row]]:
    fields = _field_names()
    for page in _export(client, state, "tickets"):
        yield _with_fields(page, fields)


def _changed_tickets(client: VendorClient, state: State) -> Iterator[list[Row]]:
    """What has changed since the last look, from the list of tickets, last changed first.

    Exports answer ten requests a minute, the list as many as the account may make (200 to 700 in
    most plans), so that the events have the exports to themselves. What the list does not know,
    deletions and ratings, comes with the next export; the first look is one, and so is one that
    too much has changed for.
    """
    known = state.get("listed_until")
    if known is None:
        yield from _tickets(client, state)
        state["listed_until"] = state["read_until"]
        return
    recent, newest, fields = Recent(state), known, _field_names()
    since = known - int(HOLD_BACK.total_seconds())
    pages = client.pages(
        "/api/v2/tickets.json",
        member="tickets",
        params={"sort": "-updated_at", "page[size]": LIST_PAGE},
        paginator=LinkUntil("links.next", flag=("meta", "has_more"), ends_when=False),
    )
    for number, page in enumerate(pages):
        changed = [ticket for ticket in page if _updated(ticket) >= since]
        newest = max([newest, *map(_updated, changed)])
        fresh = recent.fresh(
            changed, key=lambda t: t["id"], at=_updated, version=lambda t: str(t["updated_at"])
        )
        # The newest version of a ticket is found by its time; a list may leave that out.
        yield _with_fields([{"generated_timestamp": _updated(t), **t} for t in fresh], fields)
        recent.keep()
        if len(changed) < len(page):
            break
        if number + 1 == MOST_LISTED:
            yield from _tickets(client, state)
            break
    state["listed_until"] = newest
    recent.forget_before(newest - int(HOLD_BACK.total_seconds()))


def _updated(record: Mapping[str, Any]) -> int:
    return second_of(record["updated_at"])


def _with_fields(page: list[Any], fields: Mapping[str, str]) -> list[Row]:
    """The tickets with their custom fields as members, under the names of declared columns."""
    for ticket in page:
        for custom in ticket.get("custom_fields") or ():
            ticket[_field_name(custom.get("id"), fields)] = custom.get("value")
    return page


def _users(client: VendorClient, state: State) -> Iterator[list[Row]]:
    yield from _export(client, state, "users")


def _user_identities(client: VendorClient, state: State) -> Iterator[list[Row]]:
    """The identities of the users of each page that are an address or a number."""
    told, client.watch = client.watch, lambda records: None  # the records of the pages are users
    for page in _export(client, state, "users", {"include": "identities"}):
        changed = {user["id"]: user["updated_at"] for user in page}
        found = page.answer["identities"]
        told(found)
        yield [
            {
                **identity,
                "identity_key": IDENTITIES[identity["type"]](identity["value"]),
                "user_updated_at": changed[identity["user_id"]],
            }
            for identity in found
            if identity["type"] in IDENTITIES and identity["user_id"] in changed
        ]


def _export(
    client: VendorClient, state: State, name: str, more: Mapping[str, str] | None = None
) -> Iterator[Page]:
    """A cursor export, from where the last landing ended.

    A cursor that the vendor does not know any more is given up for the time of the last export
    that was read to its end: some records come twice, none is missed.
    """
    if "cursor" in state:
        try:
            at = {"cursor": state["cursor"], **(more or {})}
            yield from _export_from(client, state, name, at)
            return
        except UnexpectedResponse as error:
            if error.status not in CURSOR_REFUSED:
                raise
            del state["cursor"]
    since = {"start_time": state.get("read_until", _start())}
    yield from _export_from(client, state, name, since | dict(more or {}))


def _export_from(
    client: VendorClient, state: State, name: str, at: dict[str, Any]
) -> Iterator[Page]:
    began = None
    for page in client.pages(
        f"/api/v2/incremental/{name}/cursor.json",
        member=name,
        params={"per_page": EXPORT_PAGE} | at,
        paginator=LinkUntil("after_url", flag=("end_of_stream",), ends_when=True),
    ):
        began = began or client.now
        yield page
        if page.answer.get("after_cursor"):
            state["cursor"] = page.answer["after_cursor"]
    if began is not None:
        state["read_until"] = to_epoch(began - HOLD_BACK - OVERLAP)


def _ticket_events(client: VendorClient, state: State) -> Iterator[list[Row]]:
    fields = _field_names()
    for events in _by_time(
        client, state, "ticket_events", lambda e: e.get("timestamp"), {"include": "comment_events"}
    ):
        yield [child for event in events for child in _child_events(event, fields)]


def _organizations(client: VendorClient, state: State) -> Iterator[list[Row]]:
    yield from _by_time(client, state, "organizations", _updated)


def _ticket_metric_events(client: VendorClient, state: State) -> Iterator[list[Row]]:
    yield from _by_time(client, state, "ticket_metric_events", lambda e: second_of(e["time"]))


def _by_time(
    client: VendorClient,
    state: State,
    name: str,
    at: Callable[[Any], int | None],
    params: Mapping[str, Any] | None = None,
) -> Iterator[list[Any]]:
    """An export by time, from the second it ended with; what came of that second is left out.

    Args:
        client: Asks.
        state: Keeps that second, and the ids that came of it.
        name: Of the export and of its records' member.
        at: The second the export orders a record by.
        params: What to ask for besides.
    """
    for page in client.pages(
        f"/api/v2/incremental/{name}.json",
        member=name,
        params={"start_time": state.get("start_time", _start()), "per_page": EXPORT_PAGE}
        | dict(params or {}),
        paginator=LinkUntil("next_page", flag=("end_of_stream",), ends_when=True),
    ):
        known = set(state.get("seen", ()))
        yield [row for row in page if row["id"] not in known]
        end_time = page.answer.get("end_time")
        if end_time is not None:
            at_end = {row["id"] for row in page if at(row) == end_time}
            state["seen"] = sorted(
                at_end | known if state.get("start_time") == end_time else at_end
            )
            state["start_time"] = end_time


def _child_events(event: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[Row]:
    rest = {k: v for k, v in event.items() if k != "child_events"}
    for child in event["child_events"]:
        kind = child["event_type"]
        row: dict[str, Any] = rest | {
            "id": child["id"],
            "ticket_event_id": event["id"],
            "ticket_id": event["ticket_id"],
            "occurred_at": event["created_at"],
            "updater_id": event.get("updater_id"),
            "author_id": child.get("author_id", event.get("updater_id")),
            "via_channel": _channel(child.get("via") or event.get("via")),
            "event_type": kind,
        }
        if kind == "Comment":
            row["is_public"] = child.get("public", child.get("comment_public"))
            yield row
            yield from _merged(child, row)
            continue
        before = child.get("previous_value")
        for name, value in _changed(child, fields):
            row["field"] = name
            row["value"] = _clear(name, value)
            row["previous_value"] = _clear(name, before)
        yield row


def _merged(child: Mapping[str, Any], note: dict[str, Any]) -> Iterator[Row]:
    """The end of a ticket that was merged: only the note on the ticket that was kept names both.

    The row is the closed ticket's and has the note's id, negated: a note names one ticket.
    """
    via = child.get("via")
    origin = via.get("source") if isinstance(via, Mapping) else None
    if not isinstance(origin, Mapping) or origin.get("rel") != "merge" or not note.get("id"):
        return
    closed = (origin.get("from") or {}).get("ticket_id")
    if closed is not None:
        yield note | {
            "id": -note["id"],
            "ticket_id": closed,
            "event_type": "Change",
            "is_public": None,
            "field": "merged_into",
            "value": str(note["ticket_id"]),
            "previous_value": None,
        }


def _changed(child: Mapping[str, Any], fields: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """The field a child event is about; custom fields under their declared name."""
    for name, value in child.items():
        if name in _CHILD_MEMBERS:
            continue
        if name == "custom_ticket_fields" and isinstance(value, Mapping):
            for field_id, inner in value.items():
                yield _field_name(field_id, fields), inner
        else:
            yield name, value


def _field_name(field_id: Any, fields: Mapping[str, str]) -> str:
    """What a custom field is called: as declared, else by its number, and by nothing else."""
    number = str(field_id)
    return fields.get(number, f"{CUSTOM}{number if number.isdigit() else ''}")


def _clear(name: str, value: Any) -> str | None:
    if value is None or name not in CLEAR_FIELDS:
        return None
    return value if isinstance(value, str) else _as_json(value)


def _channel(via: Any) -> str | None:
    if isinstance(via, Mapping):
        via = via.get("channel")
    if via is None:
        return None
    return VIA_LABELS.get(str(via), str(via).lower().replace(" ", "_"))


def _field_names() -> dict[str, str]:
    """Custom field id to declared column; both are optional settings."""
    named = {
        settings.optional(NAME, "reason_field_id"): "reason_code",
        settings.optional(NAME, "time_spent_field_id"): "time_spent_seconds",
    }
    named.pop("", None)
    return named


def _ratings(client: VendorClient, state: State) -> Iterator[list[Row]]:
    recent = Recent(state)
    since = state["until"] - int(OVERLAP.total_seconds()) if "until" in state else _start()
    for page in _list(client, "satisfaction_ratings", {"start_time": since}):
        yield recent.fresh(
            page,
            key=lambda r: r["id"],
            at=lambda r: second_of(r["created_at"]),
            version=lambda r: f"{r.get('updated_at')} {r.get('score')}",
        )
        recent.keep()
    if client.first_response_at is not None:
        state["until"] = to_epoch(client.first_response_at)
        recent.forget_before(state["until"] - int(OVERLAP.total_seconds()))


def _groups(client: VendorClient, state: State) -> Iterator[list[Row]]:
    del state
    yield from _list(client, "groups", {})


def _list(client: VendorClient, name: str, params: dict[str, Any]) -> Iterator[list[Any]]:
    yield from client.pages(
        f"/api/v2/{name}.json",
        member=name,
        params={"page[size]": LIST_PAGE, **params},
        paginator=LinkUntil("links.next", flag=("meta", "has_more"), ends_when=False),
    )


def _schedules_of(client: VendorClient) -> Iterator[Any]:
    for page in client.pages(
        "/api/v2/business_hours/schedules.json",
        member="schedules",
        paginator=SinglePagePaginator(),
    ):
        yield from page


def _schedules(client: VendorClient, state: State) -> Iterator[list[Row]]:
    del state
    yield [
        schedule
        | {
            "schedule_id": schedule["id"],
            "name": schedule.get("name"),
            "time_zone": schedule["time_zone"],
            "start_week_minute": interval["start_time"],
            "end_week_minute": interval["end_time"],
        }
        for schedule in _schedules_of(client)
        for interval in schedule["intervals"]
    ]


def _holidays(client: VendorClient, state: State) -> Iterator[list[Row]]:
    del state
    for schedule in _schedules_of(client):
        path = f"/api/v2/business_hours/schedules/{int(schedule['id'])}/holidays.json"
        for page in client.pages(path, member="holidays", paginator=SinglePagePaginator()):
            yield [{**holiday, "schedule_id": schedule["id"]} for holiday in page]


def _sla_policies(client: VendorClient, state: State) -> Iterator[list[Row]]:
    del state
    for page in client.pages(
        "/api/v2/slas/policies.json",
        member="sla_policies",
        paginator=SinglePagePaginator(),
    ):
        yield [
            policy
            | {
                "id": policy["id"],
                "title": policy.get("title"),
                "position": policy.get("position"),
                "metric": metric["metric"],
                "priority": metric["priority"],
                "target_minutes": metric["target"],
                "business_hours": metric.get("business_hours"),
                "conditions": _conditions(policy.get("filter")),
            }
            for policy in page
            for metric in policy["policy_metrics"]
        ]


def _conditions(filters: Any) -> str:
    """A policy's conditions as one JSON list: those of a list `any` need one of them, `all` each.

    A condition with several tags becomes as many entries of one number. Channels are written as in
    tickets, where the number is one of those known.
    """
    found = []
    for kind in ("all", "any"):
        for number, condition in enumerate((filters or {}).get(kind) or (), start=1):
            value = str(condition.get("value"))
            if condition.get("field") == "via_id":
                value = VIA_CHANNELS.get(value, value)
            tags = value.split() if condition.get("field") == "current_tags" else [value]
            found += [
                {
                    "list": kind,
                    "number": number,
                    "field": condition.get("field"),
                    "operator": condition.get("operator"),
                    "value": each,
                }
                for each in tags
            ]
    return json.dumps(found)
