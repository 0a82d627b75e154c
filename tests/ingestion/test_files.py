"""The file drop lands into the lake through dlt: whole landings on a temporary home."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from ingestion.errors import CredentialMissing
from ingestion.file_drop.errors import FileDropFailed, MappingInvalid
from ingestion.file_drop.report import FileLandingReport
from ingestion.reconciliation import differences
from ingestion.sources.files import declared_tables, land
from tests.ingestion.file_drop_support import CALLS, FileDrop

CSV = "id,at,outcome,who\n1,2026-01-01 10:00:00,answered,anna@example.org\n2,soon,answered,x\n"
WITH_CUSTOMER = {**CALLS, "columns": {**CALLS["columns"], "customer": "who"}}


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FileDrop:
    """A base folder with its mapping, and a home beside it."""
    base = tmp_path / "base"
    base.mkdir()
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KONTAKTI_FILES", str(base / "files.yml"))
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "a key for tests only")
    monkeypatch.delenv("KONTAKTI_DATA", raising=False)
    return FileDrop(base)


def _lake(drop: FileDrop, table: str, columns: str) -> list[tuple[object, ...]]:
    files = drop.base.parent / "home" / "lake" / "files_acme" / table / "load_date=*" / "*.parquet"
    return duckdb.sql(
        f"select {columns} from read_parquet('{files}', union_by_name = true) order by all"
    ).fetchall()


def test_a_landing_writes_good_rows_quarantine_and_watermark_and_goes_on_past_bad_entries(
    drop: FileDrop,
) -> None:
    drop.write("calls.csv", CSV)
    drop.write("q.csv", "id\nq1\n")
    drop.map(
        {"entity": "nothing", "path": "x.csv", "columns": {}},
        {"entity": "queues", "path": "q.csv", "columns": {"queue_id": "idd"}},
        WITH_CUSTOMER,
    )

    with pytest.raises(FileDropFailed) as failed:
        land()

    said = str(failed.value)
    assert "2 problems" in said
    assert "files.yml line 1 (acme.nothing)" in said
    assert "q.csv has no column idd; it has id" in said
    report = failed.value.report
    assert isinstance(report, FileLandingReport)
    assert report.rows == {"files_acme.calls": 1}
    assert report.quarantined == {"files_acme.calls": 1}
    ((call, customer, load_id),) = _lake(drop, "calls", "call_id, customer_key, _dlt_load_id")
    assert (call, load_id) == ("1", report.load_id)
    assert "anna" not in str(customer)
    assert _lake(drop, "_quarantine_calls", "source_file, source_row, column_name, reason") == [
        ("calls.csv", 2, "queued_at", "unparsable timestamp")
    ]
    ((resource, rows, initial),) = _lake(drop, "watermarks", "resource, rows_landed, is_initial")
    assert (resource, rows, initial) == ("calls", 1, True)


def test_a_second_landing_brings_nothing_and_a_changed_file_lands_again_with_a_newer_load(
    drop: FileDrop,
) -> None:
    drop.write("calls.csv", CSV)
    drop.map(WITH_CUSTOMER)
    first = land()

    assert land().total_rows == 0

    drop.write("calls.csv", CSV.replace("answered,anna", "abandoned,anna"))
    second = land()
    assert second.rows == {"files_acme.calls": 1}
    assert second.load_id is not None
    assert second.load_id > (first.load_id or "")
    assert len(_lake(drop, "calls", "outcome")) == 2
    assert [initial for (initial,) in _lake(drop, "watermarks", "is_initial")] == [False, True]


def test_a_lost_row_of_a_file_is_told(drop: FileDrop) -> None:
    drop.write("calls.csv", CSV.replace("soon", "2026-01-02 10:00:00"))
    drop.map(CALLS)
    report = land()
    tables = {f"{d}.{table.name}": table for d, of in declared_tables().items() for table in of}
    assert differences(report, tables) == []
    (file,) = (drop.base.parent / "home" / "lake" / "files_acme" / "calls").glob("*/*.parquet")
    pq.write_table(pq.read_table(file).slice(1), file)
    (lost,) = differences(report, tables)
    assert (lost.table, lost.served - lost.landed) == ("files_acme.calls", 1)


def test_a_lost_working_folder_does_not_load_a_file_twice(drop: FileDrop) -> None:
    drop.write("calls.csv", CSV)
    drop.map(WITH_CUSTOMER)
    land()
    home = drop.base.parent / "home"
    (home / "dlt").rename(home.parent / "lost")

    assert land().total_rows == 0


def test_personal_columns_without_a_key_stop_before_anything_is_read(
    drop: FileDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KONTAKTI_PSEUDONYM_KEY")
    drop.write("calls.csv", CSV)
    drop.map(WITH_CUSTOMER)
    with pytest.raises(CredentialMissing, match="KONTAKTI_PSEUDONYM_KEY"):
        land()


def test_a_base_folder_that_is_not_there_names_its_setting(
    drop: FileDrop, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop.map(CALLS)
    monkeypatch.setenv("KONTAKTI_DATA", str(drop.base / "none"))
    with pytest.raises(MappingInvalid, match="KONTAKTI_DATA"):
        land()


def test_an_empty_mapping_lands_nothing(drop: FileDrop) -> None:
    drop.write("files.yml", "")
    assert land().total_rows == 0


def test_the_declared_tables_are_known_without_reading_a_file(drop: FileDrop) -> None:
    drop.map(CALLS)
    ((dataset, tables),) = declared_tables().items()
    assert dataset == "files_acme"
    assert [table.name for table in tables] == ["calls"]
