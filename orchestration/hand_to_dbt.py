#!/usr/bin/env python3
"""Stands in for the `dbt` command: hands it to the dbt that waits, else becomes dbt itself.

dagster-dbt starts one executable by its path; this is that path. It needs nothing but Python, so
that it costs a blink. See `orchestration/waiting_dbt.py` for the other end.

Inputs: the arguments, environment and folder of a dbt command. Outputs: those of dbt.
"""

from __future__ import annotations

import json
import os
import socket
import sys

ADDRESS_VARIABLE = "KONTAKTI_WAITING_DBT"
EXECUTABLE_VARIABLE = "KONTAKTI_DBT_EXECUTABLE"
LENGTH_BYTES = 8
TAKEN = b"+"
# What a shell says of a process that was killed: the dbt that waited is gone, and told no code.
KILLED = 137


def hand_over(address: str) -> int | None:
    """Exit code of the command as run by the dbt that waits; None when none took it."""
    request = json.dumps(
        {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": os.getcwd()}
    ).encode()
    with socket.socket(socket.AF_UNIX) as connection:
        try:
            connection.connect(address)
            # Standard output and error go along: what dbt prints does not pass through here.
            socket.send_fds(connection, [len(request).to_bytes(LENGTH_BYTES, "big")], [1, 2])
            taken = connection.recv(1) == TAKEN
        except OSError:
            return None
        if not taken:
            return None
        connection.sendall(request)
        code = connection.recv(1)
    return code[0] if code else KILLED


if __name__ == "__main__":
    address = os.environ.pop(ADDRESS_VARIABLE, None)
    code = hand_over(address) if address else None
    if code is not None:
        sys.exit(code)
    dbt = os.environ[EXECUTABLE_VARIABLE]
    os.execvp(dbt, [dbt, *sys.argv[1:]])  # noqa: S606 - the command it was started as
