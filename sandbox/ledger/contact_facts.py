"""What contacts, legs and issues add to the metrics: one observation a fact and metric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from sandbox.ledger.contacts import ContactTruth, LegTruth
from sandbox.ledger.issues import IssueTruth
from sandbox.ledger.observation import Number, Observation, Place
from sandbox.ledger.resolution import FcrTruth
from sandbox.ledger.rules import (
    ASYNC_CHANNELS,
    FCR_WINDOW,
    RESOLUTION_WINDOW,
    WAIT_LIMITS,
)
from sandbox.ledger.truth import Truth
from sandbox.world.records import Reason

HOUR = 3_600
Part = tuple[str, Number, int]  # metric, value, weight


def contact_observations(known: Truth) -> Iterator[Observation]:
    """Observations of contacts, on the local day they joined a queue, with their last agent."""
    day = known.day_of()
    reasons = {reason.code: reason for reason in known.world.reasons}
    settled = {case.contact_no: min(case.reopened_at, default=None) for case in known.cases}
    yield from _bot_sessions(known)
    for row in known.contacts:
        contact = row.contact
        if row.queued_at is None:
            continue
        place = Place(
            contact.channel,
            contact.queue_code,
            row.last_agent_no,
            day(row.queued_at, contact.queue_code),
        )
        reason = reasons.get(row.reason_code or "")
        for metric, value, weight in (
            *_volume(row),
            *_access(row, known.as_of),
            *_response(row),
            *_coverage(row, reason),
            *_outcome(row, known.as_of, settled.get(contact.contact_no)),
            *_fcr(row, known.fcr.get(contact.contact_no), reason),
        ):
            yield Observation(metric, place, value, weight)
    for entry in known.entries:
        place = Place(entry.channel, entry.queue_code, None, day(entry.queued_at, entry.queue_code))
        yield Observation("queue_entries", place, 1)


def _bot_sessions(known: Truth) -> Iterator[Observation]:
    """Chats that the bot had a part in, once nobody can come back any more (catalogue 6.1)."""
    day = known.day_of()
    people: dict[int, list[ContactTruth]] = defaultdict(list)
    for row in known.contacts:
        if row.is_related:
            people[row.contact.issue_no].append(row)
    for row in known.contacts:
        contact, ended = row.contact, row.ended_at
        is_alone = contact.outcome == "bot_only"
        is_session = is_alone or (contact.channel == "chat" and contact.pre_queue_seconds > 0)
        if not is_session or ended is None or ended + FCR_WINDOW > known.as_of:
            continue
        came_back = any(
            row.started_at < other.started_at <= ended + FCR_WINDOW
            for other in people[contact.issue_no]
        )
        began = row.started_at if row.queued_at is None else row.queued_at
        place = Place(
            contact.channel, contact.queue_code, row.last_agent_no, day(began, contact.queue_code)
        )
        is_contained = is_alone and bool(contact.resolved) and not came_back
        yield Observation("bot_containment_rate", place, int(is_contained))


def _volume(row: ContactTruth) -> Iterator[Part]:
    for metric, counts in (
        ("contacts_offered", row.is_offered),
        ("contacts_answered", row.is_answered),
        ("contacts_handled", row.is_handled),
        ("contacts_abandoned", row.is_abandoned),
        ("contacts_short_abandoned", row.is_short_abandoned),
        ("contacts_outside_hours", row.is_outside_hours),
        ("contacts_waiting", row.is_waiting and row.is_offered),
    ):
        if counts:
            yield metric, 1, 1


def _access(row: ContactTruth, as_of: int) -> Iterator[Part]:
    if row.is_service_level_due:
        yield "service_level", int(row.is_service_level_met), 1
    if row.is_connected and row.wait_seconds is not None:
        yield "average_speed_of_answer", row.wait_seconds, 1
    if row.contact.channel not in ("voice", "chat") or not row.is_offered:
        return
    yield "short_abandonment_rate", int(row.is_short_abandoned), 1
    if row.is_waiting and row.queued_at is not None:
        yield "longest_wait_current", as_of - row.queued_at, 1
    is_long_abandoned = row.is_abandoned and not row.is_short_abandoned
    if (row.is_answered or is_long_abandoned) and row.wait_seconds is not None:
        yield "abandonment_rate", int(is_long_abandoned), 1
        yield "wait_time_p90", row.wait_seconds, 1
        for limit in WAIT_LIMITS:
            yield f"wait_over_{limit}_rate", int(row.wait_seconds > limit), 1
    if is_long_abandoned and row.wait_seconds is not None:
        yield "average_time_to_abandon", row.wait_seconds, 1


def _response(row: ContactTruth) -> Iterator[Part]:
    if row.first_response_seconds is not None:
        yield "first_response_time_avg", row.first_response_seconds, 1
        yield "first_response_time_p50", row.first_response_seconds, 1
        yield "first_response_time_p90", row.first_response_seconds, 1
    if row.is_response_due:
        yield "response_within_target_rate", int(row.is_response_met), 1


def _coverage(row: ContactTruth, reason: Reason | None) -> Iterator[Part]:
    if row.is_offered:
        yield "identified_contact_rate", int(row.contact.is_identified), 1
    if row.is_handled:
        yield "reason_coded_rate", int(row.reason_code is not None), 1
        if reason is not None:
            yield "no_value_contact_rate", int(reason.value_category == "neither"), 1


def _outcome(row: ContactTruth, as_of: int, reopened_at: int | None) -> Iterator[Part]:
    if not row.is_handled:
        return
    contact = row.contact
    if contact.channel not in ASYNC_CHANNELS:
        yield "transfer_rate", int(row.is_transferred), 1
    until = row.started_at + RESOLUTION_WINDOW
    if until > as_of:
        return
    if contact.channel in ASYNC_CHANNELS:
        is_resolved = row.ended_at is not None and row.ended_at <= until
    else:
        coded_at = contact.wrapped_at
        is_resolved = coded_at is not None and coded_at <= until and bool(contact.resolved)
    came_back = reopened_at is not None and reopened_at <= until
    yield "resolution_rate", int(is_resolved and not came_back), 1


def _fcr(row: ContactTruth, fcr: FcrTruth | None, reason: Reason | None) -> Iterator[Part]:
    if row.is_handled and row.contact.is_identified:
        yield "repeat_contact_rate", int(fcr is not None and fcr.is_repeat), 1
    if fcr is None:
        return
    if fcr.is_immature:
        yield "fcr_immature", 1, 1
    if fcr.is_eligible:
        yield "first_contact_resolution_rate", int(fcr.is_success), 1
        if reason is None or reason.resolvable_at_first_level:
            yield "net_fcr_rate", int(fcr.is_success), 1


def leg_observations(known: Truth) -> Iterator[Observation]:
    """Observations of handled legs, on the local day the agent was connected."""
    day = known.day_of()
    for leg in known.legs:
        place = Place(
            leg.channel, leg.queue_code, leg.agent_no, day(leg.connected_at, leg.queue_code)
        )
        yield Observation("average_handle_time", place, leg.handle_seconds)
        yield Observation("handle_time_total", place, Fraction(leg.allocated_seconds, HOUR))
        yield from _leg_parts(leg, place)


def _leg_parts(leg: LegTruth, place: Place) -> Iterator[Observation]:
    if leg.talk_seconds is None or leg.hold_seconds is None or leg.acw_seconds is None:
        return  # nobody measures the parts of written work
    yield Observation("average_talk_time", place, leg.talk_seconds)
    yield Observation("average_hold_time", place, leg.hold_seconds)
    yield Observation("average_after_contact_work", place, leg.acw_seconds)


def issue_observations(known: Truth) -> Iterator[Observation]:
    """Observations of issues, where and when their first contact joined a queue."""
    day = known.day_of()

    def place_of(row: ContactTruth) -> Place:
        contact = row.contact
        assert row.queued_at is not None  # noqa: S101  only offered contacts open issues
        at = day(row.queued_at, contact.queue_code)
        return Place(contact.channel, contact.queue_code, row.last_agent_no, at)

    touches = _touches(known)
    for issue in known.issues:
        order = sorted(
            touch
            for row in (*issue.contacts, *issue.callbacks)
            for touch in touches.get(row.contact.contact_no, ())
        )
        by_vendor = [at for at, is_clients_own in order if not is_clients_own]
        if by_vendor:
            passed_on = any(own and at > by_vendor[0] for at, own in order)
            yield Observation("client_escalation_rate", place_of(issue.first), int(passed_on))
        if issue.is_mature:
            yield from _issue_parts(issue, place_of(issue.first))
    for pivot in known.pivots:
        place = place_of(pivot.row)
        yield Observation("email_to_phone_pivot_rate", place, int(pivot.is_pivoted))
        if pivot.is_early:
            yield Observation("early_pivots", place, 1)


def _touches(known: Truth) -> dict[int, list[tuple[int, bool]]]:
    """When agents took each contact, and whether they are the client's own people."""
    employers = {agent.agent_no: agent.employer for agent in known.world.agents}
    clients = {queue.code: queue.client for queue in known.world.queues}
    found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for row in known.contacts:
        contact = row.contact
        for leg in contact.legs:
            if leg.connected_at is not None and leg.connected_at <= known.as_of:
                own = employers[leg.agent_no or 0] == clients[leg.queue_code]
                found[contact.contact_no].append((leg.connected_at, own))
        if contact.channel in ASYNC_CHANNELS and row.is_handled and row.wait_seconds is not None:
            own = employers[row.last_agent_no or 0] == clients[contact.queue_code or ""]
            found[contact.contact_no].append((row.started_at + row.wait_seconds, own))
    return found


def _issue_parts(issue: IssueTruth, place: Place) -> Iterator[Observation]:
    yield Observation("contacts_per_issue", place, len(issue.contacts))
    yield Observation("cross_channel_pivot_rate", place, int(issue.is_pivoted))
    is_resolved = issue.resolved_at is not None
    if is_resolved:
        yield Observation("one_contact_resolution_rate", place, int(len(issue.contacts) == 1))
    if issue.is_pivoted:
        yield Observation("cross_channel_resolution_rate", place, int(is_resolved))
    if issue.is_pivoted and issue.resolved_at is not None:
        took = issue.resolved_at - issue.first.started_at
        yield Observation("cross_channel_resolution_time_p50", place, took)
