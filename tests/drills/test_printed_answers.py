"""The answers that the guide prints are true of the centre that a first `make demo` simulates."""

from __future__ import annotations

import pytest

from sandbox.ledger.truth import Truth, truth
from sandbox.world.simulate import UNTIL, simulate
from tests.end_to_end.ten_questions import TRUE, chances, page

pytestmark = pytest.mark.drill
HELD_BACK = 60  # seconds: a vendor's newest minute, which it does not show yet
PAGE = page()


@pytest.fixture(scope="module")
def known() -> Truth:
    world = simulate(seed=1, days=30, contacts_per_day=1000, until=UNTIL, after_days=3)
    return truth(world, UNTIL - HELD_BACK)


def figure(text: str) -> float | None:
    return None if text == "-" else float(text.replace(",", ""))


def printed(number: int, columns: int) -> dict[str, list[float | None]]:
    """The figures of a printed answer by its group, which may be of several words."""
    rows = [line.split() for line in PAGE[number].printed.splitlines()[1:]]
    return {
        " ".join(row[:-columns]).removeprefix("-").strip(): [
            figure(cell) for cell in row[-columns:]
        ]
        for row in rows
    }


@pytest.mark.parametrize("asked", TRUE, ids=lambda asked: TRUE[asked].__name__)
def test_a_printed_answer_is_true(asked: int, known: Truth) -> None:
    arguments = PAGE[asked].arguments
    metrics = arguments[arguments.index("--metrics") + 1].split(",")
    found = printed(asked, len(metrics))
    for group, true in TRUE[asked](known).items():
        got = dict(zip(metrics, found[str(group or "")], strict=True))
        for metric, value in true.items():
            if metric in got:
                wanted = None if value is None else pytest.approx(value, abs=0.00005)
                assert got[metric] == wanted, (group, metric)


def test_the_printed_names_are_those_that_differ(known: Truth) -> None:
    chance = chances(known)
    differ = sorted(agent for agent, p in chance.items() if p * len(chance) < 0.05)
    told = f"{differ or 'none beyond chance'} of {len(chance)}"
    assert PAGE[10].printed.strip() == told
