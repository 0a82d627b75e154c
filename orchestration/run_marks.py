"""Which runs have a living process: a locked file a run, `<home>/dagster/running/<run_id>`.

The system gives the lock of a dead process back at once, whatever killed it. A process id says
less: after a restart, and in a container always, another process has it.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def marked(dagster_home: Path, run_id: str) -> Iterator[None]:
    """Mark a run as alive for as long as this process works on it."""
    path = _mark(dagster_home, run_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
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


def forget(dagster_home: Path, run_id: str) -> None:
    """Remove the mark of a dead run."""
    _mark(dagster_home, run_id).unlink(missing_ok=True)


def _mark(dagster_home: Path, run_id: str) -> Path:
    return dagster_home / "running" / run_id
