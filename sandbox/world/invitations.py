"""Who is asked for an opinion: invitations, quarantine, bounces, reminders and late answers.

Draws from a stream of its own. What happens to an invitation is settled when it is sent, so the
history before an instant never depends on how far the world goes on after it.
"""

from __future__ import annotations

import random

from sandbox.world.ids import hex32
from sandbox.world.records import Contact, Reminder, SurveyInvitation

HOUR = 3_600
DAY = 86_400
QUARANTINE = 30 * DAY
ANSWER_WINDOW = 28 * DAY
_OPT_OUT_EVERY = 40  # one person in so many wants no surveys
_BOUNCED_SHARE = 0.02
_TWICE_SHARE = 0.01
_REMINDED_SHARE = 0.6
_REMIND_AFTER = 2 * DAY
_CHANNEL = {"voice": "sms", "callback": "sms", "chat": "in_app"}


class Invitations:
    """Sends invitations and remembers them.

    Args:
        seed: world seed.
    """

    def __init__(self, seed: int) -> None:
        self.sent: list[SurveyInvitation] = []
        self.rng = random.Random(f"{seed}:invitations")
        self._seed = seed
        self._last_asked: dict[int, int] = {}

    def after_contact(self, contact: Contact) -> SurveyInvitation:
        """Ask about a contact that has just ended, or hold the question back."""
        assert contact.ended_at is not None  # noqa: S101  only ended contacts are asked about
        at = contact.ended_at + 30
        channel = _CHANNEL.get(contact.channel, "email")
        invitation = self._send(contact.customer_no, at, channel, contact.contact_no)
        if invitation.suppressed_reason is None and self.rng.random() < _TWICE_SHARE:
            # Two systems ask about the same contact; only the first counts.
            self._add(contact.customer_no, at + 600, "email", contact.contact_no)
        return invitation

    def scheduled(self, customer_no: int, at: int) -> SurveyInvitation:
        """Ask somebody in the periodic survey."""
        return self._add(customer_no, at, "email", None)

    def _send(self, customer_no: int, at: int, channel: str, contact_no: int) -> SurveyInvitation:
        asked_at = self._last_asked.get(customer_no)
        invitation = self._add(customer_no, at, channel, contact_no)
        if customer_no % _OPT_OUT_EVERY == 0:
            invitation.suppressed_reason = "opt_out"
        elif asked_at is not None and at < asked_at + QUARANTINE:
            invitation.suppressed_reason = "quarantine"
        elif self.rng.random() < _BOUNCED_SHARE:
            invitation.suppressed_reason = "bounced"
        else:
            self._last_asked[customer_no] = at
        if invitation.suppressed_reason is not None:
            invitation.delivered_at = None
        return invitation

    def _add(
        self, customer_no: int, at: int, channel: str, contact_no: int | None
    ) -> SurveyInvitation:
        invitation = SurveyInvitation(
            native_id=hex32(self._seed, "inv", len(self.sent) + 1),
            survey_type="relationship" if contact_no is None else "transactional",
            trigger="scheduled" if contact_no is None else "after_contact",
            channel=channel,
            contact_no=contact_no,
            customer_no=customer_no,
            sent_at=at,
            delivered_at=at + self.rng.randint(1, 20),
            opened_at=None,
            answered_at=None,
            suppressed_reason=None,
        )
        self.sent.append(invitation)
        return invitation

    def answered(self, invitation: SurveyInvitation, at: int) -> None:
        """Note the first answer; people open what they answer a minute before."""
        invitation.answered_at = at
        invitation.opened_at = max(at - 60, invitation.sent_at + 20)
        self._remind_if_silent(invitation)

    def unanswered(self, invitation: SurveyInvitation) -> int | None:
        """Nobody answered at first: perhaps a reminder, and perhaps an answer after all.

        Returns:
            When an answer comes after all, else None.
        """
        rng = self.rng
        if rng.random() < 0.25:
            invitation.opened_at = invitation.sent_at + 30 + int(rng.expovariate(1 / (6 * HOUR)))
        at = self._remind_if_silent(invitation)
        draw = rng.random()
        if at is not None and draw < 0.05:
            answered_at = at + 60 + int(rng.expovariate(1 / (9 * HOUR)))
        elif draw > 0.99:
            # Weeks later, when the answer no longer counts.
            answered_at = invitation.sent_at + ANSWER_WINDOW + HOUR + int(rng.uniform(0, 3 * DAY))
        else:
            return None
        invitation.answered_at = invitation.opened_at = answered_at
        return answered_at

    def _remind_if_silent(self, invitation: SurveyInvitation) -> int | None:
        at = invitation.sent_at + _REMIND_AFTER
        silent = invitation.answered_at is None or invitation.answered_at > at
        if not silent or self.rng.random() >= _REMINDED_SHARE:
            return None
        other = "email" if invitation.channel == "sms" else "sms"
        invitation.reminders.append(Reminder(at, other))
        return at

    def numbered(self) -> list[SurveyInvitation]:
        """All invitations by time."""
        return sorted(self.sent, key=lambda item: (item.sent_at, item.native_id))
