"""Which column of which mart is which metric, as the marts' own YAML says it.

Under `config: meta: semantic:` a mart says by what its rows can be cut, which of its columns is
which metric (of which rows, where not all; `today`: of the local day of as-of; `longest`: the
greatest and not the sum), which have a metric's name and mean something else, and which no metric
gives. A sum of columns may be a metric, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SCHEMAS = ("realtime", "daily_voice", "weekly_team", "monthly_planning", "quarterly_strategy")
NUMBERS = {"bigint", "double", "integer"}


@dataclass(frozen=True)
class Pair:
    """A column (or a sum of some), the metric that says the same, and the rows that count."""

    column: str
    metric: str
    where: str = "true"
    take: str = "sum"


@dataclass(frozen=True)
class Mart:
    """A mart's figures.

    Attributes:
        table: Schema and name.
        cut: Column to the dimension of the semantic layer.
        always_cut: Columns without which the mart lacks rows that the metrics count.
        is_ratio: Whether its columns may be ratios, which do not add up over rows.
        is_today: Whether its columns tell of the local day of as-of only.
        pairs: Its columns that metrics give too.
        undecided: Columns of numbers that the YAML does not say anything about.
        named_alike: Columns that no metric gives, though one has their name.
    """

    table: str
    cut: Mapping[str, str]
    always_cut: Sequence[str]
    is_ratio: bool
    is_today: bool
    pairs: Sequence[Pair]
    undecided: frozenset[str]
    named_alike: frozenset[str]

    def grains(self) -> list[list[str]]:
        """The columns to group by, from coarse to the mart's own grain."""
        whole = list(self.cut)
        if self.is_ratio:
            return [whole]
        least = list(self.always_cut)
        by_time = next(name for name in whole if name not in least)
        return [least, [*least, by_time], whole]


def marts(manifest: Mapping[str, Any]) -> list[Mart]:
    """The marts of the audiences."""
    metrics = {metric["name"] for metric in manifest["metrics"].values()}
    return [
        mart
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] in SCHEMAS
        for mart in _marts(node, metrics)
    ]


def _marts(node: Mapping[str, Any], metrics: set[str]) -> Iterator[Mart]:
    """A mart, and once more what it says of today."""
    said = node["config"]["meta"]["semantic"]
    only_here = set(said.get("only_here", ()))
    named = [*said.get("columns", ()), *said.get("longest", ()), *said.get("today", ())]
    decided = {*said.get("differs", {}), *only_here}
    decided |= {name for each in named for name in re.findall(r"\w+", each)}
    numbers = {name for name, column in node["columns"].items() if column["data_type"] in NUMBERS}
    for is_today in (False, True) if "today" in said else (False,):
        columns = said["today"] if is_today else said.get("columns", {})
        pairs = [pair for column, metric in columns.items() for pair in _pairs(column, metric)]
        if not is_today:
            pairs += [Pair(*each, take="max") for each in said.get("longest", {}).items()]
        yield Mart(
            table=f"{node['schema']}.{node['name']}",
            cut=said.get("cut", {}),
            always_cut=said.get("always_cut", ()),
            is_ratio=said.get("is_ratio", False),
            is_today=is_today,
            pairs=pairs,
            undecided=frozenset((numbers - decided) | (decided - numbers)),
            named_alike=frozenset(only_here & metrics),
        )


def _pairs(column: str, metric: str | Mapping[str, str]) -> list[Pair]:
    if isinstance(metric, str):
        return [Pair(column, metric)]
    return [Pair(column, name, where) for name, where in metric.items()]
