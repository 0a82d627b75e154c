"""The world's customers, companies, orders and agents as HubSpot objects at an instant.

Inputs: a World. Outputs: per object type the versions (when it appeared or changed) and the
properties as they stood; all property values are text, as in the vendor's API.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.vendors.timeline import VersionLog
from sandbox.vendors.wire import iso
from sandbox.world.records import Agent, Company, Customer, Order, Spell, World

Properties = dict[str, str | None]
_COMPANY_AGE_SECONDS = 400 * 86_400
# HubSpot's own surveys, with their highest scores: asked after a purchase, answered now and then.
_FEEDBACK = {"NPS": 10, "CSAT": 2, "CES": 7}
_FEEDBACK_SHARE = 0.5
_TICKET_BASE = 700_000_000
_CLOSED = frozenset({"solved", "closed"})
MERGED = "hs_merged_object_ids"
TIMES = frozenset(
    {"createdate", "lastmodifieddate", "hs_lastmodifieddate", "closedate", "closed_date",
     "hs_submission_timestamp", "customer_since", "customer_churned_on"}
)  # fmt: skip
NUMBERS = frozenset(
    {"hs_object_id", "monthly_revenue", "amount", "contact_id", "associatedcompanyid"}
)


def stamp(at: int) -> str:
    """Format an instant with milliseconds, as HubSpot does."""
    return iso(at).replace("Z", ".000Z")


@dataclass
class CrmType:
    """One object type: its records, their history and how to show them.

    Attributes:
        name: plural name in the URL.
        modified: the property that carries the time of the last change.
        defaults: properties sent when the client names none.
        ids: record number -> object id.
        versions: when each record appeared or changed.
        show: (record number, version instant) -> properties.
        merged: number of a record that came of a merge -> of the two it was made of, the one
            whose properties it has first.
        defined: properties that somebody made: name -> (type, value of every record).
    """

    name: str
    modified: str
    defaults: tuple[str, ...]
    ids: list[int]
    versions: VersionLog
    show: Callable[[int, int], Properties]
    merged: dict[int, tuple[int, int]] = field(default_factory=dict)
    defined: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    def properties(self, number: int, at: int) -> Properties:
        """Return the properties of a record in the version of an instant."""
        made = {name: value for name, (_, value) in self.defined.items()}
        if number not in self.merged:
            return self.show(number, at) | made
        kept = self.properties(self.merged[number][0], at)
        return kept | {
            "hs_object_id": str(self.ids[number]),
            MERGED: ";".join(map(str, self._made_of(number))),
        }

    def _made_of(self, number: int) -> list[int]:
        """Ids that a record stands for, those of merges before it too."""
        parts = self.merged.get(number, ())
        return [i for part in parts for i in (*self._made_of(part), self.ids[part])]

    def merge(self, primary: str, other: str, at: int) -> int:
        """Merge two records as the vendor does: a new one stands for both.

        Args:
            primary: Id of the record whose properties are kept.
            other: Id of the other one.
            at: When.

        Returns:
            The new record's id.

        Raises:
            ValueError: There is no such record.
        """
        parts = (self.ids.index(int(primary)), self.ids.index(int(other)))
        number = len(self.ids)
        self.ids.append(max(self.ids) + 1)
        self.merged[number] = parts
        self.versions = self.versions.merged(parts, number, at)
        return self.ids[number]

    def types(self, now: int) -> dict[str, str]:
        """Return the type of every property of a record that there is."""
        shown = next(self.versions.current(now), None)
        names = self.properties(shown[1], shown[0]) if shown else ()
        known = {**dict.fromkeys(TIMES, "datetime"), **dict.fromkeys(NUMBERS, "number")}
        made = {name: kind for name, (kind, _) in self.defined.items()}
        return {name: known.get(name, "string") for name in (*names, MERGED)} | made


class HubSpotRecords:
    """HubSpot's view of a world; knows no clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._customers = [
            customer for customer in world.customers if customer.hubspot_id is not None
        ]
        self._by_number = {customer.customer_no: customer for customer in world.customers}
        self._orders = [
            order
            for order in world.orders
            if self._by_number[order.customer_no].hubspot_id is not None
        ]
        self._companies = {company.company_no: company for company in world.companies}
        self._company_since = {
            company.company_no: world.starts_at - _COMPANY_AGE_SECONDS
            for company in world.companies
        }
        for customer in self._customers:
            if customer.company_no is not None:
                self._company_since[customer.company_no] = min(
                    self._company_since[customer.company_no], customer.acquired_at
                )
        self.types = {
            kind.name: kind
            for kind in (
                self._contacts(),
                self._firms(),
                self._deals(),
                self._feedback(),
                self._tickets(),
            )
        }

    def first_change(self) -> int:
        """Return the oldest instant anything in the CRM carries."""
        starts = [customer.acquired_at for customer in self.world.customers]
        starts += [agent.hired_at for agent in self.world.agents]
        starts += self._company_since.values()
        return min(starts, default=self.world.starts_at)

    def _contacts(self) -> CrmType:
        def versions() -> Iterable[tuple[int, int]]:
            for number, customer in enumerate(self._customers):
                yield customer.acquired_at, number
                if customer.churned_at is not None:
                    yield max(customer.churned_at, customer.acquired_at), number

        return CrmType(
            "contacts",
            "lastmodifieddate",
            ("createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"),
            [customer.hubspot_id or 0 for customer in self._customers],
            VersionLog(versions()),
            lambda number, at: self._contact(self._customers[number], at),
        )

    def _contact(self, customer: Customer, at: int) -> Properties:
        has_churned = customer.churned_at is not None and customer.churned_at <= at
        first, _, last = customer.name.partition(" ")
        company = None
        if customer.company_no is not None:
            company = str(self._companies[customer.company_no].hubspot_id)
        return {
            "hs_object_id": str(customer.hubspot_id),
            "createdate": stamp(customer.acquired_at),
            "lastmodifieddate": stamp(at),
            "email": customer.email,
            "phone": customer.phone,
            "firstname": first,
            "lastname": last,
            "lifecyclestage": "other" if has_churned else "customer",
            "customer_segment": customer.segment,
            "customer_type": customer.customer_type,
            "hs_language": customer.language,
            "country": customer.country,
            "customer_since": stamp(customer.acquired_at),
            "customer_churned_on": stamp(customer.churned_at or at) if has_churned else None,
            "monthly_revenue": f"{customer.monthly_revenue:.2f}",
            "associatedcompanyid": company,
        }

    def _firms(self) -> CrmType:
        firms = self.world.companies
        return CrmType(
            "companies",
            "hs_lastmodifieddate",
            ("createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"),
            [company.hubspot_id for company in firms],
            VersionLog(
                (self._company_since[company.company_no], number)
                for number, company in enumerate(firms)
            ),
            lambda number, at: self._company(firms[number], at),
        )

    def _company(self, company: Company, at: int) -> Properties:
        return {
            "hs_object_id": str(company.hubspot_id),
            "createdate": stamp(self._company_since[company.company_no]),
            "hs_lastmodifieddate": stamp(at),
            "name": company.name,
            "domain": company.domain,
            "industry": company.industry,
        }

    def _deals(self) -> CrmType:
        return CrmType(
            "deals",
            "hs_lastmodifieddate",
            (
                "amount",
                "closedate",
                "createdate",
                "dealname",
                "dealstage",
                "hs_lastmodifieddate",
                "hs_object_id",
                "pipeline",
            ),
            [order.hubspot_id for order in self._orders],
            VersionLog((order.ordered_at, number) for number, order in enumerate(self._orders)),
            lambda number, at: self._deal(self._orders[number], at),
        )

    def _deal(self, order: Order, at: int) -> Properties:
        return {
            "hs_object_id": str(order.hubspot_id),
            "createdate": stamp(order.ordered_at),
            "hs_lastmodifieddate": stamp(at),
            "dealname": f"Order {order.order_no}",
            "pipeline": "default",
            "dealstage": "closedwon",
            "amount": f"{order.amount:.2f}",
            "closedate": stamp(order.ordered_at),
            "contact_id": str(self._by_number[order.customer_no].hubspot_id),
        }

    def _feedback(self) -> CrmType:
        rng = random.Random(f"{self.world.seed}:feedback")
        answers: list[tuple[int, Order, str, int]] = []
        for order in self._orders:
            kind = rng.choice(sorted(_FEEDBACK))
            score = rng.randint(1 if kind == "CES" else 0, _FEEDBACK[kind])
            at = order.ordered_at + int(rng.uniform(1, 48) * 3600)
            if rng.random() < _FEEDBACK_SHARE:
                answers.append((at, order, kind, score))

        def show(number: int, at: int) -> Properties:
            submitted_at, order, kind, score = answers[number]
            return {
                "hs_object_id": str(order.hubspot_id + 500_000_000),
                "createdate": stamp(submitted_at),
                "hs_lastmodifieddate": stamp(at),
                "hs_submission_timestamp": stamp(submitted_at),
                "hs_survey_type": kind,
                "hs_survey_channel": "EMAIL",
                "hs_value": str(score),
                "hs_content": self._by_number[order.customer_no].name,
                "hs_contact_id": str(self._by_number[order.customer_no].hubspot_id),
            }

        return CrmType(
            "feedback_submissions",
            "hs_lastmodifieddate",
            ("createdate", "hs_lastmodifieddate", "hs_object_id"),
            [order.hubspot_id + 500_000_000 for _, order, _, _ in answers],
            VersionLog((at, number) for number, (at, _, _, _) in enumerate(answers)),
            show,
        )

    def _tickets(self) -> CrmType:
        """Written cases of people the CRM knows, as if its own help desk had them."""
        owners = {str(agent.zendesk_user_id): agent for agent in self.world.agents}
        cases = [
            case
            for case in self.world.cases
            if case.via_channel == "email"
            and self._by_number[case.customer_no].hubspot_id is not None
        ]

        def show(number: int, at: int) -> Properties:
            case = cases[number]
            past = [event for event in case.events if event.at <= at and event.field]
            fields = {event.field: event.value for event in past}
            closed = [e.at for e in past if e.field == "status" and e.value in _CLOSED]
            is_closed = fields.get("status") in _CLOSED
            owner = owners.get(str(fields.get("assignee_id")))
            return {
                "hs_object_id": str(case.ticket_id + _TICKET_BASE),
                "createdate": stamp(case.created_at),
                "hs_lastmodifieddate": stamp(at),
                "subject": f"Message of {self._by_number[case.customer_no].name}",
                "content": self._by_number[case.customer_no].email,
                "hs_pipeline": "0",
                "hs_pipeline_stage": "4" if is_closed else "1",
                "hs_ticket_priority": case.priority.upper(),
                "hs_ticket_category": None,
                "source_type": "EMAIL",
                "hubspot_owner_id": None if owner is None else str(owner.hubspot_owner_id),
                "closed_date": stamp(closed[-1]) if is_closed else None,
                "contact_id": str(self._by_number[case.customer_no].hubspot_id),
            }

        return CrmType(
            "tickets",
            "hs_lastmodifieddate",
            ("content", "createdate", "hs_lastmodifieddate", "hs_object_id", "subject"),
            [case.ticket_id + _TICKET_BASE for case in cases],
            VersionLog(
                (at, number)
                for number, case in enumerate(cases)
                for at in {case.created_at, *(event.at for event in case.events)}
            ),
            show,
        )

    def owners(self, now: int, *, archived: bool) -> list[dict[str, Any]]:
        """Return the CRM users: agents employed now, or (archived) those who have left."""
        found = []
        for agent in sorted(self.world.agents, key=lambda agent: agent.hubspot_owner_id):
            has_left = agent.has_left_by(now)
            if agent.hired_at <= now and has_left == archived:
                found.append(_owner(agent, agent.spell_at(now), archived))
        return found


def _owner(agent: Agent, spell: Spell, is_archived: bool) -> dict[str, Any]:
    first, _, last = agent.name.partition(" ")
    changed = spell.left_at if is_archived and spell.left_at is not None else spell.hired_at
    return {
        "id": str(agent.hubspot_owner_id),
        "email": agent.email,
        "type": "PERSON",
        "firstName": first,
        "lastName": last,
        "userId": agent.hubspot_owner_id,
        "userIdIncludingInactive": agent.hubspot_owner_id,
        "createdAt": stamp(agent.hired_at),
        "updatedAt": stamp(changed),
        "archived": is_archived,
        "teams": [],
    }
