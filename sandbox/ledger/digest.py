"""The true figures as of an instant: in total, by channel, queue, day or agent.

`every_figure` gives all metrics by any cut; `digest` and its companions give those of the digest.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from datetime import date
from typing import TypeVar

from sandbox.ledger.case_facts import case_observations
from sandbox.ledger.contact_facts import (
    contact_observations,
    issue_observations,
    leg_observations,
)
from sandbox.ledger.metrics import DIGEST, METRICS
from sandbox.ledger.money import money_observations
from sandbox.ledger.observation import Kind, Metrics, Observation, Place, figures, no_figures
from sandbox.ledger.peaks import peak_observations
from sandbox.ledger.rules import CHANNELS
from sandbox.ledger.survey_facts import survey_observations
from sandbox.ledger.truth import Truth, truth
from sandbox.world.records import World

K = TypeVar("K", bound=Hashable)
_DIGEST_KINDS = {metric: METRICS[metric] for metric in DIGEST}


def observations(known: Truth, *, every_day: bool = False) -> Iterator[Observation]:
    """Every fact's part in every metric; stocks for each day only where a cut keeps days apart."""
    yield from contact_observations(known)
    yield from leg_observations(known)
    yield from issue_observations(known)
    yield from case_observations(known, every_day=every_day)
    yield from survey_observations(known)
    yield from peak_observations(known)
    yield from money_observations(known)


def every_figure(
    world: World,
    as_of: int,
    cut: Callable[[Place], K | None],
    kinds: dict[str, Kind] = METRICS,
    *,
    every_day: bool = False,
) -> dict[K, Metrics]:
    """All metrics for each value of a cut; places whose cut is None are left out.

    Args:
        world: what truly happened.
        as_of: unix second to look from.
        cut: from a place to the group it counts in.
        kinds: the metrics wanted.
        every_day: whether the cut keeps days apart, so that stocks have a figure for each.
    """
    return figures(observations(truth(world, as_of), every_day=every_day), kinds, cut)


def digest(world: World, as_of: int) -> dict[str, Metrics]:
    """The digest's metrics with their n, for each channel and for 'total'."""
    seen = list(observations(truth(world, as_of)))
    rows = figures(seen, _DIGEST_KINDS, lambda place: place.channel)
    rows |= figures(seen, _DIGEST_KINDS, lambda _: "total")
    return {row: rows.get(row) or no_figures(_DIGEST_KINDS) for row in (*CHANNELS, "total")}


def by_queue(world: World, as_of: int) -> dict[str, Metrics]:
    """Digest metrics by queue code (contacts: first queue; handling: the leg's queue)."""
    return every_figure(world, as_of, lambda place: place.queue_code, _DIGEST_KINDS)


def by_day(world: World, as_of: int) -> dict[tuple[date, str], Metrics]:
    """Digest metrics by local day and channel; each metric on its own anchor's day."""
    return every_figure(world, as_of, lambda place: (place.day, place.channel), _DIGEST_KINDS)


def by_agent(world: World, as_of: int) -> dict[tuple[int, str], Metrics]:
    """Digest metrics by agent_no and channel, where a metric belongs to an agent."""

    def cut(place: Place) -> tuple[int, str] | None:
        return None if place.agent_no is None else (place.agent_no, place.channel)

    return every_figure(world, as_of, cut, _DIGEST_KINDS)
