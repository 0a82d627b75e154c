"""Surveys: who answers, and how waiting and an open matter pull the scores down."""

from __future__ import annotations

import random

from sandbox.world.ids import hex32
from sandbox.world.invitations import Invitations
from sandbox.world.records import Contact, SurveyAnswer

HOUR = 3_600
TRANSACTIONAL_FORM = "kTrans01"
RELATIONSHIP_FORM = "kRelat01"
_ANSWERS = {"voice": 0.14, "callback": 0.14, "chat": 0.20, "social_private": 0.15}
_RATES = {"email": 0.15, "web_form": 0.15}
_COMMENTS = (
    "Quick and friendly.", "Asia hoitui, kiitos!", "Jouduin odottamaan liian kauan.",
    "Fick bra hjälp.", "Nobody called me back.", "Ok.",
)  # fmt: skip


def wait_penalty(wait_seconds: int) -> float:
    """Drop of the satisfaction latent by seconds waited; steps at 90, 150 and 180 s."""
    return 0.15 * min(wait_seconds, 90) / 90 + sum(
        drop for edge, drop in ((90, 0.45), (150, 0.45), (180, 0.5)) if wait_seconds > edge
    )


def _likert(value: float, edges: tuple[float, ...], lowest: int) -> int:
    return lowest + sum(value > edge for edge in edges)


class Panel:
    """Draws answers; numbers them later, by time."""

    def __init__(self, seed: int, rng: random.Random) -> None:
        self._seed = seed
        self._rng = rng
        self.answers: list[SurveyAnswer] = []
        self.invitations = Invitations(seed)
        self._waves: set[tuple[int, str]] = set()  # who was asked in which wave

    def after_contact(self, contact: Contact, *, resolved: bool, wait_seconds: int) -> None:
        """Perhaps an answer to the survey sent after a contact, perhaps a second one."""
        assert contact.ended_at is not None  # noqa: S101  surveys go out when a contact has ended
        rng, channel = self._rng, contact.channel
        share = _ANSWERS.get(channel) or _RATES[channel]
        invitation = self.invitations.after_contact(contact)
        # People with something to complain about answer more readily.
        is_answered = rng.random() < share * (1.0 if resolved else 1.25)
        if invitation.suppressed_reason is not None:
            return
        latent = rng.gauss(1.25, 1.0) - wait_penalty(wait_seconds) - (0.0 if resolved else 1.3)
        if not is_answered:
            late = self.invitations.unanswered(invitation)
            if late is not None:
                self._answer(contact, late, latent, resolved)
            return
        at = contact.ended_at + 60 + int(rng.expovariate(1 / (7 * HOUR)))
        self.invitations.answered(invitation, at)
        self._answer(contact, at, latent, resolved)
        if rng.random() < 0.03:
            again = at + 120 + int(rng.expovariate(1 / (5 * HOUR)))
            self._answer(contact, again, latent + rng.gauss(0, 0.8), resolved)

    def _answer(self, contact: Contact, at: int, latent: float, resolved: bool) -> None:
        if contact.channel in _RATES:
            self._add(None, contact, contact.customer_no, at, {"csat_2": int(latent > 0.2)})
            return
        rng = self._rng
        scores = {
            "csat_5": _likert(latent + rng.gauss(0, 0.2), (-1.3, -0.6, 0.1, 0.95), 1),
            "nps_11": self._recommend(latent),
        }
        if rng.random() < 0.9:
            edges = (-1.6, -1.1, -0.6, -0.05, 0.55, 1.2)
            scores["ces2_7"] = _likert(latent + rng.gauss(0, 0.4), edges, 1)
        if rng.random() < 0.9:
            scores["fcr_2"] = int(resolved if rng.random() < 0.92 else not resolved)
        self._add(TRANSACTIONAL_FORM, contact, contact.customer_no, at, scores)

    def _recommend(self, latent: float) -> int:
        edges = (-2.6, -2.1, -1.7, -1.35, -1.05, -0.65, -0.25, 0.2, 0.8, 1.5)
        return _likert(latent + self._rng.gauss(0, 0.5), edges, 0)

    def relationship(self, customer_no: int, at: int, wave: str, *, answers: bool) -> None:
        """Ask somebody in the periodic survey, which no contact triggers; once a wave."""
        if (customer_no, wave) in self._waves:
            return
        self._waves.add((customer_no, wave))
        asked_at = at - 60 - int(self.invitations.rng.expovariate(1 / (8 * HOUR)))
        invitation = self.invitations.scheduled(customer_no, asked_at)
        if not answers:
            return
        self.invitations.answered(invitation, at)
        latent = self._rng.gauss(0.75, 1.0)
        scores = {
            "csat_5": _likert(latent, (-1.3, -0.6, 0.1, 0.95), 1),
            "nps_11": self._recommend(latent),
        }
        self._add(RELATIONSHIP_FORM, None, customer_no, at, scores)

    def _add(
        self,
        form_id: str | None,
        contact: Contact | None,
        customer_no: int,
        at: int,
        scores: dict[str, int],
    ) -> None:
        drawn = len(self.answers) + 1
        zendesk = form_id is None  # ratings are given on the ticket, not on a form
        self.answers.append(
            SurveyAnswer(
                response_no=0,
                vendor="zendesk" if zendesk else "typeform",
                native_id=str(36_500_000_000 + drawn)
                if zendesk
                else hex32(self._seed, "tf", drawn),
                form_id=form_id,
                survey_type="relationship" if contact is None else "transactional",
                contact_no=None if contact is None else contact.contact_no,
                customer_no=customer_no,
                answered_at=at,
                scores=scores,
                comment=self._rng.choice(_COMMENTS) if self._rng.random() < 0.3 else None,
            )
        )

    def numbered(self) -> list[SurveyAnswer]:
        """All answers by time, numbered from 1."""
        # Ties by native id: the order must not depend on when an answer was drawn.
        ordered = sorted(self.answers, key=lambda answer: (answer.answered_at, answer.native_id))
        for number, answer in enumerate(ordered, start=1):
            answer.response_no = number
        return ordered
