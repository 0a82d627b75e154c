"""The truth about each contact and leg as of an instant.

Follows the population rules of the catalogue, section 2.2: every offered contact is exactly one
of answered, abandoned, flow-out or waiting; a callback is not a second demand.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sandbox.ledger.business_time import BusinessClock, local_day
from sandbox.ledger.cases import CaseTruth
from sandbox.ledger.concurrency import allocated_seconds
from sandbox.ledger.rules import ASYNC_CHANNELS, SHORT_ABANDON
from sandbox.ledger.targets import Thresholds
from sandbox.world.records import Contact, World


@dataclass(slots=True)
class ContactTruth:
    """One contact as it stood; durations in seconds, None when there is none yet."""

    contact: Contact
    contact_id: str
    started_at: int  # of a message that others were merged with: of the earliest
    queued_at: int | None = None
    ended_at: int | None = None
    wait_seconds: int | None = None  # queue to answer or to leaving
    first_response_seconds: int | None = None  # business time in written channels
    last_agent_no: int | None = None
    is_offered: bool = False
    is_answered: bool = False
    is_connected: bool = False
    is_handled: bool = False
    is_abandoned: bool = False
    is_short_abandoned: bool = False
    is_flow_out: bool = False
    is_waiting: bool = False
    is_spam: bool = False
    is_outside_hours: bool = False
    is_transferred: bool = False
    is_coded: bool = False  # the agent's reason code is known
    is_service_level_due: bool = False
    is_service_level_met: bool = False
    is_response_due: bool = False  # written channels: replied, or longer unanswered than promised
    is_response_met: bool = False

    @property
    def reason_code(self) -> str | None:
        """The reason as coded so far."""
        return self.contact.reason_code if self.is_coded else None

    @property
    def is_related(self) -> bool:
        """Takes part in repeats: an offered contact of a known person that was no mere misdial."""
        return self.is_offered and not self.is_short_abandoned and self.contact.is_identified


@dataclass(slots=True)
class LegTruth:
    """One handled stretch of a contact, complete as of the instant."""

    contact_no: int
    leg_no: int
    channel: str
    queue_code: str
    agent_no: int | None
    connected_at: int
    talk_seconds: int | None
    hold_seconds: int | None
    acw_seconds: int | None
    handle_seconds: int
    allocated_seconds: Fraction  # an agent's second is shared by all that they then handle


@dataclass(slots=True)
class QueueEntry:
    """One entry of an offered contact into a human-served queue."""

    channel: str
    queue_code: str
    queued_at: int


def contact_id_of(contact: Contact, ticket_id: int | None) -> str:
    """The warehouse's id: by task, by call when never queued, or by ticket (written, bot only)."""
    if contact.channel in ASYNC_CHANNELS or contact.outcome == "bot_only":
        return f"zendesk:{ticket_id}"
    return f"twilio:{contact.task_sid or contact.call_sid}"


def _live_truth(
    contact: Contact, as_of: int, clock: BusinessClock, threshold: int, row: ContactTruth
) -> None:
    if contact.queued_at is None or contact.queued_at > as_of:
        return
    row.queued_at = contact.queued_at
    if contact.purpose is not None:
        return
    is_callback = contact.channel == "callback"
    row.is_outside_hours = not is_callback and not clock.is_open(contact.queued_at)
    row.is_offered = not (is_callback or row.is_outside_hours)
    connects = [
        leg for leg in contact.legs if leg.connected_at is not None and leg.connected_at <= as_of
    ]
    if connects:
        first = connects[0]
        assert first.connected_at is not None  # noqa: S101  filtered above
        row.is_connected = row.is_handled = True
        row.is_answered = row.is_offered
        row.wait_seconds = first.connected_at - contact.queued_at
        row.last_agent_no = connects[-1].agent_no
        row.is_service_level_due = True
        row.is_service_level_met = row.wait_seconds <= threshold
        row.is_transferred = any(
            leg.end == "transferred" and leg.left_at is not None and leg.left_at <= as_of
            for leg in connects
        )
        row.is_coded = contact.wrapped_at is not None and contact.wrapped_at <= as_of
        if contact.ended_at is not None and contact.ended_at <= as_of:
            row.ended_at = contact.ended_at
        first_word = contact.first_response_at
        if contact.channel == "chat" and first_word is not None and first_word <= as_of:
            row.first_response_seconds = first_word - contact.arrived_at  # the bot's time counts
        return
    left = contact.legs[0] if contact.legs else None
    if left is None or left.left_at is None or left.left_at > as_of or left.end == "answered":
        row.is_waiting = row.is_offered
        row.is_service_level_due = is_callback and as_of - contact.queued_at > threshold
        return
    row.ended_at = left.left_at
    row.wait_seconds = left.left_at - contact.queued_at
    if is_callback:
        row.is_service_level_due = row.wait_seconds > threshold
    elif left.end == "abandoned":
        row.is_abandoned = True
        row.is_short_abandoned = row.wait_seconds <= SHORT_ABANDON
        row.is_service_level_due = not row.is_short_abandoned
    elif row.is_offered:
        row.is_flow_out = True


