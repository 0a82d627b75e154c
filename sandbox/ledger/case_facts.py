"""What cases add to the metrics: one observation a fact and metric."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sandbox.ledger.business_time import BusinessClock
from sandbox.ledger.cases import CaseTruth
from sandbox.ledger.observation import Observation, Place
from sandbox.ledger.rules import ASYNC_CHANNELS, REOPEN_WINDOW, RESOLUTION_TARGET
from sandbox.ledger.truth import Day, Truth


def case_observations(known: Truth, *, every_day: bool = False) -> Iterator[Observation]:
    """Observations of customers' cases, each on the local day of its own anchor.

    Args:
        known: what had happened.
        every_day: give stocks (open cases) for each past midnight too, not for `as_of` alone;
            only a cut by day may add those up.
    """
    day = known.day_of()
    schedule_of = {queue.code: queue.schedule_id for queue in known.world.queues}
    clocks = {item.schedule_id: BusinessClock(item) for item in known.world.schedules}
    for case in known.cases:
        if case.is_counted:
            yield from _flow(case, day, known.as_of)
            yield from _solved(case, day, known.as_of)
            yield from _next_replies(case, day, clocks[schedule_of[case.queue_code]])
            yield from _stock(case, known, every_day=every_day)


def _place(case: CaseTruth, day: Day, at: int) -> Place:
    return Place(case.channel, case.queue_code, case.agent_no, day(at, case.queue_code))


def _flow(case: CaseTruth, day: Day, as_of: int) -> Iterator[Observation]:
    opened = _place(case, day, case.created_at)
    yield Observation("cases_created", opened, 1)
    yield Observation("case_clearance_rate", opened, 0)
    took = case.full_resolution_seconds
    if took is not None or as_of - case.created_at > RESOLUTION_TARGET:
        is_kept = took is not None and took <= RESOLUTION_TARGET
        yield Observation("resolved_within_target_rate", opened, int(is_kept))


def _stock(case: CaseTruth, known: Truth, *, every_day: bool) -> Iterator[Observation]:
    day, midnight_after = known.day_of(), known.midnight_after(case.queue_code)
    today = day(known.as_of, case.queue_code)
    when = day(case.created_at, case.queue_code) if every_day else today
    while when <= today:
        at = known.as_of if when == today else midnight_after(when)
        if case.is_open_at(at, inclusive=when == today):
            place = Place(case.channel, case.queue_code, case.agent_no, when)
            yield Observation("active_cases", place, 1)
            is_aged = at - case.created_at > RESOLUTION_TARGET
            yield Observation("aged_case_rate", place, int(is_aged))
        when += timedelta(days=1)


def _solved(case: CaseTruth, day: Day, as_of: int) -> Iterator[Observation]:
    first = case.first_solved_at
    if first is not None:
        place = _place(case, day, first)
        yield Observation("first_resolution_time_avg", place, first - case.created_at)
        if first + REOPEN_WINDOW <= as_of:
            came_back = any(at <= first + REOPEN_WINDOW for at in case.reopened_at)
            yield Observation("case_reopen_rate", place, int(came_back))
    took = case.full_resolution_seconds
    if took is None or case.last_solved_at is None:
        return
    place = _place(case, day, case.last_solved_at)
    yield Observation("cases_resolved", place, 1)
    yield Observation("case_clearance_rate", place, 1, 0)
    yield Observation("full_resolution_time_avg", place, took)
    yield Observation("full_resolution_time_p50", place, took)
    yield Observation("full_resolution_time_p90", place, took)
    if case.channel in ASYNC_CHANNELS:
        is_one_touch = case.public_agent_replies == 1
        yield Observation("one_touch_resolution_rate", place, int(is_one_touch))


def _next_replies(case: CaseTruth, day: Day, clock: BusinessClock) -> Iterator[Observation]:
    if case.channel not in ASYNC_CHANNELS:
        return
    for reply in case.next_replies:
        place = Place(
            case.channel, case.queue_code, reply.agent_no, day(reply.asked_at, case.queue_code)
        )
        waited = clock.between(reply.asked_at, reply.replied_at)
        yield Observation("next_response_time_avg", place, waited)
