"""Intercom over HTTP: searches and lists, Bearer auth, rate limits.

Facts from the vendor's public documentation and its published schema. The simulated centre is seen
here as if its helpdesk were moving: every ticket that was written (not a call's) is a conversation
too, and carries the ticket's number in the custom attribute `zendesk_ticket_id`. Calls that came in
are calls here too, of no conversation.

A search is sorted by time of change, oldest first, and pages by an opaque `starting_after`. A limit
that is used up is told by `X-RateLimit-Reset`, a unix second. Every fourth contact is a lead.

Inputs: a World and a clock. Output: an ASGI app. Try it: `python -m sandbox serve --also intercom`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from operator import eq, gt, lt
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import INTERCOM_ACCESS_TOKEN
from sandbox.vendors.gate import Doorman
from sandbox.vendors.limits import Limit
from sandbox.vendors.timeline import VersionLog
from sandbox.vendors.wire import BadInputError, Clock, json_response, pack, parse_size, unpack
from sandbox.world.records import Agent, Case, Contact, Customer, World

PAGE_MAX = 150
COMPANIES_PAGE_MAX, CALLS_PAGE_MAX = 60, 25
MERGES_SINCE, MERGES_TOLD = (2, 16), 10
LEADS_EVERY = 4
# 10,000 a minute, handed out in windows of ten seconds.
REQUEST_LIMIT = Limit("requests", 1666, 10.0)
COMPARED = {">": gt, "<": lt, "=": eq}
SOURCE_TYPES = {"email": "email", "web": "conversation", "twitter_dm": "twitter"}
ADMIN_BASE, TEAM_BASE, CALL_BASE = 700_000, 800_000, 900_000_000


def _error(status: int, code: str, message: str) -> Response:
    body = {
        "type": "error.list",
        "request_id": "00000000-sandbox",
        "errors": [{"code": code, "message": message}],
    }
    return json_response(body, status)


class IntercomDoorman(Doorman):
    """Bearer token; 10,000 requests a minute in windows of ten seconds."""

    vendor = "intercom"
    default_column = "updated_at"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the token with the sandbox's."""
        del path
        right = headers.get("authorization") == f"Bearer {INTERCOM_ACCESS_TOKEN}"
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return error `unauthorized`."""
        return _error(401, "unauthorized", "Access Token Invalid")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the workspace's limit."""
        del method, path
        return [REQUEST_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return 429 with the second at which the window ends."""
        del limit
        answer = _error(429, "rate_limit_exceeded", "Exceeded rate limit of 1666 in 10_seconds")
        answer.headers["X-RateLimit-Reset"] = str(int(time.time() + (wait_seconds or 1)))
        return answer

    def failure(self, status: int) -> Response:
        """Return a server error."""
        return _error(status, "server_error", "Server error")


class IntercomApi:
    """The handlers."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.world = world
        self._cases = [case for case in world.cases if case.via_channel in SOURCE_TYPES]
        self._customers: Mapping[int, Customer] = {c.customer_no: c for c in world.customers}
        self._admins: Mapping[str, Agent] = {str(a.zendesk_user_id): a for a in world.agents}
        self._queues = [queue for queue in world.queues if queue.system == "zendesk"]
        self._teams = {q.native_id: TEAM_BASE + n for n, q in enumerate(self._queues)}
        self._by_code = {queue.code: queue.native_id for queue in self._queues}
        self._versions = VersionLog(
            (at, number)
            for number, case in enumerate(self._cases)
            for at in {case.created_at, *(event.at for event in case.events)}
        )
        self._phoned = [c for c in world.contacts if c.channel == "voice" and c.call_sid]
        self._agents = {agent.agent_no: agent for agent in world.agents}
        first_seen: dict[int, int] = {}
        for case in self._cases:
            first_seen.setdefault(case.customer_no, case.created_at)
        self._since = first_seen
        self._contacts = VersionLog((at, number) for number, at in first_seen.items())
        # customer_no of who was merged -> of whom into, and when.
        self._merges: dict[int, tuple[int, int]] = {}

    def app(self) -> Starlette:
        """Return the routes."""
        return Starlette(
            routes=[
                Route("/conversations/search", self.conversations, methods=["POST"]),
                Route("/contacts/search", self.contacts, methods=["POST"]),
                Route("/admins", self.admins, methods=["GET"]),
                Route("/teams", self.teams, methods=["GET"]),
                Route("/me", self.me, methods=["GET"]),
                Route("/companies/list", self.companies, methods=["POST"]),
                Route("/calls", self.calls, methods=["GET"]),
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def me(self, request: Request) -> Response:
        """Tell who the token belongs to."""
        del request
        return json_response(_admin(self.world.agents[0], []))

    async def conversations(self, request: Request) -> Response:
        """Serve a search for conversations."""
        found, pages, total = await self._search(request, self._versions)
        rows = [
            self._conversation(self._cases[number], at, self._contact_of(number))
            for at, number in found
        ]
        body = {"type": "conversation.list", "conversations": rows, "total_count": total}
        return json_response(body | {"pages": pages})

    async def contacts(self, request: Request) -> Response:
        """Serve a search for contacts; users with their last merges, where asked for."""
        found, pages, total = await self._search(request, self._contacts)
        rows = [self._contact(self._customers[number], at) for at, number in found]
        version = tuple(map(int, request.headers.get("intercom-version", "2.15").split(".")))
        is_told = request.query_params.get("include_merge_history") == "true"
        if is_told and version >= MERGES_SINCE:
            rows = [row | {"merge_history": self._history(row["id"])}
                    if row["role"] == "user" else row for row in rows]  # fmt: skip
        return json_response({"type": "list", "data": rows, "total_count": total, "pages": pages})

    def merge(self, kind: str, into: str, other: str) -> str:
        """Merge a lead into a user now: it is in no list any more, its conversations go over.

        Raises:
            ValueError: Other things than a lead are not merged into other things than a user.
        """
        kept, gone = int(into, 16), int(other, 16)
        roles = [_role(self._customers[number]) for number in (gone, kept)]
        if kind != "contacts" or roles != ["lead", "user"]:
            raise ValueError(f"{kind}: {' into '.join(roles)}")
        self._contacts = self._contacts.merged((kept, gone), kept, self.clock.now())
        self._merges[gone] = (kept, self.clock.now())
        return into

    def _history(self, contact_id: str) -> list[dict[str, Any]]:
        """The last merges into a user, newest first."""
        merges = [
            {
                "type": "merge_history",
                "source_contact_id": _contact_id(self._customers[gone]),
                "source_contact_role": "lead",
                "merged_at": at,
            }
            for gone, (kept, at) in reversed(self._merges.items())
            if _contact_id(self._customers[kept]) == contact_id
        ]
        return merges[:MERGES_TOLD]

    def _contact_of(self, number: int) -> str:
        """Id of the contact that a conversation is with now."""
        customer_no = self._cases[number].customer_no
        kept, _ = self._merges.get(customer_no, (customer_no, 0))
        return _contact_id(self._customers[kept])

    async def _search(
        self,
        request: Request,
        versions: VersionLog,
    ) -> tuple[Sequence[tuple[int, int]], dict[str, Any], int]:
        try:
            asked = orjson.loads(await request.body() or b"{}")
        except orjson.JSONDecodeError as error:
            raise BadInputError("the body is not JSON") from error
        wanted = _asked(asked.get("query"))
        paging = asked.get("pagination") or {}
        size = min(int(paging.get("per_page") or 20), PAGE_MAX)
        found = [one for one in versions.current(self.clock.now()) if wanted(one)]
        start = 0
        if token := paging.get("starting_after"):
            position = tuple(map(int, unpack(str(token), "starting_after")))
            start = sum(entry <= position for entry in found)
        page = found[start : start + size]
        pages: dict[str, Any] = {
            "type": "pages",
            "page": start // size + 1,
            "per_page": size,
            "total_pages": -(-len(found) // size),
        }
        if start + size < len(found):
            pages["next"] = {"per_page": size, "starting_after": pack(*page[-1])}
        return page, pages, len(found)

    def _conversation(self, case: Case, at: int, contact_id: str) -> dict[str, Any]:
        events = [event for event in case.events if event.at <= at]
        fields: dict[str, str | None] = {"group_id": self._by_code.get(case.queue_code)}
        fields |= {event.field: event.value for event in events if event.field}
        states = [(e.at, e.value) for e in events if e.field == "status"]
        closes = [moment for moment, value in states if value == "solved"]
        is_closed = bool(states) and states[-1][1] in {"solved", "closed"}
        replies = [e.at for e in events if e.kind == "comment" and e.actor == "agent"
                   and e.is_public]  # fmt: skip
        written = [e.at for e in events if e.kind == "comment" and e.actor == "customer"]
        team = self._teams.get(str(fields["group_id"]))
        admin = self._admins.get(str(fields.get("assignee_id")))
        customer = self._customers[case.customer_no]
        return {
            "type": "conversation",
            "id": str(case.ticket_id + 5_000_000),
            "title": None,
            "created_at": case.created_at,
            "updated_at": at,
            "waiting_since": None if replies else case.created_at,
            "snoozed_until": None,
            "open": not is_closed,
            "state": "closed" if is_closed else "open",
            "read": bool(replies),
            "priority": "priority" if case.priority in {"high", "urgent"} else "not_priority",
            "admin_assignee_id": _admin_id(admin) if admin else None,
            "team_assignee_id": team,
            "tags": {"type": "tag.list", "tags": []},
            "source": {
                "type": SOURCE_TYPES[case.via_channel],
                "id": str(case.ticket_id),
                "delivered_as": "customer_initiated",
                "subject": "",
                "body": f"<p>{customer.name}</p>",
                "author": {
                    "type": _role(customer),
                    "id": _contact_id(customer),
                    "name": customer.name,
                    "email": customer.email,
                },
                "attachments": [],
                "url": None,
                "redacted": False,
            },
            "contacts": {
                "type": "contact.list",
                "contacts": [{"type": "contact", "id": contact_id, "external_id": None}],
            },
            "teammates": {"type": "admin.list", "teammates": []},
            "custom_attributes": {
                "zendesk_ticket_id": str(case.ticket_id),
                **({"contact_reason": reason} if (reason := fields.get("reason_code")) else {}),
            },
            "statistics": {
                "type": "conversation_statistics",
                **_known(
                    first_contact_reply_at=written[0] if written else case.created_at,
                    first_admin_reply_at=replies[0] if replies else None,
                    last_admin_reply_at=replies[-1] if replies else None,
                    first_close_at=closes[0] if closes else None,
                    last_close_at=closes[-1] if closes else None,
                    time_to_admin_reply=replies[0] - case.created_at if replies else None,
                    handling_time=case.handle_seconds if closes else None,
                ),
                "count_reopens": max(0, len(closes) - (1 if is_closed else 0)),
                "count_conversation_parts": len(events),
            },
        }

    def _contact(self, customer: Customer, at: int) -> dict[str, Any]:
        return {
            "type": "contact",
            "id": _contact_id(customer),
            "external_id": None,
            "workspace_id": "kontakti",
            "role": _role(customer),
            "email": customer.email,
            "phone": customer.phone,
            "name": customer.name,
            "owner_id": None,
            "created_at": self._since[customer.customer_no],
            "updated_at": at,
            "language_override": customer.language,
            "custom_attributes": {},
        }

    async def admins(self, request: Request) -> Response:
        """Serve the staff."""
        del request
        rows = [
            _admin(agent, [self._teams[self._by_code[c]] for c in agent.queue_codes
                           if c in self._by_code])
            for agent in self.world.agents
            if agent.hired_at <= self.clock.now()
        ]  # fmt: skip
        return json_response({"type": "admin.list", "admins": rows})

    async def teams(self, request: Request) -> Response:
        """Serve the teams, which are the queues of written channels."""
        del request
        rows = [
            {
                "type": "team",
                "id": str(self._teams[queue.native_id]),
                "name": queue.name,
                "admin_ids": [
                    _admin_id(agent)
                    for agent in self.world.agents
                    if queue.code in agent.queue_codes
                ],
            }
            for queue in self._queues
        ]
        return json_response({"type": "team.list", "teams": rows})

    async def companies(self, request: Request) -> Response:
        """Serve the companies that somebody belongs to."""
        joined: dict[int, int] = {}
        for customer in self.world.customers:
            if customer.company_no is not None and customer.acquired_at <= self.clock.now():
                known = joined.setdefault(customer.company_no, customer.acquired_at)
                joined[customer.company_no] = min(known, customer.acquired_at)
        rows = [
            {
                "type": "company",
                "id": f"{company.company_no:024x}",
                "company_id": str(company.hubspot_id),
                "app_id": "kontakti",
                "name": company.name,
                "industry": company.industry,
                "website": f"https://{company.domain}",
                "plan": {},
                "remote_created_at": joined[company.company_no],
                "created_at": joined[company.company_no],
                "updated_at": joined[company.company_no],
                "last_request_at": joined[company.company_no],
                "monthly_spend": 0,
                "session_count": 0,
                "user_count": 1,
                "tags": {"type": "tag.list", "tags": []},
                "segments": {"type": "segment.list", "segments": []},
                "custom_attributes": {},
            }
            for company in self.world.companies
            if company.company_no in joined
        ]
        return _numbered(request, rows, COMPANIES_PAGE_MAX)

    async def calls(self, request: Request) -> Response:
        """Serve the phone calls, newest first."""
        now = self.clock.now()
        rows = [self._call(c, now) for c in self._phoned if c.arrived_at <= now]
        return _numbered(request, rows[::-1], CALLS_PAGE_MAX)

    def _call(self, contact: Contact, now: int) -> dict[str, Any]:
        known = {
            name: at if at is not None and at <= now else None
            for name, at in (("answered_at", contact.answered_at), ("ended_at", contact.ended_at))
        }
        agent = self._agents.get(contact.legs[0].agent_no or 0) if contact.legs else None
        customer = self._customers[contact.customer_no]
        state = "completed" if known["ended_at"] else "in_progress"
        return {
            "type": "call",
            "id": str(contact.contact_no + CALL_BASE),
            "conversation_id": None,
            "admin_id": str(_admin_id(agent)) if agent and known["answered_at"] else None,
            "contact_id": _contact_id(customer) if contact.is_identified else None,
            "state": state,
            "initiated_at": contact.arrived_at,
            **{name: at for name, at in known.items() if at is not None},
            "created_at": contact.arrived_at,
            "updated_at": max(at for at in (contact.arrived_at, *known.values()) if at),
            "recording_url": None,
            "transcription_url": None,
            "call_type": "phone",
            "direction": "inbound",
            "ended_reason": "completed" if known["ended_at"] else None,
            "phone": customer.phone if contact.is_identified else None,
            "fin_recording_url": None,
            "fin_transcription_url": None,
        }


def _numbered(request: Request, rows: list[dict[str, Any]], most: int) -> Response:
    """One page of a list, by number."""
    size = parse_size(request, "per_page", 15, most)
    number = parse_size(request, "page", 1, 1 << 30)
    body = {
        "type": "list",
        "data": rows[(number - 1) * size : number * size],
        "total_count": len(rows),
        "pages": {
            "type": "pages",
            "page": number,
            "per_page": size,
            "total_pages": -(-len(rows) // size),
        },
    }
    return json_response(body)


def _admin_id(agent: Agent) -> int:
    return ADMIN_BASE + agent.agent_no


def _role(customer: Customer) -> str:
    """Who never signed in is a lead."""
    return "user" if customer.customer_no % LEADS_EVERY else "lead"


def _contact_id(customer: Customer) -> str:
    return f"{customer.customer_no:024x}"


def _admin(agent: Agent, teams: list[int]) -> dict[str, Any]:
    return {
        "type": "admin",
        "id": str(_admin_id(agent)),
        "name": agent.name,
        "email": agent.email,
        "job_title": "Agent",
        "away_mode_enabled": False,
        "away_mode_reassign": False,
        "has_inbox_seat": True,
        "team_ids": teams,
        "avatar": None,
    }


def _known(**values: int | None) -> dict[str, int]:
    return {name: value for name, value in values.items() if value is not None}


def _asked(query: Any) -> Callable[[tuple[int, int]], bool]:
    """The test of a version that a search asks for: filters, and what joins them."""
    if query is None:
        return lambda one: True
    operator, value = query.get("operator"), query.get("value")
    if operator in {"AND", "OR"} and isinstance(value, list):
        tests = [_asked(part) for part in value]
        join = all if operator == "AND" else any
        return lambda one: join(test(one) for test in tests)
    if query.get("field") != "updated_at" or operator not in COMPARED:
        raise BadInputError(f"query: '{query}' is not a filter of updated_at by >, < or =")
    compare, bound = COMPARED[operator], int(value)
    return lambda one: compare(one[0], bound)


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(400, "parameter_invalid", str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _error(404, "not_found", "Resource Not Found")
