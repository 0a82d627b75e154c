"""What a metric can be cut by is published, and no cut of it loses or doubles a row."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
import yaml

from semantic.home import DBT_PROJECT_DIR
from semantic.intervals import hand_written
from semantic.matrix import PAGE, allowed, page
from semantic.query import Question, SemanticLayer


@pytest.fixture(scope="module")
def matrix(layer: SemanticLayer) -> dict[str, tuple[str, ...]]:
    return allowed(layer)


def test_the_page_is_current(matrix: dict[str, tuple[str, ...]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(matrix), "run `make metrics`"


def test_every_metric_can_be_cut_by_time(matrix: dict[str, tuple[str, ...]]) -> None:
    assert all("metric_time__quarter" in cuts for cuts in matrix.values())


def test_saved_queries_keep_to_the_matrix(
    layer: SemanticLayer, matrix: dict[str, tuple[str, ...]]
) -> None:
    path = DBT_PROJECT_DIR / "models" / "semantic_models" / "saved_queries.yml"
    for query in yaml.safe_load(path.read_text())["saved_queries"]:
        answer = layer.saved(query["name"])
        metrics = query["query_params"]["metrics"]
        for cut in answer.columns[: -len(metrics)]:
            assert all(cut in matrix[metric] for metric in metrics), (query["name"], cut)


def one_of_each_join() -> set[str]:
    """Plain sums, whose groups must add up to their total: one of each model and filter.

    The rows that a measure sums are those of its model, its filter and what both are joined to.
    """
    models = Path(DBT_PROJECT_DIR / "models" / "semantic_models").glob("*.yml")
    measures: dict[str, Any] = {
        measure["name"]: (model["name"], measure)
        for file in models
        for model in yaml.safe_load(file.read_text()).get("semantic_models", [])
        for measure in model.get("measures", [])
    }
    found: dict[tuple[str, str], str] = {}
    for name, metric in sorted(hand_written().items()):
        if metric["type"] == "simple":
            model, measure = measures[metric["type_params"]["measure"]["name"]]
            if measure["agg"] == "sum" and "non_additive_dimension" not in measure:
                found.setdefault((model, repr(metric.get("filter"))), name)
    return set(found.values())


@pytest.mark.slow
def test_the_groups_of_every_allowed_dimension_add_up_to_the_total(
    layer: SemanticLayer, matrix: dict[str, tuple[str, ...]]
) -> None:
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name in sorted(one_of_each_join()):
        alike[matrix[name]].append(name)
    assert len(alike) > 5
    for reached, names in alike.items():
        # what can double a row is the join, which all dimensions of an entity share
        cuts = list({cut.rpartition("__")[0] or cut: cut for cut in reached}.values())
        total, *answers = layer.ask(Question(names), *(Question(names, [cut]) for cut in cuts))
        for cut, answer in zip(cuts, answers, strict=True):
            for at, name in enumerate(names):
                parts = [row[at + 1] for row in answer.rows]
                summed = sum(part for part in parts if isinstance(part, int | float))
                assert summed == pytest.approx(total.rows[0][at] or 0), (name, cut)
