"""Who may replace files of the lake while others read it: one lock a home.

Landing only adds files and needs no lock here. Whoever reads many files of the lake holds the lock
together with other readers; whoever replaces several files by one holds it alone, for the moment of
the replacement. The system gives it back when a process dies.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

LOCK_NAME = "lake.lock"
_LOOK_EVERY = 0.2


@contextmanager
def reading(home: Path) -> Iterator[None]:
    """Read the lake; waits while files are being replaced, which takes moments."""
    with _opened(home) as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def replacing(home: Path, patience: float) -> Iterator[bool]:
    """Replace files; yields False when somebody went on reading for longer than the patience."""
    with _opened(home) as lock:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= until:
                    yield False
                    return
                time.sleep(_LOOK_EVERY)
            else:
                yield True
                return


@contextmanager
def _opened(home: Path) -> Iterator[IO[str]]:
    # A period's own home shares the lake of the home it is in, and so its lock.
    folder = (home / "lake").resolve().parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK_NAME).open("a") as lock:
        yield lock
