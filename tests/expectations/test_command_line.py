"""The command line: what it prints and the codes it ends with."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from expectations.__main__ import app
from tests.expectations.homes import CLEAN_LAKE, clean_lake, variant, write_lake


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def test_a_clean_table_ends_with_code_0_and_a_count(home: Path) -> None:
    clean_lake(home)
    outcome = CliRunner().invoke(app, ["run", "--name", "hubspot.contacts"])
    assert outcome.exit_code == 0
    assert "0 blocking and 0 alerting failed, 1 skipped" in outcome.output


def test_a_blocking_failure_ends_with_code_1_and_names_table_rule_and_counts(home: Path) -> None:
    row = CLEAN_LAKE["zendesk.groups"]
    write_lake(home, {"zendesk.groups": [row, variant(row, id="null::bigint")]})
    outcome = CliRunner().invoke(app, ["run", "--name", "zendesk.groups"])
    assert outcome.exit_code == 1
    for words in ("zendesk.groups", "id_is_not_null", "blocking", "1 of 2", "land again"):
        assert words in outcome.output


def test_an_alert_ends_with_code_0(home: Path) -> None:
    write_lake(
        home, {"zendesk.groups": [variant(CLEAN_LAKE["zendesk.groups"], name="null::varchar")]}
    )
    outcome = CliRunner().invoke(app, ["run", "--name", "zendesk.groups"])
    assert outcome.exit_code == 0
    assert "name_is_not_null" in outcome.output
    assert "1 alerting failed" in outcome.output


def test_marts_that_were_never_built_end_with_code_2_and_one_message(home: Path) -> None:
    outcome = CliRunner().invoke(app, ["run", "--layer", "marts"])
    assert outcome.exit_code == 2
    assert "build the warehouse" in outcome.output
    assert "Traceback" not in outcome.output


def test_the_list_names_every_check(home: Path) -> None:
    outcome = CliRunner().invoke(app, ["list"])
    assert outcome.exit_code == 0
    assert "zendesk.tickets" in outcome.output
    assert "offered_contacts_have_one_outcome" in outcome.output
