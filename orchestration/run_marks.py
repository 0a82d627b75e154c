"""Which runs have a living process: a locked file a run, `<home>/dagster/running/<run_id>`.

Dagster's own monitoring asks the launcher, and the one that starts runs on this machine cannot say.

The system gives the lock of a dead process back at once, whatever killed it. A process id says
less: after a restart, and in a container always, another process has it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg


@contextmanager
def marked(dagster_home: Path, run_id: str) -> Iterator[None]:
    """Mark a run as alive for as long as this process works on it; once is enough."""
    path = _mark(dagster_home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as mark:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Marked further out, by who started the run in this process.
            yield
            return
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def is_dead(dagster_home: Path, run_id: str) -> bool:
    """Whether a run was marked by a process that is gone; False for runs that nobody marked."""
    try:
        with _mark(dagster_home, run_id).open() as mark:
            fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (FileNotFoundError, BlockingIOError):
        return False
    return True


def release_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """End the runs whose process is gone, and free the pools they held.

    A process killed in the middle of a run leaves its run `STARTED` and its pool slots taken, and
    the next run would wait for them for ever.

    Returns:
        Ids of the runs that were ended.
    """
    ended = []
    home = Path(instance.root_directory)
    statuses = [dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING]
    for run in instance.get_runs(dg.RunsFilter(statuses=statuses)):
        if is_dead(home, run.run_id):
            instance.report_run_failed(run, "The process that ran it is gone.")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            _mark(home, run.run_id).unlink(missing_ok=True)
            ended.append(run.run_id)
    return ended


def _mark(dagster_home: Path, run_id: str) -> Path:
    return dagster_home / "running" / run_id
