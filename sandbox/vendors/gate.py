"""The front door of a vendor: counting, faults, credentials and rate limits; and the date.

Wraps a vendor's Starlette app as ASGI middleware. Inputs: the vendor's `Doorman` (how it checks
credentials and words its refusals), the fault board, the limiter and the request log. Output:
the vendor's answer. `SandboxDate` gives every answer a `Date` header that shows the clock.
"""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, Literal

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.vendors.faults import (
    CLOCK_KIND,
    PAGE_KINDS,
    STATUS_KINDS,
    Fault,
    FaultBoard,
    spoil_page,
)
from sandbox.vendors.limits import Limit, SlidingWindow
from sandbox.vendors.wire import Clock, rfc2822

RateLimits = Literal["generous", "vendor"]
DEFAULT_HANG_SECONDS = 30.0


class RequestLog:
    """How many requests each endpoint of each vendor answered, and with which status."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, str, int]] = Counter()
        self._lock = threading.Lock()

    def add(self, vendor: str, method: str, path: str, status: int) -> None:
        """Count one answer; a broken connection counts as status 0."""
        with self._lock:
            self._counts[vendor, method, path, status] += 1

    def clear(self) -> None:
        """Start counting from zero."""
        with self._lock:
            self._counts.clear()

    def total(self, vendor: str | None = None, path_contains: str = "") -> int:
        """Return how many requests a vendor (or all) saw on paths with a text in them."""
        with self._lock:
            return sum(
                count
                for (name, _, path, _), count in self._counts.items()
                if vendor in {None, name} and path_contains in path
            )

    def as_json(self) -> dict[str, Any]:
        """Return the counts by vendor and endpoint."""
        endpoints: dict[tuple[str, str, str], dict[str, int]] = {}
        with self._lock:
            for (vendor, method, path, status), count in sorted(self._counts.items()):
                endpoints.setdefault((vendor, method, path), {})[str(status)] = count
        rows: list[dict[str, Any]] = [
            {
                "vendor": vendor,
                "method": method,
                "path": path,
                "count": sum(statuses.values()),
                "statuses": statuses,
            }
            for (vendor, method, path), statuses in endpoints.items()
        ]
        return {"total": sum(row["count"] for row in rows), "endpoints": rows}


class Doorman(ABC):
    """What differs between vendors at the door."""

    vendor: str
    default_column: str = "created_at"  # struck by schema faults that name none

    @abstractmethod
    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Return the vendor's answer to missing or wrong credentials, None when they are right."""

    @abstractmethod
    def unauthorized(self) -> Response:
        """Return the vendor's answer to a token taken back."""

    @abstractmethod
    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the vendor's real limits for a path, the narrowest first."""

    @abstractmethod
    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return the vendor's 429 (limit is None for a fault on demand)."""

    @abstractmethod
    def failure(self, status: int) -> Response:
        """Return the vendor's answer to its own trouble."""

    def limit_headers(self, limit: Limit, remaining: int) -> Mapping[str, str]:
        """Return headers that tell a client how much is left."""
        del limit, remaining
        return {}


