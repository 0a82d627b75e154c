"""Twilio: calls, and TaskRouter's log of what happened to every live contact.

    Workspaces/{ws}/Events ─▶ events   one row an event, by StartDate and EndDate
    Accounts/{ac}/Calls    ─▶ calls    by StartTime; a call still running is read again until over
    Workers, TaskQueues, Activities, Tasks ─▶ small lists, landed when they change
    Tasks/{task}/Reservations ─▶ reservations   of the tasks that are live, where asked for

Both logs come newest first, so they are read in stretches of a day with a small overlap, and what
the overlap repeats is recognised and left out. Of the log of events the vendor says both that it
pages and that it does not: an answer that is full and leads nowhere is asked for in halves.
TaskRouter keeps events for 30 days and drops finished tasks: the events are the history, `tasks`
shows only what is live.

A customer's address is a pseudonym. In a call that is the caller's when it came in and the called
party's when it went out; `to_number` stays in clear only for calls that came in, where it is the
centre's own number.

Source of the rules: twilio.com/docs, Call resource and TaskRouter Event resource.
Run alone: `python -m ingestion land twilio`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache, partial
from typing import Any, Final

import dlt
from dlt.common import json
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.paginators import JSONLinkPaginator
from requests.auth import HTTPBasicAuth

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.errors import UnexpectedResponse
from ingestion.privacy import Pseudonymiser, email_key, phone_key, pseudonymiser
from ingestion.recent import Recent, State, from_epoch, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, Page, VendorClient
from ingestion.runs import LandingRun
from ingestion.windows import walk

NAME: Final = "twilio"
API: Final = "https://api.twilio.com"
TASKROUTER: Final = "https://taskrouter.twilio.com"
PAGE: Final = 1000
OVERLAP: Final = timedelta(minutes=5)
STRETCH: Final = timedelta(days=1)
HISTORY: Final = timedelta(days=29, hours=23)  # TaskRouter answers 400 for older than 30 days
LONGEST_CALL: Final = timedelta(hours=24)  # Twilio ends a call by then
NOT_FOUND: Final = 404
FINAL_CALL: Final = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})

CALLS = Table(
    "calls",
    (
        Column("sid", required=True),
        Column("parent_call_sid"),
        Column("direction", required=True),
        Column("status", required=True),
        Column("from_key"),
        Column("to_number"),
        Column("start_time", "timestamp", format="rfc2822", required=True),
        Column("end_time", "timestamp", format="rfc2822", required=True),
        Column("duration_seconds", "int", path=("duration",), format="number_text", required=True),
        Column("queue_time_ms", "int", path=("queue_time",), format="number_text"),
        Column("date_created", "timestamp", format="rfc2822"),
        Column("date_updated", "timestamp", format="rfc2822"),
    ),
    key=("sid",),
    description="One row a call and version; newest by status and date_updated.",
    person={"sid": "call", "from_key": "key"},
)

EVENTS = Table(
    "events",
    (
        Column("sid", required=True),
        Column("event_type", required=True),
        Column(
            "occurred_at", "timestamp", path=("event_date_ms",), format="epoch_ms", required=True
        ),
        Column("actor_type"),
        Column("resource_type"),
        Column("resource_sid"),
        Column("task_sid"),
        Column("task_queue_sid"),
        Column("task_queue_name"),
        Column("task_channel"),
        Column("worker_sid"),
        Column("reservation_sid"),
        Column("canceled_reason"),
        Column("transfer_mode"),
        Column("task_assignment_status"),
        Column("from_key"),
        Column("call_sid"),
        Column("direction"),
        Column("initiated_by"),
        Column("outcome"),
        Column("reason_code"),
        Column("case_id"),
        Column("preceded_by"),
        Column("language"),
        Column("hold_seconds", "int"),
        Column("first_response_seconds", "int"),
        Column("ivr_seconds", "int"),
        Column("product_id"),
        Column("purpose"),
        Column("announcement"),
    ),
    key=("sid",),
    description="TaskRouter's event log, with the task's attributes as they were at the event.",
    person={"sid": "event", "task_sid": "task", "call_sid": "call", "from_key": "key"},
    objects=("event_data",),
)

WORKERS = Table(
    "workers",
    (
        Column("sid", required=True),
        Column("employee_id"),
        Column("email_key"),
        Column("activity_name"),
        Column("available", "bool"),
        Column("languages"),
        Column("date_created", "timestamp", format="iso"),
        Column("date_updated", "timestamp", format="iso"),
    ),
    key=("sid",),
    description="Agents as TaskRouter knows them; the whole list at each landing.",
)

TASK_QUEUES = Table(
    "task_queues",
    (
        Column("sid", required=True),
        Column("friendly_name", required=True),
        Column("target_workers"),
        Column("date_created", "timestamp", format="iso"),
        Column("date_updated", "timestamp", format="iso"),
    ),
    key=("sid",),
    description="Queues of live contacts; the whole list at each landing.",
)

ACTIVITIES = Table(
    "activities",
    (
        Column("sid", required=True),
        Column("friendly_name", required=True),
        Column("available", "bool"),
        Column("date_created", "timestamp", format="iso"),
        Column("date_updated", "timestamp", format="iso"),
    ),
    key=("sid",),
    description="What a worker can be doing; the whole list at each landing.",
)

TASKS = Table(
    "tasks",
    (
        Column("sid", required=True),
        Column("assignment_status", required=True),
        Column("task_queue_sid"),
        Column("task_channel", path=("task_channel_unique_name",)),
        Column("priority", "int"),
        Column("reason"),
        Column("date_created", "timestamp", format="iso"),
        Column("date_updated", "timestamp", format="iso"),
        Column(
            "task_queue_entered_at", "timestamp", path=("task_queue_entered_date",), format="iso"
        ),
        Column("from_key"),
        Column("direction"),
        Column("preceded_by"),
        Column("language"),
    ),
    key=("sid",),
    description="Tasks that are live right now; the whole list at each landing.",
    person={"sid": "task", "from_key": "key"},
)

RESERVATIONS = Table(
    "reservations",
    (
        Column("sid", required=True),
        Column("task_sid", required=True),
        Column("worker_sid", required=True),
        Column("reservation_status", required=True),
        Column("date_created", "timestamp", format="iso"),
        Column("date_updated", "timestamp", format="iso"),
    ),
    key=("sid",),
    description="Offers of live tasks to workers; the whole list at each landing.",
    person={"task_sid": "task"},
    on_request=True,
)

TABLES: Final = (CALLS, EVENTS, WORKERS, TASK_QUEUES, ACTIVITIES, TASKS, RESERVATIONS)


def source(run: LandingRun) -> DltSource:
    """All tables of Twilio. Address, credentials and network are only needed to extract it."""
    routed = partial(landing, connect=_connect_taskrouter, run=run)

    @dlt.source(name=NAME)
    def twilio() -> Any:
        return [
            landing(CALLS, _calls, connect=_connect_api, run=run),
            routed(EVENTS, _events),
            routed(WORKERS, _workers, is_snapshot=True),
            routed(TASK_QUEUES, partial(_list, name="TaskQueues"), is_snapshot=True),
            routed(ACTIVITIES, partial(_list, name="Activities"), is_snapshot=True),
            routed(TASKS, _tasks, is_snapshot=True),
            routed(RESERVATIONS, _reservations, is_snapshot=True),
        ]

    return twilio()


def probe(client_of: ClientOf) -> None:
    """One cheap call of each of the two APIs that needs the credential."""
    account, workspace = settings.required(NAME, "account_sid", "workspace_sid")
    client_of(_connect_api()).get(f"/2010-04-01/Accounts/{account}/Calls.json", {"PageSize": 1})
    client_of(_connect_taskrouter()).get(f"/v1/Workspaces/{workspace}/Activities", {"PageSize": 1})


def _connect(setting: str, default: str) -> Endpoint:
    address = settings.base_url(NAME, setting, default)
    account, token = settings.required(NAME, "account_sid", "auth_token")
    return Endpoint(
        NAME, address, HTTPBasicAuth(account, token), ("account_sid", "auth_token"), setting
    )


def _connect_api() -> Endpoint:
    return _connect("base_url", API)


def _connect_taskrouter() -> Endpoint:
    return _connect("taskrouter_base_url", TASKROUTER)


def _start() -> int:
    default = datetime.now(UTC).replace(tzinfo=None) - HISTORY
    return to_epoch(settings.start_date(NAME, default))


def _iso(seconds: int) -> str:
    return from_epoch(seconds).isoformat() + "Z"


def _calls(client: VendorClient, state: State) -> Iterator[list[Row]]:
    (account,) = settings.required(NAME, "account_sid")
    recent = Recent(state)
    running: dict[str, int] = state.setdefault("running", {})

    def read(first: int, last: int) -> Iterator[Page]:
        return client.pages(
            f"/2010-04-01/Accounts/{account}/Calls.json",
            member="calls",
            params={"StartTime>": _iso(first), "StartTime<": _iso(last), "PageSize": PAGE},
            paginator=JSONLinkPaginator("next_page_uri"),
        )

    since = _since(state)
    if running:
        since = min(since, *running.values())
    for page in walk(client, state, since=since, width=STRETCH, read=read):
        fresh = recent.fresh(page, key=lambda c: c["sid"], at=_call_start, version=_call_version)
        yield [_call(call) for call in fresh]
        recent.keep()
        for call in page:
            if call.get("status") in FINAL_CALL:
                running.pop(call["sid"], None)
            else:
                running[call["sid"]] = _call_start(call)
    if "until" in state:
        too_old = state["until"] - int(LONGEST_CALL.total_seconds())
        for sid in [sid for sid, start in running.items() if start < too_old]:
            del running[sid]
        recent.forget_before(min(_since(state), *running.values(), state["until"]))


def _since(state: State) -> int:
    return state["until"] - int(OVERLAP.total_seconds()) if "until" in state else _start()


def _call_start(call: Mapping[str, Any]) -> int:
    text = call.get("start_time") or call.get("date_created")
    return int(parsedate_to_datetime(str(text)).timestamp()) if text else 0


def _call_version(call: Mapping[str, Any]) -> str:
    return f"{call.get('status')} {call.get('date_updated')}"


def _call(call: Mapping[str, Any]) -> Row:
    is_inbound = call.get("direction") == "inbound"
    party = call.get("from") if is_inbound else call.get("to")
    return {
        **call,
        "from_key": phone_key(party),
        "to_number": call.get("to") if is_inbound else None,
    }


def _events(client: VendorClient, state: State) -> Iterator[list[Row]]:
    (workspace,) = settings.required(NAME, "workspace_sid")
    path = f"/v1/Workspaces/{workspace}/Events"
    people = pseudonymiser(NAME)
    recent = Recent(state)
    read_until = state.get("until")

    def read(first: int, last: int) -> Iterator[Page]:
        page = None
        for page in client.pages(
            path,
            member="events",
            params={"StartDate": _iso(first), "EndDate": _iso(last), "PageSize": PAGE},
            paginator=JSONLinkPaginator("meta.next_page_url"),
        ):
            yield page
        if page is None or len(page) < PAGE or page.answer["meta"].get("next_page_url"):
            return
        if last - first <= 1:
            url, what = f"{client.endpoint.base_url}{path}", f"{PAGE} events or more of one second"
            raise UnexpectedResponse(NAME, client.resource, url, what)
        middle = (first + last) // 2
        yield from read(first, middle)
        yield from read(middle, last)

    for page in walk(client, state, since=_since(state), width=STRETCH, read=read):
        fresh = recent.fresh(
            page, key=lambda e: e["sid"], at=lambda e: int(e.get("event_date_ms") or 0) // 1000
        )
        yield [_event(people, event) for event in fresh]
        recent.keep()
        if state.get("until") != read_until:  # a stretch is done: only its end is looked at again
            read_until = state["until"]
            recent.forget_before(_since(state))
    if "until" in state:
        recent.forget_before(_since(state))


def _event(people: Pseudonymiser, event: Mapping[str, Any]) -> Row:
    data = event.get("event_data") or {}
    return {
        **event,
        **_attributes(people, data.get("task_attributes")),
        "sid": event["sid"],
        "event_type": event["event_type"],
        "event_date_ms": event["event_date_ms"],
        "actor_type": event.get("actor_type"),
        "resource_type": event.get("resource_type"),
        "resource_sid": event.get("resource_sid"),
        "task_sid": data.get("task_sid"),
        "task_queue_sid": data.get("task_queue_sid"),
        "task_queue_name": data.get("task_queue_name"),
        "task_channel": data.get("task_channel_unique_name"),
        "worker_sid": data.get("worker_sid"),
        "reservation_sid": data.get("reservation_sid"),
        "canceled_reason": data.get("task_canceled_reason"),
        "transfer_mode": data.get("transfer_mode"),
        "task_assignment_status": data.get("task_assignment_status"),
    }


@lru_cache(maxsize=20_000)  # a task's events mostly repeat the same text
def _attributes(people: Pseudonymiser, text: str | None) -> Mapping[str, Any]:
    """The declared parts of a task's attributes, which the vendor sends as JSON text."""
    known = _json_object(text)
    conversations = known.get("conversations")
    if not isinstance(conversations, Mapping):
        conversations = {}
    return {
        "from_key": people.person(known.get("from")),
        "call_sid": known.get("call_sid"),
        "direction": known.get("direction"),
        "language": known.get("language"),
        "initiated_by": conversations.get("initiated_by"),
        "outcome": conversations.get("outcome"),
        "reason_code": conversations.get("conversation_attribute_1"),
        "case_id": conversations.get("case"),
        "preceded_by": conversations.get("preceded_by"),
        "hold_seconds": conversations.get("hold_time"),
        "first_response_seconds": conversations.get("first_response_time"),
        "ivr_seconds": conversations.get("ivr_time"),
        "product_id": conversations.get("conversation_attribute_2"),
        "purpose": conversations.get("conversation_attribute_3"),
        "announcement": conversations.get("conversation_attribute_4"),
    }


