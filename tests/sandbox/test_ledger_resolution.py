"""First contact resolution and survey scores in the ledger, worked out by hand."""

from __future__ import annotations

import pytest

from sandbox.ledger import digest
from tests.sandbox.tiny_world import TinyWorld, at

FIRST = "2026-02-02 10:00:00"  # ends 10:01:10
LATER = "2026-03-20 12:00:00"


def fcr(tiny: TinyWorld, moment: str = LATER) -> tuple[float | None, float | None]:
    total = digest(tiny.world(), at(moment))["total"]
    return total["first_contact_resolution_rate"], total["first_contact_resolution_rate_n"]


def test_a_contact_counts_only_when_its_week_is_over() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST)
    assert fcr(tiny, "2026-02-09 10:01:09") == (None, 0)
    assert fcr(tiny, "2026-02-09 10:01:10") == (1.0, 1)


def test_a_repeat_does_not_make_the_week_end_early() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1)
    tiny.written("2026-02-04 10:00:00", issue=1)
    assert fcr(tiny, "2026-02-08 10:00:00") == (None, 0)
    assert fcr(tiny, "2026-02-12 10:00:00") == (0.0, 1)


def test_only_the_contact_that_opens_an_issue_counts() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1)
    tiny.answered("2026-02-05 10:00:00", issue=1, channel="chat")
    assert fcr(tiny) == (0.0, 1)


def test_a_repeat_after_more_than_a_week_opens_the_count_again() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1)
    tiny.answered("2026-02-10 10:00:00", issue=1)
    assert fcr(tiny) == (1.0, 2)


@pytest.mark.parametrize(("wait", "share"), [(5, 1.0), (6, 0.0)])
def test_a_hang_up_is_a_repeat_unless_it_was_short(wait: int, share: float) -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1)
    tiny.unanswered("2026-02-03 10:00:00", wait, issue=1)
    assert fcr(tiny) == (share, 1)


def test_hanging_up_first_does_not_spoil_the_answered_call() -> None:
    tiny = TinyWorld()
    tiny.unanswered("2026-02-02 09:00:00", 60, issue=1)
    tiny.answered(FIRST, issue=1)
    assert fcr(tiny) == (1.0, 1)


def test_a_callback_is_no_repeat_of_its_original() -> None:
    tiny = TinyWorld()
    tiny.answered("2026-01-30 10:00:00", issue=1)
    tiny.unanswered(FIRST, 180, "callback", issue=2)
    tiny.answered("2026-02-02 10:03:00", wait=1020, channel="callback", issue=2)
    assert fcr(tiny) == (1.0, 1)


def test_who_comes_back_after_a_callback_opens_nothing() -> None:
    tiny = TinyWorld()
    tiny.unanswered(FIRST, 180, "callback", issue=1)
    tiny.answered("2026-02-02 10:03:00", wait=1020, channel="callback", issue=1)
    tiny.answered("2026-02-04 10:00:00", issue=1)
    tiny.answered(FIRST, issue=2)
    assert fcr(tiny) == (1.0, 1)


def test_callers_nobody_can_identify_drop_out() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1, identified=False)
    tiny.answered("2026-02-03 10:00:00", issue=1)
    assert fcr(tiny) == (1.0, 1)


@pytest.mark.parametrize(
    ("steps", "share"),
    [
        ([("2026-02-02 10:01:00", "solved")], 1.0),
        ([("2026-02-09 10:01:10", "solved")], 1.0),
        ([("2026-02-09 10:01:11", "solved")], 0.0),  # left open for the week
        ([], 0.0),
        ([("2026-02-02 11:00:00", "solved"), ("2026-02-05 11:00:00", "open"),
          ("2026-02-05 12:00:00", "solved")], 0.0),
        ([("2026-02-02 11:00:00", "solved"), ("2026-02-10 11:00:00", "open")], 1.0),
    ],
)  # fmt: skip
def test_the_case_must_be_solved_and_stay_so(steps: list[tuple[str, str]], share: float) -> None:
    tiny = TinyWorld()
    tiny.case(tiny.answered(FIRST), *steps)
    assert fcr(tiny) == (share, 1)


def test_a_message_solved_without_reply_is_no_first_contact_but_is_a_repeat() -> None:
    tiny = TinyWorld()
    tiny.answered(FIRST, issue=1)
    tiny.written("2026-02-03 10:00:00", ("2026-02-03 11:00:00", "solved"), issue=1)
    tiny.written("2026-02-03 10:00:00", ("2026-02-03 11:00:00", "solved"), issue=2)
    assert fcr(tiny) == (0.0, 1)


def test_the_latest_answer_about_a_contact_counts() -> None:
    tiny = TinyWorld()
    call = tiny.answered(FIRST)
    tiny.answer(call, "2026-02-02 12:00:00", csat_5=2, nps_11=3)
    tiny.answer(call, "2026-02-02 13:00:00", csat_5=5)
    before = digest(tiny.world(), at("2026-02-02 12:30:00"))["voice"]
    after = digest(tiny.world(), at(LATER))["voice"]
    assert (before["csat_score"], before["csat_score_n"]) == (0.0, 1)
    assert (after["csat_score"], after["csat_score_n"]) == (1.0, 1)
    assert (after["nps"], after["nps_n"]) == (-100.0, 1)


def test_scores_follow_the_scale_map_and_the_contacts_channel() -> None:
    tiny = TinyWorld()
    for scores in ((5, 10, 7), (4, 9, 5), (3, 8, 4), (1, 6, 1)):
        call = tiny.answered(FIRST)
        csat, nps, ces = scores
        tiny.answer(call, "2026-02-02 12:00:00", csat_5=csat, nps_11=nps, ces2_7=ces, fcr_2=1)
    mail = tiny.written(FIRST, ("2026-02-02 11:00:00", "reply"))
    tiny.answer(mail, "2026-02-02 12:00:00", csat_2=1)
    tiny.answer(None, "2026-02-02 12:00:00", csat_5=1, nps_11=0)
    figures = digest(tiny.world(), at(LATER))
    assert figures["voice"]["csat_score"] == 0.5
    assert figures["voice"]["nps"] == 25.0  # two promoters and one detractor of four
    assert figures["voice"]["ces_favourable_rate"] == 0.5
    assert figures["email"]["csat_score"] == 1.0
    assert (figures["total"]["csat_score"], figures["total"]["csat_score_n"]) == (0.6, 5)
    assert figures["total"]["nps_n"] == 4
