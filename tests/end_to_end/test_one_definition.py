"""A figure that a mart and a metric both give is the same figure, at every grain."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import duckdb
import pytest

from orchestration.defs.transformation import load_manifest
from semantic.query import Question, SemanticLayer

from .conftest import Home
from .one_definition import Mart, marts

MARTS = marts(load_manifest())
COMPARED = [mart for mart in MARTS if mart.pairs]
ROUNDED = 1e-6
Group = tuple[Any, ...]
Figures = dict[Group, dict[str, Any]]


def named(mart: Mart) -> str:
    """A mart's name in the list of tests."""
    return f"{mart.table} today" if mart.is_today else mart.table


@pytest.fixture(scope="module")
def layer(home: Home) -> SemanticLayer:
    return SemanticLayer.of_home(home.path)


def of_mart(home: Home, mart: Mart, grain: Sequence[str]) -> Figures:
    """Every pair's figure by group, from the mart."""
    figures = ", ".join(
        f"{'max' if mart.is_ratio else pair.take}({pair.column}) filter (where {pair.where})"
        for pair in mart.pairs
    )
    by = ", ".join(grain)
    keys = f"{by}, " if by else ""
    sql = f"select {keys}{figures} from {mart.table}" + (f" group by {by}" if by else "")
    with duckdb.connect(str(home.marts), read_only=True) as connection:
        rows = connection.execute(sql).fetchall()
    names = [pair.metric for pair in mart.pairs]
    at = len(grain)
    return {row[:at]: dict(zip(names, row[at:], strict=True)) for row in rows}


def today(home: Home) -> dt.date:
    """The local day of as-of."""
    sql = "select max(as_of_at) at time zone 'UTC' at time zone 'Europe/Helsinki'"
    with duckdb.connect(str(home.marts), read_only=True) as connection:
        (found,) = connection.execute(f"{sql} from core.fct_contact").fetchone() or (None,)
    assert isinstance(found, dt.datetime)
    return found.date()


def of_metrics(home: Home, layer: SemanticLayer, mart: Mart, grain: Sequence[str]) -> Figures:
    """The same from the semantic layer; without the groups that the mart has no rows of."""
    names = [pair.metric for pair in mart.pairs]
    cuts = [mart.cut[column] for column in grain]
    day = today(home) if mart.is_today else None
    (answer,) = layer.ask(Question(names, cuts, start=day, end=day))
    needed = [at for at, column in enumerate(grain) if column in mart.always_cut]
    found: Figures = {}
    for record in answer.records():
        group = tuple(record[cut] for cut in cuts)
        if any(group[at] is None for at in needed):
            continue
        # metrics of several facts meet in one row, except where a group has no name
        known = found.setdefault(group, {})
        known |= {name: record[name] for name in names if record[name] is not None}
    return found


def same(ours: Any, theirs: Any, *, is_ratio: bool) -> bool:
    """Whether two figures are one; of counts, no row is nothing to add."""
    if not is_ratio:
        ours, theirs = ours or 0, theirs or 0
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=ROUNDED if is_ratio else 1e-9)


@pytest.mark.slow
@pytest.mark.parametrize("mart", COMPARED, ids=named)
def test_a_mart_and_the_metrics_give_the_same_figures(
    mart: Mart, home: Home, layer: SemanticLayer
) -> None:
    wrong = []
    for grain in mart.grains():
        stored, asked = of_mart(home, mart, grain), of_metrics(home, layer, mart, grain)
        for pair in mart.pairs:
            for group in stored.keys() | asked.keys():
                ours = stored.get(group, {}).get(pair.metric)
                theirs = asked.get(group, {}).get(pair.metric)
                hidden = mart.is_ratio and ours is None
                if not hidden and not same(
                    ours, theirs, is_ratio=mart.is_ratio and not pair.metric.endswith("_n")
                ):
                    wrong.append(f"{pair.column} {group}: {ours!r}, {pair.metric} {theirs!r}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("mart", COMPARED, ids=named)
def test_there_is_something_to_compare(mart: Mart, home: Home) -> None:
    stored = of_mart(home, mart, mart.grains()[-1]).values()
    # nobody may be waiting at the very instant of as-of
    sums = [pair for pair in mart.pairs if pair.take == "sum"]
    seen = [any(figures[pair.metric] is not None for figures in stored) for pair in sums]
    # reports hide what is small, which in a small centre is much
    assert any(seen) if mart.is_ratio else all(seen), dict(zip(sums, seen, strict=True))


@pytest.mark.parametrize("mart", MARTS, ids=named)
def test_every_figure_of_a_mart_is_a_metric_or_says_that_none_gives_it(mart: Mart) -> None:
    assert mart.undecided == frozenset(), "say in the mart's YAML which metric it is"
    assert mart.named_alike == frozenset(), "it has a metric's name: say how it differs"
