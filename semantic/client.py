"""Hand a command line to the home's query service, and start that service when there is none.

Imports nothing but the standard library: a warm answer costs one start of Python. Where a service
cannot be (no home yet, a path too long for a socket, KONTAKTI_QUERY_SERVICE=off) the command runs
here, which takes seconds and gives the same answer.

Run alone: `python -m semantic query --metrics nps`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from semantic.home import PROJECT, home_path

LONGEST_SOCKET_PATH = 100
START_SECONDS = 30.0
POLL_SECONDS = 0.02
ANSWER_SECONDS = 300.0


def socket_path(home: Path) -> Path:
    """The socket that a home's service listens at."""
    return home.resolve() / "query.sock"


def version() -> str:
    """What a service and its client must agree on: interpreter and code."""
    code = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    return f"{sys.executable} {code}"


def ask(home: Path, arguments: list[str]) -> dict[str, Any] | None:
    """What the service answers; None when there can be none.

    Raises:
        OSError: The service went away in the middle of the question.
    """
    path = socket_path(home)
    if not home.is_dir() or len(str(path)) > LONGEST_SOCKET_PATH:
        return None
    answer = _answer(path, arguments)
    if answer is None or "outdated" in answer:
        answer = _answer_of_new(home, path, arguments)
    return answer


def _answer(path: Path, arguments: list[str]) -> dict[str, Any] | None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        try:
            connection.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, PermissionError):
            return None
        asked = {"version": version(), "arguments": arguments}
        connection.sendall(json.dumps(asked).encode() + b"\n")
        with connection.makefile("rb") as lines:
            line = lines.readline()
    answer: dict[str, Any] | None = json.loads(line) if line else None
    return answer


def _answer_of_new(home: Path, path: Path, arguments: list[str]) -> dict[str, Any] | None:
    """Start a service and ask as soon as it listens; None when it does not come to that."""
    with (home / "query-service.log").open("w", encoding="utf-8") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "semantic.service"],
            cwd=PROJECT,
            env={**os.environ, "KONTAKTI_HOME": str(home.resolve())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # it outlives the shell that asked
        )
    until = time.monotonic() + START_SECONDS
    # 0 is no failure: another client's service was a moment faster
    while time.monotonic() < until and started.poll() in {None, 0}:
        answer = _answer(path, arguments)
        if answer is not None and "outdated" not in answer:
            return answer
        time.sleep(POLL_SECONDS)
    return None


def main(arguments: list[str]) -> int:
    """Answer a command line.

    Returns:
        The exit status.
    """
    answer = None
    if arguments and os.environ.get("KONTAKTI_QUERY_SERVICE") != "off":
        answer = ask(home_path(), arguments)
    if answer is None:
        from semantic.commands import app  # noqa: PLC0415 - takes a second that a client saves

        app(arguments, prog_name="python -m semantic")
        return 0
    sys.stdout.write(answer["out"])
    sys.stderr.write(answer["err"])
    return int(answer["status"])
