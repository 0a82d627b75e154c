"""The sandbox's own endpoints under `/_control`: clock, request counts, faults, ledger.

Loopback only. Inputs: the clock, the fault board, the request log and the world of a running
sandbox. Output: a Starlette app. Shapes:

- `GET /_control/clock` -> `{"now": unix, "iso": text}`;
  `POST /_control/clock` with `{"advance_seconds": n}` or `{"set": iso or unix}` (forward only).
- `GET /_control/requests` -> counts by vendor and endpoint; `DELETE` starts them from zero.
- `GET /_control/faults` lists the standing orders; `POST` adds one or a list; `DELETE` clears.
- `POST /_control/merges` with `{"vendor", "kind", "into", "from"}` -> `{"id": of what is kept}`:
  the vendor's users merge two records.
- `POST /_control/properties` with `{"kind", "name", "type", "value"}`: HubSpot's users make a
  property, or change its type; without a type they remove it.
- `GET /_control/ledger?as_of=` -> the true figures by channel (default: the clock).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.vendors.faults import Fault, FaultBoard
from sandbox.vendors.gate import RequestLog
from sandbox.vendors.wire import BadInputError, iso, json_response, parse_instant
from sandbox.world.records import World

Merge = Callable[[str, str, str], str]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "testclient"})
_FAULT_FIELDS = frozenset(Fault.__dataclass_fields__)


class LoopbackOnly:
    """ASGI middleware that answers 403 to any other machine."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let loopback through."""
        client = scope.get("client")
        if scope["type"] == "http" and (client is None or client[0] not in _LOOPBACK):
            answer = json_response({"error": "the sandbox is controlled from this machine"}, 403)
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)


class Control:
    """The handlers."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        faults: FaultBoard,
        log: RequestLog,
        *,
        mergers: Mapping[str, Merge],
        define: Callable[[str, str, str | None, str | None], None],
    ) -> None:
        """Take what is controlled.

        Args:
            world: what truly happened.
            clock: how much of it exists yet.
            faults: the standing orders.
            log: of the requests.
            mergers: by vendor what merges two records: (kind, kept, other) -> id of what is kept.
            define: makes or removes a property of HubSpot: (kind, name, type, value).
        """
        self.world = world
        self.clock = clock
        self.faults = faults
        self.log = log
        self._mergers = mergers
        self._define = define

    def app(self) -> ASGIApp:
        """Return the routes behind the loopback check."""
        return LoopbackOnly(
            Starlette(
                routes=[
                    Route("/clock", self.show_clock, methods=["GET"]),
                    Route("/clock", self.move_clock, methods=["POST"]),
                    Route("/requests", self.requests, methods=["GET"]),
                    Route("/requests", self.forget_requests, methods=["DELETE"]),
                    Route("/faults", self.show_faults, methods=["GET"]),
                    Route("/faults", self.order_faults, methods=["POST"]),
                    Route("/faults", self.clear_faults, methods=["DELETE"]),
                    Route("/merges", self.merge, methods=["POST"]),
                    Route("/properties", self.define, methods=["POST"]),
                    Route("/ledger", self.ledger, methods=["GET"]),
                ],
                exception_handlers={BadInputError: _bad_request},
            )
        )

    def _time(self) -> Response:
        now = self.clock.now()
        return json_response({"now": now, "iso": iso(now)})

    async def show_clock(self, request: Request) -> Response:
        """Tell the time."""
        del request
        return self._time()

    async def move_clock(self, request: Request) -> Response:
        """Move the time forward."""
        order = await _json(request)
        if not isinstance(order, dict) or len(order.keys() & {"advance_seconds", "set"}) != 1:
            raise BadInputError("give either advance_seconds or set")
        if "set" in order:
            seconds = parse_instant(str(order["set"]), "set") - self.clock.now()
        else:
            seconds = int(order["advance_seconds"])
        if seconds < 0:
            raise BadInputError(f"the clock only moves forward; asked to move {seconds} s")
        self.clock.advance(seconds)
        return self._time()

    async def requests(self, request: Request) -> Response:
        """Tell how many requests came."""
        del request
        return json_response(self.log.as_json())

    async def forget_requests(self, request: Request) -> Response:
        """Count from zero."""
        del request
        self.log.clear()
        return json_response(self.log.as_json())

    async def show_faults(self, request: Request) -> Response:
        """Tell the standing orders."""
        del request
        return json_response(self.faults.standing())

    async def order_faults(self, request: Request) -> Response:
        """Add orders."""
        given = await _json(request)
        for order in given if isinstance(given, list) else [given]:
            if not isinstance(order, dict) or not {"vendor", "kind"} <= order.keys():
                raise BadInputError("a fault needs at least vendor and kind")
            unknown = order.keys() - _FAULT_FIELDS
            if unknown:
                raise BadInputError(f"a fault has no {', '.join(sorted(unknown))}")
            try:
                self.faults.order(Fault(**order))
            except ValueError as error:
                raise BadInputError(str(error)) from error
        return json_response(self.faults.standing())

    async def clear_faults(self, request: Request) -> Response:
        """Take all orders away."""
        del request
        self.faults.clear()
        return json_response([])

    async def merge(self, request: Request) -> Response:
        """Merge two records of a vendor."""
        order = await _json(request)
        try:
            merge = self._mergers[order["vendor"]]
            kept = merge(order["kind"], str(order["into"]), str(order["from"]))
        except (KeyError, ValueError, TypeError) as error:
            raise BadInputError(f"nothing to merge: {error!r}") from error
        return json_response({"id": kept})

    async def define(self, request: Request) -> Response:
        """Make, change or remove a property."""
        order = await _json(request)
        try:
            self._define(order["kind"], order["name"], order.get("type"), order.get("value"))
        except (KeyError, TypeError) as error:
            raise BadInputError(f"no such property: {error!r}") from error
        return json_response({})

    async def ledger(self, request: Request) -> Response:
        """Tell the true figures as of an instant."""
        # Figures are wanted now and then; the server itself starts without the ledger.
        from sandbox.ledger import digest  # noqa: PLC0415

        text = request.query_params.get("as_of")
        as_of = self.clock.now() if text is None else parse_instant(text, "as_of")
        return json_response({"as_of": iso(as_of), "digest": digest(self.world, as_of)})


async def _json(request: Request) -> Any:
    try:
        return orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise BadInputError("the body is not JSON") from error


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return json_response({"error": str(error)}, 400)
