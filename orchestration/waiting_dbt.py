"""A dbt that is loaded before it is needed, for runs that land first and build later.

dbt spends seconds on importing itself and reading the parsed project, on one core, while landing
leaves the other idle. `waiting_dbt` starts a process that does both and then waits; the next build
of the warehouse is handed to it by `orchestration/hand_to_dbt.py`, which dagster-dbt starts in
place of `dbt`. It serves one command and ends; it also ends when whoever started it does.

Inputs: the parse that `semantic.parse.prepare_manifest` keeps. Outputs: those of the dbt command.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from orchestration import hand_to_dbt, parsed_dbt
from orchestration.hand_to_dbt import (
    ADDRESS_VARIABLE,
    EXECUTABLE_VARIABLE,
    LENGTH_BYTES,
    TAKEN,
)
from semantic.parse import dbt_executable

ENDS_SECONDS = 20.0
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def waiting_dbt(parse_cache: Path) -> Iterator[str]:
    """Have a dbt with this parsed project waiting while the block runs.

    Args:
        parse_cache: dbt's partial_parse.msgpack of the project as it is now; where there is none,
            nothing is started.

    Yields:
        What to start as dbt: the first command it gets is handed over.
    """
    if not parse_cache.exists():
        yield dbt_executable()
        return
    # A socket's path may have 100 characters or so; that of a home may be longer.
    with TemporaryDirectory(prefix="kontakti-") as folder:
        address = f"{folder}/dbt"
        with socket.socket(socket.AF_UNIX) as listener:
            # Bound here, so that a command that comes early waits and does not miss it.
            listener.bind(address)
            listener.listen(1)
            process = subprocess.Popen(  # noqa: S603 - a fixed command line, no shell
                [sys.executable, "-m", __name__, str(listener.fileno()), str(parse_cache)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                cwd=ROOT,
            )
        os.environ.update({ADDRESS_VARIABLE: address, EXECUTABLE_VARIABLE: dbt_executable()})
        try:
            yield hand_to_dbt.__file__
        finally:
            del os.environ[ADDRESS_VARIABLE], os.environ[EXECUTABLE_VARIABLE]
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End it: by itself at the end of its input, or killed where it is in the middle of a build.

    That is where the run failed meanwhile, on a full disk for one: nobody reads what dbt prints any
    more, so it would wait for ever to be read.
    """
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.communicate(timeout=ENDS_SECONDS)
    process.kill()
    process.wait()


def _wait_for_command(listener: socket.socket) -> socket.socket | None:
    """The connection of the next command; None when the process that started this one has ended."""
    ready, _, _ = select.select([listener, sys.stdin], [], [])
    return listener.accept()[0] if listener in ready else None


def _take(connection: socket.socket) -> list[str]:
    """Become the process that the command comes from, and return its arguments."""
    size, descriptors, _, _ = socket.recv_fds(connection, LENGTH_BYTES, 2)
    connection.sendall(TAKEN)
    with connection.makefile("rb") as stream:
        request = json.loads(stream.read(int.from_bytes(size)))
    for number, descriptor in enumerate(descriptors, start=1):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    return list(request["arguments"])


def _stop_with(connection: socket.socket, finished: threading.Event) -> None:
    """Interrupt dbt when the process that the command came from is ended before dbt is."""
    if not connection.recv(1) and not finished.is_set():
        os.kill(os.getpid(), signal.SIGINT)


def main(listener_number: int, parse_cache: Path) -> int:
    """Load dbt and the project, run the one command that comes, and tell its exit code."""
    manifest = parsed_dbt.load(parse_cache)
    # Here and not at the top: the process that starts this one must not load dbt.
    from dbt.adapters.factory import load_plugin  # noqa: PLC0415

    load_plugin("duckdb")
    with socket.socket(fileno=listener_number) as listener:
        connection = _wait_for_command(listener)
    if connection is None:
        return 0
    with connection:
        arguments = _take(connection)
        finished = threading.Event()
        threading.Thread(target=_stop_with, args=[connection, finished], daemon=True).start()
        code = parsed_dbt.run(manifest, arguments)
        finished.set()
        sys.stdout.flush()
        connection.sendall(bytes([code]))
    return code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2])))
