"""Every metric is there, described, named as the catalogue names it, and answers."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from semantic.home import DBT_PROJECT_DIR
from semantic.query import Question, SemanticLayer
from serving.catalogue import read_texts

METRIC_FILES = DBT_PROJECT_DIR / "models" / "semantic_models" / "metrics"
META = {
    "label_fi", "label_sv", "owner", "formula", "unit", "direction", "population", "anchor",
    "model", "source", "cadence", "alert", "min_n",
}  # fmt: skip
UNITS = {
    "count", "share", "share points", "seconds", "minutes", "hours", "points", "points 0 to 100",
    "points 1 to 7", "points -100 to 100", "weight", "ratio", "per 100 customers", "EUR",
}  # fmt: skip
DIRECTIONS = {"higher is better", "lower is better", "context", "none", "zero is best"}
CADENCES = {"real time", "daily", "weekly", "monthly", "quarterly", "yearly", "after a peak"}
TRANSLATIONS = DBT_PROJECT_DIR / "translations"
CATALOGUE_IDS = set((Path(__file__).parent / "catalogue_ids.txt").read_text("utf-8").split())
CODE = r"P-[A-Z]+"
DIGEST = {
    "contacts_offered", "contacts_handled", "service_level", "average_speed_of_answer",
    "abandonment_rate", "average_handle_time", "first_response_time_avg",
    "full_resolution_time_avg", "first_contact_resolution_rate", "csat_score", "nps",
    "ces_favourable_rate",
}  # fmt: skip
# Variants that the catalogue names in the text of a card only, and what is kept apart from a rate.
VARIANTS = {
    "billable_contacts", "billable_minutes", "invoiced_amount", "operating_expense",
    "relative_nps_to_mean",
    "closed_loop_excluded", "contacts_short_abandoned", "fcr_immature", "nps_change",
    "nps_relationship", "nps_relationship_change", "nps_standard_error",
    "overall_satisfaction_rate_n_effective", "answered_email_pivot_rate", "company_pivots",
    "contacts_outside_hours", "early_pivots", "issues_identified", "queue_entries",
    "wait_over_90_rate", "wait_over_150_rate", "wait_over_180_rate",
}  # fmt: skip


def written() -> list[dict[str, Any]]:
    """The metrics as the files spell them."""
    files = sorted(METRIC_FILES.glob("*.yml"))
    return [each for file in files for each in yaml.safe_load(file.read_text())["metrics"]]


def inputs(metric: dict[str, Any]) -> set[str]:
    """Names of the metrics that a metric is made of."""
    made_of = metric["type_params"]
    parts = [made_of.get("numerator"), made_of.get("denominator"), *made_of.get("metrics", [])]
    return {part if isinstance(part, str) else part["name"] for part in parts if part}


def test_no_metric_is_lost(layer: SemanticLayer) -> None:
    """dbt leaves out a metric file that it cannot read, without an error."""
    assert set(layer.metrics) == {metric["name"] for metric in written()}
    assert len(layer.saved_queries) >= 5


def test_every_digest_metric_is_there_and_every_ratio_has_its_n(layer: SemanticLayer) -> None:
    assert set(layer.metrics) >= DIGEST
    for metric in DIGEST:
        if not metric.startswith("contacts_"):
            assert f"{metric}_n" in layer.metrics


def test_metrics_are_named_as_the_catalogue_names_them(layer: SemanticLayer) -> None:
    components = {name for metric in written() for name in inputs(metric)}
    for name in set(layer.metrics) - CATALOGUE_IDS - components - VARIANTS:
        stem = re.sub(r"_(n|low|high|standard_error|scales)$", "", name)
        assert stem in set(layer.metrics) - {name}, f"{name} is no id of the catalogue"


def test_every_metric_says_what_it_is_in_three_languages(layer: SemanticLayer) -> None:
    """The recipe is in CONTRIBUTING.md, under A metric."""
    for name, metric in layer.metrics.items():
        meta = metric.meta
        assert set(meta) - {"differs", "not_by"} == META, f"{name}: {set(meta) ^ META}"
        assert all(value not in (None, "", []) for value in meta.values()), name
        assert meta["unit"] in UNITS, f"{name}: {meta['unit']}"
        assert meta["direction"] in DIRECTIONS, f"{name}: {meta['direction']}"
        assert set(meta["cadence"]) <= CADENCES, f"{name}: {meta['cadence']}"
        assert isinstance(meta["source"], list), name
        assert len(metric.description) > 20, name


def owners(layer: SemanticLayer) -> set[str]:
    return {each for metric in layer.metrics.values() for each in metric.meta["owner"].split(", ")}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_catalogue_page_is_whole_in_every_language(layer: SemanticLayer, language: str) -> None:
    """A metric that is no part of another has a text of its own, with all that English says."""
    texts = read_texts(TRANSLATIONS)[language]
    beside = re.compile(r"_(n|standard_error|n_effective|scales)$")
    parts = {name for name in layer.metrics if beside.search(name)}
    alone = set(layer.metrics) & (CATALOGUE_IDS | VARIANTS) - parts
    assert texts["metrics"].keys() == alone
    for name, said in texts["metrics"].items():
        meta = layer.metrics[name].meta
        wanted = {"description", "formula"} | {"differs"} & meta.keys()
        wanted |= set() if meta["alert"] == "none" else {"alert"}
        assert said.keys() == wanted, name
        assert all(said.values()), name
    metas = [metric.meta for metric in layer.metrics.values()]
    spelled = UNITS | DIRECTIONS | CADENCES | owners(layer) | {meta["anchor"] for meta in metas}
    spelled |= {meta["population"] for meta in metas if not re.fullmatch(CODE, meta["population"])}
    # A component's formula stands as it is where it names columns only, such as sum(is_due).
    spelled |= {
        metric.meta["formula"]
        for name, metric in layer.metrics.items()
        if re.search(r"[a-z'] [a-z]", metric.meta["formula"])
        and name not in texts["metrics"]
        and not re.search(r"_(low|high|standard_error)$", name)
    }
    assert spelled <= texts["words"].keys()
    assert owners(layer) <= texts["owners"].keys() <= texts["words"].keys()


@pytest.mark.parametrize("language", ["en", "fi", "sv"])
def test_no_two_metrics_have_one_name(layer: SemanticLayer, language: str) -> None:
    found = Counter(layer.labels(language).values())
    assert [label for label, times in found.items() if times > 1] == []


def test_every_ratio_asks_for_thirty_before_it_is_shown(layer: SemanticLayer) -> None:
    for name, metric in layer.metrics.items():
        if f"{name}_n" in layer.metrics:
            assert metric.meta["min_n"] == 30, name


@pytest.mark.slow
def test_every_metric_compiles_and_answers(layer: SemanticLayer) -> None:
    timed = {
        metric["name"] for metric in written()
        if any("offset_window" in part for part in metric["type_params"].get("metrics", []))
    }  # fmt: skip
    names = list(layer.metrics)
    cuts = [["metric_time__month"] if name in timed else [] for name in names]
    answers = layer.ask(*(Question([name], cut) for name, cut in zip(names, cuts, strict=True)))
    for name, cut, answer in zip(names, cuts, answers, strict=True):
        assert answer.columns == (*cut, name)
        assert cut or len(answer.rows) == 1, name


def test_every_saved_query_answers(layer: SemanticLayer) -> None:
    for answer in layer.ask(*(Question(saved=name) for name in layer.saved_queries)):
        assert answer.rows
