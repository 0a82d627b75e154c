"""Which rows of the lake count: those of loads that dlt has marked as complete.

Input: a dataset's folder. Output: the ids of its complete loads, and the load that a file is of.
"""

from __future__ import annotations

import re
from pathlib import Path

MARK = re.compile(r"__([0-9.]+)[.]jsonl")
LOAD = re.compile(r"^([0-9]+[.][0-9]+)[.]")


def complete_loads(dataset: Path) -> set[str]:
    """Ids of the loads that are complete; the files of others may still be written."""
    marks = (MARK.search(mark.name) for mark in (dataset / "_dlt_loads").glob("*"))
    return {mark[1] for mark in marks if mark}


def load_of(file: Path) -> str | None:
    """Id of the load that a file came with; None of a file that dlt did not name."""
    load = LOAD.match(file.name)
    return load[1] if load else None
