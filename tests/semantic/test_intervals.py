"""Error bounds are generated from one formula, and give the catalogue's golden answers."""

from __future__ import annotations

import math

import duckdb
import pytest

from semantic.intervals import GENERATED, confidence, generated, hand_written, text, wilson
from semantic.query import SemanticLayer

from .test_query import one

Z = confidence()


def bound(success: int, n: int, *, upper: bool) -> float | None:
    sql = wilson("success", "n", Z, upper=upper)
    row = duckdb.sql(f"select {sql} from (select {success} as success, {n} as n)").fetchone()
    assert row is not None
    return None if row[0] is None else float(row[0])


@pytest.mark.parametrize(
    ("success", "n", "low", "high"),
    [
        (85, 100, 0.767, 0.907), (8, 10, 0.490, 0.943), (0, 12, 0.0, 0.243),
        (12, 12, 0.757, 1.0), (24, 30, 0.627, 0.905), (170, 200, 0.794, 0.893),
    ],
)  # fmt: skip
def test_wilson_bounds_are_the_golden_ones(success: int, n: int, low: float, high: float) -> None:
    assert bound(success, n, upper=False) == pytest.approx(low, abs=1e-3)
    assert bound(success, n, upper=True) == pytest.approx(high, abs=6e-4)


def test_wilson_bounds_are_exact_at_the_ends_and_null_of_nothing() -> None:
    assert bound(0, 12, upper=False) == 0.0
    assert bound(12, 12, upper=True) == 1.0
    assert bound(0, 0, upper=False) is None
    assert bound(0, 0, upper=True) is None


def test_the_file_of_bounds_is_current() -> None:
    assert GENERATED.read_text(encoding="utf-8") == text(), "run `make metrics`"


def test_every_share_has_its_bounds() -> None:
    metrics = hand_written()
    bounded = {metric["name"].rpartition("_")[0] for metric in generated(metrics, Z)}
    shares = {
        name for name, metric in metrics.items() if metric["config"]["meta"]["unit"] == "share"
    }
    assert shares - bounded <= {
        "channel_share", "reason_share_within_channel", "value_category_share",
    }  # fmt: skip


def test_the_layer_answers_with_bounds(layer: SemanticLayer) -> None:
    assert one(layer, "csat_score_low", contact_channel="voice") == bound(1, 2, upper=False)
    assert one(layer, "csat_score_high", contact_channel="email") == bound(0, 1, upper=True)
    # two promoters, a passive and a detractor
    error = 100 * math.sqrt((3 / 4 - 1 / 16) / 4)
    low = one(layer, "nps_low", contact_channel="voice")
    assert low == pytest.approx(25 - Z * error, abs=1e-9)
    # one satisfied of weight 1 and one dissatisfied of weight 3 tell as much as 1.6 answers
    share, n = 0.25, 1.6
    half = math.sqrt(share * (1 - share) / n + Z**2 / 4 / n**2)
    expected = (share + Z**2 / 2 / n + Z * half) / (1 + Z**2 / n)
    assert one(layer, "overall_satisfaction_rate_high") == pytest.approx(expected, abs=1e-12)


def test_a_difference_has_the_errors_of_both_its_sides(layer: SemanticLayer) -> None:
    # solved: a promoter and a detractor; not solved: one detractor, whose score has no error
    error = math.sqrt(100**2 * (1 - 0) / 2)
    assert one(layer, "nps_gap_by_fcr_low") == pytest.approx(100 - Z * error, abs=1e-9)
    change = next(m for m in generated(hand_written(), Z) if m["name"] == "csat_change_low")
    row = duckdb.sql(
        f"select {change['type_params']['expr']} from (select 60 as csat_top2, 100 as csat_score_n,"
        " 40 as csat_top2_before, 80 as csat_score_n_before)"
    ).fetchone()
    assert row is not None
    error = math.sqrt(0.6 * 0.4 / 100 + 0.5 * 0.5 / 80)
    assert row[0] == pytest.approx(0.1 - Z * error, abs=1e-12)
    moved = [part for part in change["type_params"]["metrics"] if "offset_window" in part]
    assert {part["offset_window"] for part in moved} == {"1 month"}
