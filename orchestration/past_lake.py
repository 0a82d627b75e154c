"""The lake as the run of a past period found it.

Inputs: the lake of a home, and the note of the loads that were complete when a period was first
built. Outputs: that note, `<home>/periods/<cadence>-<period>.loads.json`, and for a later build of
the period a lake of its own, in which tables are links to those of the home and marks of complete
loads are only those of the note. What is not marked as complete is read by nobody, so records that
landed since then, and newer versions of records, do not count; rows that were erased are gone.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from live.loads import MARK, complete_loads

MARKS = "_dlt_loads"


def newest_loads(lake: Path) -> dict[str, str]:
    """The newest complete load of each dataset; a dataset lands one load after the other."""
    newest = {each.name: max(complete_loads(each), default="") for each in _folders(lake)}
    return {dataset: load for dataset, load in newest.items() if load}


def note_of(home: Path, cadence: str, key: str) -> Path:
    """Where the loads of a period are noted; without the note everything that has landed counts."""
    return home / "periods" / f"{cadence}-{key}.loads.json"


def write_note(note: Path, loads: Mapping[str, str]) -> None:
    """Note the loads of a period, whole or not at all."""
    note.parent.mkdir(parents=True, exist_ok=True)
    fresh = note.with_name(f".{note.name}.{os.getpid()}")
    fresh.write_text(json.dumps(loads, indent=1) + "\n", encoding="utf-8")
    fresh.replace(note)


def lend_lake(lake: Path, note: Path, to: Path) -> None:
    """Give a period's home the lake of its note; without one, of now, which is then noted."""
    if not note.exists():
        write_note(note, newest_loads(lake))
    loads: dict[str, str] = json.loads(note.read_text(encoding="utf-8"))
    if to.is_symlink():
        to.unlink()
    for dataset in (each for each in _folders(lake) if each.name in loads):
        own = to / dataset.name
        (own / MARKS).mkdir(parents=True, exist_ok=True)
        for table in _folders(dataset):
            if table.name != MARKS and not (own / table.name).is_symlink():
                (own / table.name).symlink_to(table, target_is_directory=True)
        for mark in (dataset / MARKS).iterdir():
            # Only its name is read.
            load = MARK.search(mark.name)
            if load and load[1] <= loads[dataset.name]:
                (own / MARKS / mark.name).touch()


def forget_past_builds(home: Path) -> None:
    """Remove what was built of past periods; it can be built again, of the rows there still are."""
    for built in _folders(home / "periods"):
        shutil.rmtree(built)


def _folders(place: Path) -> list[Path]:
    return sorted(each for each in place.glob("*") if each.is_dir())
