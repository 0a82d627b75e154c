"""Live contacts in the ledger: hand-worked days, against figures derived on paper."""

from __future__ import annotations

import pytest

from sandbox.ledger import by_agent, by_day, by_queue, digest, truth
from sandbox.world.records import World
from tests.sandbox.tiny_world import TinyWorld, at

EVENING = "2026-02-02 20:00:00"


def a_morning() -> World:
    """Two answered calls (one handed on), two hang-ups, a callback and a chat."""
    tiny = TinyWorld()
    tiny.answered("2026-02-02 10:00:00", wait=20, talk=200, hold=10, acw=30)
    handed_on = tiny.answered("2026-02-02 10:10:00", wait=50, talk=100, acw=10)
    handed_on.legs[0].end = "transferred"
    tiny.leg(handed_on, handed_on.legs[0].left_at or 0, 30, (200, 0, 20))
    tiny.unanswered("2026-02-02 10:20:00", 5)
    tiny.unanswered("2026-02-02 10:21:00", 6)
    original = tiny.unanswered("2026-02-02 10:00:00", 180, "callback")
    callback = tiny.answered("2026-02-02 10:03:00", wait=1020, talk=300, acw=0, channel="callback")
    callback.parent_no, callback.issue_no = original.contact_no, original.issue_no
    tiny.answered("2026-02-02 11:00:00", wait=60, talk=600, channel="chat", first_word=75)
    return tiny.world()


def test_a_callback_is_not_a_second_demand_but_is_handled() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert {row: figures[row]["contacts_offered"] for row in ("voice", "callback", "chat")} == {
        "voice": 5,
        "callback": 0,
        "chat": 1,
    }
    assert figures["total"]["contacts_offered"] == 6
    assert figures["callback"]["contacts_handled"] == 1
    assert figures["total"]["contacts_handled"] == 4


def test_waiting_exactly_the_threshold_is_within_and_short_hang_ups_do_not_count() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert figures["voice"]["service_level"] == pytest.approx(1 / 3)
    assert figures["voice"]["service_level_n"] == 3
    assert figures["chat"]["service_level"] == 1.0
    assert figures["callback"]["service_level"] == 0.0
    assert figures["total"]["service_level"] == pytest.approx(2 / 5)


def test_speed_of_answer_counts_first_connects_and_the_callback_from_its_request() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert figures["voice"]["average_speed_of_answer"] == 35
    assert figures["callback"]["average_speed_of_answer"] == 17 * 60
    assert figures["total"]["average_speed_of_answer"] == pytest.approx((20 + 50 + 1020 + 60) / 4)


def test_abandonment_leaves_short_hang_ups_and_callbacks_out() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert figures["voice"]["abandonment_rate"] == pytest.approx(1 / 3)
    assert figures["total"]["abandonment_rate"] == pytest.approx(1 / 4)
    assert figures["callback"]["abandonment_rate"] is None
    assert figures["callback"]["abandonment_rate_n"] == 0


def test_a_transfer_is_one_contact_of_two_handled_legs() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert figures["voice"]["average_handle_time_n"] == 3
    assert figures["voice"]["average_handle_time"] == pytest.approx((240 + 110 + 220) / 3)
    assert figures["total"]["average_handle_time"] == pytest.approx((570 + 300 + 600) / 5)


def test_a_chats_first_response_runs_from_its_start() -> None:
    figures = digest(a_morning(), at(EVENING))
    assert figures["chat"]["first_response_time_avg"] == 75
    assert figures["voice"]["first_response_time_avg"] is None


@pytest.mark.parametrize(
    ("moment", "offered", "handled", "due", "legs"),
    [
        ("2026-02-02 10:00:19", 2, 0, 0, 0),  # both still waiting
        ("2026-02-02 10:00:20", 2, 1, 1, 0),  # connected, still talking
        ("2026-02-02 10:04:19", 2, 1, 1, 0),  # after-call work not over
        ("2026-02-02 10:04:20", 2, 1, 1, 1),
        ("2026-02-02 10:20:03", 4, 2, 2, 3),  # a caller is waiting
        ("2026-02-02 10:20:05", 4, 2, 2, 3),  # hung up within five seconds
        ("2026-02-02 10:21:06", 5, 2, 3, 3),
    ],
)
def test_the_ledger_knows_only_what_had_happened(
    moment: str, offered: int, handled: int, due: int, legs: int
) -> None:
    voice = digest(a_morning(), at(moment))["voice"]
    assert voice["contacts_offered"] == offered
    assert voice["contacts_handled"] == handled
    assert voice["service_level_n"] == due
    assert voice["average_handle_time_n"] == legs


def test_a_waiting_callback_is_a_miss_once_its_threshold_has_passed() -> None:
    world = a_morning()
    assert digest(world, at("2026-02-02 10:03:20"))["callback"]["service_level_n"] == 0
    late = digest(world, at("2026-02-02 10:03:21"))["callback"]
    assert (late["service_level"], late["service_level_n"]) == (0.0, 1)
    assert late["contacts_handled"] == 0


def test_overflow_to_voicemail_is_neither_answered_nor_abandoned() -> None:
    tiny = TinyWorld()
    tiny.unanswered("2026-02-02 10:00:00", 300, "flow_out")
    figures = digest(tiny.world(), at(EVENING))["voice"]
    assert figures["contacts_offered"] == 1
    assert figures["service_level"] is None
    assert figures["abandonment_rate_n"] == 0


def test_a_call_that_never_queued_is_no_demand() -> None:
    tiny = TinyWorld()
    contact = tiny.unanswered("2026-02-02 10:00:00", 20)
    contact.outcome, contact.queued_at, contact.task_sid, contact.legs = "ivr_only", None, None, []
    known = truth(tiny.world(), at(EVENING))
    assert known.contacts[0].contact_id == f"twilio:{contact.call_sid}"
    assert digest(tiny.world(), at(EVENING))["total"]["contacts_offered"] == 0


def test_cuts_by_queue_day_and_agent_add_up_to_the_total() -> None:
    world = a_morning()
    total = digest(world, at(EVENING))["total"]
    for cut in (by_queue(world, at(EVENING)), by_day(world, at(EVENING))):
        assert (
            sum(row["contacts_offered"] or 0 for row in cut.values()) == total["contacts_offered"]
        )
        legs = sum(row["average_handle_time_n"] or 0 for row in cut.values())
        assert legs == total["average_handle_time_n"]
    agents = by_agent(world, at(EVENING))
    assert agents[2, "voice"]["average_handle_time"] == 220
    assert sum(row["contacts_handled"] or 0 for row in agents.values()) == 4
