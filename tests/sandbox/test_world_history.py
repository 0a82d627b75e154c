"""The simulated world: same arguments, same history, however far it goes on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from sandbox.ledger import digest
from sandbox.world.records import Contact, World
from sandbox.world.simulate import UNTIL, simulate

DAY = 86_400


def past(value: int | None, instant: int) -> int | None:
    return value if value is not None and value <= instant else None


def contact_until(contact: Contact, instant: int) -> dict[str, Any]:
    """What an observer could know about a contact at an instant."""
    legs = []
    for leg in contact.legs:
        if leg.queued_at > instant:
            continue
        connected, left = past(leg.connected_at, instant), past(leg.left_at, instant)
        legs.append(
            (
                leg.leg_no, leg.queue_code, leg.queued_at, past(leg.reserved_at, instant),
                connected, leg.agent_no if connected else None, left, leg.end if left else None,
                past(leg.wrapped_at, instant), leg.hold_seconds if left else None,
                [missed for missed in leg.missed_reservations if missed[1] <= instant],
            )
        )  # fmt: skip
    return {
        "no": contact.contact_no,
        "issue": (contact.issue_no, contact.sequence_in_issue, contact.parent_no),
        "who": (contact.customer_no, contact.is_identified, contact.channel),
        "queued_at": past(contact.queued_at, instant),
        "answered_at": past(contact.answered_at, instant),
        "first_response_at": past(contact.first_response_at, instant),
        "ended_at": past(contact.ended_at, instant),
        "coded": contact.reason_code if past(contact.wrapped_at, instant) else None,
        "sids": (contact.call_sid, contact.task_sid if past(contact.queued_at, instant) else None),
        "legs": legs,
    }


def history(world: World, instant: int) -> dict[str, list[Any]]:
    """Everything that had happened by an instant."""
    return {
        "contacts": [
            contact_until(contact, instant)
            for contact in world.contacts
            if contact.arrived_at <= instant
        ],
        "cases": [
            (
                case.case_no, case.ticket_id, case.contact_no, case.queue_code, case.priority,
                [asdict(event) for event in case.events if event.at <= instant],
            )
            for case in world.cases
            if case.created_at <= instant
        ],
        "answers": [
            asdict(answer) for answer in world.survey_answers if answer.answered_at <= instant
        ],
        "invitations": [
            (item.native_id, item.contact_no, item.sent_at, item.suppressed_reason,
             past(item.opened_at, instant), past(item.answered_at, instant),
             [reminder.at for reminder in item.reminders if reminder.at <= instant])
            for item in world.invitations
            if item.sent_at <= instant
        ],
        "follow_ups": [
            (task.task_id, task.response_no, task.agent_no, past(task.reached_at, instant),
             [at for at in task.attempts if at <= instant], past(task.closed_at, instant))
            for task in world.follow_ups
            if task.created_at <= instant
        ],
        "orders": [asdict(order) for order in world.orders if order.ordered_at <= instant],
        "agents": [asdict(agent) for agent in world.agents],
        "queues": [asdict(queue) for queue in world.queues],
        "campaigns": [asdict(campaign) for campaign in world.campaigns],
    }  # fmt: skip


@pytest.fixture(scope="module")
def short() -> World:
    return simulate(5, 6, 300, UNTIL, after_days=1)


@pytest.fixture(scope="module")
def long() -> World:
    return simulate(5, 6, 300, UNTIL, after_days=4)


def test_the_same_arguments_give_the_same_world(short: World) -> None:
    assert simulate(5, 6, 300, UNTIL, after_days=1) == short


def test_another_seed_gives_another_world(short: World) -> None:
    other = simulate(6, 6, 300, UNTIL, after_days=1)
    assert [c.arrived_at for c in other.contacts] != [c.arrived_at for c in short.contacts]


@pytest.mark.parametrize("hours_before", [0, 5, 24, 31])
def test_a_longer_horizon_changes_nothing_that_had_happened(
    short: World, long: World, hours_before: int
) -> None:
    instant = short.horizon - hours_before * 3600
    before, after = history(short, instant), history(long, instant)
    for name, records in before.items():
        assert after[name] == records, name
    assert digest(short, instant) == digest(long, instant)


def test_people_keep_their_numbers_when_the_horizon_moves(short: World, long: World) -> None:
    assert long.customers[: len(short.customers)] == short.customers
    assert len(long.customers) > len(short.customers)


def test_a_horizon_within_opening_hours_is_stable_too() -> None:
    noon = UNTIL - 6 * 3600
    early, late = simulate(7, 3, 200, noon, after_days=0), simulate(7, 3, 200, noon, after_days=2)
    assert history(early, noon) == history(late, noon)


def test_nobody_arrives_after_the_horizon(short: World) -> None:
    assert max(contact.arrived_at for contact in short.contacts) <= short.horizon
    assert max(contact.arrived_at for contact in short.contacts) > short.horizon - 6 * 3600


def test_the_world_starts_at_local_midnight(short: World) -> None:
    assert (UNTIL - short.starts_at) == 6 * DAY + 18 * 3600 + 1800


def test_impossible_sizes_are_refused_with_the_values() -> None:
    with pytest.raises(ValueError, match="days=0"):
        simulate(1, 0, 10, UNTIL)
