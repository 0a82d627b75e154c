"""The sandbox's command line: figures, exports and clear refusals."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sandbox.__main__ import app

SMALL = ["--days", "1", "--contacts-per-day", "60"]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments, *SMALL])


def test_the_ledger_prints_figures_as_json() -> None:
    result = run("ledger", "--as-of", "2026-04-15T15:30:00Z")
    assert result.exit_code == 0, result.output
    printed = json.loads(result.stdout)
    assert printed["as_of"] == "2026-04-15T15:30:00Z"
    assert printed["digest"]["total"]["contacts_offered"] > 0


def test_the_exports_are_written_where_asked(tmp_path: Path) -> None:
    result = run("exports", str(tmp_path))
    assert result.exit_code == 0, result.output
    assert {"queues.csv", "agents.csv", "reasons.csv"} <= {p.name for p in tmp_path.iterdir()}


def test_a_taken_port_is_said_so() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.exit_code == 1
    assert f"Port {port} is taken" in result.stderr


@pytest.mark.parametrize("command", ["ledger", "serve"])
def test_a_time_that_is_none_is_refused(command: str) -> None:
    result = run(command, "--until", "yesterday")
    assert result.exit_code == 2
    assert "not an ISO 8601 time" in " ".join(result.stderr.split())
