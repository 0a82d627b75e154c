"""Small files of the lake become few, and no row changes, is lost or comes twice for good."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingestion import compaction
from ingestion.compaction import SETTLED_SECONDS, compact
from ingestion.errors import LandingBusy
from ingestion.lake_lock import reading
from ingestion.pipelines import alone
from live import loads

NOW = 1_700_000_000.0
OLD = NOW - SETTLED_SECONDS - 86_400


def land(home: Path, second: int, columns: str, *, complete: bool = True, old: bool = True) -> Path:
    """One load of one row."""
    load = f"{(OLD if old else NOW) + second:.1f}"
    folder = home / "lake" / "acme" / "calls" / f"load_date=2023-11-{second % 3 + 1:02}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{load}.abc.parquet"
    duckdb.sql(f"select {columns}, '{load}' as _dlt_load_id").write_parquet(str(file))
    if complete:
        marks = home / "lake" / "acme" / "_dlt_loads"
        marks.mkdir(exist_ok=True)
        (marks / f"acme__{load}.jsonl").touch()
    return file


def rows(home: Path) -> list[tuple[object, ...]]:
    files = str(home / "lake" / "acme" / "calls" / "*" / "*.parquet")
    found = duckdb.read_parquet(files, union_by_name=True, hive_partitioning=False)
    return found.project("id, note, _dlt_load_id").order("all").fetchall()


def files(home: Path) -> list[Path]:
    return sorted((home / "lake" / "acme" / "calls").glob("*/*"))


@pytest.fixture
def landed(home: Path) -> Path:
    """Six old loads, some without a value in a column, one new and one that is not complete."""
    for number in range(6):
        note = "" if number % 2 else f", 'note {number}' as note"
        land(home, number, f"{number} as id{note}")
    land(home, 6, "6 as id", old=False)
    land(home, 7, "7 as id", complete=False)
    return home


def test_old_complete_loads_are_merged_and_every_row_keeps_its_load(landed: Path) -> None:
    before = rows(landed)
    (done,) = compact("acme", loads, NOW)
    assert (done.table, done.before, done.after) == ("acme.calls", 8, 3)
    assert rows(landed) == before
    merged = next(file for file in files(landed) if ".merged-" in file.name)
    assert loads.load_of(merged) == f"{OLD + 5:.1f}"
    assert compact("acme", loads, NOW) == []


def test_a_column_that_changed_its_type_stays_in_files_of_its_own(landed: Path) -> None:
    for number in range(10, 14):
        land(landed, number, f"'x{number}' as id")
    compact("acme", loads, NOW)
    types = {
        str(duckdb.read_parquet(str(file)).types[0])
        for file in files(landed)
        if ".merged-" in file.name
    }
    assert types == {"INTEGER", "VARCHAR"}


def test_a_crash_after_the_merge_is_made_good_by_the_next_one(
    landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(landed)

    def crash(_: list[Path]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "_remove", crash)
        with pytest.raises(KeyboardInterrupt):
            compact("acme", loads, NOW)
    assert len(rows(landed)) == len(before) + 6, "twice, and never less"
    (done,) = compact("acme", loads, NOW)
    assert rows(landed) == before
    assert done.after == 3


def test_a_crash_while_it_writes_leaves_everything_as_it_was(
    landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(landed)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "_flush", crash)
        with pytest.raises(KeyboardInterrupt):
            compact("acme", loads, NOW)
    assert files(landed) == before


def test_nothing_is_moved_under_a_reader_or_a_landing(landed: Path) -> None:
    before = files(landed)
    with reading(landed):
        (done,) = compact("acme", loads, NOW, patience=0)
    assert done.is_busy
    assert files(landed) == before
    with alone("acme"), pytest.raises(LandingBusy):
        compact("acme", loads, NOW)
