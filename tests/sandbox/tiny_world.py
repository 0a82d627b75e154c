"""Builds worlds of a few contacts by hand, so that tests can state figures worked out on paper.

Times are local Helsinki texts ('2026-02-02 10:00:00'); durations are seconds.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal
from zoneinfo import ZoneInfo

from sandbox.world.calendar import make_schedules
from sandbox.world.company import make_queues
from sandbox.world.records import (
    Agent,
    Case,
    CaseEvent,
    Channel,
    Contact,
    FollowUp,
    Leg,
    LegEnd,
    Reminder,
    SurveyAnswer,
    SurveyInvitation,
    World,
)

HELSINKI = ZoneInfo("Europe/Helsinki")
QUEUES = {"voice": "support_fi_voice", "callback": "support_fi_voice", "chat": "chat_fi"}
VIA = {"email": "email", "web_form": "web", "social_private": "twitter_dm"}


def at(text: str) -> int:
    """Unix second of a local time."""
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=HELSINKI).timestamp())


class TinyWorld:
    """Collects contacts, cases and answers; `world()` returns the records."""

    def __init__(self) -> None:
        self.contacts: list[Contact] = []
        self.cases: list[Case] = []
        self.answers: list[SurveyAnswer] = []
        self.invitations: list[SurveyInvitation] = []
        self.follow_ups: list[FollowUp] = []

    def world(self) -> World:
        """A world of what was added so far."""
        agents = [
            Agent(
                number, f"E{1000 + number}", f"Agent {number}", f"a{number}@lumivirta.example",
                "Team", "Turku", "Lumivirta Oy", 0, 0, None, None, 1.0, [], ["fi"],
                f"WK{number:032x}", 9000 + number, 7000 + number,
            )
            for number in (1, 2)
        ]  # fmt: skip
        return World(
            seed=0,
            contacts_per_day=1,
            starts_at=at("2026-01-01 00:00:00"),
            horizon=at("2026-12-31 00:00:00"),
            schedules=make_schedules(dt.date(2026, 1, 1)),
            queues=make_queues(0),
            reasons=[],
            agents=agents,
            customers=[],
            companies=[],
            orders=[],
            campaigns=[],
            contacts=sorted(self.contacts, key=lambda contact: contact.arrived_at),
            cases=self.cases,
            survey_answers=sorted(self.answers, key=lambda answer: answer.answered_at),
            invitations=sorted(self.invitations, key=lambda item: item.sent_at),
            follow_ups=self.follow_ups,
        )

    def _contact(
        self, channel: Channel, arrived: int, *, issue: int | None, identified: bool
    ) -> Contact:
        number = len(self.contacts) + 1
        issue_no = 1000 + number if issue is None else issue
        contact = Contact(
            contact_no=number,
            issue_no=issue_no,
            sequence_in_issue=1,
            channel=channel,
            parent_no=None,
            customer_no=issue_no,
            is_identified=identified,
            language="fi",
            reason_code=None,
            true_reason_code="other.details.contact",
            arrived_at=arrived,
            queue_code=QUEUES.get(channel, f"{channel}_fi"),
            queued_at=arrived,
            pre_queue_seconds=0,
            outcome="open",
            answered_at=None,
            first_response_at=None,
            ended_at=None,
            wrapped_at=None,
            resolved=None,
            legs=[],
            case_no=None,
            is_spam=False,
            call_sid=f"CA{number:032x}",
            task_sid=f"WT{number:032x}",
        )
        self.contacts.append(contact)
        return contact

    def answered(
        self,
        when: str,
        *,
        wait: int = 10,
        talk: int = 60,
        hold: int = 0,
        acw: int = 0,
        channel: Channel = "voice",
        first_word: int | None = None,
        issue: int | None = None,
        identified: bool = True,
    ) -> Contact:
        """A live contact that one agent answered after `wait` seconds."""
        queued = at(when)
        contact = self._contact(channel, queued, issue=issue, identified=identified)
        self.leg(contact, queued, wait, (talk, hold, acw))
        contact.outcome = "answered"
        contact.answered_at = queued + wait
        if first_word is not None:
            contact.first_response_at = queued + first_word
        return contact

    def leg(
        self,
        contact: Contact,
        queued: int,
        wait: int,
        parts: tuple[int, int, int],
        end: LegEnd = "answered",
    ) -> Leg:
        """Add a connected leg of (talk, hold, after-call work) and move the contact's end."""
        talk, hold, acw = parts
        connected = queued + wait
        left = connected + talk + hold
        leg = Leg(
            leg_no=len(contact.legs) + 1,
            queue_code=contact.queue_code or "",
            agent_no=1 + len(contact.legs) % 2,
            queued_at=queued,
            reserved_at=connected,
            connected_at=connected,
            left_at=left,
            wrapped_at=left + acw,
            talk_seconds=talk,
            hold_seconds=hold,
            end=end,
            transfer_type="blind" if end == "transferred" else None,
            reservation_sid=f"WR{contact.contact_no:030x}{len(contact.legs):02x}",
        )
        contact.legs.append(leg)
        contact.ended_at, contact.wrapped_at = left, left + acw
        return leg

    def unanswered(
        self,
        when: str,
        wait: int,
        end: LegEnd = "abandoned",
        *,
        channel: Channel = "voice",
        issue: int | None = None,
    ) -> Contact:
        """A live contact that left its queue after `wait` seconds: how, says `end`."""
        queued = at(when)
        contact = self._contact(channel, queued, issue=issue, identified=True)
        contact.legs.append(
            Leg(
                1, contact.queue_code or "", None, queued, None, None, queued + wait, None,
                0, 0, end, None, None,
            )
        )  # fmt: skip
        contact.outcome = "abandoned" if end == "abandoned" else "flow_out"
        if end == "callback":
            contact.outcome = "callback"
        contact.ended_at = queued + wait
        return contact

    def case(self, contact: Contact, *steps: tuple[str, str], seconds: int = 300) -> Case:
        """A case with steps such as ('2026-02-02 10:00:00', 'reply').

        Steps: reply, auto, note, customer (comments); spam (the tag); any status name.
        """
        number = len(self.cases) + 1
        created = contact.arrived_at
        events = [
            CaseEvent(1, created, "create", "customer", contact.customer_no, "status", "new"),
            CaseEvent(2, created, "create", "customer", contact.customer_no, "tags", ""),
        ]
        status = "new"
        for when, step in steps:
            place, moment = len(events) + 1, at(when)
            actor = {"auto": "auto", "customer": "customer"}.get(step, "agent")
            if step in ("reply", "auto", "note", "customer"):
                event = CaseEvent(
                    place,
                    moment,
                    "comment",
                    actor,
                    1,
                    is_public=step != "note",  # type: ignore[arg-type]
                )
            elif step == "spam":
                event = CaseEvent(place, moment, "change", "agent", 1, "tags", "spam", "")
            else:
                event = CaseEvent(place, moment, "change", "agent", 1, "status", step, status)
                status = step
            events.append(event)
        case = Case(
            number, 100_000 + number, VIA.get(contact.channel, "phone"), contact.contact_no,
            contact.customer_no, contact.queue_code or "", "normal", created, seconds, events,
        )  # fmt: skip
        contact.case_no = number
        self.cases.append(case)
        return case

    def written(
        self,
        when: str,
        *steps: tuple[str, str],
        channel: Channel = "email",
        issue: int | None = None,
        seconds: int = 300,
    ) -> Contact:
        """A written contact and its case; see `case` for the steps."""
        contact = self._contact(channel, at(when), issue=issue, identified=True)
        contact.task_sid = contact.call_sid = None
        self.case(contact, *steps, seconds=seconds)
        return contact

    def invite(
        self,
        contact: Contact,
        when: str,
        *,
        suppressed: Literal["quarantine", "opt_out", "bounced"] | None = None,
        reminded: str | None = None,
    ) -> None:
        """An invitation to answer about a contact, perhaps with a reminder."""
        number, sent = len(self.invitations) + 1, at(when)
        reminders = [] if reminded is None else [Reminder(at(reminded), "email")]
        delivered = None if suppressed else sent
        self.invitations.append(
            SurveyInvitation(
                f"inv{number}", "transactional", "after_contact", "sms", contact.contact_no,
                contact.customer_no, sent, delivered, None, None, suppressed, reminders,
            )
        )  # fmt: skip

    def follow_up(
        self, response_no: int, created: str, reached: str | None, *, do_not_contact: bool = False
    ) -> None:
        """A task to call back whoever gave an answer."""
        done = None if reached is None else at(reached)
        attempts = [] if done is None else [done]
        self.follow_ups.append(
            FollowUp(
                f"task{response_no}", response_no, 1, 1, at(created), attempts, done, None, None,
                do_not_contact, done,
            )
        )  # fmt: skip

    def answer(self, contact: Contact | None, when: str, **scores: int) -> None:
        """A survey answer; without a contact it is the periodic (relationship) survey."""
        number = len(self.answers) + 1
        self.answers.append(
            SurveyAnswer(
                number, "typeform", f"token{number}", "form",
                "relationship" if contact is None else "transactional",
                None if contact is None else contact.contact_no,
                1 if contact is None else contact.customer_no, at(when), scores, None,
            )
        )  # fmt: skip
