"""A small world behind live vendor servers, for the vendor tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import httpx

from sandbox import credentials
from sandbox.clock import Clock, FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.vendors.gate import RateLimits
from sandbox.vendors.genesys import TOKEN as GENESYS_TOKEN
from sandbox.world.records import World
from sandbox.world.simulate import simulate

# A Wednesday noon in Helsinki: lines are open and conversations are under way.
NOON = 1_776_243_600  # 2026-04-15T09:00:00Z
HOUR = 3_600
DAY = 86_400
HOLD_BACK = 60


@lru_cache(maxsize=1)
def small_world() -> World:
    """Three days of about 250 contacts, and two more days to move the clock into."""
    return simulate(7, 3, 250, NOON, 2)


class Wall:
    """Real time in the tests' own hands."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


class Vendors:
    """A running sandbox and a client for each vendor."""

    def __init__(self, server: SandboxServer, wall: Wall) -> None:
        self.server = server
        self.world = server.world
        self.clock = server.clock
        self.wall = wall
        base = server.base_url
        zendesk_user = f"{credentials.ZENDESK_EMAIL}/token"
        self.zendesk = _client(f"{base}/zendesk", (zendesk_user, credentials.ZENDESK_API_TOKEN))
        self.twilio = _client(
            f"{base}/twilio", (credentials.TWILIO_ACCOUNT_SID, credentials.TWILIO_AUTH_TOKEN)
        )
        self.hubspot = _client(f"{base}/hubspot", credentials.HUBSPOT_ACCESS_TOKEN)
        self.typeform = _client(f"{base}/typeform", credentials.TYPEFORM_ACCESS_TOKEN)
        self.intercom = _client(f"{base}/intercom", credentials.INTERCOM_ACCESS_TOKEN)
        self.genesys = _client(f"{base}/genesys", GENESYS_TOKEN)
        self.mastodon = _client(f"{base}/mastodon", credentials.MASTODON_ACCESS_TOKEN)
        self.control = _client(f"{base}/_control")
        self.anonymous = _client(base)

    def close(self) -> None:
        """Close the clients."""
        for client in (
            self.zendesk,
            self.twilio,
            self.hubspot,
            self.typeform,
            self.intercom,
            self.genesys,
            self.mastodon,
            self.control,
            self.anonymous,
        ):
            client.close()


def _client(base_url: str, auth: tuple[str, str] | str | None = None) -> httpx.Client:
    # Plain HTTP: without `verify=False` each client would read all certificates of the system.
    client = httpx.Client(base_url=base_url, timeout=30, verify=False)  # noqa: S501
    if isinstance(auth, str):
        client.headers["Authorization"] = f"Bearer {auth}"
    elif auth is not None:
        client.auth = auth  # type: ignore[assignment]  # httpx takes a pair, its setter says less
    return client


class TestersClock(FrozenClock):
    """A clock one server can keep over many tests: each starts it anew."""

    def start_at(self, at: int) -> None:
        """Stand at an instant, whether before or after the last one."""
        self._at = at


@lru_cache(maxsize=1)
def _shared_server() -> SandboxServer:
    # Building the vendors' views takes longer than most tests; the thread dies with the process.
    return SandboxServer(small_world(), TestersClock(NOON), also=MORE).start()


@contextmanager
def vendors(
    rate_limits: RateLimits = "generous", at: int = NOON, clock: Clock | None = None
) -> Iterator[Vendors]:
    """Serve the small world at an instant, with nothing counted and no fault standing."""
    wall = Wall()
    is_shared = rate_limits == "generous" and clock is None
    if is_shared:
        server = _shared_server()
        assert isinstance(server.clock, TestersClock)
        server.clock.start_at(at)
        server.faults.clear()
        server.requests.clear()
    else:
        server = SandboxServer(
            small_world(), clock or FrozenClock(at), rate_limits=rate_limits, wall=wall, also=MORE
        ).start()
    opened = Vendors(server, wall)
    try:
        yield opened
    finally:
        opened.close()
        if not is_shared:
            server.stop()


def get(client: httpx.Client, url: str, **params: Any) -> Any:
    """Get JSON, failing on any error status."""
    answer = client.get(url, params=params or None)
    assert answer.status_code == 200, answer.text
    return answer.json()