def _json_object(text: Any) -> dict[str, Any]:
    """Attributes are free text to the vendor: what is no JSON object counts as empty."""
    try:
        value = json.loads(text) if isinstance(text, str) and text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _list(client: VendorClient, state: State, *, name: str) -> Iterator[list[Any]]:
    del state
    (workspace,) = settings.required(NAME, "workspace_sid")
    last = name.rpartition("/")[2]
    member = {"TaskQueues": "task_queues"}.get(last, last.lower())
    yield from client.pages(
        f"/v1/Workspaces/{workspace}/{name}",
        member=member,
        params={"PageSize": PAGE},
        paginator=JSONLinkPaginator("meta.next_page_url"),
    )


def _workers(client: VendorClient, state: State) -> Iterator[list[Row]]:
    for page in _list(client, state, name="Workers"):
        yield [{**worker, **_worker_attributes(worker.get("attributes"))} for worker in page]


def _worker_attributes(text: Any) -> dict[str, Any]:
    known = _json_object(text)
    languages = known.get("languages")
    return {
        "employee_id": known.get("employee_id"),
        "email_key": email_key(known.get("email")),
        "languages": json.dumps(languages) if languages is not None else None,
    }


def _tasks(client: VendorClient, state: State) -> Iterator[list[Row]]:
    people = pseudonymiser(NAME)
    for page in _list(client, state, name="Tasks"):
        yield [{**task, **_attributes(people, task.get("attributes"))} for task in page]


def _reservations(client: VendorClient, state: State) -> Iterator[list[Row]]:
    for page in _list(client, state, name="Tasks"):
        for task in page:
            try:
                yield from _list(client, state, name=f"Tasks/{task['sid']}/Reservations")
            except UnexpectedResponse as error:
                if error.status != NOT_FOUND:  # else the task has ended since it was listed
                    raise
