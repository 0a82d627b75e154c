"""Zendesk Support over HTTP: incremental exports, reference lists, Basic auth, rate limits.

Facts from the vendor's public documentation. Incremental exports hold the newest minute back:
they show the helpdesk as it stood 60 seconds before the clock. A ticket is listed once, at its
newest version; `generated_timestamp` is that version's time and can lie after `updated_at` (a
rating moves the one, not the other). Cursor exports go on after the last version listed; the
time-based ticket event export goes on from the last second listed, inclusive, so a record can
come twice, as with the vendor. The list of tickets holds nothing back and knows no deleted one.
Lists page by `page[size]`, `page[after]`, `meta.has_more`.

Inputs: a World and a clock. Output: an ASGI app. Runs within `python -m sandbox serve`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from math import ceil
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import ZENDESK_API_TOKEN, ZENDESK_EMAIL
from sandbox.vendors.gate import Doorman
from sandbox.vendors.limits import Limit
from sandbox.vendors.timeline import VersionLog, window
from sandbox.vendors.wire import (
    BadInputError,
    Clock,
    absolute_url,
    json_response,
    pack,
    parse_instant,
    parse_size,
    unpack,
)
from sandbox.vendors.zendesk_audits import ZendeskAudits
from sandbox.vendors.zendesk_metrics import MetricEvent, metric_events
from sandbox.vendors.zendesk_records import ZendeskRecords
from sandbox.world.records import World

HOLD_BACK_SECONDS = 60
PAGE_SIZE = 1000
LIST_PAGE_SIZE = 100
INCREMENTAL_LIMIT = Limit("incremental", 10, 60.0)
ACCOUNT_LIMIT = Limit("account", 700, 60.0)

Handler = Callable[[Request], Awaitable[Response]]


class ZendeskDoorman(Doorman):
    """Basic auth as `email/token:api_token`; 10 incremental requests a minute."""

    vendor = "zendesk"
    default_column = "created_at"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the Basic credentials with the sandbox's."""
        del path
        scheme, _, encoded = headers.get("authorization", "").partition(" ")
        try:
            given = base64.b64decode(encoded).decode()
        except (binascii.Error, UnicodeDecodeError):
            given = ""
        wanted = f"{ZENDESK_EMAIL}/token:{ZENDESK_API_TOKEN}"
        right = scheme.lower() == "basic" and given == wanted
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return the vendor's short 401."""
        return json_response({"error": "Couldn't authenticate you"}, 401)

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the export limit for exports, and the account's for everything."""
        del method
        incremental = path.startswith("/api/v2/incremental/")
        return [INCREMENTAL_LIMIT, ACCOUNT_LIMIT] if incremental else [ACCOUNT_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return 429 with `Retry-After` in whole seconds."""
        what = "incremental export API" if limit is INCREMENTAL_LIMIT else "API"
        body = {
            "error": "APIRateLimitExceeded",
            "description": f"Number of allowed {what} requests per minute exceeded",
        }
        wait = ceil(wait_seconds) if wait_seconds is not None else 1
        return json_response(body, 429, {"Retry-After": str(wait)})

    def failure(self, status: int) -> Response:
        """Return the vendor's answer to an internal error."""
        return json_response({"error": "Internal Error", "description": f"HTTP {status}"}, status)

    def limit_headers(self, limit: Limit, remaining: int) -> dict[str, str]:
        """Tell the account limit and what is left of it."""
        prefix = "X-Rate-Limit" if limit is ACCOUNT_LIMIT else "X-Incremental-Rate-Limit"
        return {prefix: str(limit.requests), f"{prefix}-Remaining": str(remaining)}


class ZendeskApi:
    """The handlers; state is what a World is, the clock says how much of it exists."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.records = ZendeskRecords(world)
        self._tickets = VersionLog(self.records.ticket_versions())
        self._changes = VersionLog(self.records.ticket_changes())
        self._users = VersionLog(self.records.user_versions())
        self._organizations = VersionLog(self.records.organization_versions())
        self.events = ZendeskAudits(self.records)
        self._audits = self.events.audits()
        self._audit_times = [audit.at for audit in self._audits]
        self._rating_times = [rating.answered_at for rating in self.records.ratings]

    def app(self) -> Starlette:
        """Return the routes; each also answers with `.json` at the end, as the vendor does."""
        routes: list[tuple[str, Handler]] = [
            ("/api/v2/incremental/tickets/cursor", self.tickets),
            ("/api/v2/incremental/users/cursor", self.users),
            ("/api/v2/incremental/ticket_events", self.ticket_events),
            ("/api/v2/incremental/ticket_metric_events", self.ticket_metric_events),
            ("/api/v2/incremental/organizations", self.organizations),
            ("/api/v2/tickets", self.changed_tickets),
            ("/api/v2/groups", self.groups),
            ("/api/v2/satisfaction_ratings", self.satisfaction_ratings),
            ("/api/v2/business_hours/schedules", self.schedules),
            ("/api/v2/business_hours/schedules/{schedule_id:int}/holidays", self.holidays),
            ("/api/v2/slas/policies", self.sla_policies),
        ]
        return Starlette(
            routes=[
                Route(path + ending, handler, methods=["GET"])
                for path, handler in routes
                for ending in ("", ".json")
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def tickets(self, request: Request) -> Response:
        """Serve the incremental ticket export, cursor based."""
        return self._export(request, "tickets", self._tickets, self.records.ticket)

    async def changed_tickets(self, request: Request) -> Response:
        """Serve the list of tickets that are there, last changed first; it holds nothing back."""
        if request.query_params.get("sort") != "-updated_at":
            raise BadInputError("sort: the sandbox lists tickets by -updated_at only")
        size = parse_size(request, "page[size]", LIST_PAGE_SIZE, LIST_PAGE_SIZE)
        token = request.query_params.get("page[after]")
        before = None if token is None else _read_cursor(token)
        root, now = absolute_url(request, ""), self.clock.now()
        found: list[tuple[tuple[int, int], dict[str, Any]]] = []
        for at, index in self._changes.newest(now, before):
            ticket = self.records.ticket(index, at, root)
            if ticket["status"] != "deleted":
                found.append(((at, index), ticket))
            if len(found) > size:
                break
        page, more = found[:size], len(found) > size
        after = _write_cursor(page[-1][0]) if page else None
        following = {"sort": "-updated_at", "page[size]": str(size), "page[after]": after}
        next_page = absolute_url(request, "/api/v2/tickets.json", following) if more else None
        return json_response(
            {
                "tickets": [ticket for _, ticket in page],
                "meta": {"has_more": more, "after_cursor": after, "before_cursor": None},
                "links": {"next": next_page, "prev": None},
            }
        )

    async def users(self, request: Request) -> Response:
        """Serve the incremental user export, cursor based; with identities where asked for."""
        return self._export(
            request,
            "users",
            self._users,
            self.records.user,
            {"identities": self.records.identities},
        )

    def merge(self, kind: str, into: str, other: str) -> str:
        """Merge an end user into another now, as an agent does.

        Raises:
            ValueError: Other things than end users are not merged so.
        """
        if kind != "users":
            raise ValueError(kind)
        now = self.clock.now()
        users, cases = self.records.merge(int(into), int(other), now)
        shown = [case for case in cases if self.records.cases[case].created_at <= now]
        self._users = self._users.changed(users, now)
        self._tickets = self._tickets.changed(shown, now)
        self._changes = self._changes.changed(shown, now)
        audits = self.events.merges(shown, int(into), int(other), now)
        self._audits = sorted([*self._audits, *audits], key=lambda audit: audit[:4])
        self._audit_times = [audit.at for audit in self._audits]
        return into

    def _export(
        self,
        request: Request,
        name: str,
        versions: VersionLog,
        render: Callable[[int, int, str], dict[str, Any]],
        beside: Mapping[str, Callable[[int, int, str], list[dict[str, Any]]]] | None = None,
    ) -> Response:
        cutoff = self.clock.now() - HOLD_BACK_SECONDS
        cursor = request.query_params.get("cursor")
        position = self._start(request, cutoff) if cursor is None else _read_cursor(cursor)
        size = parse_size(request, "per_page", PAGE_SIZE, PAGE_SIZE)
        page, more = versions.page(cutoff, position, size)
        root = absolute_url(request, "")
        after = _write_cursor(page[-1] if page else position)
        include = request.query_params.get("include", "")
        loaded = {n: of for n, of in (beside or {}).items() if n in include.split(",")}
        following = {"cursor": after} | ({"include": include} if include else {})
        body = {
            **{
                member: [record for at, index in page for record in of(index, at, root)]
                for member, of in loaded.items()
            },
            name: [render(index, at, root) for at, index in page],
            "after_url": absolute_url(
                request, f"/api/v2/incremental/{name}/cursor.json", following
            ),
            "after_cursor": after,
            "before_url": None,
            "before_cursor": None,
            "end_of_stream": not more,
        }
        return json_response(body)

    def _start(self, request: Request, cutoff: int) -> tuple[int, int]:
        text = request.query_params.get("start_time")
        if text is None:
            raise BadInputError("start_time: missing")
        start = parse_instant(text, "start_time")
        if start > cutoff:
            raise TooRecentError
        return start, -1

    async def ticket_events(self, request: Request) -> Response:
        """Serve the incremental ticket event export, time based."""
        cutoff = self.clock.now() - HOLD_BACK_SECONDS
        include = request.query_params.get("include", "")

        def render(place: int) -> dict[str, Any]:
            audit = self._audits[place]
            return self.events.audit(audit, with_comments="comment_events" in include)

        return self._by_time(request, "ticket_events", self._audit_times, render, cutoff)

    async def ticket_metric_events(self, request: Request) -> Response:
        """Serve the incremental export of ticket metric events, time based."""
        cutoff = self.clock.now() - HOLD_BACK_SECONDS
        events, times = self._metric_events
        name = "ticket_metric_events"
        return self._by_time(request, name, times, lambda place: events[place].json(), cutoff)

    async def organizations(self, request: Request) -> Response:
        """Serve the incremental export of organizations, time based."""
        cutoff = self.clock.now() - HOLD_BACK_SECONDS
        root = absolute_url(request, "")
        shown = list(self._organizations.current(cutoff))

        def render(place: int) -> dict[str, Any]:
            at, company_no = shown[place]
            return self.records.organization(company_no, at, root)

        times = [at for at, _ in shown]
        return self._by_time(request, "organizations", times, render, cutoff)

    @cached_property
    def _metric_events(self) -> tuple[list[MetricEvent], list[int]]:
        # Made when somebody asks: most centres never do.
        events = metric_events(self.records)
        return events, [event.at for event in events]

    def _by_time(
        self,
        request: Request,
        name: str,
        times: list[int],
        render: Callable[[int], dict[str, Any]],
        cutoff: int,
    ) -> Response:
        """A page of an export by time, of records whose times are in order."""
        start, _ = self._start(request, cutoff)
        size = parse_size(request, "per_page", PAGE_SIZE, PAGE_SIZE)
        low, high = window(times, start, cutoff)
        end = min(low + size, high)
        # A page ends with a whole second, and always gets beyond its first one: otherwise the
        # next start_time would serve the same page for ever.
        while low < end < high and (times[end] == times[end - 1] or times[end - 1] == start):
            end += 1
        page = [render(place) for place in range(low, end)]
        end_time = times[end - 1] if page else None
        include = request.query_params.get("include", "")
        following = {"start_time": end_time, "per_page": size} | (
            {"include": include} if include else {}
        )
        body = {
            name: page,
            "next_page": absolute_url(request, f"/api/v2/incremental/{name}.json", following)
            if page
            else None,
            "count": len(page),
            "end_of_stream": end >= high,
            "end_time": end_time,
        }
        return json_response(body)

    async def groups(self, request: Request) -> Response:
        """Serve the groups."""
        return self._list(request, "groups", self.records.groups(absolute_url(request, "")))

    async def schedules(self, request: Request) -> Response:
        """Serve the schedules (the vendor does not page them)."""
        del request
        return json_response({"schedules": self.records.schedules()})

    async def holidays(self, request: Request) -> Response:
        """Serve a schedule's holidays (the vendor does not page them)."""
        holidays = self.records.holidays(request.path_params["schedule_id"])
        if holidays is None:
            return await _not_found(request, LookupError())
        return json_response({"holidays": holidays})

    async def sla_policies(self, request: Request) -> Response:
        """Serve the service level policies."""
        policies = self.records.sla_policies(absolute_url(request, ""))
        body = {"sla_policies": policies, "count": len(policies)}
        return json_response(body | {"next_page": None, "previous_page": None})

    async def satisfaction_ratings(self, request: Request) -> Response:
        """Serve the ratings given so far, oldest first; `start_time` and `end_time` narrow it."""
        params = request.query_params
        start, end = None, self.clock.now()
        if "start_time" in params:
            start = parse_instant(params["start_time"], "start_time")
        if "end_time" in params:
            end = min(end, parse_instant(params["end_time"], "end_time"))
        low, high = window(self._rating_times, start, end)
        root = absolute_url(request, "")

        def render(place: int) -> dict[str, Any]:
            return self.records.rating(place, root)

        return self._list(request, "satisfaction_ratings", range(low, high), render)

    def _list(
        self,
        request: Request,
        name: str,
        items: list[dict[str, Any]] | range,
        render: Callable[[Any], dict[str, Any]] | None = None,
    ) -> Response:
        size = parse_size(request, "page[size]", LIST_PAGE_SIZE, LIST_PAGE_SIZE)
        token = request.query_params.get("page[after]")
        place = 0
        if token is not None:
            # Positions count from the start of the list; items only ever join at its end.
            text = unpack(token, "page[after]")[0]
            if not text.isdigit():
                raise BadInputError(f"page[after]: '{token}' is not one of our tokens")
            place = int(text)
        page = items[place : place + size]
        end = place + len(page)
        after = pack(end)
        more = end < len(items)
        kept = {
            key: value
            for key, value in request.query_params.items()
            if key not in {"page[after]", "page[before]"}
        }
        path = f"/api/v2/{name}.json"
        following = kept | {"page[size]": str(size), "page[after]": after}
        return json_response(
            {
                name: [render(item) for item in page] if render else page,
                "meta": {
                    "has_more": more,
                    "after_cursor": after if page else None,
                    "before_cursor": pack(place) if page else None,
                },
                "links": {
                    "next": absolute_url(request, path, following) if more else None,
                    "prev": None,
                },
            }
        )


class TooRecentError(BadInputError):
    """An export asked to start in the minute the vendor holds back."""


def _write_cursor(position: tuple[int, int]) -> str:
    at, index = position
    return base64.b64encode(f"{at}.0||{index}|".encode()).decode()


def _read_cursor(cursor: str) -> tuple[int, int]:
    try:
        at, _, index, _ = base64.b64decode(cursor).decode().split("|")
        return int(float(at)), int(index)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadInputError(f"cursor: '{cursor}' is not one of our cursors") from error


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    if isinstance(error, TooRecentError):
        text = "Too recent start_time. Use a start_time older than 1 minute"
        return json_response({"error": "StartTimeTooRecent", "description": text}, 422)
    return json_response({"error": "InvalidValue", "description": str(error)}, 400)


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return json_response({"error": "RecordNotFound", "description": "Not found"}, 404)
