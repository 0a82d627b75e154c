"""Imports what later stages need while the first ones wait for the network.

Great Expectations takes ten seconds to import and MetricFlow a few; landing mostly waits for the
vendors' answers. Inputs and outputs: none but the loaded modules.
"""

from __future__ import annotations

import os
import threading
from importlib import import_module

MODULES = ("great_expectations", "expectations.duckdb_datasource", "demo.digest")


def warm_up() -> threading.Thread:
    """Start importing in the background; a stage that comes first just waits for the import."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    # In this thread: while it is being imported, SQLAlchemy asks it about every value, and Dagster
    # uses SQLAlchemy from the start of a run.
    import_module("sqlalchemy.orm")
    thread = threading.Thread(target=_import_all, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    for module in MODULES:
        import_module(module)