def _written_truth(
    as_of: int,
    case: CaseTruth,
    clock: BusinessClock,
    thresholds: tuple[int, int],
    row: ContactTruth,
) -> None:
    row.ended_at = case.first_solved_at
    row.is_spam = case.is_spam
    if not case.is_counted:
        return
    row.queued_at = row.started_at = case.created_at
    for_service, for_response = thresholds
    row.is_offered = True
    replied = case.first_reply_at
    if replied is not None:
        row.is_answered = row.is_handled = True
        row.is_coded = case.first_solved_at is not None
        row.last_agent_no = case.first_replier
        row.wait_seconds = replied - row.started_at
        row.first_response_seconds = clock.between(row.started_at, replied)
        row.is_service_level_due = row.is_response_due = True
        row.is_service_level_met = row.first_response_seconds <= for_service
        row.is_response_met = row.first_response_seconds <= for_response
        return
    row.is_flow_out = case.first_solved_at is not None
    row.is_waiting = not row.is_flow_out
    looked_until = as_of if case.first_solved_at is None else case.first_solved_at
    waited = clock.between(row.started_at, looked_until)
    row.is_service_level_due = waited > for_service
    row.is_response_due = waited > for_response


def contact_truths(world: World, as_of: int, cases: list[CaseTruth]) -> list[ContactTruth]:
    """All contacts that had arrived by `as_of`, in order of arrival."""
    by_contact = {case.contact_no: case for case in cases}
    queues = {queue.code: queue for queue in world.queues}
    thresholds = Thresholds(world)
    clocks = {item.schedule_id: BusinessClock(item) for item in world.schedules}
    rows: list[ContactTruth] = []
    for contact in world.contacts:
        if contact.arrived_at > as_of:
            continue
        case = by_contact.get(contact.contact_no)
        number = case.ticket_id if case else None
        row = ContactTruth(contact, contact_id_of(contact, number), contact.arrived_at)
        if contact.channel in ASYNC_CHANNELS:
            if case is None or contact.queue_code is None:
                raise ValueError(f"written contact {contact.contact_no} has no case or queue")
            queue = queues[contact.queue_code]
            day = local_day(case.created_at, queue.timezone)
            for_service, for_response = (
                thresholds.of(metric, contact.channel, queue.code, day)
                for metric in ("service_level", "response_within_target_rate")
            )
            clock = clocks[queue.schedule_id]
            _written_truth(as_of, case, clock, (for_service, for_response), row)
        elif contact.queue_code is not None and contact.queued_at is not None:
            queue = queues[contact.queue_code]
            day = local_day(contact.queued_at, queue.timezone)
            threshold = thresholds.of("service_level", contact.channel, queue.code, day)
            _live_truth(contact, as_of, clocks[queue.schedule_id], threshold, row)
        elif contact.ended_at is not None and contact.ended_at <= as_of:
            row.ended_at = contact.ended_at
        rows.append(row)
    return rows


def leg_truths(rows: list[ContactTruth], as_of: int, cases: list[CaseTruth]) -> list[LegTruth]:
    """Handled legs: connected, and after-contact work over (written: first solved) by `as_of`."""
    by_contact = {case.contact_no: case for case in cases}
    shares = allocated_seconds([row.contact for row in rows], as_of)
    legs: list[LegTruth] = []
    for row in rows:
        contact = row.contact
        if contact.channel in ASYNC_CHANNELS:
            case = by_contact[contact.contact_no]
            if row.is_handled and case.handle_seconds is not None and case.first_reply_at:
                legs.append(
                    LegTruth(
                        contact.contact_no,
                        1,
                        contact.channel,
                        case.queue_code,
                        case.first_replier,
                        case.first_reply_at,
                        None,
                        None,
                        None,
                        case.handle_seconds,
                        Fraction(case.handle_seconds),
                    )
                )
            continue
        for leg in contact.legs:
            if leg.connected_at is None or leg.left_at is None or leg.wrapped_at is None:
                continue
            if leg.wrapped_at <= as_of:
                after = leg.wrapped_at - leg.left_at
                legs.append(
                    LegTruth(
                        contact.contact_no,
                        leg.leg_no,
                        contact.channel,
                        leg.queue_code,
                        leg.agent_no,
                        leg.connected_at,
                        leg.talk_seconds,
                        leg.hold_seconds,
                        after,
                        leg.talk_seconds + leg.hold_seconds + after,
                        shares[contact.contact_no, leg.leg_no],
                    )
                )
    return legs


def queue_entries(rows: list[ContactTruth], as_of: int) -> list[QueueEntry]:
    """Every time an offered contact joined a queue: the first, and one more a transfer."""
    found: list[QueueEntry] = []
    for row in rows:
        contact = row.contact
        if not row.is_offered or row.queued_at is None or contact.queue_code is None:
            continue
        found.append(QueueEntry(contact.channel, contact.queue_code, row.queued_at))
        found.extend(
            QueueEntry(contact.channel, leg.queue_code, leg.queued_at)
            for leg in contact.legs[1:]
            if leg.queued_at <= as_of
        )
    return found
