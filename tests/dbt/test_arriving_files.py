"""A run of an incremental model opens the files of new loads, and no others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.dbt.compared import rows_of
from tests.dbt.in_process import Dbt
from tests.dbt.raw_lake import land

pytestmark = pytest.mark.slow

BUILD = ["--select", "stg_files__calls", "stg_twilio__calls"]


def test_files_of_loads_that_a_table_has_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dbt: Dbt
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    land(tmp_path, "1700000001.1", "files_a", {"calls": [call("a", "1", "abandoned")]})
    land(tmp_path, "1700000009.1", "files_b", {"calls": [call("b", "1", "abandoned")]})
    land(tmp_path, "1700000001.1", "twilio", {"calls": [{"sid": "CA1"}]})
    dbt("run", *BUILD)
    for file in (tmp_path / "lake").glob("*/calls/*/*.parquet"):
        file.write_bytes(b"nobody can read this")

    # Later than what came of this dataset, earlier than what came of the other.
    land(tmp_path, "1700000002.1", "files_a", {"calls": [call("a", "1"), call("a", "2")]})
    # The first of a dataset.
    land(tmp_path, "1700000001.1", "files_c", {"calls": [call("c", "1")]})
    dbt("run", *BUILD)

    assert built(tmp_path, "source_dataset, native_call_id, outcome") == [
        ("a", "1", "answered"),
        ("a", "2", "answered"),
        ("b", "1", "abandoned"),
        ("c", "1", "answered"),
    ]
    # A file that dlt did not name says nothing of its load.
    land(tmp_path, "1700000003.1", "files_c", {"calls": [call("c", "2")]})
    (newest,) = (tmp_path / "lake").glob("files_c/calls/*/1700000003.*")
    newest.rename(newest.with_name("by_hand.parquet"))
    dbt("run", *BUILD)
    assert built(tmp_path, "native_call_id") == [("1",)] * 3 + [("2",)] * 2


def call(dataset: str, call_id: str, outcome: str = "answered") -> dict[str, Any]:
    """A call of a dataset's call detail record."""
    return {
        "call_id": call_id,
        "queued_at": "2026-03-02 08:00:00",
        "outcome": outcome,
        "source_dataset": dataset,
    }


def built(home: Path, columns: str) -> list[tuple[Any, ...]]:
    """These columns of the calls as dbt left them."""
    query = f"select {columns} from staging.stg_files__calls order by all"
    return [tuple(row.values()) for row in rows_of(home / "warehouse.duckdb", query)]
