"""How fast does landing go, and does its memory stay flat?

The simulated vendors serve a history over loopback, from a process of their own. `bare` is the
least that could be done with the same answers: a loop that fetches the same pages one after the
other and writes each with pyarrow. Landing does the same and keeps state, types, quarantine and
watermarks: its goal is half of the bare rate. Both read the same requests, recorded in a first
landing, in this run and on this machine.

Then memory: a synthetic vendor gives 10,000 to 5,000,000 records by pages of 1,000 to the same
machinery. And increments of 100 records are landed on top of each history: the middle of seven,
by the clock and by the processor, as other work on the machine makes single ones differ by seconds.
"""

from __future__ import annotations

import json
import multiprocessing as mp
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks.measure import measure

ROOT = Path(__file__).resolve().parents[1]
TABLE = ("zendesk", "ticket_events")
DAYS, CONTACTS_PER_DAY, SEED = 30, 1000, 5
SIZES = (10_000, 100_000, 1_000_000, 5_000_000)
INCREMENT = 100
ROUNDS = 3  # the middle one counts
GOALS = {"share_of_bare_rate": 0.5, "peak_mib": 500}


def run() -> dict[str, Any]:
    """Measure all three."""
    folder = Path(tempfile.mkdtemp(prefix="landing_rate."))
    try:
        return {"goals": GOALS, "rate": _rates(folder), "by_history": _histories(folder)}
    finally:
        shutil.rmtree(folder)


def _rates(folder: Path) -> dict[str, Any]:
    rounds: dict[str, list[dict[str, Any]]] = {"landing": [], "bare": []}
    with vendors() as env:
        for name in ("landing", "bare") * (ROUNDS + 1):
            env["KONTAKTI_HOME"] = str(folder / name)
            shutil.rmtree(folder / name, ignore_errors=True)
            rounds[name].append(_child([name], env))
    # The first of each warms up.
    found = {name: sorted(told[1:], key=_seconds)[ROUNDS // 2] for name, told in rounds.items()}
    ours, bare = found["landing"], found["bare"]
    cpu = (bare["cpu_seconds"] / bare["records"]) / (ours["cpu_seconds"] / ours["records"])
    return {
        **found,
        "share_of_bare_rate": round(ours["records_per_second"] / bare["records_per_second"], 2),
        "share_by_processor_seconds": round(cpu, 2),
    }


def _seconds(told: dict[str, Any]) -> float:
    return float(told["seconds"])


@contextmanager
def vendors() -> Iterator[dict[str, str]]:
    """The vendors of a simulated centre while the block runs; yields what points a child there."""
    context = mp.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield {**here.recv(), "PYTHONPATH": str(ROOT)}
    finally:
        here.send(None)
        process.join(timeout=10)


def _serve(pipe: Connection) -> None:
    """Serve the vendors of a simulated centre, in a process of its own, until told to stop."""
    from sandbox.clock import FrozenClock  # noqa: PLC0415 - in the child only
    from sandbox.server import SandboxServer  # noqa: PLC0415
    from sandbox.world.simulate import UNTIL, simulate  # noqa: PLC0415

    world = simulate(SEED, DAYS, CONTACTS_PER_DAY, UNTIL, 1)
    with SandboxServer(world, FrozenClock(UNTIL)) as server:
        pipe.send(server.env())
        pipe.recv()


def _child(arguments: list[str], env: dict[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.landing_child", *arguments]
    done = subprocess.run(
        command, env={**os.environ, **env}, cwd=ROOT, capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _histories(folder: Path) -> list[dict[str, Any]]:
    rows = []
    for size in SIZES:
        home = folder / f"history_{size}"
        env = {
            "KONTAKTI_HOME": str(home),
            "KONTAKTI_PSEUDONYM_KEY": "a key for the benchmark only",
            "PYTHONPATH": str(ROOT),
        }
        log = folder / "log"
        command = [sys.executable, "-m", "benchmarks.landing_child"]
        began = time.monotonic()
        first = measure([*command, "history", str(size)], env, log)
        if first.exit_code:
            raise RuntimeError(log.read_text())
        seconds = time.monotonic() - began
        more = _child(["increment", str(size)], env)
        rows.append(
            {
                "records": size,
                "seconds": round(seconds, 1),
                "peak_mib": round(first.peak_mib),
                f"increment_of_{INCREMENT}_seconds": more["seconds"],
                f"increment_of_{INCREMENT}_cpu_seconds": more["cpu_seconds"],
            }
        )
    return rows
