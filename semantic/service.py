"""Keep the metrics warm: a process that answers `python -m semantic …` for one home.

Input: command lines, one a connection, over the Unix socket `<home>/query.sock`, which only its
owner can open; no network port. Output: what the command prints, and its exit status. It reads the
published copy anew for each question and parses the metrics anew when a file of the dbt project
has changed. It ends when its home is gone, when nobody has asked for half an hour, or when a client
of another version asks. `semantic.client` starts it when it is needed.

Run alone: `python -m semantic.service` (or `make query-service`, which never tires).
"""

from __future__ import annotations

import contextlib
import fcntl
import io
import json
import os
import socketserver
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from semantic.client import socket_path, version
from semantic.home import home_path

IDLE_SECONDS = 1_800.0
LOOK_SECONDS = 2.0
READ_SECONDS = 5.0


class Handler(socketserver.StreamRequestHandler):
    """One command."""

    timeout = READ_SECONDS
    server: Service

    def handle(self) -> None:
        """Run what was asked and send what it printed."""
        asked = json.loads(self.rfile.readline())
        if asked["version"] != self.server.version:
            self.server.is_outdated = True
            answer: dict[str, Any] = {"outdated": True}
        else:
            answer = run(asked["arguments"])
        self.server.asked_at = time.monotonic()
        self.wfile.write(json.dumps(answer).encode() + b"\n")


class Service(socketserver.UnixStreamServer):
    """Answers one command after the other: each takes milliseconds, and prints go to one place."""

    request_queue_size = 32

    def __init__(self, path: Path, idle_seconds: float) -> None:
        """Listen at `path`; end after `idle_seconds` without a question."""
        self.is_outdated = False
        self.version = version()  # of the code that this process has loaded
        self.asked_at = time.monotonic()
        self.timeout = LOOK_SECONDS
        self._path, self._idle = path, idle_seconds
        self._ahead = work_ahead()
        path.unlink(missing_ok=True)  # a killed service leaves it behind
        before = os.umask(0o177)
        try:
            super().__init__(str(path), Handler)
        finally:
            os.umask(before)
        self._mine = path.stat().st_ino

    def run(self) -> None:
        """Answer until there is no more use in it."""
        while not self.is_outdated and self._is_there() and self._is_wanted():
            self.handle_request()
        if self._is_there():
            self._path.unlink()

    def handle_timeout(self) -> None:
        """Nobody asks just now: prepare one more thing."""
        next(self._ahead, None)

    def _is_there(self) -> bool:
        try:
            return self._path.stat().st_ino == self._mine
        except FileNotFoundError:
            return False

    def _is_wanted(self) -> bool:
        return time.monotonic() - self.asked_at < self._idle


def run(arguments: list[str]) -> dict[str, Any]:
    """Run a command of `semantic.commands` here and keep what it prints."""
    from semantic.commands import app  # noqa: PLC0415 - takes a second, the socket should be there

    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            app(arguments, prog_name="python -m semantic")
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except Exception as error:
            err.write(f"{type(error).__name__}: {error}\n")
            status = 1
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


def work_ahead() -> Iterator[None]:
    """Have MetricFlow at hand, then the SQL of the saved queries: each takes a second or so."""
    from semantic.commands import layer_of  # noqa: PLC0415 - see run
    from semantic.errors import SemanticError  # noqa: PLC0415 - see run
    from semantic.query import Question  # noqa: PLC0415 - see run

    # a project that does not parse is for who asks to hear of
    with contextlib.suppress(SemanticError):
        layer = layer_of()
        layer.load()
        yield
        for name in layer.saved_queries:
            layer.sql(Question(saved=name))
            yield


@contextlib.contextmanager
def alone(path: Path) -> Iterator[bool]:
    """Whether this is the only service of the socket; the lock ends with the process."""
    with path.with_suffix(".lock").open("w") as lock:
        yield _locked(lock)


def _locked(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def serve(home: Path, idle_seconds: float = IDLE_SECONDS) -> bool:
    """Answer for a home until it is over.

    Returns:
        False when another service already does.
    """
    path = socket_path(home)
    with alone(path) as is_alone:
        if is_alone:
            with Service(path, idle_seconds) as service:
                service.run()
        return is_alone


if __name__ == "__main__":
    forever = "--forever" in sys.argv
    if not serve(home_path(), float("inf") if forever else IDLE_SECONDS):
        sys.stderr.write("There is a query service of this home already.\n")
