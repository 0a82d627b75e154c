"""What surveys add to the metrics: one observation a fact and metric."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.ledger.observation import Observation, Place
from sandbox.ledger.surveys import AnswerTruth, InvitationTruth, LoopTruth
from sandbox.ledger.truth import Truth


class _Places:
    """Where a rated contact belongs; the periodic survey belongs to no channel."""

    def __init__(self, known: Truth) -> None:
        self._day = known.day_of()
        self._rows = {row.contact.contact_no: row for row in known.contacts}

    def at(self, contact_no: int | None, instant: int) -> Place:
        """The contact's place on the local day of an instant."""
        if contact_no is None:
            return Place("", None, None, self._day(instant, None))
        row = self._rows[contact_no]
        queue = row.contact.queue_code
        return Place(
            row.contact.channel,
            queue,
            row.last_agent_no,
            self._day(instant, queue),
            met_on=self._day(row.started_at, queue),
        )

    def of_contact(self, contact_no: int | None) -> Place:
        """The contact's place on the day that it joined a queue."""
        row = self._rows[contact_no or 0]
        began = row.started_at if row.queued_at is None else row.queued_at
        return self.at(contact_no, began)

    def of_answer(self, answer: AnswerTruth) -> Place:
        """Scores stand on the day of the rated contact, recommendations on that of the answer."""
        if answer.contact_no is None or answer.metric == "nps":
            return self.at(answer.contact_no, answer.answered_at)
        return self.of_contact(answer.contact_no)


def survey_observations(known: Truth) -> Iterator[Observation]:
    """Observations of answers, invitations and follow-ups."""
    places = _Places(known)
    for answer in known.answers:
        place = places.of_answer(answer)
        yield Observation(answer.metric, place, answer.points)
        yield from _means(answer, place)
        fcr = known.fcr.get(answer.contact_no or 0)
        if answer.metric == "nps" and fcr is not None and fcr.is_eligible:
            began = places.of_contact(answer.contact_no)
            yield Observation("nps_gap_by_fcr", began, answer.points, 1 if fcr.is_success else -1)
    for invited in known.invitations:
        yield from _response(invited, places)
    yield from _coverage(known, places)
    for loop in known.loops:
        yield from _loop(loop, places.at(loop.answer.contact_no, loop.answer.answered_at))


def _means(answer: AnswerTruth, place: Place) -> Iterator[Observation]:
    if answer.metric == "ces_favourable_rate":
        yield Observation("ces_mean", place, answer.score)
    if answer.metric == "csat_score" and answer.scale == "csat_5":
        # Scales are not pooled: the mean is that of the five-point question.
        yield Observation("csat_mean", place, (answer.score - 1) * 25)


def _response(invited: InvitationTruth, places: _Places) -> Iterator[Observation]:
    if not (invited.is_closed and invited.is_delivered):
        return
    invitation = invited.invitation
    place = places.at(invitation.contact_no, invitation.sent_at)
    yield Observation("survey_response_rate", place, int(invited.is_answered))
    if invited.reminded_at is not None:
        place = places.at(invitation.contact_no, invited.reminded_at)
        yield Observation("survey_reminder_uplift", place, int(invited.is_answered))


def _coverage(known: Truth, places: _Places) -> Iterator[Observation]:
    held_back = ("quarantine", "opt_out")
    invited = {
        item.invitation.contact_no
        for item in known.invitations
        if item.invitation.suppressed_reason not in held_back
    }
    for row in known.contacts:
        if row.is_handled and row.queued_at is not None:
            number = row.contact.contact_no
            place = places.at(number, row.queued_at)
            yield Observation("survey_coverage_rate", place, int(number in invited))


def _loop(loop: LoopTruth, place: Place) -> Iterator[Observation]:
    if loop.is_due:
        yield Observation("closed_loop_rate", place, int(loop.reached_at is not None))
        yield Observation("closed_loop_within_sla_rate", place, int(loop.is_within_sla))
    if loop.reached_at is not None and loop.reached_at >= loop.answer.answered_at:
        took = loop.reached_at - loop.answer.answered_at
        yield Observation("closed_loop_time_p50", place, took)
    if loop.is_reanswered:
        yield Observation("closed_loop_recovery_rate", place, int(loop.is_recovered))
