"""The semantic layer keeps the catalogue's rules for it (section 9), whatever metrics there are.

Rules that other tests hold: 3 (test_intervals), 11 (test_matrix), 14 (test_metrics).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.ledger.metrics import METRICS
from semantic.manifest import manifest_text
from semantic.query import Question, SemanticLayer
from tests.end_to_end.catalogue_ids import CATALOGUE, NOT_CUT
from tests.end_to_end.comparison import GRAINS, Grain

CATALOGUE_IDS = Path(__file__).parent / "catalogue_ids.txt"

# Rule 15: the audiences.
AUDIENCES = {
    "rt_floor", "daily_voice_of_customer", "weekly_team", "monthly_planning", "quarterly_strategy",
    "cx_dashboard", "value_matrix", "pivot_report", "peak_review", "client_invoice_check",
}  # fmt: skip
# Rules 1, 4 and 6: of rows, when asked; and the mean of a stock over days, which is no ratio.
AGGREGATIONS = {"sum", "max", "percentile", "count_distinct"}
STOCKS = {"average_active_customers"}
# Of this moment, like a stock: the rows of one instant, not of days.
SNAPSHOTS = ("snapshot",)
# Section 4: vendors disagree about these; the metric says how.
DISPUTED = {
    "service_level", "abandonment_rate", "average_speed_of_answer", "average_handle_time",
    "first_response_time_avg", "first_contact_resolution_rate", "full_resolution_time_avg",
    "one_touch_resolution_rate", "csat_score", "nps", "ces_favourable_rate", "active_cases",
    "bot_containment_rate",
}  # fmt: skip

# Ids of blocks 6.1 to 6.5, 6.8 and 6.9 that no mart can feed, and what is missing.
BRAND = "no source asks which words describe the brand: no survey tool, no entity of the file drop"
MOOD = "no source says how a post feels, and its text never lands"
NOT_FED = {
    "brand_attribute_share": BRAND,
    "brand_attribute_match_rate": BRAND,
    "net_sentiment_score": MOOD,
}
# The default alerts of section 6 and appendix A, of every metric that has one there: what its own
# text must say.
ALERTS = {
    "contacts_offered": ["3 sigma", "two intervals"],
    "reason_share_within_channel": ["complaints", "3 sigma"],
    "value_category_share": ["2 points"],
    "no_value_contact_rate": ["2 points"],
    "service_level": ["target for 2 intervals", "20 points"],
    "average_speed_of_answer": ["90 s", "150 s", "180 s"],
    "wait_over_threshold_rate": ["10 %"],
    "abandonment_rate": ["5 %", "10 %"],
    "short_abandonment_rate": ["3 sigma"],
    "first_response_time_avg": ["90th percentile", "80 %"],
    "first_response_time_p90": ["target"],
    "response_within_target_rate": ["upper bound", "90 %"],
    "contacts_waiting": ["capacity"],
    "longest_wait_current": ["180 s"],
    "first_contact_resolution_rate": ["mature week", "3 points"],
    "fcr_survey_rate": ["upper bound"],
    "repeat_contact_rate": ["3 sigma"],
    "resolution_rate": ["upper bound"],
    "full_resolution_time_avg": ["90th percentile"],
    "full_resolution_time_p90": ["target"],
    "resolved_within_target_rate": ["upper bound"],
    "active_cases": ["three standard deviations", "two days of work"],
    "cases_created": ["3 sigma"],
    "case_clearance_rate": ["95 %", "five days"],
    "average_handle_time": ["15 %", "same mix"],
    "billable_amount_per_contact_model": ["budget by 10 %"],
    "billable_amount_handle_time_model": ["budget by 10 %"],
    "social_mentions": ["3 sigma"],
    "csat_score": ["upper bound"],
    "csat_change": ["leaves out 0"],
    "overall_satisfaction_change": ["leaves out 0"],
    "nps": ["leaves out 0"],
    "ces_favourable_rate": ["upper bound"],
    "survey_response_rate": ["30 %", "eight weeks"],
    "survey_coverage_rate": ["by agent"],
    "closed_loop_rate": ["90 %"],
    "closed_loop_within_sla_rate": ["80 %"],
    "cross_channel_pivot_rate": ["3 sigma"],
    "email_to_phone_pivot_rate": ["lower bound"],
    "identified_contact_rate": ["80 %"],
    "reason_coded_rate": ["80 %"],
    "data_freshness_minutes": ["10 minutes", "8:00"],
    "data_quality_exclusions": ["3 sigma"],
}
# The same card's figure under another name.
ALERTED_VARIANTS = {
    "nps_change",
    "nps_relationship",
    "nps_relationship_change",
    "wait_over_180_rate",
}


@pytest.fixture(scope="module")
def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest_text())
    return found


@pytest.fixture(scope="module")
def metrics(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {metric["name"]: metric for metric in manifest["metrics"]}


def measures(manifest: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for model in manifest["semantic_models"]:
        for measure in model["measures"]:
            yield model["name"], measure


def leaves(name: str, metrics: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """The sums that a metric is made of in the end."""
    metric = metrics[name]
    if metric["type"] == "simple":
        return [metric]
    made_of = metric["type_params"]
    parts = [made_of["numerator"], made_of["denominator"], *(made_of["metrics"] or ())]
    return [leaf for part in parts if part for leaf in leaves(part["name"], metrics)]


def measure_of(metric: dict[str, Any]) -> str:
    return str(metric["type_params"]["measure"]["name"])


def test_1_figures_are_sums_and_ratios_of_sums_and_never_averages(
    manifest: dict[str, Any], metrics: dict[str, dict[str, Any]]
) -> None:
    by_name = {measure["name"]: measure for _, measure in measures(manifest)}
    odd = {name for name, each in by_name.items() if each["agg"] not in AGGREGATIONS}
    assert odd <= STOCKS
    for name, metric in metrics.items():
        if metric["type"] == "ratio":
            how = {by_name[measure_of(leaf)]["agg"] for leaf in leaves(name, metrics)}
            assert how <= {"sum", "count_distinct"}, name


def test_2_both_sides_of_a_share_are_of_the_same_rows(
    manifest: dict[str, Any], metrics: dict[str, dict[str, Any]]
) -> None:
    model_of = {measure["name"]: model for model, measure in measures(manifest)}
    for name, metric in metrics.items():
        if metric["type"] != "ratio":
            continue
        inputs = leaves(name, metrics)
        models = {model_of[measure_of(each)] for each in inputs}
        filters = {json.dumps(each["filter"], sort_keys=True) for each in inputs}
        # over two facts, what none of the rows has must be nothing and not unknown
        nothing = inputs[0]["type_params"]["measure"]["fill_nulls_with"] == 0
        assert (len(models) == 1 and len(filters) == 1) or nothing, (name, models, filters)


def test_2_nothing_is_made_up_where_there_is_nothing(
    layer: SemanticLayer, metrics: dict[str, dict[str, Any]]
) -> None:
    for name, metric in metrics.items():
        if metric["type"] == "simple" and metric["type_params"]["measure"]["fill_nulls_with"] == 0:
            assert layer.metrics[name].meta["unit"] == "count", name
    assert "NULLIF" in layer.sql(Question(["service_level"])).upper()


def test_4_percentiles_come_from_rows_when_asked(manifest: dict[str, Any]) -> None:
    for _, measure in measures(manifest):
        if measure["agg"] == "percentile":
            assert measure["expr"], measure["name"]
            assert 0 < measure["agg_params"]["percentile"] < 1, measure["name"]
            assert not measure["agg_params"]["use_approximate_percentile"], measure["name"]


def test_5_stocks_are_not_added_over_days(manifest: dict[str, Any]) -> None:
    for model, measure in measures(manifest):
        apart = measure["non_additive_dimension"]
        assert (apart is not None) == model.endswith(SNAPSHOTS), (model, measure["name"])
        assert apart is None or apart["window_choice"] == "max", measure["name"]


def test_7_no_table_is_joined_by_validity(manifest: dict[str, Any]) -> None:
    for model in manifest["semantic_models"]:
        for dimension in model["dimensions"]:
            has_validity = (dimension["type_params"] or {}).get("validity_params") is not None
            assert not has_validity, (model["name"], dimension["name"])


def test_9_changes_are_against_a_period_before_and_named_so(
    metrics: dict[str, dict[str, Any]],
) -> None:
    moved = {
        name for name, metric in metrics.items()
        if any(each["offset_window"] for each in metric["type_params"]["metrics"] or ())
    }  # fmt: skip
    stems = {name.removesuffix("_low").removesuffix("_high") for name in moved}
    assert {name for name in stems if not name.endswith("_change")} == set()
    assert moved == {name for name in metrics if name in moved or name.endswith("_change")}


def test_9_a_change_says_nothing_of_periods_to_come(layer: SemanticLayer) -> None:
    """The period before a period without data has data: MetricFlow makes a row of it."""
    moved = layer.query(["csat_change"], ["metric_time__month"])
    seen = layer.query(["csat_score"], ["metric_time__month"])
    assert {row[0] for row in moved.rows} <= {row[0] for row in seen.rows}


def test_10_every_measure_has_an_anchor_and_cohorts_stand_on_their_start(
    manifest: dict[str, Any],
) -> None:
    for model in manifest["semantic_models"]:
        anchor = (model["defaults"] or {}).get("agg_time_dimension")
        for measure in model["measures"]:
            assert measure["agg_time_dimension"] or anchor, measure["name"]


def test_12_shares_of_everything_are_census_and_other_shares_have_an_interval(
    layer: SemanticLayer,
) -> None:
    """Peak gaps are differences over few days; why these have none is in their descriptions."""
    told = {name: each.meta for name, each in layer.metrics.items()}
    shares = {name for name, meta in told.items() if meta["unit"] in {"share", "share points"}}
    good_or_bad = {name for name in shares if told[name]["direction"] != "none"}
    bare = {name for name in good_or_bad if f"{name}_low" not in layer.metrics}
    assert bare == {"peak_gap_csat", "peak_gap_service_level"}
    assert "reason_share_within_channel_high" in layer.metrics
    for name in ("channel_share", "value_category_share"):
        assert f"{name}_low" not in layer.metrics


def test_13_one_spelling_of_metrics(manifest: dict[str, Any]) -> None:
    """dbt 1.11 reads the newer one to nothing, without an error."""
    for metric in manifest["metrics"]:
        if metric["type"] == "simple":
            assert metric["type_params"]["measure"], metric["name"]


def test_15_there_is_a_query_for_each_audience(layer: SemanticLayer) -> None:
    assert set(layer.saved_queries) >= AUDIENCES


def test_where_vendors_count_otherwise_the_metric_says_so(layer: SemanticLayer) -> None:
    silent = {name for name in DISPUTED & set(layer.metrics)
              if not layer.metrics[name].meta.get("differs")}  # fmt: skip
    assert silent == set()


def test_every_id_of_the_blocks_is_a_metric_or_says_what_is_missing(layer: SemanticLayer) -> None:
    ids = CATALOGUE | NOT_FED.keys()
    assert ids <= set(CATALOGUE_IDS.read_text(encoding="utf-8").split())
    assert ids - set(layer.metrics) == NOT_FED.keys()
    assert (len(ids), len(ids & set(layer.metrics))) == (91, 88)


@pytest.mark.parametrize("grain", GRAINS[: len(NOT_CUT)], ids=lambda grain: grain.name)
def test_what_no_grain_of_the_ledger_comparison_has_says_why(
    grain: Grain, layer: SemanticLayer
) -> None:
    """The comparison leaves out what cannot be cut so; nothing may slip out of it unseen."""
    left_out = {
        metric for metric in METRICS
        if not set(grain.group_by) <= set(layer.dimensions([metric]))
    }  # fmt: skip
    assert left_out == NOT_CUT[grain.name].keys()


def test_every_card_with_an_alert_has_it_with_its_metric(layer: SemanticLayer) -> None:
    for name, words in ALERTS.items():
        alert = str(layer.metrics[name].meta["alert"])
        assert [word for word in words if word not in alert] == [], (name, alert)
    for name, metric in layer.metrics.items():
        told = metric.meta["alert"] != "none"
        assert told <= (name in ALERTS or name in ALERTED_VARIANTS), f"{name}: whose alert is it?"


def test_all_metrics_have_an_owner(layer: SemanticLayer) -> None:
    for name, metric in layer.metrics.items():
        assert metric.meta["owner"] not in {"", "none"}, name
