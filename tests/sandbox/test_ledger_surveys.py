"""Invitations, late answers and closed loops in the ledger, worked out by hand."""

from __future__ import annotations

from sandbox.ledger import every_figure
from sandbox.ledger.observation import Metrics
from tests.sandbox.tiny_world import TinyWorld, at

CALL = "2026-02-02 10:00:00"
SENT = "2026-02-02 10:05:00"
CLOSED = "2026-03-02 10:05:00"  # 28 days later
LATER = "2026-06-01 12:00:00"


def total(tiny: TinyWorld, moment: str = LATER) -> Metrics:
    return every_figure(tiny.world(), at(moment), lambda _: "total")["total"]


def test_the_response_rate_counts_delivered_invitations_whose_window_is_over() -> None:
    tiny = TinyWorld()
    tiny.invite(tiny.answered(CALL), SENT)
    call = tiny.answered(CALL)
    tiny.invite(call, SENT)
    tiny.answer(call, "2026-02-03 10:00:00", csat_5=4)
    tiny.invite(tiny.answered(CALL), SENT, suppressed="bounced")
    assert total(tiny, "2026-03-02 10:04:59")["survey_response_rate_n"] == 0
    figures = total(tiny, CLOSED)
    assert (figures["survey_response_rate"], figures["survey_response_rate_n"]) == (0.5, 2)


def test_an_answer_after_four_weeks_counts_nowhere() -> None:
    tiny = TinyWorld()
    call = tiny.answered(CALL)
    tiny.invite(call, SENT)
    tiny.answer(call, "2026-03-02 10:05:01", csat_5=1)
    figures = total(tiny)
    assert (figures["csat_score_n"], figures["survey_response_rate"]) == (0, 0.0)
    assert figures["closed_loop_rate_n"] == 0


def test_only_the_first_invitation_about_a_contact_counts() -> None:
    tiny = TinyWorld()
    call = tiny.answered(CALL)
    tiny.invite(call, SENT)
    tiny.invite(call, "2026-02-02 10:20:00")
    assert total(tiny)["survey_response_rate_n"] == 1


def test_whoever_is_held_back_is_not_covered() -> None:
    tiny = TinyWorld()
    tiny.invite(tiny.answered(CALL), SENT)
    tiny.invite(tiny.answered(CALL), SENT, suppressed="quarantine")
    tiny.invite(tiny.answered(CALL), SENT, suppressed="bounced")
    tiny.answered(CALL)
    figures = total(tiny)
    assert (figures["survey_coverage_rate"], figures["survey_coverage_rate_n"]) == (0.5, 4)


def test_a_reminder_works_on_those_who_had_not_answered() -> None:
    tiny = TinyWorld()
    for answered in ("2026-02-03 10:00:00", "2026-02-05 10:00:00", None):
        call = tiny.answered(CALL)
        tiny.invite(call, SENT, reminded="2026-02-04 10:00:00")
        if answered:
            tiny.answer(call, answered, csat_5=4)
    figures = total(tiny)
    assert (figures["survey_reminder_uplift"], figures["survey_reminder_uplift_n"]) == (0.5, 2)


def test_a_bad_answer_is_due_after_two_days_or_when_the_call_came() -> None:
    tiny = TinyWorld()
    tiny.answer(tiny.answered(CALL), "2026-02-02 12:00:00", csat_5=2)
    tiny.follow_up(1, "2026-02-02 12:01:00", "2026-02-04 12:00:01")
    assert total(tiny, "2026-02-04 11:59:59")["closed_loop_rate_n"] == 0
    missed = total(tiny, "2026-02-04 12:00:00")
    assert (missed["closed_loop_rate"], missed["closed_loop_within_sla_rate"]) == (0.0, 0.0)
    late = total(tiny)
    assert (late["closed_loop_rate"], late["closed_loop_within_sla_rate"]) == (1.0, 0.0)
    assert late["closed_loop_time_p50"] == 2 * 86_400 + 1


def test_one_call_closes_all_bad_answers_of_a_week() -> None:
    tiny = TinyWorld()
    call = tiny.answered(CALL)
    for when in ("2026-02-02 12:00:00", "2026-02-09 12:00:00", "2026-02-09 12:00:01"):
        tiny.answer(call, when, nps_11=6)
    tiny.follow_up(1, "2026-02-02 12:01:00", "2026-02-03 12:00:00")
    figures = total(tiny)
    assert (figures["closed_loop_rate"], figures["closed_loop_rate_n"]) == (2 / 3, 3)
    assert figures["closed_loop_time_p50_n"] == 1  # the second came after the call


def test_whoever_must_not_be_called_is_left_out() -> None:
    tiny = TinyWorld()
    tiny.answer(tiny.answered(CALL), "2026-02-02 12:00:00", csat_2=0)
    tiny.follow_up(1, "2026-02-02 12:01:00", None, do_not_contact=True)
    assert total(tiny)["closed_loop_rate_n"] == 0


def test_the_next_answer_after_the_call_tells_whether_it_helped() -> None:
    tiny = TinyWorld()
    call = tiny.answered(CALL)
    tiny.answer(call, "2026-02-02 12:00:00", csat_5=1)
    tiny.follow_up(1, "2026-02-02 12:01:00", "2026-02-03 12:00:00")
    tiny.answer(call, "2026-02-20 12:00:00", csat_5=3)
    tiny.answer(call, "2026-02-21 12:00:00", csat_5=1)
    figures = total(tiny)
    assert (figures["closed_loop_recovery_rate"], figures["closed_loop_recovery_rate_n"]) == (
        1.0,
        1,
    )


def test_the_gap_by_fcr_compares_settled_first_contacts_with_the_others() -> None:
    tiny = TinyWorld()
    for issue, score in ((1, 10), (2, 9), (3, 2), (4, 8)):
        call = tiny.answered(CALL, issue=issue)
        tiny.answer(call, "2026-02-02 12:00:00", nps_11=score)
    for issue in (3, 4):
        tiny.answered("2026-02-03 10:00:00", issue=issue)
    assert total(tiny)["nps_gap_by_fcr"] == 100 - (-50)
    assert total(tiny, "2026-02-09 09:00:00")["nps_gap_by_fcr"] is None
