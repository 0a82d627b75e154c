"""An analyst who follows the guide gets the true answer to each of its questions."""

from __future__ import annotations

import csv
import io
import math

import pytest
from typer.testing import CliRunner

from sandbox.ledger.observation import Metrics
from sandbox.ledger.truth import Truth, truth
from sandbox.server import SandboxServer
from semantic.commands import app

from .comparison import as_of
from .conftest import Home
from .ten_questions import TRUE, chances, page

PAGE = page()


@pytest.fixture(scope="module")
def known(home: Home, centre: SandboxServer) -> Truth:
    return truth(centre.world, as_of(home.path))


def number(text: str) -> float | None:
    return float(text) if text else None


def test_the_page_has_ten_questions_and_a_true_answer_to_each() -> None:
    assert list(PAGE) == list(range(1, 11))
    assert set(TRUE) == {asked for asked in PAGE if PAGE[asked].arguments}


@pytest.mark.slow
@pytest.mark.parametrize("asked", TRUE, ids=lambda asked: TRUE[asked].__name__)
def test_the_query_of_the_page_gives_what_truly_happened(
    asked: int, home: Home, known: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(home.path))
    done = CliRunner().invoke(app, ["query", *PAGE[asked].arguments, "--csv"])
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO(done.output)))
    groups = [name for name in rows[0] if "__" in name or name == "contact_channel"]
    found = {"".join(row[name] for name in groups): row for row in rows}
    true: dict[str, Metrics] = {
        str(group or ""): metrics for group, metrics in TRUE[asked](known).items()
    }
    assert sum(any(metrics.values()) for metrics in true.values()) >= 1
    for group in true.keys() | found.keys():
        for metric, value in true.get(group, {}).items():
            got = number(found.get(group, {}).get(metric, ""))
            same = (
                (got or 0) == (value or 0)
                if got is None or value is None
                else (math.isclose(got, value, rel_tol=1e-9, abs_tol=1e-9))
            )
            assert same, (group, metric, value, got)
        assert group in true or not any(
            number(found[group][name]) for name in found[group] if name not in groups
        ), (group, found[group])


@pytest.mark.slow
def test_the_program_of_the_page_finds_whose_share_differs(
    home: Home, known: Truth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(home.path))
    names: dict[str, dict[str, float]] = {}
    exec(compile(PAGE[10].program, "questions.md", "exec"), names)  # noqa: S102 - our own page
    true = chances(known)
    assert names["chance"] == pytest.approx(true, abs=1e-9)
    assert len(true) > 5
