"""Dagster restarted under way: a run that lost its process is ended, and the next one completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import dagster as dg
import psutil
import pytest
from dagster_graphql import DagsterGraphQLClient, DagsterGraphQLClientError

from orchestration.instance import open_instance, prepare_dagster_home
from orchestration.settings import PROJECT_ROOT, Settings
from tests.drills.small_centre import HOUR, free_port, half_written, served
from tests.end_to_end.conftest import RUN_LIMIT_SECONDS, Home

# How long `dagster dev` may take to answer: seconds, or minutes on a machine that has other work.
START_LIMIT_SECONDS = int(os.environ.get("START_LIMIT_SECONDS", "180"))
NOTICED_SECONDS = 300
ENDED = {dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.CANCELED}

Answer = TypeVar("Answer")


class Dagster:
    """`dagster dev` on a home: daemon, webserver and code server."""

    def __init__(self, home: Home, port: int) -> None:
        self.home, self.port = home, port
        self.log = (home.path / "dagster-dev.log").open("ab")
        env = {
            **os.environ,
            **home.env,
            "KONTAKTI_HOME": str(home.path),
            "DAGSTER_HOME": str(home.path / "dagster"),
        }
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("dagster")), "dev", "-w", "workspace.yaml",
             "--host", "127.0.0.1", "--port", str(port)],
            cwd=PROJECT_ROOT, env=env, stdout=self.log, stderr=self.log,
        )  # fmt: skip
        self.client = DagsterGraphQLClient("127.0.0.1", port_number=port)

    def launch(self, job: str) -> str:
        """Start a job as the UI does, as soon as the UI is there."""
        return self.answer(lambda: self.client.submit_job_execution(job))

    def answer(self, ask: Callable[[], Answer]) -> Answer:
        """What the webserver answers, as soon as it does."""
        limit = time.monotonic() + START_LIMIT_SECONDS
        while True:
            try:
                return ask()
            except (DagsterGraphQLClientError, OSError):
                if time.monotonic() > limit:
                    raise
                time.sleep(1)

    def parts(self) -> list[psutil.Process]:
        """Everything it has started, itself first."""
        whole = psutil.Process(self.process.pid)
        return [whole, *whole.children(recursive=True)]

    def kill(self, *, runs_too: bool) -> None:
        """Kill it: everything, as a restart of the machine does, or all but the code server."""
        # Looked at before the first is gone: what is dead has no command line.
        doomed = [part for part in self.parts() if runs_too or not _is_code(part)]
        for part in doomed:
            part.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Stop it in good order."""
        parts = self.parts()
        self.process.send_signal(signal.SIGINT)
        psutil.wait_procs(parts, timeout=30)
        for part in parts:
            if part.is_running():
                part.kill()
        self.log.close()


def _is_code(part: psutil.Process) -> bool:
    """Whether it is the code server, or has been started by it, as runs are."""
    return any(" api grpc" in " ".join(each.cmdline()) for each in (part, *part.parents()))


@contextmanager
def dagster_on(home: Home) -> Iterator[Dagster]:
    # As `make ui` does: dagster's own settings into the home.
    prepare_dagster_home(Settings(home=home.path))
    dagster = Dagster(home, free_port())
    try:
        yield dagster
    finally:
        if dagster.process.poll() is None:
            dagster.stop()


def status(home: Home, run_id: str) -> dg.DagsterRunStatus:
    with open_instance(Settings(home=home.path)) as instance:
        run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def ended(home: Home, run_id: str, limit_seconds: float) -> dg.DagsterRunStatus:
    limit = time.monotonic() + limit_seconds
    while (found := status(home, run_id)) not in ENDED:
        assert time.monotonic() < limit, f"{run_id} is still {found}"
        time.sleep(1)
    return found


@pytest.mark.parametrize("runs_too", [True, False], ids=["machine", "services"])
def test_a_run_that_lost_dagster_is_ended_and_the_next_one_completes(
    tmp_path: Path, runs_too: bool
) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        centre.clock.advance(HOUR)
        with dagster_on(home) as dagster:
            cut_off = dagster.launch("daily")
            until_started = time.monotonic() + START_LIMIT_SECONDS
            while status(home, cut_off) is not dg.DagsterRunStatus.STARTED:
                assert time.monotonic() < until_started
                time.sleep(0.2)
            # In the middle: it lands or builds.
            time.sleep(15)
            before = home.fingerprints()
            dagster.kill(runs_too=runs_too)
        assert home.fingerprints() == before
        began = time.monotonic()
        with dagster_on(home) as dagster:
            following = dagster.launch("daily")
            found = ended(home, cut_off, NOTICED_SECONDS)
            print(f"the run cut off: {found.value} {time.monotonic() - began:.0f} s later")
            assert ended(home, following, RUN_LIMIT_SECONDS) is dg.DagsterRunStatus.SUCCESS
        assert half_written(home.path) == []
        fresh = centre.home(tmp_path / "fresh")
        assert fresh.daily().returncode == 0
        assert home.fingerprints() == fresh.fingerprints()
