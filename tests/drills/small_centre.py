"""A tiny centre whose clock the drill moves, and homes that jobs run on in other processes."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.clock import FrozenClock
from sandbox.exports import write_exports
from sandbox.server import SandboxServer
from sandbox.world.simulate import simulate
from tests.end_to_end.conftest import NOON, PROJECT, Home

DAYS, CONTACTS_PER_DAY = 4, 60
HOUR = 3600


def free_port() -> int:
    """A port of this machine's loopback that nobody has."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Centre:
    """The served centre.

    Attributes:
        clock: Its clock.
        env: What points a run at it.
        server: Its vendors, whose faults a drill may order.
    """

    clock: FrozenClock
    env: dict[str, str]
    server: SandboxServer

    def home(self, path: Path) -> Home:
        """A home that its runs land into."""
        path.mkdir(parents=True, exist_ok=True)
        return Home(path, self.env)


@contextmanager
def served(folder: Path, after_days: int = 3) -> Iterator[Centre]:
    """Serve the centre on loopback, its clock at a busy noon."""
    world = simulate(
        seed=3, days=DAYS, contacts_per_day=CONTACTS_PER_DAY, until=NOON, after_days=after_days
    )
    folder.mkdir(parents=True, exist_ok=True)
    write_exports(world, folder, NOON)
    clock = FrozenClock(NOON)
    with SandboxServer(world, clock) as server:
        env = {
            **server.env(),
            "KONTAKTI_SOURCES": "zendesk,twilio,hubspot,typeform,files",
            "KONTAKTI_FILES": str(PROJECT / "examples" / "sandbox" / "files.yml"),
            "KONTAKTI_DATA": str(folder),
        }
        yield Centre(clock, env, server)


def start(home: Home, *module: str, **extra: str) -> subprocess.Popen[str]:
    """A module of the project at work on a home."""
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        cwd=PROJECT,
        env={
            **os.environ,
            **home.env,
            "KONTAKTI_HOME": str(home.path),
            "PYTHONUNBUFFERED": "1",
            **extra,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@dataclass(frozen=True)
class Killed:
    """A process that was killed.

    Attributes:
        after: Seconds it had lived.
        said: What it had printed.
    """

    after: float
    said: str


def killed(process: subprocess.Popen[str], after: float) -> Killed | None:
    """Kill a process after some seconds; None where it had ended before."""
    began = time.monotonic()
    try:
        process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        # The process alone: what it had started lives on, as after a crash.
        process.send_signal(signal.SIGKILL)
        said, _ = process.communicate()
        return Killed(time.monotonic() - began, said)
    return None


def half_written(home: Path) -> list[str]:
    """Files that a process which is gone has left in the middle of writing them."""
    patterns = ("serving/.*.fresh.duckdb*", "lake/**/.*.new", "**/*.new")
    return sorted({str(p.relative_to(home)) for each in patterns for p in home.glob(each)})


def moments(longest: float, seed: int) -> Iterator[float]:
    """Random moments, the same for a seed, without end."""
    rng = random.Random(seed)
    while True:
        yield rng.uniform(1.0, longest)


def restore(home: Home, kept: Path) -> None:
    """Put a home back as it was kept; under its own path, which its databases know."""
    shutil.rmtree(home.path)
    shutil.copytree(kept, home.path, symlinks=True)
