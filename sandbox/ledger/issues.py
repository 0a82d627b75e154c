"""Issues stitched by the catalogue's rules (8.6), and what became of each.

The world knows which contacts were about one matter; the rules may see less: contacts of one
matter that lie more than a week apart count as two issues, and people nobody could identify take
part in none. An issue counts its offered contacts, misdials left out; a callback belongs to the
issue of the call that asked for it, and is no contact more.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sandbox.ledger.cases import CaseTruth
from sandbox.ledger.contacts import ContactTruth
from sandbox.ledger.resolution import was_settled
from sandbox.ledger.rules import ASYNC_CHANNELS, FCR_WINDOW, FOLLOW_WINDOW, NO_REPLY


@dataclass(slots=True)
class IssueTruth:
    """One issue as it stood."""

    contacts: list[ContactTruth]  # counted, by arrival
    callbacks: list[ContactTruth]
    is_mature: bool  # every contact has ended, the last one a full window ago
    resolved_at: int | None  # end of the contact that resolved it, with its case

    @property
    def first(self) -> ContactTruth:
        """The contact that opened it."""
        return self.contacts[0]

    @property
    def is_pivoted(self) -> bool:
        """The customer used more than one channel."""
        return len({row.contact.channel for row in self.contacts}) > 1

    @property
    def is_handled(self) -> bool:
        """Somebody dealt with it."""
        return any(row.is_handled for row in (*self.contacts, *self.callbacks))


@dataclass(slots=True)
class PivotTruth:
    """An e-mail that had no human reply after a day, once its window is over."""

    row: ContactTruth
    is_pivoted: bool  # then phoned after the day, before any reply
    is_early: bool  # phoned within the day already


def _end(row: ContactTruth, as_of: int) -> int:
    return as_of if row.ended_at is None else row.ended_at


def _sessions(members: list[ContactTruth], as_of: int) -> list[list[ContactTruth]]:
    found: list[list[ContactTruth]] = []
    reach = 0
    for row in members:
        is_linked = row.contact.parent_no is not None
        if not found or (row.started_at > reach and not is_linked):
            found.append([])
            reach = 0
        found[-1].append(row)
        reach = max(reach, _end(row, as_of) + FCR_WINDOW)
    return found


def _resolved_at(row: ContactTruth, case: CaseTruth | None, until: int) -> int | None:
    if row.ended_at is None or not row.is_handled or not was_settled(case, until):
        return None
    if row.contact.channel in ASYNC_CHANNELS:
        return row.ended_at
    if not (row.is_coded and row.contact.resolved):
        return None
    solved = None if case is None else case.first_solved_at
    return row.ended_at if solved is None else max(row.ended_at, solved)


def issue_truths(rows: list[ContactTruth], cases: list[CaseTruth], as_of: int) -> list[IssueTruth]:
    """All issues of identified people that had begun by `as_of`."""
    case_of = {case.contact_no: case for case in cases}
    matters: dict[int, list[ContactTruth]] = defaultdict(list)
    for row in rows:
        is_callback = row.contact.channel == "callback" and row.queued_at is not None
        if row.is_related or is_callback:
            matters[row.contact.issue_no].append(row)
    found: list[IssueTruth] = []
    for members in matters.values():
        members.sort(key=lambda row: (row.started_at, row.contact.contact_no))
        for session in _sessions(members, as_of):
            counted = [row for row in session if row.is_offered]
            if not counted:
                continue
            ends = [row.ended_at for row in session]
            last_end = max(_end(row, as_of) for row in session)
            handled = [row for row in session if row.is_handled]
            resolved_at = None
            if handled:
                last = handled[-1]
                case = case_of.get(last.contact.contact_no)
                resolved_at = _resolved_at(last, case, _end(last, as_of) + FCR_WINDOW)
            found.append(
                IssueTruth(
                    contacts=counted,
                    callbacks=[row for row in session if not row.is_offered],
                    is_mature=None not in ends and last_end + FCR_WINDOW <= as_of,
                    resolved_at=resolved_at,
                )
            )
    return found


def pivot_truths(rows: list[ContactTruth], cases: list[CaseTruth], as_of: int) -> list[PivotTruth]:
    """E-mails without a reply after a day whose week to phone is over as well."""
    case_of = {case.contact_no: case for case in cases}
    matters: dict[int, list[ContactTruth]] = defaultdict(list)
    for row in rows:
        if row.is_related:
            matters[row.contact.issue_no].append(row)
    found: list[PivotTruth] = []
    for row in rows:
        mark = row.started_at + NO_REPLY
        if row.contact.channel != "email" or not row.is_related or mark + FOLLOW_WINDOW > as_of:
            continue
        replied_at = case_of[row.contact.contact_no].first_reply_at
        if replied_at is not None and replied_at <= mark:
            continue
        calls = [
            other.started_at
            for other in matters[row.contact.issue_no]
            if other.contact.channel == "voice"
            and row.started_at < other.started_at <= mark + FOLLOW_WINDOW
            and (replied_at is None or other.started_at < replied_at)
        ]
        found.append(
            PivotTruth(
                row,
                is_pivoted=any(at > mark for at in calls),
                is_early=any(at <= mark for at in calls),
            )
        )
    return found
