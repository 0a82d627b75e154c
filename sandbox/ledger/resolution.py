"""First contact resolution and repeats from the world's own issues.

The warehouse has to guess which contacts belong together from customer and reason; the world
knows. Where a person's number was withheld nobody could know, so those contacts drop out. A
callback is no contact more, but it has served the person: who comes back after it opens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sandbox.ledger.cases import CaseTruth
from sandbox.ledger.contacts import ContactTruth
from sandbox.ledger.rules import FCR_WINDOW


@dataclass(slots=True)
class FcrTruth:
    """How one contact counts for first contact resolution."""

    is_eligible: bool = False
    is_success: bool = False
    is_immature: bool = False
    is_repeat: bool = False


def was_settled(case: CaseTruth | None, until: int) -> bool:
    """The case was solved at `until` and had not come back before."""
    if case is None:
        return True
    if case.first_solved_at is None or case.first_solved_at > until:
        return False
    return not any(at <= until for at in case.reopened_at)


def _judge(
    row: ContactTruth,
    others: list[ContactTruth],
    callbacks: list[ContactTruth],
    case: CaseTruth | None,
    as_of: int,
) -> FcrTruth:
    start = row.started_at
    before = [
        other
        for other in (*others, *callbacks)
        if other.started_at < start
        and (as_of if other.ended_at is None else other.ended_at) + FCR_WINDOW >= start
    ]
    if not row.is_handled:
        return FcrTruth()
    if any(other.is_handled for other in before):
        return FcrTruth(is_repeat=True)
    is_repeat = bool(before)
    if row.ended_at is None or row.ended_at + FCR_WINDOW > as_of:
        return FcrTruth(is_immature=True, is_repeat=is_repeat)
    until = row.ended_at + FCR_WINDOW
    came_back = any(start < other.started_at <= until for other in others)
    return FcrTruth(
        is_eligible=True,
        is_success=not came_back and was_settled(case, until),
        is_repeat=is_repeat,
    )


def fcr_truths(rows: list[ContactTruth], cases: list[CaseTruth], as_of: int) -> dict[int, FcrTruth]:
    """Verdict by contact_no, for the contacts that take part at all."""
    case_by_contact = {case.contact_no: case for case in cases}
    issues: dict[int, list[ContactTruth]] = defaultdict(list)
    callbacks: dict[int, list[ContactTruth]] = defaultdict(list)
    for row in rows:
        if row.is_related:
            issues[row.contact.issue_no].append(row)
        elif row.contact.channel == "callback" and row.is_handled and row.contact.is_identified:
            callbacks[row.contact.issue_no].append(row)
    verdicts: dict[int, FcrTruth] = {}
    for issue, members in issues.items():
        for row in members:
            number = row.contact.contact_no
            others = [other for other in members if other is not row]
            verdicts[number] = _judge(
                row, others, callbacks[issue], case_by_contact.get(number), as_of
            )
    return verdicts
