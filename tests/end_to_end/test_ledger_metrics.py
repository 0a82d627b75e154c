"""Every metric that both sides know is what truly happened: exactly, at every grain."""

from __future__ import annotations

from itertools import pairwise

import pytest

from sandbox.ledger import (
    billed_by_agreement,
    contact_rate,
    contact_rates_by_day,
    conversions,
    exclusions,
    shares,
    shares_by_day,
)
from sandbox.ledger.metrics import METRICS
from sandbox.server import SandboxServer
from semantic.query import Question, SemanticLayer

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
    assert comparison.differences(grain, agreed) == []


def test_what_is_listed_as_different_still_differs(comparison: Comparison) -> None:
    """A metric that has come to agree leaves the list."""
    mended = [
        metric
        for metric in DIFFERS
        if not any(comparison.differences(grain, [metric]) for grain in GRAINS)
    ]
    assert mended == []


def test_every_ledger_metric_is_compared_or_listed(layer: SemanticLayer) -> None:
    missing = {metric for metric in METRICS if metric not in layer.metrics}
    assert missing == NOT_IN_WAREHOUSE


SHARED_BY = {
    "channel_share": ("contact_channel",),
    "first_channel_share": ("contact_channel",),
    "reason_share_within_channel": ("contact_channel", "reason"),
    "value_category_share": ("reason_month__value_category",),
}


@pytest.mark.parametrize("metric", SHARED_BY)
def test_every_share_is_of_what_truly_happened(metric: str, comparison: Comparison) -> None:
    (answer,) = comparison.layer.ask(Question((metric, f"{metric}_n"), SHARED_BY[metric]))
    width = len(SHARED_BY[metric])
    found: dict[object, object] = {row[:width]: row[width:] for row in answer.rows if row[width]}
    true = shares(comparison.truth)[metric]
    assert found == {key: (pytest.approx(n / of, abs=1e-9), of) for key, (n, of) in true.items()}
    (total,) = comparison.layer.ask(Question((metric,)))
    assert float(str(total.rows[0][0])) == pytest.approx(1.0)


@pytest.mark.parametrize("metric", ["channel_share", "first_channel_share"])
def test_every_days_share_is_of_what_truly_happened(metric: str, comparison: Comparison) -> None:
    cut = ("metric_time__day", "contact_channel")
    (answer,) = comparison.layer.ask(Question((metric, f"{metric}_n"), cut))
    found: dict[object, object] = {row[:2]: row[2:] for row in answer.rows if row[2]}
    true = shares_by_day(comparison.truth)[metric]
    assert found == {key: (pytest.approx(n / of, abs=1e-9), of) for key, (n, of) in true.items()}


def test_every_days_contacts_a_customer_are_what_truly_happened(comparison: Comparison) -> None:
    question = Question(("contact_rate_per_customer",), ("metric_time__day",))
    (answer,) = comparison.layer.ask(question)
    found: dict[object, object] = dict(answer.rows)
    true = contact_rates_by_day(comparison.truth)
    assert found == {
        day: pytest.approx(100 * offered / customers, abs=1e-9)
        for day, (offered, customers) in true.items()
    }


@pytest.mark.parametrize(
    ("change", "metric", "period"),
    [
        ("csat_change", "csat_score", "month"),
        ("overall_satisfaction_change", "overall_satisfaction_rate", "quarter"),
    ],
)
def test_every_change_is_what_truly_changed(
    change: str, metric: str, period: str, comparison: Comparison
) -> None:
    months = 3 if period == "quarter" else 1
    true = comparison.by_months(metric, months)
    ordered = sorted(true)
    (answer,) = comparison.layer.ask(Question((change,), (f"metric_time__{period}",)))
    found: dict[object, object] = {row[0]: row[1] for row in answer.rows if row[1] is not None}
    assert found
    assert found == {
        after: pytest.approx(true[after] - true[before], abs=1e-9)
        for before, after in pairwise(ordered)
    }


def test_contacts_a_customer_are_what_truly_happened(comparison: Comparison) -> None:
    (answer,) = comparison.layer.ask(Question(("contact_rate_per_customer",)))
    offered, customers = contact_rate(comparison.truth)
    true = float(100 * offered / customers)
    assert float(str(answer.rows[0][0])) == pytest.approx(true, abs=1e-9)


def test_who_bought_after_a_contact_is_who_truly_did(comparison: Comparison) -> None:
    question = Question(("conversion_after_contact_rate_n", "converted_contacts"))
    (answer,) = comparison.layer.ask(question)
    assert tuple(answer.rows[0]) == conversions(comparison.truth)
    assert answer.rows[0][1]


def test_every_contact_is_billed_under_its_own_agreement(comparison: Comparison) -> None:
    question = Question(("billable_contacts",), ("contact_amount__contract_id",))
    (answer,) = comparison.layer.ask(question)
    found = {row[0]: row[1] for row in answer.rows if row[1]}
    assert found == billed_by_agreement(comparison.truth)
    assert len(found) > 3


def test_every_row_left_out_is_counted_by_its_rule(comparison: Comparison) -> None:
    question = Question(("data_quality_exclusions",), ("exclusion__rule",))
    (answer,) = comparison.layer.ask(question)
    found: dict[object, object] = {row[0]: row[1] for row in answer.rows}
    assert found == exclusions(comparison.truth)


def test_every_catalogue_id_is_counted_or_listed() -> None:
    counted = {*METRICS, *SHARED_BY, "contact_rate_per_customer", "data_quality_exclusions"}
    counted |= {"csat_change", "overall_satisfaction_change"}
    assert set(NOT_IN_LEDGER) == CATALOGUE - counted


def base(name: str) -> str:
    """The metric that an `_n` belongs to."""
    return name.removesuffix("_n")
