"""Where published things lie, and which schemas are published.

Input: a home folder. Output: paths below `<home>/serving`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

Kind = Literal["marts", "live"]

# The conformed model and one schema an audience; staging and intermediate models stay inside.
PUBLISHED_SCHEMAS = (
    "core",
    "realtime",
    "daily_voice",
    "weekly_team",
    "monthly_planning",
    "quarterly_strategy",
)
_SOURCES: dict[Kind, str] = {"marts": "warehouse.duckdb", "live": "live.duckdb"}


def default_home() -> Path:
    """The home folder of this machine: KONTAKTI_HOME, or `.kontakti` here."""
    return Path(os.environ.get("KONTAKTI_HOME") or ".kontakti").resolve()


def source_path(home: Path, kind: Kind) -> Path:
    """The database dbt builds."""
    return home / _SOURCES[kind]


def published_path(home: Path, kind: Kind) -> Path:
    """The copy for readers."""
    return home / "serving" / f"{kind}.duckdb"


def manifest_path(home: Path) -> Path:
    """What dbt says of all that its last build of the warehouse made."""
    return home / "dbt" / "dev" / "manifest.json"


def sizes_folder(home: Path) -> Path:
    """What each look of `serving.sizes` found, a Parquet file a look."""
    return home / "sizes"


def docs_folder(home: Path) -> Path:
    """dbt's documentation, opened at `index.html`."""
    return home / "serving" / "docs"
