"""E-mail, web form, social and cases in the ledger: hand-worked, with the catalogue's vectors."""

from __future__ import annotations

import datetime as dt

import pytest

from sandbox.ledger import by_day, digest
from sandbox.ledger.business_time import BusinessClock
from sandbox.world.calendar import make_schedules
from sandbox.world.records import Schedule, WeeklyHours
from tests.sandbox.tiny_world import TinyWorld, at

LATER = "2026-03-02 12:00:00"


def office() -> BusinessClock:
    return BusinessClock(make_schedules(dt.date(2026, 1, 1))[1])


def test_business_time_skips_the_weekend() -> None:
    start, end = at("2026-02-06 15:50:00"), at("2026-02-09 08:20:00")
    assert office().between(start, end) == 30 * 60
    assert end - start == 64 * 3600 + 30 * 60


def test_business_time_skips_public_holidays() -> None:
    # Thursday 2 April 15:00 to Tuesday 7 April 09:00; Good Friday and Easter Monday between.
    assert office().between(at("2026-04-02 15:00:00"), at("2026-04-07 09:00:00")) == 2 * 3600


def test_business_time_is_zero_backwards_and_outside_hours() -> None:
    assert office().between(at("2026-02-02 12:00:00"), at("2026-02-02 11:00:00")) == 0
    assert office().between(at("2026-02-02 17:00:00"), at("2026-02-02 23:00:00")) == 0


def test_the_spring_night_has_23_hours() -> None:
    around_the_clock = Schedule("s", "s", "Europe/Helsinki", [WeeklyHours(6, 0, 1440)], {}, 1)
    clock = BusinessClock(around_the_clock)
    assert clock.between(at("2026-03-29 00:00:00"), at("2026-03-30 00:00:00")) == 23 * 3600
    assert clock.between(at("2026-03-29 02:50:00"), at("2026-03-29 04:10:00")) == 20 * 60


def test_first_response_is_the_first_public_word_of_an_agent() -> None:
    tiny = TinyWorld()
    tiny.written(
        "2026-02-06 15:50:00",
        ("2026-02-06 15:50:03", "auto"),
        ("2026-02-06 15:55:00", "note"),
        ("2026-02-06 15:56:00", "customer"),
        ("2026-02-09 08:20:00", "reply"),
        ("2026-02-09 08:20:00", "solved"),
        seconds=420,
    )
    figures = digest(tiny.world(), at(LATER))["email"]
    assert figures["first_response_time_avg"] == 1800
    assert figures["service_level"] == 1.0
    assert figures["average_handle_time"] == 420
    assert figures["full_resolution_time_avg"] == 64 * 3600 + 30 * 60


def test_handle_time_waits_for_the_first_solve() -> None:
    tiny = TinyWorld()
    tiny.written(
        "2026-02-02 09:00:00", ("2026-02-02 10:00:00", "reply"), ("2026-02-03 10:00:00", "solved")
    )
    before = digest(tiny.world(), at("2026-02-02 12:00:00"))["email"]
    assert (before["contacts_handled"], before["average_handle_time"]) == (1, None)
    after = digest(tiny.world(), at("2026-02-03 10:00:00"))["email"]
    assert after["average_handle_time"] == 300


@pytest.mark.parametrize(
    ("moment", "due"), [("2026-02-04 15:00:00", 0), ("2026-02-05 09:00:00", 1)]
)
def test_an_open_message_is_due_only_after_its_target(moment: str, due: int) -> None:
    """23 and 25 business hours after Monday 08:00, with eight hours a day."""
    tiny = TinyWorld()
    tiny.written("2026-02-02 08:00:00")
    figures = digest(tiny.world(), at(moment))["email"]
    assert figures["service_level_n"] == due
    assert figures["service_level"] == (0.0 if due else None)
    assert figures["contacts_offered"] == 1


def test_social_messages_have_an_hour_of_live_time() -> None:
    tiny = TinyWorld()
    saturday = "2026-02-07 14:30:00"  # the live lines close at 15:00
    tiny.written(saturday, ("2026-02-09 08:30:00", "reply"), channel="social_private")
    tiny.written(saturday, ("2026-02-09 08:30:01", "reply"), channel="social_private")
    figures = digest(tiny.world(), at(LATER))["social_private"]
    assert figures["first_response_time_avg"] == 3600.5
    assert figures["service_level"] == 0.5


def test_solved_without_a_reply_is_a_flow_out() -> None:
    tiny = TinyWorld()
    tiny.written("2026-02-02 08:00:00", ("2026-02-02 09:00:00", "solved"))
    figures = digest(tiny.world(), at(LATER))["email"]
    assert (figures["contacts_offered"], figures["contacts_handled"]) == (1, 0)
    assert figures["service_level"] is None
    assert figures["full_resolution_time_avg"] == 3600


def test_spam_counts_until_it_is_tagged() -> None:
    tiny = TinyWorld()
    tiny.written(
        "2026-02-02 08:00:00", ("2026-02-02 09:00:00", "spam"), ("2026-02-02 09:00:00", "solved")
    )
    assert digest(tiny.world(), at("2026-02-02 08:59:59"))["email"]["contacts_offered"] == 1
    after = digest(tiny.world(), at("2026-02-02 09:00:00"))["email"]
    assert (after["contacts_offered"], after["full_resolution_time_avg_n"]) == (0, 0)


@pytest.mark.parametrize(
    ("moment", "hours"),
    [
        ("2026-02-02 09:59:59", None),
        ("2026-02-02 10:00:00", 1),
        ("2026-02-02 12:00:00", None),  # reopened: not solved now
        ("2026-02-02 14:00:00", 5),
        ("2026-02-09 00:00:00", 5),  # closing is not another solve
    ],
)
def test_full_resolution_runs_to_the_last_solve(moment: str, hours: int | None) -> None:
    tiny = TinyWorld()
    call = tiny.answered("2026-02-02 09:00:00")
    tiny.case(
        call,
        ("2026-02-02 10:00:00", "solved"),
        ("2026-02-02 11:00:00", "open"),
        ("2026-02-02 14:00:00", "solved"),
        ("2026-02-06 14:00:00", "closed"),
    )
    figures = digest(tiny.world(), at(moment))["voice"]
    assert figures["full_resolution_time_avg"] == (None if hours is None else hours * 3600)


def test_each_metric_stands_on_the_day_of_its_anchor() -> None:
    tiny = TinyWorld()
    mail = tiny.written(
        "2026-02-02 23:30:00",
        ("2026-02-03 09:00:00", "reply"),
        ("2026-02-04 09:00:00", "solved"),
    )
    tiny.answer(mail, "2026-02-05 09:00:00", csat_2=1)
    days = by_day(tiny.world(), at(LATER))
    day = {number: days.get((dt.date(2026, 2, number), "email"), {}) for number in (2, 3, 4, 5)}
    assert day[2]["contacts_offered"] == 1
    assert day[2]["first_response_time_avg_n"] == 1
    assert day[2]["csat_score_n"] == 1
    assert day[3]["average_handle_time_n"] == 1
    assert day[4]["full_resolution_time_avg_n"] == 1
    assert day[5] == {}
