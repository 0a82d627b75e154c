"""One loopback server with every emulated vendor and the control endpoints.

`build_app` mounts the vendors on one ASGI app; `SandboxServer` runs it in a thread of its own on
a free port, for tests, the demo and benchmarks:

    with SandboxServer(world, FrozenClock(at)) as sandbox:
        os.environ.update(sandbox.env())

Inputs: a World and a clock. Outputs: HTTP on 127.0.0.1. Alone: `python -m sandbox serve`.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from sandbox.clock import Clock
from sandbox.control import Control
from sandbox.credentials import pipeline_env
from sandbox.vendors.faults import FaultBoard
from sandbox.vendors.gate import Doorman, Gate, RateLimits, RequestLog, SandboxDate
from sandbox.vendors.genesys import GenesysApi, GenesysDoorman
from sandbox.vendors.hubspot import HubSpotApi, HubSpotDoorman
from sandbox.vendors.intercom import IntercomApi, IntercomDoorman
from sandbox.vendors.limits import SlidingWindow
from sandbox.vendors.mastodon import MastodonApi, MastodonDoorman
from sandbox.vendors.twilio import TwilioApi, TwilioDoorman
from sandbox.vendors.typeform import TypeformApi, TypeformDoorman
from sandbox.vendors.wire import iso
from sandbox.vendors.zendesk import ZendeskApi, ZendeskDoorman
from sandbox.world.records import World

MORE: Mapping[str, tuple[type[Doorman], type[IntercomApi | GenesysApi | MastodonApi]]] = {
    "intercom": (IntercomDoorman, IntercomApi),
    "genesys": (GenesysDoorman, GenesysApi),
    "mastodon": (MastodonDoorman, MastodonApi),
}
START_SECONDS = 30.0
_DAY = 86_400


class Sandbox:
    """A world behind its vendors: the ASGI app and the handles tests turn."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        *,
        rate_limits: RateLimits = "generous",
        wall: Callable[[], float] = time.monotonic,
        also: Collection[str] = (),
    ) -> None:
        """Build every vendor's view of the world (about a second for 30,000 contacts).

        Args:
            world: what truly happened.
            clock: how much of it exists yet.
            rate_limits: `generous` (none) or `vendor` (the vendors' own).
            wall: passing of real time for the limits, in seconds; replaced in tests.
            also: names of `MORE` to serve besides; the demo's centre does without them.
        """
        self.world = world
        self.clock = clock
        self._also = frozenset(also)
        self.faults = FaultBoard()
        self.requests = RequestLog()
        limiter = SlidingWindow(wall)
        hubspot = HubSpotApi(world, clock)
        self.people_since = min(hubspot.records.first_change(), world.starts_at)
        zendesk = ZendeskApi(world, clock)
        vendors: list[tuple[Doorman, Starlette]] = [
            (ZendeskDoorman(), zendesk.app()),
            (TwilioDoorman(), TwilioApi(world, clock).app()),
            (HubSpotDoorman(), hubspot.app()),
            (TypeformDoorman(), TypeformApi(world, clock).app()),
        ]
        more: dict[str, IntercomApi | GenesysApi | MastodonApi] = {}
        for name in also:
            doorman, api = MORE[name]
            more[name] = api(world, clock)
            vendors.append((doorman(), more[name].app()))
        gates = {
            doorman.vendor: Gate(
                app,
                doorman,
                faults=self.faults,
                log=self.requests,
                limiter=limiter,
                rate_limits=rate_limits,
                advance=clock.advance,
            )
            for doorman, app in vendors
        }
        control = Control(
            world,
            clock,
            self.faults,
            self.requests,
            mergers={"hubspot": hubspot.merge, "zendesk": zendesk.merge}
            | {name: api.merge for name, api in more.items() if isinstance(api, IntercomApi)},
            define=hubspot.define,
        )
        mounts: list[tuple[str, ASGIApp]] = [(f"/{name}", gate) for name, gate in gates.items()]
        mounts.append(("/_control", control.app()))
        self.app: ASGIApp = SandboxDate(
            Starlette(routes=[Mount(path, app=app) for path, app in mounts]), clock
        )

    def env(self, base_url: str) -> dict[str, str]:
        """Return the environment that points the pipelines here; of the vendors served only."""
        env = pipeline_env(
            base_url,
            people_since=iso(self.people_since - _DAY),
            contacts_since=iso(self.world.starts_at - _DAY),
        )
        absent = tuple(f"SOURCES__{name.upper()}__" for name in MORE if name not in self._also)
        return {name: value for name, value in env.items() if not name.startswith(absent)}


class SandboxServer:
    """Runs a `Sandbox` on 127.0.0.1 in a thread, as a context manager."""

    def __init__(
        self,
        world: World,
        clock: Clock,
        *,
        port: int = 0,
        rate_limits: RateLimits = "generous",
        wall: Callable[[], float] = time.monotonic,
        also: Collection[str] = (),
    ) -> None:
        """Prepare the server; `port` 0 takes a free one. See `Sandbox` for the others."""
        self.sandbox = Sandbox(world, clock, rate_limits=rate_limits, wall=wall, also=also)
        self.world = world
        self.clock = clock
        self.faults = self.sandbox.faults
        self.requests = self.sandbox.requests
        self._port = port
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None
        self.base_url = ""

    def env(self) -> dict[str, str]:
        """Return the `SOURCES__*` variables and the pseudonym key; the server must run."""
        return self.sandbox.env(self.base_url)

    def start(self) -> Self:
        """Listen; returns when the first request can come.

        Raises:
            OSError: when the port is taken.
            TimeoutError: when the server does not come up.
        """
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", self._port))
        except OSError:
            listener.close()
            raise
        self.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            self.sandbox.app,
            log_level="critical",  # ordered faults are no errors of the sandbox
            access_log=False,
            lifespan="off",
            date_header=False,  # the vendors' Date is the sandbox clock
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, args=([listener],), name="sandbox", daemon=True
        )
        self._thread.start()
        give_up = time.monotonic() + START_SECONDS
        while not self._server.started:
            if time.monotonic() > give_up or not self._thread.is_alive():
                raise TimeoutError(f"the sandbox did not come up at {self.base_url}")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        """Stop listening and wait for the thread."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(timeout=10)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
