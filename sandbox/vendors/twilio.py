"""Twilio over HTTP: Calls of the REST API, and TaskRouter's events and snapshots.

Facts from the vendor's published specification. Calls and Events come newest first. New ones
join at the head while a client walks towards the past, so a page counted from the head would
slide under a running clock: `PageToken` therefore names the record the next page starts behind,
and a walk sees each record of its first moment once. Plain `Page=` numbers count from the head
and do slide, as with the vendor.

TaskRouter answers for the last 15 minutes unless `StartDate` or `Minutes` says otherwise. A
call's row changes when it ends; the API has no filter on that, so a client must come back for
calls it saw in progress.

Inputs: a World and a clock. Output: an ASGI app. Runs within `python -m sandbox serve`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from math import ceil
from typing import Any, NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN, TWILIO_WORKSPACE_SID
from sandbox.vendors.gate import Doorman
from sandbox.vendors.limits import Limit
from sandbox.vendors.timeline import window
from sandbox.vendors.twilio_events import TaskEvent, TaskRouterRecords
from sandbox.vendors.twilio_records import TwilioSnapshots
from sandbox.vendors.wire import (
    BadInputError,
    Clock,
    absolute_url,
    json_response,
    pack,
    parse_instant,
    parse_size,
    rfc2822,
    unpack,
)
from sandbox.world.records import World

PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000
DEFAULT_MINUTES = 15
# The vendor limits concurrency and publishes no number; this one is of its usual order.
REQUEST_LIMIT = Limit("requests", 100, 10.0)

Handler = Callable[[Request], Awaitable[Response]]


def _error(status: int, code: int, message: str) -> Response:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return json_response(body, status)


class TwilioDoorman(Doorman):
    """Basic auth as account sid and auth token; the sids in the path must be the account's."""

    vendor = "twilio"
    default_column = "sid"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the Basic credentials with the sandbox's."""
        del path
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        right = scheme.lower() == "basic" and given == f"{TWILIO_ACCOUNT_SID}:{TWILIO_AUTH_TOKEN}"
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return error 20003."""
        return _error(401, 20003, "Authenticate")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the one limit of the account."""
        del method, path
        return [REQUEST_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return error 20429; only a fault on demand says how long to wait."""
        response = _error(429, 20429, "Too Many Requests")
        if limit is None and wait_seconds is not None:
            response.headers["Retry-After"] = str(ceil(wait_seconds))
        return response

    def failure(self, status: int) -> Response:
        """Return error 20500."""
        return _error(status, 20500, "Internal Server Error")


class _Paging(NamedTuple):
    number: int
    size: int
    following: dict[str, str] | None  # query of the next page


class TwilioApi:
    """The handlers of both hosts, under one mount: their paths do not meet."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.records = TaskRouterRecords(world)
        self.snapshots = TwilioSnapshots(self.records)
        self._events = self.records.events()
        self._event_times = [event.at for event in self._events]
        self._calls = self.snapshots.calls
        self._call_times = [start for start, _ in self._calls]

    def app(self) -> Starlette:
        """Return the routes."""
        workspace = "/v1/Workspaces/{workspace}"
        routes: list[tuple[str, Handler]] = [
            ("/2010-04-01/Accounts.json", self.accounts),
            ("/2010-04-01/Accounts/{account}/Calls.json", self.calls),
            (f"{workspace}/Events", self.events),
            (f"{workspace}/Tasks", self.tasks),
            (f"{workspace}/Tasks/{{task}}", self.task),
            (f"{workspace}/Tasks/{{task}}/Reservations", self.reservations),
            (f"{workspace}/Workers", self.workers),
            (f"{workspace}/TaskQueues", self.task_queues),
            (f"{workspace}/Activities", self.activities),
        ]
        return Starlette(
            routes=[Route(path, _own(handler), methods=["GET"]) for path, handler in routes],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def accounts(self, request: Request) -> Response:
        """Serve the one account there is."""
        path = request.url.path
        uri = path.removesuffix(".json") + f"/{TWILIO_ACCOUNT_SID}"
        account = {
            "sid": TWILIO_ACCOUNT_SID,
            "owner_account_sid": TWILIO_ACCOUNT_SID,
            "friendly_name": "Kontakti",
            "status": "active",
            "type": "Full",
            "date_created": rfc2822(self.records.world.starts_at),
            "date_updated": rfc2822(self.records.world.starts_at),
            "uri": f"{uri}.json",
            "subresource_uris": {"calls": f"{uri}/Calls.json"},
        }
        pages = {"next_page_uri": None, "previous_page_uri": None, "page": 0, "start": 0}
        return json_response({"accounts": [account], "uri": path, **pages})

    async def calls(self, request: Request) -> Response:
        """Serve the calls, newest first, in the 2010 API's envelope."""
        now = self.clock.now()
        params = request.query_params
        low, high = window(self._call_times, *_call_window(params, now))
        size = parse_size(request, "PageSize", PAGE_SIZE, MAX_PAGE_SIZE)
        status = params.get("Status")
        rows, page, next_page = self._walk(
            request, low, high, size, lambda place: self._call_row(place, now, status)
        )
        path = request.url.path
        kept = _kept(params)
        next_uri = None
        if next_page is not None:
            next_uri = _uri(path, kept | {"PageSize": str(size)} | next_page)
        body = {
            "first_page_uri": _uri(path, kept | {"PageSize": str(size), "Page": "0"}),
            "next_page_uri": next_uri,
            "previous_page_uri": None,
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(0, len(rows) - 1),
            "uri": _uri(path, dict(params)),
            "calls": rows,
        }
        return json_response(body)

    def _call_row(self, place: int, now: int, status: str | None) -> dict[str, Any] | None:
        row = self.snapshots.call(self._calls[place][1], now)
        return row if status in {None, row["status"]} else None

    async def events(self, request: Request) -> Response:
        """Serve the event log, newest first, by `StartDate`, `EndDate` or `Minutes`."""
        now = self.clock.now()
        params = request.query_params
        if "StartDate" in params:
            start = parse_instant(params["StartDate"], "StartDate")
        else:
            minutes = params.get("Minutes", str(DEFAULT_MINUTES))
            if not minutes.isdigit():
                raise BadInputError(f"Minutes: '{minutes}' is not a number")
            start = now - int(minutes) * 60
        end = min(now, parse_instant(params["EndDate"], "EndDate")) if "EndDate" in params else now
        low, high = window(self._event_times, start, end)
        size = parse_size(request, "PageSize", PAGE_SIZE, MAX_PAGE_SIZE)
        rows, page, next_page = self._walk(
            request, low, high, size, lambda place: self._event_row(self._events[place], params)
        )
        paging = _Paging(page, size, next_page)
        return self._envelope(request, "events", rows, paging)

    def _event_row(self, event: TaskEvent, params: Mapping[str, str]) -> dict[str, Any] | None:
        wanted = params.get("EventType")
        if wanted is not None and wanted != event.event_type:
            return None
        if params.get("TaskSid") not in {
            None,
            self.records.contacts[event.contact_index].task_sid,
        }:
            return None
        if params.get("ReservationSid") not in {None, event.reservation_sid}:
            return None
        return self.records.event_json(event)

    def _walk(
        self,
        request: Request,
        low: int,
        high: int,
        size: int,
        render: Callable[[int], dict[str, Any] | None],
    ) -> tuple[list[dict[str, Any]], int, dict[str, str] | None]:
        """Collect one page from the newest record to the oldest.

        Returns the rows, the page number and the parameters of the next page (None at the end).
        """
        page_text = request.query_params.get("Page", "0")
        page = int(page_text) if page_text.isdigit() else 0
        token = request.query_params.get("PageToken")
        if token is not None:
            place_text = unpack(token.removeprefix("PT"), "PageToken")[0]
            if not place_text.isdigit():
                raise BadInputError(f"PageToken: '{token}' is not one of our tokens")
            high = min(high, int(place_text))
        else:
            high = max(low, high - page * size)
        rows: list[dict[str, Any]] = []
        place = high
        while place > low and len(rows) < size:
            place -= 1
            row = render(place)
            if row is not None:
                rows.append(row)
        if place <= low:
            return rows, page, None
        return rows, page, {"Page": str(page + 1), "PageToken": "PT" + pack(place)}

    async def tasks(self, request: Request) -> Response:
        """Serve the live tasks."""
        return self._snapshot(request, "tasks", self.snapshots.live_tasks(self.clock.now()))

    async def task(self, request: Request) -> Response:
        """Serve one live task."""
        task = self.snapshots.task(request.path_params["task"], self.clock.now())
        return await _not_found(request, LookupError()) if task is None else json_response(task)

    async def reservations(self, request: Request) -> Response:
        """Serve the reservations of a live task."""
        task_sid = request.path_params["task"]
        now = self.clock.now()
        if self.snapshots.task(task_sid, now) is None:
            return await _not_found(request, LookupError())
        return self._snapshot(request, "reservations", self.snapshots.reservations(task_sid, now))

    async def workers(self, request: Request) -> Response:
        """Serve the workers."""
        return self._snapshot(request, "workers", self.snapshots.workers(self.clock.now()))

    async def task_queues(self, request: Request) -> Response:
        """Serve the task queues."""
        return self._snapshot(request, "task_queues", self.snapshots.task_queues())

    async def activities(self, request: Request) -> Response:
        """Serve the activities."""
        return self._snapshot(request, "activities", self.snapshots.activities())

    def _snapshot(self, request: Request, name: str, items: list[dict[str, Any]]) -> Response:
        size = parse_size(request, "PageSize", PAGE_SIZE, MAX_PAGE_SIZE)
        page_text = request.query_params.get("Page", "0")
        page = int(page_text) if page_text.isdigit() else 0
        rows = items[page * size : (page + 1) * size]
        next_page = None
        if (page + 1) * size < len(items):
            next_page = {"Page": str(page + 1), "PageToken": "PT" + rows[-1]["sid"]}
        return self._envelope(request, name, rows, _Paging(page, size, next_page))

    def _envelope(
        self,
        request: Request,
        name: str,
        rows: list[dict[str, Any]],
        paging: _Paging,
    ) -> Response:
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        kept = _kept(request.query_params) | {"PageSize": str(paging.size)}
        following = paging.following
        next_url = absolute_url(request, path, kept | following) if following else None
        meta = {
            "page": paging.number,
            "page_size": paging.size,
            "first_page_url": absolute_url(request, path, kept | {"Page": "0"}),
            "previous_page_url": None,
            "url": absolute_url(request, path, dict(request.query_params)),
            "next_page_url": next_url,
            "key": name,
        }
        return json_response({"meta": meta, name: rows})


def _call_window(params: Mapping[str, str], now: int) -> tuple[int | None, int]:
    """Read `StartTime>=`, `StartTime<=` and a whole day `StartTime=` (all inclusive)."""
    start, end = None, now
    if "StartTime>" in params:
        start = parse_instant(params["StartTime>"], "StartTime>")
    if "StartTime<" in params:
        text = params["StartTime<"]
        day = 86_399 if len(text) == 10 else 0  # a date means the whole of it
        end = min(end, parse_instant(text, "StartTime<") + day)
    if "StartTime" in params:
        start = parse_instant(params["StartTime"], "StartTime") // 86_400 * 86_400
        end = min(end, start + 86_399)
    return start, end


def _kept(params: Mapping[str, str]) -> dict[str, str]:
    return {
        name: value
        for name, value in params.items()
        if name not in {"Page", "PageToken", "PageSize"}
    }


def _uri(path: str, params: Mapping[str, str]) -> str:
    # The 2010 API gives links without a host. They carry the mount, so that they resolve
    # against the request's address as any link does.
    return f"{path}?{urlencode(params)}" if params else path


def _own(handler: Handler) -> Handler:
    """Answer 404 for another account or workspace, as the vendor does."""

    async def guarded(request: Request) -> Response:
        account = request.path_params.get("account", TWILIO_ACCOUNT_SID)
        workspace = request.path_params.get("workspace", TWILIO_WORKSPACE_SID)
        if (account, workspace) != (TWILIO_ACCOUNT_SID, TWILIO_WORKSPACE_SID):
            return await _not_found(request, LookupError())
        return await handler(request)

    return guarded


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(400, 20001, f"Invalid parameter: {error}")


async def _not_found(request: Request, error: Exception) -> Response:
    del error
    return _error(404, 20404, f"The requested resource {request.url.path} was not found")
