"""The truth about each case as of an instant, folded from its events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sandbox.world.records import Case, World

_DONE = ("solved", "closed")


class NextReply(NamedTuple):
    """A later wait of the customer: from their first unanswered message to a public reply."""

    asked_at: int
    replied_at: int
    agent_no: int | None


@dataclass(slots=True)
class CaseTruth:
    """One case as it stood; times are unix seconds, None when not yet."""

    case_no: int
    ticket_id: int
    contact_no: int
    channel: str
    queue_code: str
    agent_no: int | None
    status: str
    created_at: int
    first_reply_at: int | None
    first_replier: int | None
    public_agent_replies: int
    first_solved_at: int | None
    last_solved_at: int | None
    reopened_at: tuple[int, ...]
    turns: tuple[tuple[int, bool], ...]  # (instant, open from then on), by time
    next_replies: tuple[NextReply, ...]
    is_spam: bool
    is_merged: bool  # closed in favour of another case of the same person
    is_deleted: bool
    is_bot_only: bool  # no person ever worked on it
    handle_seconds: int | None

    @property
    def is_counted(self) -> bool:
        """Opened by or for a customer (population P-CASE)."""
        return not (self.is_spam or self.is_merged or self.is_deleted or self.is_bot_only)

    @property
    def is_solved(self) -> bool:
        """Solved or closed at the instant looked from."""
        return self.status in _DONE

    def is_open_at(self, at: int, *, inclusive: bool) -> bool:
        """Neither solved nor closed at an instant; what happens at it counts if inclusive."""
        is_open = False
        for turned_at, opens in self.turns:
            if turned_at < at or (inclusive and turned_at == at):
                is_open = opens
        return is_open

    @property
    def full_resolution_seconds(self) -> int | None:
        """Creation to last solve, for a case that is solved now."""
        if not self.is_solved or self.last_solved_at is None:
            return None
        return self.last_solved_at - self.created_at


def case_truth(case: Case, as_of: int, channel: str, agent_of_user: dict[str, int]) -> CaseTruth:
    """Fold a case's events up to and including `as_of`."""
    status, agent_no, is_spam = "new", None, False
    first_reply: tuple[int, int | None] | None = None
    replies = 0
    asked_at: int | None = None
    later: list[NextReply] = []
    solves: list[int] = []
    reopens: list[int] = []
    turns: list[tuple[int, bool]] = []
    for event in case.events:
        if event.at > as_of:
            continue
        if event.kind == "comment":
            if event.actor == "customer" and event.is_public and asked_at is None:
                asked_at = event.at
            if event.actor == "agent" and event.is_public:
                replies += 1
                if first_reply is not None and asked_at is not None:
                    later.append(NextReply(asked_at, event.at, event.actor_no))
                first_reply, asked_at = first_reply or (event.at, event.actor_no), None
        elif event.field == "status" and event.value is not None:
            if event.kind == "change" and event.value == "solved":
                solves.append(event.at)
            if status in _DONE and event.value not in _DONE:
                reopens.append(event.at)
            status = event.value
            turns.append((event.at, status not in _DONE))
        elif event.field == "tags":
            is_spam = "spam" in (event.value or "").split(",")
        elif event.field == "assignee_id" and event.value is not None:
            agent_no = agent_of_user.get(event.value)
    return CaseTruth(
        case_no=case.case_no,
        ticket_id=case.ticket_id,
        contact_no=case.contact_no,
        channel=channel,
        queue_code=case.queue_code,
        agent_no=agent_no,
        status=status,
        created_at=case.created_at,
        first_reply_at=first_reply[0] if first_reply else None,
        first_replier=first_reply[1] if first_reply else None,
        public_agent_replies=replies,
        first_solved_at=solves[0] if solves else None,
        last_solved_at=solves[-1] if solves else None,
        reopened_at=tuple(reopens),
        turns=tuple(turns),
        next_replies=tuple(later),
        is_spam=is_spam,
        is_merged=case.merged_at is not None and case.merged_at <= as_of,
        is_deleted=case.deleted_at is not None and case.deleted_at <= as_of,
        is_bot_only=case.via_channel == "native_messaging",
        handle_seconds=case.handle_seconds if solves else None,
    )


def case_truths(world: World, as_of: int, channels: dict[str, str]) -> list[CaseTruth]:
    """All cases that existed at `as_of`; spam, merged and deleted ones included and marked.

    A case that others were merged into starts when the earliest of them did.
    """
    agents = {str(agent.zendesk_user_id): agent.agent_no for agent in world.agents}
    known = {
        case.contact_no: case_truth(case, as_of, channels[case.via_channel], agents)
        for case in world.cases
        if case.created_at <= as_of
    }
    for case in world.cases:
        if case.merged_at is not None and case.merged_at <= as_of:
            kept = known[case.merged_into_no or 0]
            kept.created_at = min(kept.created_at, case.created_at)
    return list(known.values())
