"""Survey answers that count as of an instant, invitations, and what followed bad answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.ledger.rules import (
    ANSWER_WINDOW,
    BAD_UP_TO,
    DETRACTORS,
    FAVOURABLE,
    LOOP_DUE,
    ONE_TASK_WINDOW,
    PROMOTERS,
    RECOVERY_WINDOW,
)
from sandbox.world.records import FollowUp, SurveyAnswer, SurveyInvitation, World


@dataclass(slots=True)
class AnswerTruth:
    """One counting answer; `points` is 1 or 0, for NPS 100, 0 or -100."""

    metric: str
    contact_no: int | None  # None: the periodic survey, which no contact triggered
    answered_at: int
    response_no: int
    scale: str
    score: int
    points: int


@dataclass(slots=True)
class InvitationTruth:
    """One invitation that counts: the first about its contact."""

    invitation: SurveyInvitation
    is_delivered: bool
    is_closed: bool  # its answer window is over
    is_answered: bool
    reminded_at: int | None  # when somebody was reminded who had not answered


@dataclass(slots=True)
class LoopTruth:
    """One bad answer of somebody who may be called, and how far the call has come."""

    answer: SurveyAnswer
    reached_at: int | None
    is_due: bool
    is_within_sla: bool
    is_reanswered: bool
    is_recovered: bool


def _metric_and_points(survey_type: str, scale: str, score: int) -> tuple[str, int] | None:
    if scale == "nps_11":
        points = 100 if score in PROMOTERS else -100 if score in DETRACTORS else 0
        return "nps" if survey_type == "transactional" else "nps_relationship", points
    found = FAVOURABLE.get((survey_type, scale))
    return None if found is None else (found[0], int(score in found[1]))


def valid_answers(world: World, as_of: int) -> list[SurveyAnswer]:
    """Answers given by `as_of` and within 28 days of the invitation, where there was one."""
    sent_at: dict[int, int] = {}
    for invitation in world.invitations:
        if invitation.contact_no is not None:
            sent_at.setdefault(invitation.contact_no, invitation.sent_at)
    return [
        answer
        for answer in world.survey_answers
        if answer.answered_at <= as_of
        and answer.answered_at
        <= sent_at.get(answer.contact_no or 0, answer.answered_at) + ANSWER_WINDOW
    ]


def answer_truths(answers: list[SurveyAnswer]) -> list[AnswerTruth]:
    """The current answers: the latest for each contact and metric, every one without a contact."""
    latest: dict[tuple[int, int, str], AnswerTruth] = {}
    for answer in answers:  # by answered_at: a later one replaces
        alone = answer.response_no if answer.contact_no is None else 0
        for scale, score in answer.scores.items():
            found = _metric_and_points(answer.survey_type, scale, score)
            if found is not None:
                metric, points = found
                latest[answer.contact_no or 0, alone, metric] = AnswerTruth(
                    metric,
                    answer.contact_no,
                    answer.answered_at,
                    answer.response_no,
                    scale,
                    score,
                    points,
                )
    return list(latest.values())


def invitation_truths(
    world: World, answers: list[SurveyAnswer], as_of: int
) -> list[InvitationTruth]:
    """Invitations sent, or held back, by `as_of`; a second one about a contact does not count."""
    of_contact: dict[int, list[int]] = defaultdict(list)
    of_customer: dict[int, list[int]] = defaultdict(list)
    for answer in answers:
        if answer.contact_no is None:
            of_customer[answer.customer_no].append(answer.answered_at)
        else:
            of_contact[answer.contact_no].append(answer.answered_at)
    found: list[InvitationTruth] = []
    asked: set[int] = set()
    for invitation in world.invitations:
        number = invitation.contact_no
        if invitation.sent_at > as_of or number in asked:
            continue
        if number is not None:
            asked.add(number)
        given = of_customer[invitation.customer_no] if number is None else of_contact[number]
        closes = invitation.sent_at + ANSWER_WINDOW
        in_time = [at for at in given if invitation.sent_at <= at <= closes]
        first_reminder = min((item.at for item in invitation.reminders), default=None)
        is_silent = first_reminder is not None and not any(at < first_reminder for at in in_time)
        found.append(
            InvitationTruth(
                invitation,
                is_delivered=invitation.suppressed_reason is None,
                is_closed=closes <= as_of,
                is_answered=bool(in_time),
                reminded_at=first_reminder if is_silent else None,
            )
        )
    return found


def _is_bad(answer: SurveyAnswer) -> bool:
    return any(
        value <= BAD_UP_TO[scale] for scale, value in answer.scores.items() if scale in BAD_UP_TO
    )


def _opener_of_each(answers: list[SurveyAnswer]) -> Iterator[tuple[SurveyAnswer, int]]:
    """Bad answers, each with the response that opened the follow-up it shares."""
    opened: dict[int, tuple[int, int]] = {}
    for answer in answers:
        if not _is_bad(answer):
            continue
        at, response_no = opened.get(answer.customer_no, (0, 0))
        if not response_no or answer.answered_at > at + ONE_TASK_WINDOW:
            response_no = answer.response_no
            opened[answer.customer_no] = (answer.answered_at, response_no)
        yield answer, response_no


def loop_truths(world: World, answers: list[SurveyAnswer], as_of: int) -> list[LoopTruth]:
    """Bad answers whose givers may be called."""
    tasks: dict[int, FollowUp] = {task.response_no: task for task in world.follow_ups}
    by_customer: dict[int, list[SurveyAnswer]] = defaultdict(list)
    for answer in answers:
        by_customer[answer.customer_no].append(answer)
    found: list[LoopTruth] = []
    for answer, opener in _opener_of_each(answers):
        task = tasks.get(opener)
        known = task is not None and task.created_at <= as_of
        if task is not None and known and task.do_not_contact:
            continue
        reached = task.reached_at if task is not None else None
        if reached is not None and reached > as_of:
            reached = None
        due_at = answer.answered_at + LOOP_DUE
        after = None
        if reached is not None:
            after = next(
                (
                    later
                    for later in by_customer[answer.customer_no]
                    if max(reached, answer.answered_at)
                    < later.answered_at
                    <= reached + RECOVERY_WINDOW
                ),
                None,
            )
        found.append(
            LoopTruth(
                answer,
                reached,
                is_due=reached is not None or due_at <= as_of,
                is_within_sla=reached is not None and reached <= due_at,
                is_reanswered=after is not None,
                is_recovered=after is not None and not _is_bad(after),
            )
        )
    return found
