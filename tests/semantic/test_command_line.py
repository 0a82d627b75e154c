"""`python -m semantic` as a person uses it."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from demo.digest import digest_table, query_digest
from semantic.commands import app


@pytest.fixture
def run(database: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("KONTAKTI_HOME", str(database.parent.parent))
    return CliRunner()


def test_a_query_prints_csv_with_every_digit(run: CliRunner) -> None:
    cut = ["--group-by", "contact__channel", "--order-by", "contact__channel"]
    kept = ["--where", "contact__channel=voice,email"]
    asked = ["query", "--metrics", "service_level", "--csv", *cut, *kept]
    done = run.invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert done.output.split() == [
        "contact__channel,service_level", "email,0.5", "voice,0.3333333333333333",
    ]  # fmt: skip


def test_a_query_prints_a_table_of_which_every_line_is_whole(run: CliRunner) -> None:
    cut = ["--group-by", "contact__channel", "--order-by", "contact__channel"]
    done = run.invoke(app, ["query", "--metrics", "service_level,service_level_n", *cut])
    lines = done.output.splitlines()
    assert lines[0] == "contact__channel  service_level  service_level_n"
    assert lines[1:][-1].split() == ["voice", "0.3333", "3"]
    assert {len(line) for line in lines} == {len(lines[0])}


def test_an_answer_comes_in_the_order_of_its_groups_unless_another_is_asked_for(
    run: CliRunner,
) -> None:
    asked = ["query", "--metrics", "contacts_offered", "--group-by", "contact__channel", "--csv"]
    _, *lines = run.invoke(app, asked).output.split()
    assert lines == sorted(lines)
    assert len(lines) > 2
    turned = run.invoke(app, [*asked, "--order-by", "-contact__channel"]).output.split()
    assert turned[1:] == lines[::-1]


def test_a_mistake_is_one_plain_line_and_exit_status_one(run: CliRunner) -> None:
    done = run.invoke(app, ["query", "--metrics", "servicelevel"])
    assert done.exit_code == 1
    assert "Did you mean service_level" in done.stderr
    assert "Traceback" not in done.output
    for wrong in (["--where", "voice"], ["--start", "1.4.2026"]):
        done = run.invoke(app, ["query", "--metrics", "nps", *wrong])
        assert done.exit_code == 1
        assert wrong[1] in done.stderr


def test_metrics_dimensions_and_saved_queries_are_listed(run: CliRunner) -> None:
    assert "first_contact_resolution_rate" in run.invoke(app, ["metrics", "--csv"]).output
    assert "queue__brand" in run.invoke(app, ["dimensions", "--metrics", "nps"]).output
    assert "quarterly_strategy" in run.invoke(app, ["saved", "--csv"]).output
    assert "voice" in run.invoke(app, ["saved", "rt_floor", "--csv"]).output


def test_the_digest_prints_figures_with_their_n(database: Path) -> None:
    console = Console(width=160, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        console.print(digest_table(query_digest(database.parent.parent)))
    lines = captured.get().splitlines()
    total = next(index for index, line in enumerate(lines) if line.strip().startswith("total"))
    assert "33.3 %" in lines[total]
    assert "13.0 h" in lines[total]
    assert "+0" in lines[total]
    assert lines[total + 1].split()[0] == "6", "n of service level under it"
