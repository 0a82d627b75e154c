"""The ledger's other metrics, worked out by hand on worlds of a few contacts."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from sandbox.ledger import every_figure
from sandbox.ledger.observation import Metrics
from sandbox.world.reasons import make_reasons
from sandbox.world.records import World
from tests.sandbox.tiny_world import TinyWorld, at

LATER = "2026-03-20 12:00:00"
MONDAY = "2026-02-02 10:00:00"


def total(world: World, moment: str = LATER) -> Metrics:
    return every_figure(world, at(moment), lambda _: "total")["total"]


def by(world: World, field: str, moment: str = LATER) -> dict[Hashable, Metrics]:
    return every_figure(world, at(moment), lambda place: getattr(place, field))


# Waiting


def waits() -> World:
    tiny = TinyWorld()
    for minute, wait in enumerate((10, 90, 91, 150, 151, 180, 181)):
        tiny.answered(f"2026-02-02 10:{minute:02d}:00", wait=wait)
    tiny.unanswered("2026-02-02 10:30:00", 5)
    tiny.unanswered("2026-02-02 10:31:00", 200)
    return tiny.world()


def test_the_limits_of_waiting_are_exceeded_only_beyond_them() -> None:
    figures = total(waits())
    found = [figures[f"wait_over_{limit}_rate"] for limit in (90, 150, 180)]
    assert found == [6 / 8, 4 / 8, 2 / 8]
    assert figures["wait_over_90_rate_n"] == 8


def test_the_ninetieth_percentile_lies_between_its_neighbours() -> None:
    # 10 90 91 150 151 180 181 200: position 0.9 * 7 = 6.3
    assert total(waits())["wait_time_p90"] == pytest.approx(181 + 0.3 * 19)


def test_only_long_abandons_tell_how_long_people_wait_before_they_leave() -> None:
    figures = total(waits())
    assert (figures["average_time_to_abandon"], figures["average_time_to_abandon_n"]) == (200, 1)
    assert figures["contacts_short_abandoned"] == 1
    assert figures["short_abandonment_rate"] == pytest.approx(1 / 9)


def test_the_longest_wait_is_that_of_whoever_waits_now() -> None:
    tiny = TinyWorld()
    tiny.answered("2026-02-02 10:00:00", wait=100)
    tiny.answered("2026-02-02 10:00:30", wait=100)
    assert total(tiny.world(), "2026-02-02 10:01:00")["longest_wait_current"] == 60
    assert total(tiny.world(), "2026-02-02 10:01:45")["longest_wait_current"] == 75
    assert total(tiny.world())["longest_wait_current"] is None


# Queues and handling


def test_a_transfer_enters_a_queue_once_more() -> None:
    tiny = TinyWorld()
    contact = tiny.answered(MONDAY, talk=60)
    contact.legs[0].end = "transferred"
    tiny.leg(contact, contact.legs[0].left_at or 0, 20, (60, 0, 0))
    figures = total(tiny.world())
    assert (figures["queue_entries"], figures["contacts_offered"]) == (2, 1)
    assert (figures["transfer_rate"], figures["transfer_rate_n"]) == (1.0, 1)


def test_chats_held_at_once_share_their_agents_seconds() -> None:
    tiny = TinyWorld()
    tiny.answered("2026-02-02 10:00:00", wait=0, talk=100, channel="chat")
    tiny.answered("2026-02-02 10:00:40", wait=0, talk=100, channel="chat")
    figures = total(tiny.world())
    assert figures["average_handle_time"] == 100
    assert figures["handle_time_total"] == pytest.approx(140 / 3600)


def test_three_at_once_and_one_still_open_share_as_well() -> None:
    tiny = TinyWorld()
    tiny.answered("2026-02-02 10:00:00", wait=0, talk=60, channel="chat")
    tiny.answered("2026-02-02 10:00:00", wait=0, talk=120, channel="chat")
    tiny.answered("2026-02-02 10:00:00", wait=0, talk=600, channel="chat")
    figures = total(tiny.world(), "2026-02-02 10:02:00")
    assert figures["average_handle_time_n"] == 2
    assert figures["handle_time_total"] == pytest.approx((60 / 3 + 60 / 3 + 60 / 2) / 3600)


def test_only_spoken_and_chatted_legs_have_talk_hold_and_wrap_up() -> None:
    tiny = TinyWorld()
    tiny.answered(MONDAY, talk=100, hold=20, acw=30)
    tiny.written(
        "2026-02-02 11:00:00", ("2026-02-02 12:00:00", "reply"), ("2026-02-02 12:00:00", "solved")
    )
    figures = total(tiny.world())
    parts = ("average_talk_time", "average_hold_time", "average_after_contact_work")
    assert [(figures[part], figures[f"{part}_n"]) for part in parts] == [(100, 1), (20, 1), (30, 1)]
    assert figures["average_handle_time_n"] == 2


# Written contacts


def test_a_later_wait_runs_from_the_first_unanswered_message_in_opening_hours() -> None:
    tiny = TinyWorld()
    tiny.written(
        "2026-02-06 15:00:00",  # a Friday; the office closes at 16
        ("2026-02-06 15:10:00", "reply"),
        ("2026-02-06 15:50:00", "customer"),
        ("2026-02-06 17:00:00", "customer"),
        ("2026-02-09 08:20:00", "reply"),
        ("2026-02-09 08:30:00", "reply"),
    )
    figures = by(tiny.world(), "day")
    (asked,) = [day for day, row in figures.items() if row["next_response_time_avg_n"]]
    assert str(asked) == "2026-02-06"
    assert figures[asked]["next_response_time_avg"] == 30 * 60
    assert total(tiny.world())["next_response_time_avg_n"] == 1


def test_one_touch_is_one_public_reply_on_a_written_case() -> None:
    tiny = TinyWorld()
    solved = ("2026-02-02 12:00:00", "solved")
    reply = ("2026-02-02 11:00:00", "reply")
    tiny.written(MONDAY, reply, solved)
    tiny.written(MONDAY, reply, reply, solved)
    tiny.written(MONDAY, solved)
    tiny.case(tiny.answered(MONDAY), reply, solved)
    figures = total(tiny.world())
    assert figures["one_touch_resolution_rate"] == pytest.approx(1 / 3)


def test_a_reopened_case_counts_from_its_first_solve_and_only_when_mature() -> None:
    tiny = TinyWorld()
    tiny.written(
        MONDAY,
        ("2026-02-02 12:00:00", "solved"),
        ("2026-02-16 12:00:00", "open"),
        ("2026-02-17 12:00:00", "solved"),
    )
    world = tiny.world()
    assert total(world, "2026-02-16 11:59:59")["case_reopen_rate_n"] == 0
    assert total(world, "2026-02-16 12:00:00")["case_reopen_rate"] == 1.0
    reopened = total(world, "2026-02-16 13:00:00")
    assert (reopened["cases_resolved"], reopened["active_cases"]) == (0, 1)
    assert reopened["first_resolution_time_avg"] == 2 * 3600
    assert total(world)["full_resolution_time_p50"] == (15 * 24 + 2) * 3600
    assert total(world)["case_clearance_rate"] == 1.0


def test_a_reopened_case_undoes_a_call_that_was_coded_resolved() -> None:
    tiny = TinyWorld()
    for reopened in (False, True):
        call = tiny.answered(MONDAY)
        call.resolved = True
        steps = [("2026-02-02 12:00:00", "solved")]
        tiny.case(call, *steps, *([("2026-02-04 12:00:00", "open")] if reopened else []))
    assert total(tiny.world())["resolution_rate"] == 0.5


# Issues


def test_contacts_of_a_matter_are_one_issue_while_each_follows_within_a_week() -> None:
    tiny = TinyWorld()
    for when in ("2026-02-02 10:00:00", "2026-02-09 10:00:00", "2026-02-16 10:00:00"):
        tiny.answered(when, issue=1)
    tiny.answered("2026-02-24 10:00:00", issue=1)  # more than a week later
    figures = total(tiny.world())
    assert (figures["contacts_per_issue"], figures["contacts_per_issue_n"]) == (2.0, 2)


def test_a_callback_belongs_to_its_issue_without_being_a_contact_or_a_channel_more() -> None:
    tiny = TinyWorld()
    original = tiny.unanswered(MONDAY, 180, "callback", issue=1)
    callback = tiny.answered("2026-02-02 10:03:00", wait=300, channel="callback", issue=1)
    callback.parent_no, callback.resolved = original.contact_no, True
    figures = total(tiny.world())
    assert (figures["contacts_per_issue"], figures["contacts_per_issue_n"]) == (1.0, 1)
    assert figures["cross_channel_pivot_rate"] == 0.0
    assert (figures["one_contact_resolution_rate"], figures["one_contact_resolution_rate_n"]) == (
        1.0,
        1,
    )


def test_an_issue_over_two_channels_is_resolved_where_it_ended() -> None:
    tiny = TinyWorld()
    tiny.written(
        MONDAY, ("2026-02-02 12:00:00", "reply"), ("2026-02-02 12:00:00", "solved"), issue=1
    )
    call = tiny.answered("2026-02-03 10:00:00", wait=10, talk=50, issue=1)
    call.resolved = True
    figures = total(tiny.world())
    assert figures["cross_channel_pivot_rate"] == 1.0
    assert figures["cross_channel_resolution_rate"] == 1.0
    assert figures["cross_channel_resolution_time_p50"] == 86_400 + 60
    assert figures["one_contact_resolution_rate"] == 0.0


def test_an_issue_counts_a_week_after_its_last_contact_ended() -> None:
    tiny = TinyWorld()
    tiny.answered(MONDAY, wait=10, talk=50, issue=1)
    assert total(tiny.world(), "2026-02-09 10:00:59")["contacts_per_issue_n"] == 0
    assert total(tiny.world(), "2026-02-09 10:01:00")["contacts_per_issue_n"] == 1


@pytest.mark.parametrize(
    ("replied", "phoned", "pivots", "emails", "early"),
    [
        (None, "2026-02-03 10:00:00", 1, 1, 0),  # no reply, phone an hour after the day
        ("2026-02-03 08:00:00", "2026-02-02 15:00:00", 0, 0, 0),  # replied within the day
        ("2026-02-03 15:00:00", "2026-02-02 15:00:00", 0, 1, 1),  # phoned early, reply late
        ("2026-02-03 15:00:00", "2026-02-03 16:00:00", 0, 1, 0),  # phoned after the reply
        (None, "2026-02-11 09:00:00", 0, 1, 0),  # more than a week after the day
        (None, "2026-02-03 09:00:00", 0, 1, 1),  # just as the day ends
    ],
)
def test_an_unanswered_e_mail_turns_into_a_call_only_after_a_day_and_before_the_reply(
    replied: str | None, phoned: str, pivots: int, emails: int, early: int
) -> None:
    tiny = TinyWorld()
    tiny.written("2026-02-02 09:00:00", *([(replied, "reply")] if replied else []), issue=1)
    tiny.answered(phoned, issue=1)
    figures = total(tiny.world())
    assert figures["email_to_phone_pivot_rate_n"] == emails
    assert figures["email_to_phone_pivot_rate"] == (pivots / emails if emails else None)
    assert figures["early_pivots"] == early


def test_a_repeat_follows_a_related_contact_and_counts_against_all_handled() -> None:
    tiny = TinyWorld()
    tiny.answered(MONDAY, issue=1)
    tiny.answered("2026-02-03 10:00:00", issue=1)
    tiny.answered("2026-02-20 10:00:00", issue=1)
    tiny.answered("2026-02-20 11:00:00", identified=False)
    figures = total(tiny.world())
    assert (figures["repeat_contact_rate"], figures["repeat_contact_rate_n"]) == (1 / 3, 3)
    assert figures["identified_contact_rate"] == 3 / 4


# Reasons and surveys


def test_reasons_that_nobody_could_settle_leave_net_fcr() -> None:
    tiny = TinyWorld()
    codes = ("technical.power.outage", "billing.invoice.unclear", None)
    for code in codes:
        tiny.answered(MONDAY).reason_code = code
    world = tiny.world()
    world.reasons = [share.reason for share in make_reasons()]
    figures = total(world)
    assert (figures["first_contact_resolution_rate_n"], figures["net_fcr_rate_n"]) == (3, 2)
    assert (figures["reason_coded_rate"], figures["no_value_contact_rate"]) == (2 / 3, 1.0)


def test_means_keep_to_one_scale_and_the_periodic_survey_stands_apart() -> None:
    tiny = TinyWorld()
    call = tiny.answered(MONDAY)
    mail = tiny.written(MONDAY)
    tiny.answer(call, "2026-02-02 12:00:00", csat_5=4, ces2_7=5, fcr_2=1, nps_11=9)
    tiny.answer(mail, "2026-02-02 12:00:00", csat_2=0)
    tiny.answer(None, "2026-02-02 13:00:00", csat_5=5, nps_11=3)
    tiny.answer(None, "2026-02-02 14:00:00", csat_5=2, nps_11=3)
    figures = total(tiny.world())
    assert (figures["csat_score"], figures["csat_score_n"]) == (0.5, 2)
    assert (figures["csat_mean"], figures["csat_mean_n"]) == (75, 1)
    assert (figures["ces_mean"], figures["fcr_survey_rate"]) == (5, 1.0)
    assert (figures["overall_satisfaction_rate"], figures["overall_satisfaction_rate_n"]) == (
        0.5,
        2,
    )
    assert (figures["nps"], figures["nps_relationship"]) == (100, -100)


# What is left out


def test_a_live_contact_outside_opening_hours_is_counted_apart() -> None:
    tiny = TinyWorld()
    tiny.unanswered("2026-02-02 07:59:59", 30, "flow_out", channel="chat")
    tiny.unanswered("2026-02-02 08:00:00", 30, "flow_out", channel="chat")
    figures = total(tiny.world())
    assert (figures["contacts_offered"], figures["contacts_outside_hours"]) == (1, 1)
    assert figures["queue_entries"] == 1


def merged(*, keep_newer: bool) -> TinyWorld:
    """Two e-mails of one person, made one case at eleven and answered at twelve."""
    tiny = TinyWorld()
    end = (("2026-02-02 12:00:00", "reply"), ("2026-02-02 12:00:00", "solved"))
    close = (("2026-02-02 11:00:00", "closed"),)
    tiny.written("2026-02-02 09:00:00", *(close if keep_newer else end), issue=1)
    tiny.written("2026-02-02 10:00:00", *(end if keep_newer else close), issue=1)
    child, kept = tiny.cases if keep_newer else reversed(tiny.cases)
    child.merged_at, child.merged_into_no = at("2026-02-02 11:00:00"), kept.contact_no
    return tiny


@pytest.mark.parametrize("keep_newer", [False, True])
def test_a_merged_case_is_one_case_that_began_with_the_earliest(keep_newer: bool) -> None:
    world = merged(keep_newer=keep_newer).world()
    figures = total(world)
    assert (figures["cases_created"], figures["contacts_offered"]) == (1, 1)
    assert figures["full_resolution_time_avg"] == 3 * 3600
    assert figures["first_response_time_avg"] == 3 * 3600
    assert (figures["contacts_per_issue"], figures["repeat_contact_rate"]) == (1.0, 0.0)
    before = total(world, "2026-02-02 10:59:59")
    assert (before["cases_created"], before["contacts_waiting"]) == (2, 2)


def test_a_deleted_case_never_was() -> None:
    tiny = TinyWorld()
    tiny.written(MONDAY, ("2026-02-02 11:00:00", "reply"))
    tiny.cases[0].deleted_at = at("2026-02-02 12:00:00")
    assert total(tiny.world(), "2026-02-02 11:59:59")["contacts_handled"] == 1
    tiny.answered(MONDAY)
    gone = total(tiny.world())
    assert (gone["contacts_handled"], gone["cases_created"], gone["active_cases"]) == (1, 0, 0)


# Targets and stocks


def test_a_resolution_is_due_when_it_came_or_its_target_has_passed() -> None:
    tiny = TinyWorld()
    tiny.written("2026-02-02 10:00:00", ("2026-02-07 10:00:00", "solved"))
    tiny.written("2026-02-02 10:00:00", ("2026-02-07 10:00:01", "solved"))
    tiny.written("2026-02-02 10:00:00")
    tiny.written("2026-02-02 10:00:01")
    figures = total(tiny.world(), "2026-02-07 10:00:01")
    assert figures["resolved_within_target_rate"] == pytest.approx(1 / 3)
    assert figures["resolved_within_target_rate_n"] == 3
    assert (figures["active_cases"], figures["aged_case_rate"]) == (2, 0.5)


def test_open_cases_are_counted_at_each_midnight_and_now() -> None:
    tiny = TinyWorld()
    tiny.written(
        "2026-02-02 10:00:00",
        ("2026-02-03 12:00:00", "solved"),
        ("2026-02-05 12:00:00", "open"),
    )
    moment = at("2026-02-06 12:00:00")
    days = every_figure(tiny.world(), moment, lambda place: place.day, every_day=True)
    found = {str(day)[-2:]: row["active_cases"] for day, row in days.items()}
    assert [found.get(day, 0) for day in ("02", "03", "04", "05", "06")] == [1, 0, 0, 1, 1]


def test_an_issue_of_an_outsourcer_is_escalated_when_the_clients_own_people_follow() -> None:
    tiny = TinyWorld()
    tiny.answered(MONDAY, issue=1)
    tiny.answered("2026-02-03 10:00:00", issue=1).legs[0].agent_no = 2
    tiny.answered(MONDAY, issue=2)
    tiny.answered(MONDAY, issue=3).legs[0].agent_no = 2
    world = tiny.world()
    world.agents[0].employer = "Saaristo Kontaktipalvelut Oy"
    figures = total(world)
    assert (figures["client_escalation_rate"], figures["client_escalation_rate_n"]) == (0.5, 2)
