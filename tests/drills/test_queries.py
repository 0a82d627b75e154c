"""Every way to ask for a metric, again and again while a daily run works: old answer or new.

`python -m pytest -m drill tests/drills/test_queries.py -s` prints how many answers each way gave.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from semantic.client import socket_path
from tests.drills.small_centre import HOUR, served
from tests.end_to_end.asking import GROUP, METRICS, asked_all_along, in_turn
from tests.end_to_end.conftest import PROJECT, Home

PAUSE_SECONDS = 1.0
ASKED = ["--metrics", METRICS, "--group-by", GROUP]
BY_SERVICE, ALONE, BY_MF = "make query", "make query, no service", "mf query"


def typed(home: Home, folder: str, *command: str, **more: str) -> str:
    """What a command prints; where it fails, what it says of that."""
    env = {**os.environ, "KONTAKTI_HOME": str(home.path), **more}
    done = subprocess.run(
        command, cwd=PROJECT / folder, env=env, capture_output=True, text=True, check=False
    )
    return done.stdout if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def ways(home: Home, folder: Path) -> dict[str, Callable[[], str]]:
    """How the guide says that one can ask."""
    ours = [sys.executable, "-m", "semantic", "query", *ASKED, "--order-by", GROUP, "--csv"]
    into = folder / "mf.csv"
    mf = [str(Path(sys.executable).with_name("mf")), "query", *ASKED, "--order", GROUP]

    def by_mf() -> str:
        into.unlink(missing_ok=True)
        said = typed(home, "dbt_project", *mf, "--csv", str(into), DBT_TARGET="serving")
        return into.read_text(encoding="utf-8") if into.exists() else said

    return {
        BY_SERVICE: lambda: typed(home, ".", *ours),
        ALONE: lambda: typed(home, ".", *ours, KONTAKTI_QUERY_SERVICE="off"),
        BY_MF: by_mf,
    }


def figures(answer: str) -> list[list[str | float]]:
    """An answer's cells, figures as figures: two programs write 1 and 1.0."""
    return [[as_figure(cell) for cell in row] for row in csv.reader(io.StringIO(answer))]


def as_figure(cell: str) -> str | float:
    try:
        return round(float(cell), 9)
    except ValueError:
        return "" if cell == "None" else cell


def test_every_answer_is_of_the_marts_before_the_publish_or_after_it(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre, ExitStack() as all_ways:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        asked = ways(home, tmp_path)
        before = {way: ask() for way, ask in asked.items()}
        centre.clock.advance(HOUR)
        answers = {
            way: all_ways.enter_context(asked_all_along(ask, PAUSE_SECONDS))
            for way, ask in asked.items()
        }
        done = home.daily()
        all_ways.close()
        after = {way: ask() for way, ask in asked.items()}
        socket_path(home.path).unlink()  # ends the service
    print({way: len(given) for way, given in answers.items()})
    assert done.returncode == 0, done.stdout + done.stderr
    assert before[BY_SERVICE] != after[BY_SERVICE]
    for told in (before, after):
        assert figures(told[ALONE]) == figures(told[BY_SERVICE]) == figures(told[BY_MF])
    for way in asked:
        assert in_turn([before[way], *answers[way], after[way]]) == [before[way], after[way]], way
        assert len(answers[way]) >= 3, way
