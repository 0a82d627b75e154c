"""The world's cases, people and ratings in Zendesk's JSON shapes, as they stood at an instant.

Inputs: a `World`. Outputs: dicts ready to serialise. A ticket's state is folded from its events
up to the instant asked for; the reason code and the time spent are filled in when an agent first
solves it (a call's case: when the agent opens it).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any, Literal, NamedTuple

from sandbox.credentials import ZENDESK_REASON_FIELD_ID, ZENDESK_TIME_SPENT_FIELD_ID
from sandbox.vendors.wire import iso
from sandbox.world.bot import BOT_USER_ID
from sandbox.world.records import (
    Agent,
    Case,
    Customer,
    Queue,
    SurveyAnswer,
    WeeklyHours,
    World,
)

RELISTED_EVERY, RELISTED_AFTER = 8, 20_000
UNKNOWN_CALLER_ID = 8_999_999_999  # stands in for callers nobody can identify
BRAND_ID = 360_000_001
ORGANIZATION_BASE = 361_000_000_000
IDENTITY_BASE = 362_000_000_000
# First-reply targets: policy id and minutes of business time, for social messages and the rest.
FIRST_REPLY_MINUTES = {"social": (36_100_001, 60), "": (36_100_002, 1440)}
_TIMEZONE = "Europe/Helsinki"


class TicketState(NamedTuple):
    """The folded fields of a ticket."""

    status: str
    priority: str
    group_id: int | None
    assignee_id: int | None
    tags: list[str]
    updated_at: int
    has_public_comment: bool


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.lstrip("-").isdigit() else None


def tag_list(text: str | None) -> list[str]:
    return re.findall(r"[^\s,\[\]\"']+", text or "")


def _rating_score(answer: SurveyAnswer) -> str:
    word = "good" if next(iter(answer.scores.values())) > 0 else "bad"
    return f"{word}_with_comment" if answer.comment else word


class ZendeskRecords:
    """Zendesk's view of a world; knows no clock, every method is told the instant."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cases = world.cases
        self._contacts = {contact.contact_no: contact for contact in world.contacts}
        self.customers = {customer.customer_no: customer for customer in world.customers}
        self._queues = {queue.code: queue for queue in world.queues}
        self._case_by_contact = {case.contact_no: case for case in world.cases}
        self.ratings = [
            answer
            for answer in world.survey_answers
            if answer.vendor == "zendesk"
            and answer.contact_no is not None
            and answer.contact_no in self._case_by_contact
        ]
        self._companies = {company.company_no: company for company in world.companies}
        self._rating_by_contact = {rating.contact_no: rating for rating in self.ratings}
        self.solved_at = [_first_solve(case) for case in self.cases]
        self._user_since = self._first_seen()
        self._organized_at: dict[int, int] = {}
        for at, company_no in self.organization_versions():
            known = self._organized_at.setdefault(company_no, at)
            self._organized_at[company_no] = min(known, at)
        self.users: list[Customer | Agent | Literal["caller", "bot"]] = [
            "caller",
            "bot",
            *self.world.agents,
            *self.world.customers,
        ]
        self._merged: dict[int, tuple[int, int]] = {}  # user id -> of whom into, and when
        self._passed_on: dict[int, list[int]] = {}  # place of a case -> when a merge did so

    def _first_seen(self) -> dict[int, int]:
        since = {customer.customer_no: customer.acquired_at for customer in self.world.customers}
        for contact in self.world.contacts:
            if contact.purpose is not None:
                continue
            since[contact.customer_no] = min(since[contact.customer_no], contact.arrived_at)
        return since

    # ---- tickets

    def ticket_changes(self) -> Iterable[tuple[int, int]]:
        """Yield (instant, case index) whenever a ticket's `updated_at` moves."""
        for index, case in enumerate(self.cases):
            yield case.created_at, index
            for event in case.events:
                yield event.at, index
            if case.deleted_at is not None:
                yield case.deleted_at, index

    def ticket_versions(self) -> Iterable[tuple[int, int]]:
        """Yield (instant, case index) whenever a ticket changes, is rated or listed again."""
        yield from self.ticket_changes()
        for index, case in enumerate(self.cases):
            if case.ticket_id % RELISTED_EVERY == 0:
                # Work behind the scenes lists a ticket again: nothing in it has changed.
                yield case.events[-1].at + RELISTED_AFTER, index
            rating = self._rating_by_contact.get(case.contact_no)
            if rating is not None:
                yield max(rating.answered_at, case.created_at), index

    def state(self, case: Case, at: int) -> TicketState:
        """Fold a case's events up to and including an instant."""
        fields: dict[str, str | None] = {
            "status": "new",
            "priority": case.priority,
            "group_id": self._queues[case.queue_code].native_id if case.queue_code else None,
        }
        updated_at = case.created_at
        public = False
        for event in case.events:
            if event.at > at:
                break
            updated_at = event.at
            if event.field is not None:
                fields[event.field] = event.value
            public = public or bool(event.is_public)
        if case.deleted_at is not None and case.deleted_at <= at:
            fields["status"], updated_at = "deleted", case.deleted_at
        return TicketState(
            status=fields["status"] or "new",
            priority=fields["priority"] or case.priority,
            group_id=_number(fields["group_id"]),
            assignee_id=_number(fields.get("assignee_id")),
            tags=tag_list(fields.get("tags")),
            updated_at=updated_at,
            has_public_comment=public,
        )

    def merge(self, into: int, other: int, at: int) -> tuple[list[int], list[int]]:
        """Merge an end user into another, by their ids.

        The one that goes is inactive and has no addresses any more; the other has them beside its
        own, and is the requester of its tickets.

        Returns:
            The users and the cases that this changes, by their places.

        Raises:
            ValueError: One of them is no end user, or is merged already.
        """
        places = {
            user.zendesk_user_id: place
            for place, user in enumerate(self.users)
            if isinstance(user, Customer) and user.zendesk_user_id not in self._merged
        }
        if into == other or not {into, other} <= places.keys():
            raise ValueError(f"{other} into {into}")
        cases = [n for n, case in enumerate(self.cases) if self.requester_id(case, at) == other]
        self._merged[other] = (into, at)
        for case in cases:
            self._passed_on.setdefault(case, []).append(at)
        return [places[into], places[other]], cases

    def ticket_of(self, contact_no: int) -> int:
        """Return the ticket a contact came in as."""
        return self._case_by_contact[contact_no].ticket_id

    def requester_id(self, case: Case, at: int) -> int:
        """Return the user who asked, or the stand-in for a caller without a number."""
        contact = self._contacts.get(case.contact_no)
        if contact is not None and not contact.is_identified:
            return UNKNOWN_CALLER_ID
        return self._kept(self.customers[case.customer_no].zendesk_user_id, at)

    def _kept(self, user_id: int, at: int) -> int:
        """The user that one has been merged into by an instant, through all merges; or itself."""
        into, merged_at = self._merged.get(user_id, (user_id, at + 1))
        return self._kept(into, at) if merged_at <= at else user_id

    def custom_fields(self, index: int, at: int) -> tuple[str | None, int | None]:
        """Return the reason code and the seconds spent as known at an instant."""
        case = self.cases[index]
        solved_at = self.solved_at[index]
        is_solved = solved_at is not None and solved_at <= at
        contact = self._contacts.get(case.contact_no)
        is_coded = is_solved or case.via_channel == "phone"
        reason = contact.reason_code if contact is not None and is_coded else None
        return reason, case.handle_seconds if is_solved else None

    def ticket(self, index: int, version_at: int, root: str) -> dict[str, Any]:
        """Return a ticket as it stood at one of its versions."""
        case = self.cases[index]
        state = self.state(case, version_at)
        reason, spent = self.custom_fields(index, version_at)
        requester = self.requester_id(case, version_at)
        passed_on = [at for at in self._passed_on.get(index, ()) if at <= version_at]
        contact = self._contacts.get(case.contact_no)
        fields = [
            {"id": ZENDESK_REASON_FIELD_ID, "value": reason},
            {"id": ZENDESK_TIME_SPENT_FIELD_ID, "value": None if spent is None else str(spent)},
        ]
        is_phone = case.via_channel == "phone"
        subject = f"Request {case.ticket_id}"
        return {
            "id": case.ticket_id,
            "url": f"{root}/api/v2/tickets/{case.ticket_id}.json",
            "external_id": contact.task_sid if is_phone and contact else None,
            "via": {"channel": case.via_channel, "source": {"from": {}, "to": {}, "rel": None}},
            "created_at": iso(case.created_at),
            "updated_at": iso(max([state.updated_at, *passed_on])),
            "generated_timestamp": version_at,
            "type": "question",
            "subject": subject,
            "raw_subject": subject,
            "description": subject,
            "priority": state.priority,
            "status": state.status,
            "recipient": None,
            "requester_id": requester,
            "submitter_id": (state.assignee_id or requester) if is_phone else requester,
            "assignee_id": state.assignee_id,
            "organization_id": None,
            "group_id": state.group_id,
            "collaborator_ids": [],
            "follower_ids": [],
            "email_cc_ids": [],
            "forum_topic_id": None,
            "problem_id": None,
            "has_incidents": False,
            "is_public": state.has_public_comment,
            "due_at": None,
            "tags": state.tags,
            "custom_fields": fields,
            "satisfaction_rating": self._ticket_rating(case, version_at),
            "sharing_agreement_ids": [],
            "custom_status_id": None,
            "fields": fields,
            "followup_ids": [],
            "ticket_form_id": None,
            "brand_id": BRAND_ID,
            "allow_channelback": False,
            "allow_attachments": True,
            "from_messaging_channel": False,
        }

    def _ticket_rating(self, case: Case, at: int) -> dict[str, Any]:
        rating = self._rating_by_contact.get(case.contact_no)
        if rating is None or rating.answered_at > at:
            return {"score": "unoffered"}
        return {
            "id": int(rating.native_id),
            "score": _rating_score(rating),
            "comment": rating.comment,
        }

    # ---- people

    def user_versions(self) -> Iterable[tuple[int, int]]:
        """Yield (instant, user index) whenever a user appears or changes."""
        for index, person in enumerate(self.users):
            if isinstance(person, str):
                yield self.world.starts_at, index
            elif isinstance(person, Agent):
                for spell in person.spells:
                    yield spell.from_at, index
                    if spell.left_at is not None:
                        yield spell.left_at, index
            else:
                yield self._user_since[person.customer_no], index

    def user(self, index: int, version_at: int, root: str) -> dict[str, Any]:
        """Return a user as it stood at one of its versions."""
        person = self.users[index]
        user: dict[str, Any] = {
            "id": UNKNOWN_CALLER_ID,
            "url": "",
            "name": "Unknown caller",
            "email": None,
            "created_at": iso(self.world.starts_at),
            "updated_at": iso(version_at),
            "time_zone": "Helsinki",
            "iana_time_zone": _TIMEZONE,
            "phone": None,
            "shared_phone_number": None,
            "locale_id": 1,
            "locale": "fi",
            "role": "end-user",
            "verified": True,
            "external_id": None,
            "tags": [],
            "alias": "",
            "active": True,
            "shared": False,
            "shared_agent": False,
            "last_login_at": None,
            "organization_id": None,
            "default_group_id": None,
            "suspended": False,
            "moderator": False,
            "user_fields": {},
        }
        if isinstance(person, Agent):
            has_left = person.has_left_by(version_at)
            user |= {
                "id": person.zendesk_user_id,
                "name": person.name,
                "email": person.email,
                "created_at": iso(person.hired_at),
                "locale": person.languages[0] if person.languages else "fi",
                "role": "agent",
                "external_id": person.employee_id,
                "active": not has_left,
                "suspended": has_left,
            }
        elif person == "bot":
            # It answers under a seat of its own, as third-party bots do.
            user |= {"id": BOT_USER_ID, "name": "Lumi", "role": "agent", "tags": ["bot"]}
        elif isinstance(person, Customer):
            user |= {
                "id": person.zendesk_user_id,
                "name": person.name,
                "email": person.email,
                "phone": person.phone,
                "created_at": iso(self._user_since[person.customer_no]),
                "locale": person.language,
                "organization_id": self._organization_id(person),
                "tags": [person.segment],
            }
            if self._kept(person.zendesk_user_id, version_at) != person.zendesk_user_id:
                user |= {"active": False, "email": None, "phone": None}
        user["url"] = f"{root}/api/v2/users/{user['id']}.json"
        return user

    def identities(self, index: int, version_at: int, root: str) -> list[dict[str, Any]]:
        """Return what a user can be reached by, its own first, then of those merged into it."""
        person = self.users[index]
        if isinstance(person, str):
            return []
        user_id = person.zendesk_user_id
        others = [gone for gone in self._merged if self._kept(gone, version_at) == user_id]
        addresses = [
            (of_user, part, kind, value)
            for of_user in [user_id, *others]
            if self._kept(of_user, version_at) == user_id
            for part, (kind, value) in enumerate(self._addresses[of_user])
            if value
        ]
        return [
            {
                "id": IDENTITY_BASE + of_user * 10 + part,
                "url": f"{root}/api/v2/users/{user_id}/identities/{of_user * 10 + part}.json",
                "user_id": user_id,
                "type": kind,
                "value": value,
                "verified": True,
                "primary": of_user == user_id,
                "created_at": iso(self.world.starts_at),
                "updated_at": iso(version_at),
            }
            for of_user, part, kind, value in addresses
        ]

    @cached_property
    def _addresses(self) -> dict[int, tuple[tuple[str, str | None], ...]]:
        agents = {a.zendesk_user_id: (("email", a.email),) for a in self.world.agents}
        return agents | {
            c.zendesk_user_id: (("email", c.email), ("phone_number", c.phone))
            for c in self.world.customers
        }

    # ---- organizations

    def _organization_id(self, customer: Customer) -> int | None:
        company = self._companies.get(customer.company_no or 0)
        return None if company is None else ORGANIZATION_BASE + company.company_no

    def organization_versions(self) -> Iterable[tuple[int, int]]:
        """Yield (instant, company number) whenever somebody joins an organization."""
        for customer in self.customers.values():
            if customer.company_no is not None:
                yield self._user_since[customer.customer_no], customer.company_no

    def organization(self, company_no: int, version_at: int, root: str) -> dict[str, Any]:
        """Return a business customer's company as it stood at one of its versions."""
        company = self._companies[company_no]
        organization_id = ORGANIZATION_BASE + company_no
        return {
            "id": organization_id,
            "url": f"{root}/api/v2/organizations/{organization_id}.json",
            "name": company.name,
            "shared_tickets": False,
            "shared_comments": False,
            "external_id": str(company.hubspot_id),
            "created_at": iso(self._organized_at[company_no]),
            "updated_at": iso(version_at),
            "domain_names": [company.domain],
            "details": "",
            "notes": "",
            "group_id": None,
            "tags": [company.industry],
            "organization_fields": {},
            "deleted_at": None,
        }

    # ---- reference data and ratings

    def groups(self, root: str) -> list[dict[str, Any]]:
        """Return the helpdesk's groups, one a Zendesk queue."""
        groups = [queue for queue in self.world.queues if queue.system == "zendesk"]
        return [self._group(queue, root) for queue in groups]

    def _group(self, queue: Queue, root: str) -> dict[str, Any]:
        return {
            "id": int(queue.native_id),
            "url": f"{root}/api/v2/groups/{queue.native_id}.json",
            "name": queue.name,
            "description": "",
            "default": False,
            "is_public": True,
            "deleted": False,
            "created_at": iso(self.world.starts_at),
            "updated_at": iso(self.world.starts_at),
        }

    def rating(self, index: int, root: str) -> dict[str, Any]:
        """Return a customer's rating of a ticket."""
        answer = self.ratings[index]
        case = self._case_by_contact[answer.contact_no or 0]
        state = self.state(case, answer.answered_at)
        return {
            "id": int(answer.native_id),
            "url": f"{root}/api/v2/satisfaction_ratings/{answer.native_id}.json",
            "assignee_id": state.assignee_id,
            "group_id": state.group_id,
            "requester_id": self.requester_id(case, answer.answered_at),
            "ticket_id": case.ticket_id,
            "score": _rating_score(answer),
            "comment": answer.comment,
            "reason": None,
            "reason_id": None,
            "reason_code": None,
            "created_at": iso(answer.answered_at),
            "updated_at": iso(answer.answered_at),
        }

    def schedules(self) -> list[dict[str, Any]]:
        """Return the weekly opening hours in minutes from Sunday 00:00 local time."""
        return [
            {
                "id": schedule.zendesk_id,
                "name": schedule.name,
                "time_zone": schedule.timezone,
                "created_at": iso(self.world.starts_at),
                "updated_at": iso(self.world.starts_at),
                "intervals": sorted(
                    (_interval(hours) for hours in schedule.hours),
                    key=lambda interval: interval["start_time"],
                ),
            }
            for schedule in self.world.schedules
        ]

    def holidays(self, schedule_id: int) -> list[dict[str, Any]] | None:
        """Return a schedule's closed days, None when there is no such schedule."""
        for schedule in self.world.schedules:
            if schedule.zendesk_id == schedule_id:
                return [
                    {
                        "id": schedule_id * 1000 + number,
                        "name": name,
                        "start_date": day,
                        "end_date": day,
                    }
                    for number, (day, name) in enumerate(sorted(schedule.holidays.items()), 1)
                ]
        return None

    def sla_policies(self, root: str) -> list[dict[str, Any]]:
        """Return first-reply targets: a day of business time for mail, an hour for social."""
        direct_message = 26
        social = {"field": "via_id", "operator": "is", "value": direct_message}
        other = {"field": "via_id", "operator": "is_not", "value": direct_message}
        return [
            {
                "id": policy_id,
                "url": f"{root}/api/v2/slas/policies/{policy_id}.json",
                "title": title,
                "description": title,
                "position": position,
                "filter": {"all": [condition], "any": []},
                "policy_metrics": [
                    {
                        "priority": priority,
                        "metric": "first_reply_time",
                        "target": minutes,
                        "business_hours": True,
                    }
                    for priority in ("low", "normal", "high", "urgent")
                ],
                "created_at": iso(self.world.starts_at),
                "updated_at": iso(self.world.starts_at),
            }
            for position, (title, condition, (policy_id, minutes)) in enumerate(
                [
                    ("Social messages", social, FIRST_REPLY_MINUTES["social"]),
                    ("Written requests", other, FIRST_REPLY_MINUTES[""]),
                ],
                1,
            )
        ]


def _first_solve(case: Case) -> int | None:
    return next(
        (event.at for event in case.events if event.field == "status" and event.value == "solved"),
        None,
    )


def _interval(hours: WeeklyHours) -> dict[str, int]:
    # The vendor's week starts on Sunday, ours on Monday.
    start = (hours.weekday + 1) % 7 * 1440 + hours.open_minute % 1440
    return {"start_time": start, "end_time": start + hours.close_minute - hours.open_minute}
