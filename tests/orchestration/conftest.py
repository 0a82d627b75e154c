"""Definitions as a fresh checkout loads them: no network, no secret, nothing set."""

from __future__ import annotations

import os
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from orchestration import definitions
from orchestration.settings import Settings


@pytest.fixture(scope="session")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    """The whole code location on an empty home."""
    home: Path = tmp_path_factory.mktemp("home")
    os.environ.setdefault("KONTAKTI_HOME", str(home))
    return definitions.build_definitions(Settings(home=home))


@pytest.fixture(scope="session")
def graph(defs: dg.Definitions) -> AssetGraph:
    """Its asset graph."""
    return defs.resolve_asset_graph()
