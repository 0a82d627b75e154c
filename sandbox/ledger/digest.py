"""The digest metrics as of an instant, in total and by channel, queue, day or agent.

Every fact becomes an `Observation` (numerator and denominator of one metric, with the channel,
queue, agent and local day it belongs to); a cut is a sum of observations. Ratios are fractions,
NPS is in points, times are seconds. An empty denominator gives None.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sandbox.ledger.business_time import local_day
from sandbox.ledger.cases import CaseTruth, case_truths
from sandbox.ledger.contacts import ContactTruth, LegTruth, contact_truths, leg_truths
from sandbox.ledger.resolution import FcrTruth, fcr_truths
from sandbox.ledger.rules import CASE_CHANNEL, CHANNELS, COUNTS, RATIOS
from sandbox.ledger.surveys import AnswerTruth, answer_truths
from sandbox.world.records import World

Metrics = dict[str, float | int | None]
K = TypeVar("K", bound=Hashable)


@dataclass(slots=True)
class Observation:
    """One fact's part in one metric. `day` is the metric's anchor (catalogue, E6)."""

    metric: str
    channel: str
    queue_code: str | None
    agent_no: int | None
    day: date
    numerator: int
    denominator: int


@dataclass(slots=True)
class Truth:
    """Everything the ledger knows as of an instant."""

    as_of: int
    contacts: list[ContactTruth]
    legs: list[LegTruth]
    cases: list[CaseTruth]
    fcr: dict[int, FcrTruth]
    answers: list[AnswerTruth]


def truth(world: World, as_of: int) -> Truth:
    """Look at the world from an instant (unix seconds, included)."""
    cases = case_truths(world, as_of, CASE_CHANNEL)
    contacts = contact_truths(world, as_of, cases)
    return Truth(
        as_of=as_of,
        contacts=contacts,
        legs=leg_truths(contacts, as_of, cases),
        cases=cases,
        fcr=fcr_truths(contacts, cases, as_of),
        answers=answer_truths(world, as_of),
    )


def observations(world: World, as_of: int) -> Iterator[Observation]:
    """All observations as of an instant."""
    known = truth(world, as_of)
    zone_of = {queue.code: queue.timezone for queue in world.queues}
    default_zone = world.queues[0].timezone

    def day(at: int, queue_code: str | None) -> date:
        return local_day(at, default_zone if queue_code is None else zone_of[queue_code])

    for row in known.contacts:
        yield from _of_contact(row, known.fcr.get(row.contact.contact_no), day)
    for leg in known.legs:
        yield Observation(
            "average_handle_time",
            leg.channel,
            leg.queue_code,
            leg.agent_no,
            day(leg.connected_at, leg.queue_code),
            leg.handle_seconds,
            1,
        )
    for case in known.cases:
        seconds = case.full_resolution_seconds
        if seconds is None or case.is_spam or case.last_solved_at is None:
            continue
        yield Observation(
            "full_resolution_time_avg",
            case.channel,
            case.queue_code,
            case.agent_no,
            day(case.last_solved_at, case.queue_code),
            seconds,
            1,
        )
    by_number = {row.contact.contact_no: row for row in known.contacts}
    for answer in known.answers:
        row = by_number[answer.contact_no]
        contact = row.contact
        at = contact.arrived_at if row.queued_at is None else row.queued_at
        yield Observation(
            answer.metric,
            contact.channel,
            contact.queue_code,
            row.last_agent_no,
            day(at, contact.queue_code),
            answer.points,
            1,
        )


def _of_contact(
    row: ContactTruth, fcr: FcrTruth | None, day: Callable[[int, str | None], date]
) -> Iterator[Observation]:
    contact = row.contact
    if row.queued_at is None:
        return
    queue = contact.queue_code
    on = day(row.queued_at, queue)

    def seen(metric: str, numerator: int, agent_no: int | None = None) -> Observation:
        return Observation(metric, contact.channel, queue, agent_no, on, numerator, 1)

    if row.is_offered:
        yield seen("contacts_offered", 1)
    if row.is_handled:
        yield seen("contacts_handled", 1, row.last_agent_no)
    if row.is_service_level_due:
        yield seen("service_level", int(row.is_service_level_met))
    if row.is_connected and row.wait_seconds is not None:
        yield seen("average_speed_of_answer", row.wait_seconds)
    live_demand = contact.channel in ("voice", "chat")
    if live_demand and (row.is_answered or (row.is_abandoned and not row.is_short_abandoned)):
        yield seen("abandonment_rate", int(row.is_abandoned))
    if row.first_response_seconds is not None:
        yield seen("first_response_time_avg", row.first_response_seconds, row.last_agent_no)
    if fcr is not None and fcr.is_eligible:
        yield seen("first_contact_resolution_rate", int(fcr.is_success), row.last_agent_no)


def _metrics(sums: dict[str, list[int]]) -> Metrics:
    result: Metrics = {}
    for metric in COUNTS:
        result[metric] = sums[metric][0] if metric in sums else 0
    for metric in RATIOS:
        numerator, denominator = sums.get(metric, [0, 0])
        result[metric] = numerator / denominator if denominator else None
        result[f"{metric}_n"] = denominator
    return result


def by_key(world: World, as_of: int, key: Callable[[Observation], K | None]) -> dict[K, Metrics]:
    """Metrics for each value of `key`; observations whose key is None are left out."""
    groups: dict[K, dict[str, list[int]]] = defaultdict(dict)
    for seen in observations(world, as_of):
        value = key(seen)
        if value is None:
            continue
        sums = groups[value].setdefault(seen.metric, [0, 0])
        sums[0] += seen.numerator
        sums[1] += seen.denominator
    return {value: _metrics(sums) for value, sums in groups.items()}


def digest(world: World, as_of: int) -> dict[str, Metrics]:
    """All digest metrics with their n, for each channel and for 'total'."""
    groups: dict[str, dict[str, list[int]]] = {channel: {} for channel in (*CHANNELS, "total")}
    for seen in observations(world, as_of):
        for row in (seen.channel, "total"):
            sums = groups[row].setdefault(seen.metric, [0, 0])
            sums[0] += seen.numerator
            sums[1] += seen.denominator
    return {row: _metrics(sums) for row, sums in groups.items()}


def by_queue(world: World, as_of: int) -> dict[str, Metrics]:
    """Digest metrics by queue code (contacts: first queue; handling: the leg's queue)."""
    return by_key(world, as_of, lambda seen: seen.queue_code)


def by_day(world: World, as_of: int) -> dict[tuple[date, str], Metrics]:
    """Digest metrics by local day and channel; each metric on its own anchor's day."""
    return by_key(world, as_of, lambda seen: (seen.day, seen.channel))


def by_agent(world: World, as_of: int) -> dict[tuple[int, str], Metrics]:
    """Digest metrics by agent_no and channel, where a metric belongs to an agent."""
    return by_key(
        world, as_of, lambda seen: None if seen.agent_no is None else (seen.agent_no, seen.channel)
    )
