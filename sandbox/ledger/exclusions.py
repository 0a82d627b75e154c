"""Rows that a rule leaves out of the figures, by rule (catalogue 6.9)."""

from __future__ import annotations

from collections import Counter

from sandbox.ledger.cases import CaseTruth
from sandbox.ledger.rules import ANSWER_WINDOW
from sandbox.ledger.truth import Truth


def _kind(case: CaseTruth) -> str:
    if case.is_deleted:
        return "deleted"
    return "merged" if case.is_merged else "spam" if case.is_spam else "bot"


def exclusions(known: Truth) -> Counter[str]:
    """How many rows each rule leaves out; a row counts under the first rule that hits it."""
    found: Counter[str] = Counter()
    for case in known.cases:
        if not case.is_counted:
            found[f"{_kind(case)}_case"] += 1
    for row in known.contacts:
        if row.contact.purpose is not None and row.queued_at is not None:
            found[f"{row.contact.purpose}_contact"] += 1
    first_sent: dict[int, int] = {}
    for invitation in known.world.invitations:
        if invitation.contact_no is not None and invitation.sent_at <= known.as_of:
            if invitation.contact_no in first_sent:
                found["second_invitation"] += 1
            first_sent.setdefault(invitation.contact_no, invitation.sent_at)
    in_time = 0
    for answer in known.world.survey_answers:
        if answer.answered_at <= known.as_of:
            sent_at = first_sent.get(answer.contact_no or 0, answer.answered_at)
            late = answer.answered_at > sent_at + ANSWER_WINDOW
            found["late_answer"] += len(answer.scores) * late
            in_time += len(answer.scores) * (not late)
    found["replaced_answer"] = in_time - len(known.answers)
    return +found
