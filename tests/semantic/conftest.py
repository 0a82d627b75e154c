"""The semantic layer over the small centre, made once: making it costs seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic.parse import prepare_manifest
from semantic.query import SemanticLayer

from . import small_centre


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published copy that holds the small centre."""
    path = tmp_path_factory.mktemp("home") / "serving" / "marts.duckdb"
    return small_centre.build(path, prepare_manifest())


@pytest.fixture(scope="session")
def layer(database: Path) -> SemanticLayer:
    """The semantic layer over that copy."""
    return SemanticLayer(database)
