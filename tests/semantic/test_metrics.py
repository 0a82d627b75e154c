"""Every metric is there, described, named as the catalogue names it, and answers."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic.query import Question, SemanticLayer

# Change by hand when a metric is added: dbt drops a metric file it cannot read without an error.
METRICS = 82
SAVED_QUERIES = 5
META = {
    "label_fi", "label_sv", "owner", "formula", "unit", "direction", "population", "anchor",
    "source", "cadence", "min_n",
}  # fmt: skip
DIGEST = {
    "contacts_offered", "contacts_handled", "service_level", "average_speed_of_answer",
    "abandonment_rate", "average_handle_time", "first_response_time_avg",
    "full_resolution_time_avg", "first_contact_resolution_rate", "csat_score", "nps",
    "ces_favourable_rate",
}  # fmt: skip
# What ratios are made of, and variants that the catalogue names in the text of a card.
COMPONENTS = {
    "acw_seconds", "answer_wait_seconds", "ces_favourable", "ces_points", "contacts_long_abandoned",
    "contacts_short_abandoned", "csat_top2", "fcr_immature", "fcr_success",
    "first_resolution_seconds", "first_response_seconds", "full_resolution_seconds",
    "hold_seconds", "nps_detractors", "nps_promoters", "nps_relationship",
    "nps_relationship_detractors", "nps_relationship_promoters", "nps_standard_error",
    "offered_identified_contacts", "one_touch_cases", "reason_coded_contacts", "repeat_contacts",
    "resolved_contacts", "responded_within_target", "service_level_met", "talk_seconds",
    "transferred_contacts",
}  # fmt: skip


def test_no_metric_is_lost(layer: SemanticLayer) -> None:
    assert len(layer.metrics) == METRICS
    assert len(layer.saved_queries) == SAVED_QUERIES


def test_every_digest_metric_is_there_and_every_ratio_has_its_n(layer: SemanticLayer) -> None:
    assert set(layer.metrics) >= DIGEST
    for metric in DIGEST:
        if not metric.startswith("contacts_"):
            assert f"{metric}_n" in layer.metrics


def test_metrics_are_named_as_the_catalogue_names_them(layer: SemanticLayer) -> None:
    text = (Path(__file__).parent / "catalogue_ids.txt").read_text(encoding="utf-8")
    catalogue = set(text.split())
    others = set(layer.metrics) - catalogue
    counted = {name for name in others if name.endswith("_n") and name[:-2] in layer.metrics}
    assert others - counted == COMPONENTS


def test_every_metric_says_what_it_is_in_three_languages(layer: SemanticLayer) -> None:
    for name, metric in layer.metrics.items():
        assert set(metric.meta) == META, name
        assert all(value not in (None, "", []) for value in metric.meta.values()), name
        assert len(metric.description) > 20, name


def test_every_ratio_asks_for_thirty_before_it_is_shown(layer: SemanticLayer) -> None:
    for name, metric in layer.metrics.items():
        if f"{name}_n" in layer.metrics:
            assert metric.meta["min_n"] == 30, name


@pytest.mark.slow
def test_every_metric_compiles_and_answers(layer: SemanticLayer) -> None:
    names = list(layer.metrics)
    answers = layer.ask(*(Question([name]) for name in names))
    for name, answer in zip(names, answers, strict=True):
        assert answer.columns == (name,)
        assert len(answer.rows) == 1, name


def test_every_saved_query_answers(layer: SemanticLayer) -> None:
    for answer in layer.ask(*(Question(saved=name) for name in layer.saved_queries)):
        assert answer.rows