class Gate:
    """ASGI middleware in front of one vendor."""

    def __init__(
        self,
        app: ASGIApp,
        doorman: Doorman,
        *,
        faults: FaultBoard | None = None,
        log: RequestLog | None = None,
        limiter: SlidingWindow | None = None,
        rate_limits: RateLimits = "generous",
        advance: Callable[[int], object] = lambda seconds: None,
    ) -> None:
        self.app = app
        self.advance = advance
        self.doorman = doorman
        self.faults = faults or FaultBoard()
        self.log = log or RequestLog()
        self.limiter = limiter or SlidingWindow()
        self.rate_limits = rate_limits
        # By path, with the links of its headers, for the faults that repeat a page.
        self._last_page: dict[str, tuple[bytes, str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or break it as ordered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        fault = self.faults.strike(self.doorman.vendor, path)
        if fault is not None and fault.kind == "drop":
            self.log.add(self.doorman.vendor, scope["method"], path, 0)
            await _drop(send)
            return
        if fault is not None and fault.kind == "timeout":
            self.log.add(self.doorman.vendor, scope["method"], path, 0)
            await asyncio.sleep(fault.retry_after or DEFAULT_HANG_SECONDS)
            await self.doorman.failure(504)(scope, receive, send)
            return
        response, more_headers = self._refusal(scope, path, fault)
        if response is None:
            response = await self._answer(scope, receive, path, fault)
        response.headers.update(more_headers)
        self.log.add(self.doorman.vendor, scope["method"], path, response.status_code)
        await response(scope, receive, send)

    def _refusal(
        self, scope: Scope, path: str, fault: Fault | None
    ) -> tuple[Response | None, Mapping[str, str]]:
        if fault is not None and fault.kind in STATUS_KINDS:
            return self._struck(fault), {}
        refused = self.doorman.refuse(Headers(scope=scope), path)
        if refused is not None:
            return refused, {}
        told: dict[str, str] = {}
        for limit in self.doorman.limits(scope["method"], path):
            if self.rate_limits == "vendor":
                wait = self.limiter.admit(self.doorman.vendor, limit)
                if wait is not None:
                    return self.doorman.too_many(limit, wait), {}
                remaining = self.limiter.remaining(self.doorman.vendor, limit)
            else:
                remaining = limit.requests
            told.update(self.doorman.limit_headers(limit, remaining))
        return None, told

    def _struck(self, fault: Fault) -> Response:
        status = STATUS_KINDS[fault.kind]
        if status == 401:
            return self.doorman.unauthorized()
        if status == 429:
            return self.doorman.too_many(None, fault.retry_after)
        response = self.doorman.failure(status)
        if fault.retry_after is not None:
            response.headers["Retry-After"] = str(ceil(fault.retry_after))
        return response

    async def _answer(
        self, scope: Scope, receive: Receive, path: str, fault: Fault | None
    ) -> Response:
        if fault is not None and fault.kind == CLOCK_KIND:
            self.advance(int(fault.retry_after or 60))
        status, body, links = await _collect(self.app, scope, receive)
        if fault is not None and status == 200:
            if fault.kind == "duplicate_page":
                # The page before once more, with its own link: a client that follows the link
                # comes back for the page it missed.
                body, links = self._last_page.get(path, (body, links))
            elif fault.kind == "truncate":
                body = body[: len(body) // 2]
            elif fault.kind == "empty_page":
                # The same way round: no records, and a link to the page that was asked for.
                body, links = self._last_page.get(path, (body, links))
                body = spoil_page(body, fault, "")
            elif fault.kind in PAGE_KINDS:
                body = spoil_page(body, fault, self.doorman.default_column)
        if status == 200:
            self._last_page[path] = (body, links)
        more = {"Link": links} if links else None
        return Response(body, status, more, media_type="application/json")


class SandboxDate:
    """ASGI middleware that dates every answer with the sandbox clock.

    The date is taken when the request comes in, before any data is looked at: nothing that
    happened up to it can be missing from the answer, so it can serve as a watermark even while
    the clock runs fast.
    """

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the header to the answer."""
        date = rfc2822(self.clock.now(), "GMT").encode()

        async def send_with_date(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), (b"date", date)]
            await send(message)

        await self.app(scope, receive, send_with_date)


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, bytes, str]:
    """Status, body and `Link` header of the app's answer."""
    status, links = 500, ""
    chunks: list[bytes] = []

    async def keep(message: Message) -> None:
        nonlocal status, links
        if message["type"] == "http.response.start":
            status = message["status"]
            links = Headers(raw=message.get("headers", [])).get("link", "")
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(scope, receive, keep)
    return status, b"".join(chunks), links


async def _drop(send: Send) -> None:
    # A promised body that never comes: the server closes the connection on the client.
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"4096")],
        }
    )
    await send({"type": "http.response.body", "body": b'{"', "more_body": True})
