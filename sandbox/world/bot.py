"""The chat window's bot: it answers at any hour, alone or until an agent takes over.

Who is served by the bot alone leaves a ticket of the helpdesk that no person works on; the tags
say that it was the bot's, and whether it came to the end of its answer or the customer left
before. Who is handed over waits in the chat's queue like everybody else.

Input: the contact. Output: the ticket, or how long the bot talked. All draws are its own, so that
nothing else of the world hangs on them.
"""

from __future__ import annotations

import random

from sandbox.world.casework import CLOSE_AFTER, CaseWriter
from sandbox.world.records import Case, Contact

BOT_TAG, ENDED_TAG = "ai_agent", "ai_agent_resolved"
BOT_USER_ID = 36_299_999_999
_HANDS_OVER = 0.3  # share of chats in opening hours that begin with the bot
_COMES_TO_AN_END = 0.72
_COMES_BACK = {True: 0.15, False: 0.65}
_SILENCE = 600  # seconds without a word, after which the ticket is solved


class Bot:
    """Serves chats; the same seed gives the same answers."""

    def __init__(self, seed: int) -> None:
        self._rng = random.Random(f"{seed}:bot")

    def talks_before_agent(self) -> int:
        """Seconds with the bot before it hands a chat over; 0 when nobody asked it."""
        return self._rng.randint(25, 150) if self._rng.random() < _HANDS_OVER else 0

    def comes_back(self, contact: Contact) -> int | None:
        """After how many seconds the customer asks a person; None when never."""
        if self._rng.random() >= _COMES_BACK[bool(contact.resolved)]:
            return None
        return int(self._rng.uniform(300, 4 * 86_400))

    def serve(self, contact: Contact) -> Case:
        """The ticket of a chat that the bot serves alone; sets the contact's outcome and end."""
        rng, created, customer = self._rng, contact.arrived_at, contact.customer_no
        contact.outcome = "bot_only"
        contact.resolved = rng.random() < _COMES_TO_AN_END
        case = Case(
            case_no=0,
            ticket_id=0,
            via_channel="native_messaging",
            contact_no=contact.contact_no,
            customer_no=customer,
            queue_code="",
            priority="normal",
            created_at=created,
            handle_seconds=0,
            events=[],
        )
        writer = CaseWriter(case)
        fields = {
            "status": "new",
            "priority": case.priority,
            "assignee_id": str(BOT_USER_ID),
            "tags": BOT_TAG,
        }
        writer.create("customer", customer, fields)
        writer.comment(created, "customer", customer, public=True)
        writer.comment(created + 3, "bot", None, public=True)
        writer.set(created + 3, "bot", None, "status", "open")
        last = created + 3
        if contact.resolved:
            last += rng.randint(20, 120)
            writer.comment(last, "customer", customer, public=True)
            last += 3
            writer.comment(last, "bot", None, public=True)
            writer.set(last, "bot", None, "tags", f"{BOT_TAG},{ENDED_TAG}")
        contact.ended_at = last + _SILENCE
        writer.set(contact.ended_at, "auto", None, "status", "solved")
        writer.set(contact.ended_at + CLOSE_AFTER, "auto", None, "status", "closed")
        return case
