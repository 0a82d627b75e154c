"""What the ledger counts in: one observation a fact and metric, and how observations add up.

An `Observation` is one fact's part in one metric, with the place it belongs to. A `Kind` says how
the parts of a metric make its figure. `figures` sums them by any cut of the place. Ratios are
fractions, NPS is in points, times are seconds. An empty denominator gives None, never 0.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, NamedTuple, TypeVar

Number = int | float | Fraction
Metrics = dict[str, float | int | None]
K = TypeVar("K", bound=Hashable)


class Place(NamedTuple):
    """Where a fact belongs; `day` is the local day of the metric's anchor (catalogue, E6)."""

    channel: str
    queue_code: str | None
    agent_no: int | None
    day: date
    day_type: str = ""  # of peak days only: holiday, campaign, campaign_holiday
    met_on: date | None = None  # the contact's own day, where the anchor is another one


class Observation(NamedTuple):
    """One fact's part in one metric."""

    metric: str
    place: Place
    value: Number  # added to the count or the numerator; the value itself where kinds need values
    weight: int = 1  # added to the denominator


@dataclass(frozen=True, slots=True)
class Kind:
    """How observations make a figure.

    `count` sums values; `ratio` divides their sum by that of the weights; `quantile` interpolates
    between the values in order; `largest` takes the greatest; `gap` is the mean of the values that
    weigh 1 less the mean of those that weigh -1.
    """

    how: Literal["count", "ratio", "quantile", "largest", "gap"]
    quantile: float = 0.0


COUNT, RATIO = Kind("count"), Kind("ratio")
LARGEST, GAP = Kind("largest"), Kind("gap")
MEDIAN, P90 = Kind("quantile", 0.5), Kind("quantile", 0.9)


@dataclass(slots=True)
class _Sum:
    value: Number = 0
    weight: int = 0
    values: list[Number] = field(default_factory=list)
    others: list[Number] = field(default_factory=list)  # those that weigh -1


def quantile_of(values: list[Number], share: float) -> float:
    """The value below which a share of the values lies, interpolated between neighbours."""
    ordered = sorted(values)
    position = share * (len(ordered) - 1)
    low = int(position)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (ordered[high] - ordered[low]) * (position - low))


def _mean(values: list[Number]) -> float:
    return float(sum(values, Fraction(0)) / len(values))


def _figure(kind: Kind, total: _Sum) -> float | int | None:
    if kind.how == "count":
        return total.value if isinstance(total.value, int) else float(total.value)
    if kind.how == "ratio":
        return float(Fraction(total.value) / total.weight) if total.weight else None
    if kind.how == "gap":
        return _mean(total.values) - _mean(total.others) if total.values and total.others else None
    if not total.values:
        return None
    if kind.how == "largest":
        return float(max(total.values))
    return quantile_of(total.values, kind.quantile)


def figures(
    seen: Iterable[Observation],
    kinds: dict[str, Kind],
    cut: Callable[[Place], K | None],
) -> dict[K, Metrics]:
    """Metrics for each value of a cut; places whose cut is None are left out.

    Args:
        seen: observations; those of metrics not in `kinds` are ignored.
        kinds: the metrics wanted. Every group has all of them, counts as 0 where nothing was seen.
        cut: from a place to the group it counts in.

    Returns:
        For each group its metrics; ratios, quantiles and extremes also have `<metric>_n`.
    """
    groups: dict[K, dict[str, _Sum]] = defaultdict(lambda: defaultdict(_Sum))
    for metric, place, value, weight in seen:
        kind = kinds.get(metric)
        group = None if kind is None else cut(place)
        if kind is None or group is None:
            continue
        total = groups[group][metric]
        total.value += value
        total.weight += weight
        if kind.how not in ("count", "ratio"):
            (total.values if weight > 0 else total.others).append(value)
    return {group: _with_every_metric(sums, kinds) for group, sums in groups.items()}


def _with_every_metric(sums: dict[str, _Sum], kinds: dict[str, Kind]) -> Metrics:
    result: Metrics = {}
    for metric, kind in kinds.items():
        total = sums.get(metric, _Sum())
        result[metric] = _figure(kind, total)
        if kind.how != "count":
            result[f"{metric}_n"] = total.weight
    return result


def no_figures(kinds: dict[str, Kind]) -> Metrics:
    """The metrics of a group in which nothing was seen."""
    return _with_every_metric({}, kinds)
