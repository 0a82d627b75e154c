"""Three thousand odd tickets of five seeds against plain Python, in one build (about a minute)."""

from __future__ import annotations

from pathlib import Path

from parity.build import answers, build, expected
from parity.compare import KEYS, compare
from tests.parity.invented_set import invent
from tests.parity.write_set import write

SEEDS = (11, 12, 13, 14, 15)
TICKETS = 600


def test_no_cell_differs_from_plain_python(tmp_path: Path) -> None:
    behind = None
    for seed in SEEDS:
        folder = tmp_path / f"set_{seed}"
        write(invent(seed, TICKETS, base=seed * 1_000_000), folder, behind)
        behind = folder
    build(folder, tmp_path / "home")
    for table in KEYS:
        truth = list(expected(folder, table))
        columns, extra = compare(table, truth, list(answers(tmp_path / "home", table)))
        assert [column.differences[:5] for column in columns if column.differences] == []
        assert extra == []
