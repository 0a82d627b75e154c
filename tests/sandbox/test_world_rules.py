"""Invariants of a simulated month: populations, order of events, opening hours, unambiguous truth.

The month holds the spring clock change, Easter and two campaigns.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sandbox.ledger import truth
from sandbox.world.records import LIVE_CHANNELS, Contact, World
from sandbox.world.simulate import UNTIL, simulate

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = 86_400
CLOSED = {"2026-04-03", "2026-04-05", "2026-04-06"}


@pytest.fixture(scope="module")
def world() -> World:
    return simulate(1, 30, 300, UNTIL, after_days=1)


def local(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, HELSINKI)


@pytest.mark.parametrize("hours", [0, 3, 7.5, 9, 30, 24 * 12 + 6, 24 * 25 + 5])
def test_offered_is_answered_abandoned_flow_out_or_waiting(world: World, hours: float) -> None:
    rows = truth(world, UNTIL - int(hours * 3600)).contacts
    offered = [row for row in rows if row.is_offered]
    assert len(offered) > 100
    for row in offered:
        states = row.is_answered + row.is_abandoned + row.is_flow_out + row.is_waiting
        assert states == 1, row.contact_id


def test_some_tickets_are_unanswered_at_the_clock(world: World) -> None:
    waiting = [row for row in truth(world, UNTIL).contacts if row.is_waiting]
    assert {row.contact.channel for row in waiting} >= {"email", "web_form"}


def test_every_way_out_of_a_queue_happens(world: World) -> None:
    seen = Counter((contact.channel, contact.outcome) for contact in world.contacts)
    for expected in (
        ("voice", "answered"), ("voice", "abandoned"), ("voice", "callback"), ("voice", "flow_out"),
        ("voice", "ivr_only"), ("callback", "answered"), ("chat", "answered"),
        ("chat", "abandoned"), ("email", "answered"), ("email", "closed_without_reply"),
        ("email", "open"), ("web_form", "answered"), ("social_private", "answered"),
    ):  # fmt: skip
        assert seen[expected] > 0, expected


def test_the_usual_exceptions_happen(world: World) -> None:
    legs = [leg for contact in world.contacts for leg in contact.legs]
    assert {leg.transfer_type for leg in legs} == {None, "warm", "blind"}
    assert any(leg.missed_reservations for leg in legs)
    assert any(leg.hold_seconds for leg in legs)
    short = [
        leg for leg in legs if leg.end == "abandoned" and (leg.left_at or 0) - leg.queued_at <= 5
    ]
    assert short
    assert any(not contact.is_identified for contact in world.contacts)
    assert any(contact.is_spam for contact in world.contacts)
    assert any(customer.hubspot_id is None for customer in world.customers)
    kinds = {
        (event.kind, event.actor, event.is_public) for case in world.cases for event in case.events
    }
    assert {
        ("comment", "auto", True),
        ("comment", "agent", False),
        ("comment", "agent", True),
    } <= kinds
    values = {
        event.value for case in world.cases for event in case.events if event.field == "status"
    }
    assert values == {"new", "open", "pending", "hold", "solved", "closed"}
    assert {answer.survey_type for answer in world.survey_answers} == {
        "transactional",
        "relationship",
    }


def test_legs_follow_each_other_in_time(world: World) -> None:
    for contact in world.contacts:
        for number, leg in enumerate(contact.legs, start=1):
            assert leg.leg_no == number
            times = [leg.queued_at, leg.reserved_at, leg.connected_at, leg.left_at, leg.wrapped_at]
            known = [at for at in times if at is not None]
            assert known == sorted(known)
            if leg.connected_at is not None and leg.left_at is not None:
                talked = leg.left_at - leg.connected_at
                assert talked == leg.talk_seconds + leg.hold_seconds
            for offered, timed_out, _, _ in leg.missed_reservations:
                assert leg.queued_at <= offered < timed_out
                assert timed_out <= (leg.reserved_at or leg.left_at or timed_out)
        for first, second in pairwise(contact.legs):
            assert first.end == "transferred"
            assert second.queued_at == first.left_at


def test_an_agent_talks_to_no_more_people_than_they_can(world: World) -> None:
    """One call at a time, two or three chats, nobody while after-call work lasts."""
    changes: dict[int, list[tuple[int, int]]] = defaultdict(list)
    room: dict[int, int] = {}
    for contact in world.contacts:
        for leg in contact.legs:
            if leg.agent_no is not None and leg.reserved_at and leg.wrapped_at:
                changes[leg.agent_no] += [(leg.reserved_at, 1), (leg.wrapped_at, -1)]
                room[leg.agent_no] = 3 if contact.channel == "chat" else 1
    most = set()
    for agent, steps in changes.items():
        busy = 0
        for _, step in sorted(steps):  # an end sorts before a start of the same second
            busy += step
            most.add(busy)
            assert busy <= room[agent]
    assert {1, 2, 3} <= most


def test_agents_serve_only_queues_they_know_while_they_are_employed(world: World) -> None:
    agents = {agent.agent_no: agent for agent in world.agents}
    for contact in world.contacts:
        for leg in contact.legs:
            if leg.agent_no is None or leg.connected_at is None:
                continue
            agent = agents[leg.agent_no]
            assert leg.queue_code in agent.queue_codes
            spell = agent.spell_at(leg.connected_at)
            assert spell.live_at <= leg.connected_at
            assert not agent.has_left_by(leg.connected_at)


def test_case_events_are_in_order_and_statuses_chain(world: World) -> None:
    for case in world.cases:
        assert [event.event_no for event in case.events] == list(range(1, len(case.events) + 1))
        times = [event.at for event in case.events]
        assert times == sorted(times)
        assert times[0] == case.created_at
        status: str | None = None
        for event in case.events:
            if event.field == "status":
                assert event.previous_value == status
                status = event.value
    tickets = [case.ticket_id for case in world.cases]
    assert tickets == sorted(set(tickets))


def test_written_contacts_agree_with_their_case(world: World) -> None:
    cases = {case.contact_no: case for case in world.cases}
    for contact in world.contacts:
        if contact.channel in LIVE_CHANNELS:
            continue
        case = cases[contact.contact_no]
        assert contact.case_no == case.case_no
        assert case.created_at == contact.arrived_at == contact.queued_at
        replies = [
            event.at
            for event in case.events
            if event.kind == "comment" and event.actor == "agent" and event.is_public
        ]
        ends = ("closed",) if case.merged_at is not None else ("solved",)
        solves = [event.at for event in case.events if event.value in ends]
        if case.deleted_at is not None:
            assert contact.is_spam
            continue
        assert contact.first_response_at == (replies[0] if replies else None)
        assert contact.ended_at == (solves[0] if solves else None)


def test_live_lines_are_closed_at_night_on_sundays_and_holidays(world: World) -> None:
    queued = [
        c.queued_at
        for c in world.contacts
        if c.channel in ("voice", "chat") and c.queued_at and not is_chat_when_closed(c)
    ]
    for at in queued:
        moment = local(at)
        assert moment.date().isoformat() not in CLOSED
        assert moment.weekday() < 6
        opens, closes = (8, 18) if moment.weekday() < 5 else (10, 15)
        assert opens <= moment.hour < closes


def is_chat_when_closed(contact: Contact) -> bool:
    """A chat that was turned away within a minute because nobody was there."""
    return (
        contact.channel == "chat"
        and contact.outcome == "flow_out"
        and (contact.ended_at or 0) - contact.arrived_at <= 60
    )


def test_the_closed_lines_serve_nobody(world: World) -> None:
    shut = [
        contact
        for contact in world.contacts
        if local(contact.arrived_at).date().isoformat() in CLOSED
        and contact.channel in LIVE_CHANNELS
        and contact.outcome != "bot_only"
    ]
    assert {contact.channel for contact in shut} == {"voice", "chat"}
    for contact in shut:
        assert contact.answered_at is None
        assert is_chat_when_closed(contact) or contact.outcome == "ivr_only"


def test_a_bot_serves_at_any_hour_alone_or_before_an_agent(world: World) -> None:
    cases = {case.contact_no: case for case in world.cases}
    alone = [contact for contact in world.contacts if contact.outcome == "bot_only"]
    assert {contact.resolved for contact in alone} == {True, False}
    assert any(local(contact.arrived_at).hour < 8 for contact in alone)
    for contact in alone:
        assert contact.legs == []
        assert contact.queue_code is None
        assert {event.actor for event in cases[contact.contact_no].events} == {
            "customer", "bot", "auto",
        }  # fmt: skip
    handed_over = [
        contact
        for contact in world.contacts
        if contact.channel == "chat" and contact.pre_queue_seconds > 0
    ]
    assert handed_over
    for contact in handed_over:
        assert contact.queued_at == contact.arrived_at + contact.pre_queue_seconds


def test_two_messages_about_one_matter_become_one_case(world: World) -> None:
    cases = {case.contact_no: case for case in world.cases}
    merged = [case for case in world.cases if case.merged_at is not None]
    kept = [cases[case.merged_into_no or 0] for case in merged]
    assert {
        case.created_at < other.created_at for case, other in zip(merged, kept, strict=True)
    } == {
        True,
        False,
    }
    for case, other in zip(merged, kept, strict=True):
        assert case.events[-1].value == "closed"
        assert case.events[-1].at == case.merged_at
        assert any(event.value == "closed_by_merge" for event in case.events)
        assert not any(e.is_public and e.actor == "agent" for e in case.events)
        (note,) = [e for e in other.events if e.merged_contact_no == case.contact_no]
        assert note.at == case.merged_at
        assert case.customer_no == other.customer_no


def test_only_spam_is_deleted(world: World) -> None:
    deleted = {case.contact_no for case in world.cases if case.deleted_at is not None}
    assert deleted
    assert all(contact.is_spam for contact in world.contacts if contact.contact_no in deleted)


def test_the_office_answers_no_mail_on_holidays_or_at_weekends(world: World) -> None:
    for contact in world.contacts:
        if contact.channel in ("email", "web_form") and contact.first_response_at is not None:
            day = local(contact.first_response_at)
            holidays = world.schedules[1].holidays
            assert day.weekday() < 5
            assert day.date().isoformat() not in holidays
            assert 8 <= day.hour + day.minute / 60 + day.second / 3600 <= 16


def test_mail_arrives_on_the_sunday_of_the_clock_change(world: World) -> None:
    sunday = [c for c in world.contacts if local(c.arrived_at).date() == dt.date(2026, 3, 29)]
    assert {c.channel for c in sunday} >= {"email", "web_form", "social_private"}
    assert {local(c.arrived_at).utcoffset() for c in sunday} == {
        dt.timedelta(hours=2),
        dt.timedelta(hours=3),
    }
    assert not any(local(c.arrived_at).hour == 3 for c in sunday)


def test_the_autumn_day_of_25_hours_has_its_repeated_hour() -> None:
    world = simulate(5, 4, 400, int(dt.datetime(2026, 10, 27, 12, tzinfo=dt.UTC).timestamp()))
    sunday = [c for c in world.contacts if local(c.arrived_at).date() == dt.date(2026, 10, 25)]
    assert {local(c.arrived_at).utcoffset() for c in sunday} == {
        dt.timedelta(hours=2),
        dt.timedelta(hours=3),
    }
    known = truth(world, world.horizon)
    monday = dt.datetime(2026, 10, 26, 8, tzinfo=HELSINKI).timestamp()
    friday = dt.datetime(2026, 10, 23, 16, tzinfo=HELSINKI).timestamp()
    over = [
        row
        for row in known.contacts
        if row.contact.channel == "email"
        and row.first_response_seconds is not None
        and friday < row.started_at < monday < (row.contact.first_response_at or 0)
    ]
    assert over
    for row in over:
        answered_at = row.contact.first_response_at or 0
        if answered_at < monday + 8 * 3600:
            assert row.first_response_seconds == answered_at - monday


def test_campaign_days_are_busier_in_their_queues(world: World) -> None:
    per_day: Counter[dt.date] = Counter(
        local(c.queued_at).date()
        for c in world.contacts
        if c.queue_code == "sales_fi_voice" and c.queued_at and c.sequence_in_issue == 1
    )
    campaign = [dt.date(2026, 4, day) for day in (8, 9, 10)]
    ordinary = [day - dt.timedelta(days=back) for day in campaign for back in (14, 21)]
    busier = sum(per_day[day] for day in campaign) / (sum(per_day[day] for day in ordinary) / 2)
    assert busier > 1.2


def by_customer(world: World) -> dict[int, list[Contact]]:
    found: dict[int, list[Contact]] = defaultdict(list)
    for contact in world.contacts:
        if contact.purpose is None:
            found[contact.customer_no].append(contact)
    return found


def test_two_issues_of_a_person_lie_more_than_ten_days_apart(world: World) -> None:
    several = 0
    for contacts in by_customer(world).values():
        ends: dict[int, int] = {}
        for contact in contacts:
            for issue, end in ends.items():
                if issue != contact.issue_no:
                    several += 1
                    assert contact.arrived_at - end > 10 * DAY
            end = contact.ended_at if contact.ended_at is not None else world.horizon
            ends[contact.issue_no] = max(end, ends.get(contact.issue_no, 0))
    assert several > 20


def test_contacts_of_one_person_never_start_in_the_same_second(world: World) -> None:
    for contacts in by_customer(world).values():
        starts = [c.arrived_at for c in contacts if c.channel != "callback"]
        assert len(starts) == len(set(starts))


def test_a_repeat_carries_the_issues_reason_or_none(world: World) -> None:
    reasons: dict[int, set[str]] = defaultdict(set)
    for contact in world.contacts:
        reasons[contact.issue_no].add(contact.true_reason_code)
        assert contact.reason_code in (None, contact.true_reason_code)
        if contact.outcome == "abandoned":
            assert contact.reason_code is None
    assert all(len(codes) == 1 for codes in reasons.values())


def test_repeats_mostly_fall_within_a_week_and_some_later(world: World) -> None:
    gaps = []
    last_end: dict[int, int] = {}
    for contact in world.contacts:
        if contact.issue_no in last_end:
            gaps.append(contact.arrived_at - last_end[contact.issue_no])
        end = contact.ended_at if contact.ended_at is not None else contact.arrived_at
        last_end[contact.issue_no] = max(end, last_end.get(contact.issue_no, 0))
    late = [gap for gap in gaps if gap > 7 * DAY]
    assert 0 < len(late) < 0.05 * len(gaps)
    assert max(gaps) < 10 * DAY


def test_people_outside_the_crm_keep_to_one_address_or_one_number(world: World) -> None:
    unknown = {c.customer_no for c in world.customers if c.hubspot_id is None}
    for number, contacts in by_customer(world).items():
        if number in unknown:
            for issue in {c.issue_no for c in contacts}:
                channels = {c.channel for c in contacts if c.issue_no == issue}
                assert channels <= {"voice", "callback"} or channels <= {
                    "email",
                    "web_form",
                    "chat",
                }


def test_addresses_and_numbers_are_unique(world: World) -> None:
    assert len({c.email for c in world.customers}) == len(world.customers)
    assert len({c.phone for c in world.customers}) == len(world.customers)


def test_withheld_callers_leave_no_case_no_survey_and_no_callback(world: World) -> None:
    hidden = {c.contact_no for c in world.contacts if not c.is_identified}
    assert 0.01 < len(hidden) / sum(c.channel == "voice" for c in world.contacts) < 0.08
    assert not hidden & {case.contact_no for case in world.cases}
    assert not hidden & {answer.contact_no for answer in world.survey_answers}
    assert not hidden & {c.parent_no for c in world.contacts}


def test_calls_leave_phone_cases_that_are_solved_at_once_or_later(world: World) -> None:
    contacts = {c.contact_no: c for c in world.contacts}
    phone = [case for case in world.cases if case.via_channel == "phone"]
    answered = [c for c in world.contacts if c.channel == "voice" and c.outcome == "answered"]
    assert 0.18 < len(phone) / len(answered) < 0.32
    at_once = 0
    for case in phone:
        call = contacts[case.contact_no]
        assert (call.answered_at or 0) <= case.created_at <= (call.ended_at or 0)
        at_once += any(
            event.value == "solved" and event.at == call.wrapped_at for event in case.events
        )
    assert 0.4 < at_once / len(phone) < 0.7
