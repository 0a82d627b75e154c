"""Puts the semantic layer's answers beside the ledger's, metric by metric, at one grain."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from sandbox.exports import canonical_queue_id
from sandbox.ledger import every_figure, truth
from sandbox.ledger.business_time import local_midnight
from sandbox.ledger.metrics import METRICS
from sandbox.ledger.observation import Metrics, Place
from sandbox.ledger.truth import Truth
from sandbox.world.records import World
from semantic.query import Question, SemanticLayer, Value

TOTAL = "total"
# Metrics in one question.
AT_ONCE = 20


@dataclass(frozen=True)
class Grain:
    """A grain, as the semantic layer names it and as the ledger cuts it."""

    name: str
    group_by: tuple[str, ...]
    key: Callable[[World], Callable[[Place], Value]]
    only: tuple[str, ...] = ()  # metrics; none: all that can be cut so


def _queue_ids(world: World) -> Callable[[Place], Value]:
    ids = {queue.code: canonical_queue_id(queue) for queue in world.queues}
    return lambda place: None if place.queue_code is None else ids[place.queue_code]


def _employee_ids(world: World) -> Callable[[Place], Value]:
    ids = {agent.agent_no: agent.employee_id for agent in world.agents}
    return lambda place: None if place.agent_no is None else ids[place.agent_no]


def _teams(world: World) -> Callable[[Place], Value]:
    """The team that the agent was in on the day."""
    agents = {agent.agent_no: agent for agent in world.agents}
    zone = world.queues[0].timezone

    def team(place: Place) -> Value:
        if place.agent_no is None:
            return None
        day = place.met_on or place.day
        return agents[place.agent_no].spell_at(local_midnight(day, zone)).team

    return team


# What a team is looked at by; of every one of its models one.
OF_TEAMS = (
    "contacts_handled",
    "average_handle_time",
    "first_contact_resolution_rate",
    "transfer_rate",
    "csat_score",
    "nps",
)
GRAINS = (
    Grain("total", (), lambda _: lambda place: TOTAL),
    Grain("channel", ("contact_channel",), lambda _: lambda place: place.channel or None),
    Grain("queue", ("queue",), _queue_ids),
    Grain("day", ("metric_time__day",), lambda _: lambda place: place.day),
    Grain("agent", ("agent",), _employee_ids),
    Grain("team", ("agent_at_contact__team",), _teams, OF_TEAMS),
    Grain("day type", ("peak__day_type",), lambda _: lambda place: place.day_type or None),
)


def as_of(home: Path) -> int:
    """The instant the published marts know of, unix seconds."""
    with duckdb.connect(str(home / "serving" / "marts.duckdb"), read_only=True) as connection:
        row = connection.execute("select distinct epoch(as_of_at) from core.fct_contact").fetchone()
    assert row is not None
    return int(row[0])


def common_metrics(layer: SemanticLayer) -> list[str]:
    """Metrics that both sides have, with their `_n` where both have it."""
    return [
        name
        for metric in METRICS
        for name in (metric, f"{metric}_n")
        if metric in layer.metrics and name in layer.metrics
    ]


class Comparison:
    """The published answers of a home beside the true figures of its world."""

    def __init__(self, layer: SemanticLayer, world: World, home: Path) -> None:
        """Take the layer over the home's marts; the truth is as of the instant they know of."""
        self.layer = layer
        self._world = world
        self._as_of = as_of(home)
        self._truth: dict[str, dict[Value, Metrics]] = {}

    @property
    def truth(self) -> Truth:
        """What had truly happened by the instant the marts know of."""
        return truth(self._world, self._as_of)

    def by_months(self, metric: str, months: int) -> dict[Value, float]:
        """A ledger metric by the first day of each stretch of some months of the year."""

        def begins(place: Place) -> Value:
            return place.day.replace(month=(place.day.month - 1) // months * months + 1, day=1)

        found = every_figure(self._world, self._as_of, begins)
        return {at: each[metric] for at, each in found.items() if each[metric] is not None}

    def _true(self, grain: Grain) -> dict[Value, Metrics]:
        if grain.name not in self._truth:
            cut = grain.key(self._world)
            by_day = grain.name == "day"
            self._truth[grain.name] = every_figure(self._world, self._as_of, cut, every_day=by_day)
        return self._truth[grain.name]

    def _found(self, grain: Grain, metrics: Sequence[str]) -> dict[Value, dict[str, Value]]:
        """Figures by metric of each group; some metrics a question, which costs least."""
        found: dict[Value, dict[str, Value]] = defaultdict(dict)
        questions = [
            Question(metrics[at : at + AT_ONCE], grain.group_by)
            for at in range(0, len(metrics), AT_ONCE)
        ]
        for answer in self.layer.ask(*questions):
            for row in answer.rows:
                group, *figures = row if grain.group_by else (TOTAL, *row)
                names = answer.columns[-len(figures) :]
                if group is not None:
                    found[group].update(zip(names, figures, strict=True))
        return found

    def differences(self, grain: Grain, metrics: Iterable[str]) -> list[str]:
        """Every group in which one of the metrics is not what truly happened."""
        asked = [
            name
            for name in metrics
            if (not grain.only or name in grain.only)
            and set(grain.group_by) <= set(self.layer.dimensions([name]))
        ]
        truth, found = self._true(grain), self._found(grain, asked)
        wrong = []
        for group in sorted({*truth, *found}, key=str):
            for metric in asked:
                true, got = truth.get(group, {}).get(metric), found.get(group, {}).get(metric)
                if not _same(metric, true, got):
                    place = f"{grain.name} {group}"
                    wrong.append(f"{metric} of {place}: ledger {true!r}, warehouse {got!r}")
        return wrong


def _same(metric: str, true: float | int | None, got: Value) -> bool:
    if metric not in METRICS or METRICS[metric].how == "count":
        # A group without rows is no row of an answer: it counts nothing.
        true, got = true or 0, got or 0
    if true is None or got is None or isinstance(got, str | dt.date):
        return true is got
    return math.isclose(true, got, rel_tol=0, abs_tol=1e-9 * max(1.0, abs(true)))
