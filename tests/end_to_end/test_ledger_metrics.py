"""Every metric that both sides know is what truly happened: exactly, at every grain."""

from __future__ import annotations

import pytest

from sandbox.ledger.metrics import METRICS
from sandbox.server import SandboxServer
from semantic.query import SemanticLayer

from .catalogue_ids import CATALOGUE, DIFFERS, NOT_IN_LEDGER, NOT_IN_WAREHOUSE
from .comparison import GRAINS, Comparison, Grain, common_metrics
from .conftest import Home

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def layer(home: Home) -> SemanticLayer:
    return SemanticLayer.of_home(home.path)


@pytest.fixture(scope="module")
def comparison(home: Home, centre: SandboxServer, layer: SemanticLayer) -> Comparison:
    return Comparison(layer, centre.world, home.path)


@pytest.mark.parametrize("grain", GRAINS, ids=lambda grain: grain.name)
def test_every_common_metric_is_what_truly_happened(grain: Grain, comparison: Comparison) -> None:
    agreed = [name for name in common_metrics(comparison.layer) if base(name) not in DIFFERS]
    wrong = [line for name in agreed for line in comparison.differences(grain, name)]
    assert wrong == []


def test_what_is_listed_as_different_still_differs(comparison: Comparison) -> None:
    """A metric that has come to agree leaves the list."""
    mended = [
        metric
        for metric in DIFFERS
        if not any(comparison.differences(grain, metric) for grain in GRAINS)
    ]
    assert mended == []


def test_every_ledger_metric_is_compared_or_listed(layer: SemanticLayer) -> None:
    missing = {metric for metric in METRICS if metric not in layer.metrics}
    assert missing == NOT_IN_WAREHOUSE


def test_every_catalogue_id_is_counted_or_listed() -> None:
    assert set(NOT_IN_LEDGER) == CATALOGUE - set(METRICS)


def base(name: str) -> str:
    """The metric that an `_n` belongs to."""
    return name.removesuffix("_n")
