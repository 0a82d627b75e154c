"""The command line of publishing: what it prints, and errors as one message."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from serving.__main__ import app
from tests.serving import warehouses


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def test_publish_says_where_and_how_much_and_tables_lists_it(home: Path) -> None:
    warehouses.build(home)
    published = CliRunner().invoke(app, ["publish"])
    assert published.exit_code == 0
    assert "3 tables and views, 4 rows" in published.output
    listed = CliRunner().invoke(app, ["tables"])
    assert "core.fct_contact" in listed.output
    assert f"As of {warehouses.AS_OF} UTC" in listed.output


@pytest.mark.parametrize(
    "command", [["publish"], ["publish", "--kind", "live"], ["tables"], ["docs"]]
)
def test_an_empty_home_gives_one_message_and_code_2(home: Path, command: list[str]) -> None:
    outcome = CliRunner().invoke(app, command)
    assert outcome.exit_code == 2
    assert outcome.output.startswith("Error: ")
    assert "Traceback" not in outcome.output
