"""Where the semantic layer finds things; kept without imports, so that a client starts at once."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DBT_PROJECT_DIR = PROJECT / "dbt_project"
TARGETS = {
    "serving": "serving/marts.duckdb",
    "live": "serving/live.duckdb",
    "dev": "warehouse.duckdb",
}


def home_path() -> Path:
    """The home folder: KONTAKTI_HOME, else `.kontakti` beside the packages."""
    return Path(os.environ.get("KONTAKTI_HOME") or PROJECT / ".kontakti")
