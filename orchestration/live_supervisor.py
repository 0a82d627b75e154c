"""Keeps one live process at work: starts it, and starts it again when it has died or hangs.

Inputs: the home's heartbeat and lock. Outputs: a live process, and a sentence on what was done.
Called by Dagster's sensor `live_path` every half a minute.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time

import dagster as dg

from orchestration.live_home import LiveHome
from orchestration.settings import PROJECT_ROOT, Settings

# A changed project is compiled for a minute, and the first cycle reads the whole window.
STARTING_SECONDS = 300.0
HUNG_SECONDS = 60.0


def supervise(settings: Settings) -> tuple[bool, str]:
    """Look after the live process.

    Returns:
        Whether a process was started, and what was found.
    """
    home = LiveHome(settings.home_dir)
    home.folder.mkdir(parents=True, exist_ok=True)
    home.supervised_file.touch()
    beat = home.heartbeat()
    if not is_working(home):
        found = (
            "no live process was running"
            if beat is None
            else (f"process {beat.pid} was gone, last seen {beat.phase} after {beat.cycles} cycles")
        )
        return True, f"Started {start(settings, home)}: {found}."
    if beat is None:
        return False, "A live process is starting."
    silent = time.time() - beat.at
    limit = HUNG_SECONDS if beat.cycles else STARTING_SECONDS
    if silent <= limit:
        return (
            False,
            f"Process {beat.pid} is {beat.phase}, {beat.cycles} cycles, {silent:.0f} s ago.",
        )
    end(beat.pid, home)
    return True, (
        f"Started {start(settings, home)}: process {beat.pid} had hung, {beat.phase} for"
        f" {silent:.0f} s, and was ended."
    )


def is_working(home: LiveHome) -> bool:
    """Whether a process holds the live path; the system frees the lock of a dead one."""
    if not home.lock.exists():
        return False
    with home.lock.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def refuse_beside_live(settings: Settings) -> None:
    """Let the job `realtime` step back where a live process publishes the same file.

    Raises:
        dagster.Failure: A live process is at work; the job's older figures would replace its own.
    """
    if is_working(LiveHome(settings.home_dir)):
        raise dg.Failure(
            "A live process publishes serving/live.duckdb of this home, newer than this job could."
            " Leave realtime_schedule stopped, or stop the live process (KONTAKTI_LIVE=false and"
            " the sensor live_path).",
            allow_retries=False,
        )


def start(settings: Settings, home: LiveHome) -> int:
    """Start a live process of its own session; return its id."""
    with home.log.open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "orchestration.live_worker"],
            cwd=PROJECT_ROOT,
            env={**os.environ, "KONTAKTI_HOME": str(settings.home_dir)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # It outlives a reload of the code location.
            start_new_session=True,
        )
    return process.pid


def begin_again(settings: Settings) -> None:
    """End the live process and drop what it has landed; the sensor starts it on a fresh lake."""
    home = LiveHome(settings.home_dir)
    beat = home.heartbeat()
    if beat is not None and is_working(home):
        end(beat.pid, home)
    home.forget()


def end(pid: int, home: LiveHome, patience: float = 10.0) -> None:
    """End a process that no longer answers, and wait until it has let go of the lock."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    until = time.monotonic() + patience
    while is_working(home) and time.monotonic() < until:
        time.sleep(0.1)
