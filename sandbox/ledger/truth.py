"""Everything the ledger knows of a world as of an instant, before any counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sandbox.ledger.business_time import local_day, local_midnight
from sandbox.ledger.cases import CaseTruth, case_truths
from sandbox.ledger.contacts import (
    ContactTruth,
    LegTruth,
    QueueEntry,
    contact_truths,
    leg_truths,
    queue_entries,
)
from sandbox.ledger.issues import IssueTruth, PivotTruth, issue_truths, pivot_truths
from sandbox.ledger.resolution import FcrTruth, fcr_truths
from sandbox.ledger.rules import CASE_CHANNEL
from sandbox.ledger.surveys import (
    AnswerTruth,
    InvitationTruth,
    LoopTruth,
    answer_truths,
    invitation_truths,
    loop_truths,
    valid_answers,
)
from sandbox.world.records import World

Day = Callable[[int, str | None], date]  # unix second, queue code -> local day at its site


@dataclass(slots=True)
class Truth:
    """What had happened by `as_of`."""

    world: World
    as_of: int
    contacts: list[ContactTruth]
    legs: list[LegTruth]
    entries: list[QueueEntry]
    cases: list[CaseTruth]
    fcr: dict[int, FcrTruth]
    issues: list[IssueTruth]
    pivots: list[PivotTruth]
    answers: list[AnswerTruth]
    invitations: list[InvitationTruth]
    loops: list[LoopTruth]

    def day_of(self) -> Day:
        """The local day of an instant at a queue's site."""
        zone_of = {queue.code: queue.timezone for queue in self.world.queues}
        default = self.world.queues[0].timezone

        def day(at: int, queue_code: str | None) -> date:
            return local_day(at, default if queue_code is None else zone_of[queue_code])

        return day

    def midnight_after(self, queue_code: str) -> Callable[[date], int]:
        """The instant at which a local day ends at a queue's site."""
        zone = next(queue.timezone for queue in self.world.queues if queue.code == queue_code)
        return lambda day: local_midnight(day + timedelta(days=1), zone)


def truth(world: World, as_of: int) -> Truth:
    """Look at the world from an instant (unix seconds, included)."""
    cases = case_truths(world, as_of, CASE_CHANNEL)
    contacts = contact_truths(world, as_of, cases)
    answers = valid_answers(world, as_of)
    return Truth(
        world=world,
        as_of=as_of,
        contacts=contacts,
        legs=leg_truths(contacts, as_of, cases),
        entries=queue_entries(contacts, as_of),
        cases=cases,
        fcr=fcr_truths(contacts, cases, as_of),
        issues=issue_truths(contacts, cases, as_of),
        pivots=pivot_truths(contacts, cases, as_of),
        answers=answer_truths(answers),
        invitations=invitation_truths(world, answers, as_of),
        loops=loop_truths(world, answers, as_of),
    )
