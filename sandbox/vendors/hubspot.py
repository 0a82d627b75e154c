"""HubSpot CRM v3 over HTTP: object search and list, owners, Bearer auth, rate limits.

Facts from the vendor's public documentation. A search returns at most 200 results a page and
refuses to page beyond 10,000 of them (400, VALIDATION_ERROR): clients window by date. `after`
counts results, so a search under a running clock can slide; clients close the window with an
upper bound. Only the properties asked for are sent.

Inputs: a World and a clock. Output: an ASGI app. Runs within `python -m sandbox serve`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import HUBSPOT_ACCESS_TOKEN
from sandbox.vendors.gate import Doorman
from sandbox.vendors.hubspot_records import (
    MERGED,
    NUMBERS,
    TIMES,
    CrmType,
    HubSpotRecords,
    Properties,
    stamp,
)
from sandbox.vendors.limits import Limit
from sandbox.vendors.wire import (
    BadInputError,
    Clock,
    absolute_url,
    json_response,
    parse_instant,
    parse_size,
)
from sandbox.world.records import World

SEARCH_PAGE_MAX = 200
LIST_PAGE_MAX = 100
SEARCH_RESULTS_MAX = 10_000
FILTER_GROUPS_MAX = 5
ACCOUNT_LIMIT = Limit("ten_secondly_rolling", 190, 10.0)
SEARCH_LIMIT = Limit("secondly", 4, 1.0)
_CORRELATION_ID = "00000000-0000-4000-8000-000000000000"
# The vendor takes a type by either name.
_PLURAL = {
    "contact": "contacts",
    "company": "companies",
    "deal": "deals",
    "ticket": "tickets",
    "feedback_submission": "feedback_submissions",
}


def _error(status: int, category: str, message: str) -> Response:
    body = {
        "status": "error",
        "message": message,
        "correlationId": _CORRELATION_ID,
        "category": category,
    }
    return json_response(body, status)


class HubSpotDoorman(Doorman):
    """Bearer token; 190 requests in 10 s, searches 4 a second."""

    vendor = "hubspot"
    default_column = "createdate"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the token with the sandbox's."""
        del path
        right = headers.get("authorization") == f"Bearer {HUBSPOT_ACCESS_TOKEN}"
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return category INVALID_AUTHENTICATION."""
        return _error(401, "INVALID_AUTHENTICATION", "Authentication credentials not found.")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the search limit for searches, the account's for the rest."""
        is_search = method == "POST" and path.endswith("/search")
        return [SEARCH_LIMIT] if is_search else [ACCOUNT_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return the policy that was broken; the vendor sends no `Retry-After` of its own."""
        broken = limit or ACCOUNT_LIMIT
        body = {
            "status": "error",
            "message": f"You have reached your {broken.name} limit.",
            "errorType": "RATE_LIMIT",
            "correlationId": _CORRELATION_ID,
            "policyName": broken.name.upper(),
        }
        headers = dict(self.limit_headers(broken, 0))
        if limit is None and wait_seconds is not None:
            headers["Retry-After"] = str(int(wait_seconds))
        return json_response(body, 429, headers)

    def failure(self, status: int) -> Response:
        """Return an internal error."""
        return _error(status, "INTERNAL_ERROR", "internal error")

    def limit_headers(self, limit: Limit, remaining: int) -> dict[str, str]:
        """Tell limit, rest and interval; searches are not told (as with the vendor)."""
        if limit is SEARCH_LIMIT:
            return {}
        return {
            "X-HubSpot-RateLimit-Max": str(limit.requests),
            "X-HubSpot-RateLimit-Remaining": str(remaining),
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(int(limit.seconds * 1000)),
        }


class HubSpotApi:
    """The handlers."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.records = HubSpotRecords(world)
        self._last_search: tuple[object, list[tuple[int, int]]] | None = None

    def app(self) -> Starlette:
        """Return the routes."""
        return Starlette(
            routes=[
                Route("/crm/v3/objects/{type}/search", self.search, methods=["POST"]),
                Route("/crm/v3/objects/{type}", self.list, methods=["GET"]),
                Route("/crm/v3/schemas", self.schemas, methods=["GET"]),
                Route("/properties/v2/{type}/properties", self.properties, methods=["GET"]),
                Route("/crm/v3/properties/{type}", self.definitions, methods=["GET"]),
                Route("/crm/v3/owners", self.owners, methods=["GET"]),
                Route("/crm/v3/owners/", self.owners, methods=["GET"]),
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    def _type(self, request: Request) -> CrmType:
        name = request.path_params["type"]
        found = self.records.types.get(_PLURAL.get(name, name))
        if found is None:
            raise BadInputError(f"Unable to infer object type from: {name}")
        return found

    async def search(self, request: Request) -> Response:
        """Serve a filtered, sorted search."""
        kind = self._type(request)
        try:
            query = orjson.loads(await request.body() or b"{}")
        except orjson.JSONDecodeError as error:
            raise BadInputError("Invalid input JSON") from error
        limit = _whole(query.get("limit", 10), "limit")
        if not 0 < limit <= SEARCH_PAGE_MAX:
            raise BadInputError(f"limit: {limit} is not between 1 and {SEARCH_PAGE_MAX}")
        after = _whole(query.get("after") or 0, "after")
        if after + limit > SEARCH_RESULTS_MAX:
            raise BadInputError(f"after: paging stops at {SEARCH_RESULTS_MAX} results of a search")
        now = self.clock.now()
        found = self._found(kind, query, now)
        page = found[after : after + limit]
        wanted = query.get("properties") or kind.defaults
        body: dict[str, Any] = {
            "total": len(found),
            "results": [_object(kind, number, at, wanted) for at, number in page],
        }
        if after + limit < len(found):
            body["paging"] = {"next": {"after": str(after + limit)}}
        return json_response(body)

    def _found(self, kind: CrmType, query: dict[str, Any], now: int) -> list[tuple[int, int]]:
        groups, sorts = query.get("filterGroups") or [], query.get("sorts") or []
        key = (kind.name, now, orjson.dumps(groups), orjson.dumps(sorts))
        if self._last_search is not None and self._last_search[0] == key:
            return self._last_search[1]
        if len(groups) > FILTER_GROUPS_MAX:
            raise BadInputError(f"filterGroups: more than {FILTER_GROUPS_MAX}")
        tests = [
            [_filter(entry, kind.modified) for entry in group.get("filters", [])]
            for group in groups
        ]
        found = []
        for at, number in kind.versions.current(now):
            if not tests:
                found.append((at, number))
                continue
            properties = _Lazy(kind, number, at)
            if any(all(test(properties) for test in group) for group in tests):
                found.append((at, number))
        _sort(found, kind, sorts)
        self._last_search = (key, found)
        return found

    async def list(self, request: Request) -> Response:
        """Serve all records of a type by id."""
        kind = self._type(request)
        params = request.query_params
        limit = parse_size(request, "limit", 10, LIST_PAGE_MAX)
        after = _whole(params.get("after", "0"), "after")
        wanted = [
            name for text in params.getlist("properties") for name in text.split(",") if name
        ] or kind.defaults
        rows = []
        if params.get("archived", "false") != "true":
            current = kind.versions.current(self.clock.now())
            rows = sorted(
                (kind.ids[number], at, number) for at, number in current if kind.ids[number] > after
            )
        page = rows[:limit]
        body: dict[str, Any] = {
            "results": [_object(kind, number, at, wanted) for _, at, number in page]
        }
        if len(rows) > limit:
            body["paging"] = self._next(request, str(page[-1][0]))
        return json_response(body)

    async def owners(self, request: Request) -> Response:
        """Serve the CRM users by id."""
        params = request.query_params
        limit = parse_size(request, "limit", LIST_PAGE_MAX, 500)
        after = _whole(params.get("after", "0"), "after")
        archived = params.get("archived", "false") == "true"
        rows = [
            owner
            for owner in self.records.owners(self.clock.now(), archived=archived)
            if int(owner["id"]) > after
        ]
        body: dict[str, Any] = {"results": rows[:limit]}
        if len(rows) > limit:
            body["paging"] = self._next(request, rows[limit - 1]["id"])
        return json_response(body)

    async def schemas(self, request: Request) -> Response:
        """Serve the account's own object types: there are none."""
        del request
        return json_response({"results": []})

    async def properties(self, request: Request) -> Response:
        """Serve what is known of a type's properties."""
        kind = self._type(request)
        return json_response(_definitions(kind, self.clock.now()))

    async def definitions(self, request: Request) -> Response:
        """Serve the properties of a type, as they are defined now."""
        return json_response({"results": _definitions(self._type(request), self.clock.now())})

    def merge(self, kind: str, into: str, other: str) -> str:
        """Merge two records now; returns the id of the record that stands for both."""
        return str(self.records.types[kind].merge(into, other, self.clock.now()))

    def define(self, kind: str, name: str, type_: str | None, value: str | None) -> None:
        """Make a property of every record, give it another type, or (without a type) remove it."""
        defined = self.records.types[kind].defined
        if type_ is None:
            defined.pop(name, None)
        else:
            defined[name] = (type_, value)

    def _next(self, request: Request, after: str) -> dict[str, Any]:
        path = request.url.path.removeprefix(request.scope.get("root_path", ""))
        params = dict(request.query_params) | {"after": after}
        return {"next": {"after": after, "link": absolute_url(request, path, params)}}


def _definitions(kind: CrmType, now: int) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "label": name,
            "type": type_,
            "fieldType": {"datetime": "date", "number": "number"}.get(type_, "text"),
            "groupName": f"{kind.name}_information",
            "hubspotDefined": name not in kind.defined,
            "description": "",
            "options": [],
            "hidden": False,
            "archived": False,
        }
        for name, type_ in kind.types(now).items()
    ]


class _Lazy:
    """Properties of a record, made only when a filter looks beyond the change time."""

    def __init__(self, kind: CrmType, number: int, at: int) -> None:
        self._kind, self._number, self.at = kind, number, at
        self._properties: Properties | None = None

    def __getitem__(self, name: str) -> str | None:
        if self._properties is None:
            self._properties = self._kind.properties(self._number, self.at)
        return self._properties.get(name)


def _object(kind: CrmType, number: int, at: int, wanted: Any) -> dict[str, Any]:
    properties = kind.properties(number, at)
    always = ("hs_object_id", "createdate", kind.modified)
    known = properties.keys() | {MERGED}  # what is not defined is not sent
    return {
        "id": str(kind.ids[number]),
        "properties": {n: properties.get(n) for n in (*wanted, *always) if n in known},
        "createdAt": properties["createdate"],
        "updatedAt": stamp(at),
        "archived": False,
    }


def _filter(entry: dict[str, Any], modified: str) -> Callable[[_Lazy], bool]:
    name, operator = str(entry.get("propertyName")), str(entry.get("operator"))
    if operator in {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}:
        return lambda row: (row[name] is not None) == (operator == "HAS_PROPERTY")
    if operator in {"IN", "NOT_IN"}:
        values = {str(value) for value in entry.get("values", [])}
        return lambda row: (row[name] in values) == (operator == "IN")
    read = _reader(name)
    value = read(entry.get("value"))
    high = read(entry["highValue"]) if operator == "BETWEEN" else None
    compare: dict[str, Callable[[Any], bool]] = {
        "EQ": lambda own: own == value,
        "NEQ": lambda own: own != value,
        "GT": lambda own: own > value,
        "GTE": lambda own: own >= value,
        "LT": lambda own: own < value,
        "LTE": lambda own: own <= value,
        "BETWEEN": lambda own: value <= own <= high,
    }
    if operator not in compare:
        raise BadInputError(f"operator: '{operator}' is not one of {', '.join(sorted(compare))}")
    test = compare[operator]
    if name == modified:
        return lambda row: test(row.at)

    def matches(row: _Lazy) -> bool:
        own = row[name]
        return own is not None and test(read(own))

    return matches


def _reader(name: str) -> Callable[[Any], Any]:
    if name in TIMES:
        return lambda value: parse_instant(str(value), name)
    if name in NUMBERS:
        return float
    return str


def _sort(found: list[tuple[int, int]], kind: CrmType, sorts: list[Any]) -> None:
    """Sort by one property (the vendor takes only one), ties by id; without one, by id."""
    found.sort(key=lambda entry: kind.ids[entry[1]])
    if not sorts:
        return
    rule = sorts[0]
    name = rule if isinstance(rule, str) else str(rule.get("propertyName"))
    descending = not isinstance(rule, str) and rule.get("direction") == "DESCENDING"
    if name == kind.modified:
        found.sort(key=lambda entry: entry[0], reverse=descending)
    else:
        read = _reader(name)
        shown = {entry: kind.properties(entry[1], entry[0]).get(name) for entry in found}
        found.sort(
            key=lambda entry: (shown[entry] is None, read(shown[entry] or "0")),
            reverse=descending,
        )


def _whole(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError) as error:
        raise BadInputError(f"{name}: '{value}' is not a number") from error


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(400, "VALIDATION_ERROR", str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _error(404, "OBJECT_NOT_FOUND", "resource not found")
