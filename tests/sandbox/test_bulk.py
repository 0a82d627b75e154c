"""Bulk mode: the landed layout, the promised shape, the same lake every time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pytest
import yaml

from sandbox.bulk import Plan, calls, one_more_day, whole_history
from sandbox.bulk.lake import Load

STAGING = Path(__file__).parents[2] / "dbt_project" / "models" / "staging"


def table(home: Path, name: str) -> pa.Table:
    dataset, _, table_name = name.partition(".")
    return ds.dataset(home / "lake" / dataset / table_name, format="parquet").to_table()


def declared() -> dict[str, set[str]]:
    """The columns that staging declares, by landed table."""
    found: dict[str, set[str]] = {}
    for path in STAGING.glob("*/_*__sources*.yml"):
        for source in yaml.safe_load(path.read_text(encoding="utf-8"))["sources"]:
            dataset = "files_bulk" if source["name"] == "files" else source["name"]
            for item in source["tables"]:
                columns = {column["name"] for column in item.get("columns", [])}
                found.setdefault(f"{dataset}.{item['name']}", set()).update(columns)
    return found


@pytest.fixture(scope="module", autouse=True)
def small_blocks() -> Iterator[None]:
    """Blocks of a thousand calls, so that a few calls cost little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "CHUNK", 1_000)
        yield


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("bulk")
    whole_history(home, Plan(seed=3, contacts=2_500, tickets=1_000, calls_a_day=500))
    return home


def test_every_table_has_only_columns_that_staging_declares(home: Path) -> None:
    known = declared()
    for folder in sorted((home / "lake").glob("*/*")):
        name = f"{folder.parent.name}.{folder.name}"
        if folder.name != "_dlt_loads":
            assert set(table(home, name).column_names) <= known[name] | {"_dlt_load_id"}, name


def test_tickets_have_the_promised_history(home: Path) -> None:
    kinds = Counter(table(home, "zendesk.ticket_events")["event_type"].to_pylist())
    assert kinds["Comment"] == 3_800
    assert kinds["Create"] + kinds["Change"] == 14_400
    ids = table(home, "zendesk.ticket_events")["id"].to_pylist()
    assert len(ids) == len(set(ids))


def test_calls_come_in_opening_hours_one_day_after_another(home: Path) -> None:
    landed = table(home, "files_bulk.calls")
    assert landed.num_rows == len(set(landed["call_id"].to_pylist())) == 2_500
    days = Counter(at.date() for at in landed["queued_at"].to_pylist())
    assert set(days.values()) == {500}
    assert all(day.weekday() < 5 for day in days)


def test_nobody_answers_two_calls_at_once(home: Path) -> None:
    landed = table(home, "files_bulk.calls").to_pylist()
    free_at: dict[str, Any] = {}
    for call in sorted((c for c in landed if c["agent"]), key=lambda c: c["answered_at"]):
        assert free_at.get(call["agent"], call["answered_at"]) <= call["answered_at"]
        free_at[call["agent"]] = call["ended_at"]
    assert len(free_at) > 250


def test_a_load_counts_only_by_its_mark(home: Path) -> None:
    marks = list((home / "lake" / "files_bulk" / "_dlt_loads").iterdir())
    (load_id,) = set(table(home, "files_bulk.calls")["_dlt_load_id"].to_pylist())
    assert [mark.name for mark in marks] == [f"files_bulk__{load_id}.jsonl"]


def test_a_call_is_the_same_whatever_range_it_is_written_in(tmp_path: Path) -> None:
    callers = calls.Callers.of(1, 100)
    opens = calls.np.arange(20) * 86_400
    for name, ranges in (("whole", [(0, 900)]), ("parts", [(0, 450), (450, 900)])):
        load = Load(tmp_path / name, 2_000_000_000, 1)
        for first, last in ranges:
            calls.write_calls(load, 1, callers, opens, 100, first, last)
    whole, parts = (table(tmp_path / name, "files_bulk.calls") for name in ("whole", "parts"))
    assert whole.sort_by("call_id").equals(parts.sort_by("call_id"))


def test_the_next_day_is_a_later_load_with_some_corrections(tmp_path: Path) -> None:
    whole_history(tmp_path, Plan(seed=3, contacts=1_200, tickets=100, calls_a_day=500))
    before = table(tmp_path, "files_bulk.calls")
    rows = one_more_day(tmp_path, 400, 10)
    assert rows["files_bulk.calls"] == 404
    assert rows["zendesk.tickets"] == 10
    after = table(tmp_path, "files_bulk.calls").to_pylist()
    new = [row for row in after if row["_dlt_load_id"] > max(before["_dlt_load_id"].to_pylist())]
    known = set(before["call_id"].to_pylist())
    assert sum(row["call_id"] in known for row in new) == 4
    assert min(row["queued_at"] for row in new if row["call_id"] not in known) > max(
        before["queued_at"].to_pylist()
    )
    again = one_more_day(tmp_path, 400)
    assert again["files_bulk.calls"] == 404
    assert "zendesk.tickets" not in again
    # What had nothing new was looked at too: it must not hold back how far the lake is known.
    known_until = {
        max(mark["watermark_at"] for mark in marks if mark["resource"] == resource)
        for dataset in ("files_bulk", "zendesk", "hubspot")
        for marks in [table(tmp_path, f"{dataset}.watermarks").to_pylist()]
        for resource in {mark["resource"] for mark in marks}
    }
    assert len(known_until) == 1


def test_a_home_takes_one_history_and_a_day_needs_one(home: Path, tmp_path: Path) -> None:
    with pytest.raises(FileExistsError, match="bulk lake already"):
        whole_history(home, Plan())
    with pytest.raises(FileNotFoundError):
        one_more_day(tmp_path, 10)
