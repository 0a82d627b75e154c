"""Dagster's daemon keeps the live process at work: one that dies, and one that hangs."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from orchestration.live_home import Heartbeat, LiveHome
from orchestration.live_supervisor import HUNG_SECONDS
from tests.drills.small_centre import served
from tests.drills.test_dagster_restart import START_LIMIT_SECONDS, dagster_on
from tests.end_to_end.conftest import Home

# The sensor looks every quarter of a minute, and a daemon that has other work later.
NOTICED_SECONDS = 120


def at_work(live: LiveHome, limit_seconds: float, unlike: int = 0) -> Heartbeat:
    """The live process, another one than before, once it has published."""
    limit = time.monotonic() + limit_seconds
    while not ((beat := live.heartbeat()) and beat.pid != unlike and beat.cycles):
        assert time.monotonic() < limit, live.heartbeat()
        time.sleep(0.5)
    return beat


@contextmanager
def ending_with_the_block(live: LiveHome) -> Iterator[None]:
    """It outlives Dagster, and must not outlive the drill, be it stopped."""
    try:
        yield
    finally:
        if beat := live.heartbeat():
            with contextlib.suppress(ProcessLookupError):
                os.kill(beat.pid, signal.SIGKILL)


def test_a_live_process_that_dies_or_hangs_is_started_again(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {**centre.env, "KONTAKTI_SOURCES": "zendesk,twilio", "KONTAKTI_LIVE": "true"}
        home = Home(tmp_path / "home", env)
        home.path.mkdir()
        live = LiveHome(home.path)
        with dagster_on(home), ending_with_the_block(live):
            first = at_work(live, START_LIMIT_SECONDS + NOTICED_SECONDS)
            os.kill(first.pid, signal.SIGKILL)
            began = time.monotonic()
            second = at_work(live, NOTICED_SECONDS, unlike=first.pid)
            print(f"killed: another one had published {time.monotonic() - began:.0f} s later")
            os.kill(second.pid, signal.SIGSTOP)
            began = time.monotonic()
            at_work(live, HUNG_SECONDS + NOTICED_SECONDS, unlike=second.pid)
            print(f"stopped: another one had published {time.monotonic() - began:.0f} s later")
            ended = [psutil.STATUS_ZOMBIE]
            assert not psutil.pid_exists(second.pid) or psutil.Process(second.pid).status() in ended
            said = (home.path / "dagster-dev.log").read_text()
    assert f"process {first.pid} was gone, last seen " in said
    assert f"process {second.pid} had hung, " in said
