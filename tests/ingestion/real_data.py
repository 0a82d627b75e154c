"""Where the real data sets are, and landing one of them on a temporary home."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from ingestion.runs import LandingReport
from ingestion.sources.files import land

ROOT = Path(__file__).resolve().parents[2]


def data_set(name: str) -> Path:
    """Folder of a real data set; skips the test where it is not there."""
    shared = Path(os.environ.get("KONTAKTI_SHARED") or ROOT.parent / "shared")
    folder = shared / "data" / name
    if not folder.is_dir():
        pytest.skip(f"the data set {name} is not there (set KONTAKTI_SHARED to its folder)")
    return folder


def land_example(name: str, home: Path) -> LandingReport:
    """Land a data set through its example mapping; sets the environment it needs."""
    folder = data_set(name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(home))
        patch.setenv("KONTAKTI_FILES", str(ROOT / "examples" / name / "files.yml"))
        patch.setenv("KONTAKTI_DATA", str(folder))
        patch.setenv("KONTAKTI_PSEUDONYM_KEY", "a key for tests only")
        return land()


def lake(home: Path, dataset: str, table: str) -> duckdb.DuckDBPyRelation:
    """The landed rows of one table."""
    return duckdb.read_parquet(
        str(home / "lake" / dataset / table / "load_date=*" / "*.parquet"), union_by_name=True
    )
