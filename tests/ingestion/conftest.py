"""A small simulated centre behind its vendors' APIs, and an empty home for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ingestion import rest
from sandbox.clock import FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.world.records import World
from sandbox.world.simulate import simulate
from tests.ingestion.vendor_support import UNTIL, Lake


@pytest.fixture(scope="session")
def world() -> World:
    """Three days of a small centre, and two more for a clock that moves on."""
    return simulate(seed=7, days=3, contacts_per_day=120, until=UNTIL, after_days=2)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, and no setting of the machine's own."""
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RUNTIME__REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.fixture
def lake(home: Path) -> Lake:
    """The lake of this test."""
    return Lake(home)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses a client would have made, in seconds; none is made."""
    made: list[float] = []
    monkeypatch.setattr(rest, "pause", made.append)
    return made


@pytest.fixture
def vendors(
    world: World, home: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> Iterator[SandboxServer]:
    """The vendors' servers on loopback, with settings that point at them."""
    with SandboxServer(world, FrozenClock(UNTIL), also=MORE) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        yield server
