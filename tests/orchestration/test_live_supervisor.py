"""The live process is started, started again when it dies or hangs, and alone on its file."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from orchestration import live_supervisor
from orchestration.defs.cadences import schedule_of
from orchestration.live_home import LiveHome
from orchestration.live_supervisor import HUNG_SECONDS, is_working, refuse_beside_live, supervise
from orchestration.settings import PROJECT_ROOT, Settings

# Stands for the live process: holds its lock and beats once, as from a phase that never ends.
PRETEND = """
import fcntl, sys, time
from pathlib import Path
from orchestration.live_home import LiveHome
home = LiveHome(Path(sys.argv[1]))
home.folder.mkdir(parents=True, exist_ok=True)
lock = home.lock.open("a")
fcntl.flock(lock, fcntl.LOCK_EX)
home.beat("building", 7)
time.sleep(60)
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """What the supervisor starts in place of the live process."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(settings: Settings, home: LiveHome) -> int:
        before = home.heartbeat()
        process = subprocess.Popen(
            [sys.executable, "-c", PRETEND, str(settings.home_dir)], cwd=PROJECT_ROOT
        )
        processes.append(process)
        until = time.monotonic() + 20
        while home.heartbeat() in {before, None} and time.monotonic() < until:
            time.sleep(0.05)
        return process.pid

    monkeypatch.setattr(live_supervisor, "start", start)
    yield processes
    for process in processes:
        process.kill()
        process.wait()


@contextmanager
def seconds_later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> Iterator[None]:
    now = time.time()
    with monkeypatch.context() as patch:
        patch.setattr(live_supervisor.time, "time", lambda: now + seconds)
        yield


def test_it_is_started_left_alone_and_started_again_when_it_died(
    settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    is_started, said = supervise(settings)
    assert (is_started, "no live process was running" in said) == (True, True)
    is_started, said = supervise(settings)
    assert (is_started, f"Process {started[0].pid} is building" in said) == (False, True)
    started[0].kill()
    started[0].wait()
    is_started, said = supervise(settings)
    assert (is_started, f"process {started[0].pid} was gone" in said) == (True, True)
    assert len(started) == 2


def test_one_that_hangs_is_ended_and_started_again(
    settings: Settings,
    started: list[subprocess.Popen[bytes]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    supervise(settings)
    with seconds_later(monkeypatch, HUNG_SECONDS - 5):
        assert not supervise(settings)[0]
    with seconds_later(monkeypatch, HUNG_SECONDS + 5):
        is_started, said = supervise(settings)
    assert (is_started, "had hung, building for" in said) == (True, True)
    assert started[0].wait(timeout=5) == -9
    assert started[1].poll() is None
    assert is_working(LiveHome(settings.home_dir))


def test_the_job_that_publishes_the_same_file_steps_back(
    settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    refuse_beside_live(settings)
    supervise(settings)
    with pytest.raises(dg.Failure, match="A live process publishes"):
        refuse_beside_live(settings)
    started[0].kill()
    started[0].wait()
    refuse_beside_live(settings)


def test_the_schedule_of_that_job_skips(
    settings: Settings, started: list[subprocess.Popen[bytes]]
) -> None:
    @dg.job
    def realtime() -> None:
        pass

    schedule = schedule_of("realtime", realtime, "team:duty-manager", settings)
    with dg.build_schedule_context() as context:
        assert schedule.evaluate_tick(context).run_requests
        supervise(settings)
        assert not schedule.evaluate_tick(context).run_requests
