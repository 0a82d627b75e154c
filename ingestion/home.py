"""Where a run writes: one home folder, from `KONTAKTI_HOME` (default `.kontakti`).

Out: `lake/` (raw Parquet and dlt's state) and `dlt/` (dlt's working folders, disposable).
"""

from __future__ import annotations

import os
from pathlib import Path

HOME_VARIABLE = "KONTAKTI_HOME"


def home_folder() -> Path:
    """Absolute path of the home folder; not created here."""
    return Path(os.environ.get(HOME_VARIABLE) or ".kontakti").resolve()


def lake_folder() -> Path:
    """Raw Parquet: `<home>/lake/<dataset>/<table>/load_date=YYYY-MM-DD/*.parquet`."""
    return home_folder() / "lake"


def dlt_folder() -> Path:
    """dlt's working folders. Losing it costs nothing: state is restored from the lake."""
    return home_folder() / "dlt"
