"""The simulated centre looks like a contact centre: its figures stay plausible at any size."""

from __future__ import annotations

import pytest

from sandbox.ledger import digest
from sandbox.world.records import World
from sandbox.world.simulate import UNTIL, simulate
from sandbox.world.staffing import erlang_c_level, seats_range


@pytest.fixture(scope="module")
def month() -> World:
    return simulate(1, 30, 1000, UNTIL, after_days=0)


def test_about_as_many_contacts_a_day_as_asked_for(month: World) -> None:
    assert 27_000 < len(month.contacts) < 33_500


def test_a_month_is_plausible(month: World) -> None:
    figures = digest(month, UNTIL)
    voice, total = figures["voice"], figures["total"]
    expected = {
        "service_level": (voice, 0.72, 0.87),
        "abandonment_rate": (voice, 0.035, 0.085),
        "average_speed_of_answer": (voice, 10, 35),
        "average_handle_time": (voice, 240, 420),
        "first_contact_resolution_rate": (total, 0.65, 0.82),
        "csat_score": (total, 0.68, 0.86),
        "ces_favourable_rate": (total, 0.65, 0.9),
        "nps": (total, 10, 60),
    }
    for metric, (row, low, high) in expected.items():
        value = row[metric]
        assert value is not None
        assert low <= value <= high, f"{metric} = {value}"


@pytest.mark.parametrize("contacts_per_day", [50, 150, 2000])
def test_small_and_large_centres_answer_in_time(contacts_per_day: int) -> None:
    days = 30 if contacts_per_day < 1000 else 5
    voice = digest(simulate(2, days, contacts_per_day, UNTIL, after_days=0), UNTIL)["voice"]
    assert 0.68 <= (voice["service_level"] or 0) <= 0.93
    assert 0.015 <= (voice["abandonment_rate"] or 0) <= 0.11


def test_long_waits_lower_satisfaction_step_by_step(month: World) -> None:
    waits = {
        contact.contact_no: contact.answered_at - contact.queued_at
        for contact in month.contacts
        if contact.channel == "voice" and contact.answered_at and contact.queued_at
    }
    bands: dict[str, list[bool]] = {"to 90": [], "90 to 180": [], "over 180": []}
    for answer in month.survey_answers:
        wait = waits.get(answer.contact_no or 0)
        if wait is not None and "csat_5" in answer.scores:
            band = "to 90" if wait <= 90 else "90 to 180" if wait <= 180 else "over 180"
            bands[band].append(answer.scores["csat_5"] >= 4)
    shares = [sum(scores) / len(scores) for scores in bands.values()]
    # Few wait long and answer: the order is certain, the size of the middle step is not.
    assert shares[0] > shares[1] > shares[2]
    assert shares[0] > shares[2] + 0.2


def test_erlang_c_agrees_with_published_figures() -> None:
    """Ten erlangs of 180 s calls, answered within 20 s."""
    assert erlang_c_level(12, 10, 180, 20) == pytest.approx(0.640, abs=0.0005)
    assert erlang_c_level(13, 10, 180, 20) == pytest.approx(0.796, abs=0.0005)
    assert erlang_c_level(14, 10, 180, 20) == pytest.approx(0.888, abs=0.0005)
    assert seats_range(10, 180, 20, 0.80)[0] == 14
