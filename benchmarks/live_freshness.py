"""How old is a wallboard? From a record being readable at the vendor to its published row.

A simulated centre whose clock runs, and a live process on a home of its own. Every contact that
arrives meanwhile is a sample: it is readable at the vendor from its second on (a case a minute
later, since Zendesk's export holds that back), and shown by the first publish whose watermark of
that source has reached it. A reader in this process looks at the published file five times a
second, as a wallboard would, so its own delay is in the figures.

It is measured twice: alone (`quiet`), and while daily runs of the same home land, build, check and
publish, one after the other (`during_daily`; a first one, which lands the history, is over by
then). A mode that is not asked for keeps its last result.

Settings: LIVE_MINUTES (15, of each mode), LIVE_MODES (quiet,during_daily), LIVE_CONTACTS_PER_DAY
(36000: about one a second in opening hours).
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import duckdb

from sandbox.clock import RunningClock
from sandbox.server import SandboxServer
from sandbox.world.simulate import UNTIL, simulate

PROJECT = Path(__file__).resolve().parent.parent
RESULT = Path(__file__).parent / "results" / "live_freshness.json"
# Goal of the 95th percentile, by mode.
GOALS = {"quiet": 15, "during_daily": 30}
LOOK_SECONDS = 0.2
FIRST_CYCLE_SECONDS = 900
# Half past nine in the morning of the day that the simulated history ends on.
MORNING = UNTIL - 9 * 3600
HELD_BACK = {"zendesk": 60, "twilio": 0}
QUERY = "select source_system, epoch(watermark_at) from realtime.kpi_realtime_sources"


def run() -> dict[str, Any]:
    """Measure each mode for LIVE_MINUTES after the first publish."""
    named = os.environ.get("LIVE_MODES", ",".join(GOALS)).split(",")
    asked_for = {mode.strip() for mode in named}
    if unknown := asked_for - GOALS.keys():
        sys.exit(f"LIVE_MODES names {', '.join(sorted(unknown))}; there are: {', '.join(GOALS)}")
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    return {
        mode: _measured(is_daily=mode == "during_daily") | {"goal_p95_seconds": goal}
        if mode in asked_for
        else before.get(mode)
        for mode, goal in GOALS.items()
    }


def _measured(*, is_daily: bool) -> dict[str, Any]:
    minutes = float(os.environ.get("LIVE_MINUTES", "15"))
    a_day = int(os.environ.get("LIVE_CONTACTS_PER_DAY", "36000"))
    world = simulate(seed=1, days=1, contacts_per_day=a_day, until=MORNING, after_days=1)
    clock = RunningClock(MORNING, stop_at=world.horizon)
    zero = time.time() - (clock.now() - MORNING)
    runs: list[float] = []
    with tempfile.TemporaryDirectory() as folder, SandboxServer(world, clock) as server:
        home = Path(folder)
        env = _environment(home, server.env())
        if is_daily:
            _daily(env)
        process = _live_process(home, env)
        try:
            _watch(home, process, 0)
            with _daily_runs(env, runs) if is_daily else nullcontext():
                seen = _watch(home, process, minutes * 60)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)
    began, ended = seen[0][0], seen[-1][0]
    arrivals: dict[str, list[float]] = {"twilio": [], "zendesk": []}
    for contact in world.contacts:
        source = "twilio" if contact.channel in {"voice", "chat", "callback"} else "zendesk"
        readable = zero + contact.arrived_at - MORNING + HELD_BACK[source]
        if began <= readable <= ended - 60:
            arrivals[source].append(readable)
    ages = {name: _ages(times, seen, name, zero) for name, times in arrivals.items()}
    every = sorted(ages["twilio"] + ages["zendesk"])
    return {
        "minutes": round((ended - began) / 60, 1),
        "contacts": len(every),
        "contacts_a_second": round(len(every) / max(1.0, ended - began - 60), 2),
        "publishes": len({at for at, _ in seen}),
        "daily_runs_seconds": [round(seconds) for seconds in runs],
        "load_average": [round(value, 1) for value in os.getloadavg()],
        "all": _quantiles(every),
        **{name: _quantiles(sorted(values)) for name, values in ages.items()},
    }


@contextmanager
def _daily_runs(env: dict[str, str], took: list[float]) -> Iterator[None]:
    """Daily runs one after the other while the block runs; the last one is seen to its end."""
    enough = threading.Event()
    failures: list[RuntimeError] = []

    def work() -> None:
        while not enough.is_set():
            began = time.monotonic()
            try:
                _daily(env)
            except RuntimeError as error:
                failures.append(error)
                return
            took.append(time.monotonic() - began)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        enough.set()
        thread.join()
    if failures:
        raise failures[0]


def _daily(env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.run", "daily"],
        cwd=PROJECT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])


def _environment(home: Path, env: dict[str, str]) -> dict[str, str]:
    return {
        **os.environ,
        **env,
        # What landed before this morning is not the question here.
        "SOURCES__ZENDESK__START_DATE": "2026-04-14T21:00:00Z",
        "SOURCES__TWILIO__START_DATE": "2026-04-14T21:00:00Z",
        "KONTAKTI_HOME": str(home),
        # The two that the live path reads; the CRM of a centre of this size lands for an hour.
        "KONTAKTI_SOURCES": "zendesk,twilio",
    }


def _live_process(home: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    log = (home / "worker.log").open("wb")
    return subprocess.Popen(
        [sys.executable, "-m", "orchestration.live_worker"],
        cwd=PROJECT,
        env=env,
        stdout=log,
        stderr=log,
    )


def _watch(
    home: Path, process: subprocess.Popen[bytes], seconds: float
) -> list[tuple[float, dict[str, float]]]:
    """Each publish that a reader saw: when, and how far each source was known."""
    published = home / "serving" / "live.duckdb"
    seen: list[tuple[float, dict[str, float]]] = []
    limit, last = time.time() + FIRST_CYCLE_SECONDS, None
    while time.time() < limit:
        if process.poll() is not None:
            raise RuntimeError((home / "worker.log").read_text(errors="replace")[-2000:])
        now = published.stat().st_ino if published.exists() else None
        if now is not None and now != last:
            with duckdb.connect(str(published), read_only=True) as connection:
                known = dict(connection.execute(QUERY).fetchall())
            last = now
            if {"zendesk", "twilio"} <= set(known):
                if not seen:
                    limit = time.time() + seconds
                seen.append((time.time(), known))
        time.sleep(LOOK_SECONDS)
    if not seen:
        raise RuntimeError(f"Nothing was published within {FIRST_CYCLE_SECONDS} s.")
    return seen


def _ages(
    readable: list[float], seen: list[tuple[float, dict[str, float]]], source: str, zero: float
) -> list[float]:
    """Seconds from readable to shown, of each arrival that was shown while we looked."""
    known = [zero + marks[source] - MORNING + HELD_BACK[source] for _, marks in seen]
    found = [(at, bisect_left(known, at)) for at in readable]
    return [seen[index][0] - at for at, index in found if index < len(seen)]


def _quantiles(ages: list[float]) -> dict[str, float | int]:
    if not ages:
        return {"n": 0}
    return {
        "n": len(ages),
        "p50_seconds": round(ages[len(ages) // 2], 1),
        "p95_seconds": round(ages[int(len(ages) * 0.95)], 1),
        "max_seconds": round(ages[-1], 1),
    }
