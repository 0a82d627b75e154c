"""Zendesk's ticket events: what happened to a case, one audit an update.

Inputs: the helpdesk's view of a World. Outputs: the audits of the whole horizon as small sortable
tuples, and `audit`, which renders one in the vendor's shape when it is asked for.

A ticket event (one audit) holds child events. Create and Change children carry the field's name
as a key, as the incremental ticket event export does: `{"status": "open", "previous_value":
"new", "event_type": "Change", "via": "Web form"}`; custom fields come as `{"custom_ticket_fields":
{"36000001": "billing.invoice"}}`; comments carry a full `via` object, `public` and `author_id`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sandbox.credentials import ZENDESK_REASON_FIELD_ID, ZENDESK_TIME_SPENT_FIELD_ID
from sandbox.vendors.wire import iso
from sandbox.vendors.zendesk_records import ZendeskRecords, tag_list
from sandbox.world.bot import BOT_USER_ID
from sandbox.world.records import Case, CaseEvent

SYSTEM_USER_ID = -1
IDS_PER_TICKET = 100_000  # child event ids: ticket x this + place x 10 + part
MERGE_PLACE = 30_000  # where those of merged users begin
_VIA_LABEL = {
    "email": "Mail",
    "web": "Web form",
    "twitter_dm": "Twitter DM",
    "phone": "Phone call (incoming)",
    "native_messaging": "Messaging",
    "rule": "Rule",
}


class Audit(NamedTuple):
    """Events of one case by one actor at one second: one ticket event."""

    at: int
    case_index: int
    first: int  # place in Case.events; the end of them for a merge, which is none of them
    end: int
    requesters: tuple[int, int] | None = None  # before and after, where users were merged


class ZendeskAudits:
    """The ticket events of a world; knows no clock."""

    def __init__(self, records: ZendeskRecords) -> None:
        self.records = records
        self._agents = {agent.agent_no: agent for agent in records.world.agents}

    def audits(self) -> list[Audit]:
        """Return all ticket events of the horizon, oldest first."""
        found: list[Audit] = []
        for index, case in enumerate(self.records.cases):
            first = 0
            events = case.events
            for place in range(1, len(events) + 1):
                if place == len(events) or not _same_update(events[first], events[place]):
                    found.append(Audit(events[first].at, index, first, place))
                    first = place
        found.sort()
        return found

    def audit(self, audit: Audit, *, with_comments: bool) -> dict[str, Any]:
        """Return one ticket event with its child events."""
        case = self.records.cases[audit.case_index]
        if audit.requesters is not None:
            return self._merge(audit, case)
        head = case.events[audit.first]
        base = case.ticket_id * IDS_PER_TICKET
        children: list[dict[str, Any]] = []
        via = self._via(case, head)
        for place in range(audit.first, audit.end):
            event = case.events[place]
            children.append(self._child(case, event, base + place * 10 + 1, via, with_comments))
            is_solving = event.field == "status" and event.value == "solved"
            if is_solving and self.records.solved_at[audit.case_index] == event.at:
                children.extend(self._coding(audit.case_index, event.at, base + place * 10, via))
        return {
            "id": base + audit.first * 10,
            "ticket_id": case.ticket_id,
            "timestamp": audit.at,
            "created_at": iso(audit.at),
            "updater_id": self._author(case, head),
            "via": _VIA_LABEL.get(via, "Web form"),
            "system": {"client": "sandbox", "location": "Helsinki, 18, Finland"},
            "metadata": {},
            "event_type": "Audit",
            "child_events": children,
        }

    def merges(self, cases: list[int], into: int, other: int, at: int) -> list[Audit]:
        """Return what a merge of users writes to the tickets of the one that goes."""
        ends = {index: len(self.records.cases[index].events) for index in cases}
        return [Audit(at, index, end, end, (other, into)) for index, end in ends.items()]

    def _merge(self, audit: Audit, case: Case) -> dict[str, Any]:
        before, after = audit.requesters or (None, None)
        base = case.ticket_id * IDS_PER_TICKET + MERGE_PLACE + audit.at % MERGE_PLACE
        child = {
            "id": base + MERGE_PLACE,
            "via": "Web form",
            "via_reference_id": None,
            "requester_id": after,
            "previous_value": before,
            "event_type": "Change",
        }
        return {
            "id": base,
            "ticket_id": case.ticket_id,
            "timestamp": audit.at,
            "created_at": iso(audit.at),
            "updater_id": SYSTEM_USER_ID,
            "via": "Web form",
            "system": {},
            "metadata": {},
            "event_type": "Audit",
            "child_events": [child],
        }

    def _via(self, case: Case, event: CaseEvent) -> str:
        if event.actor == "auto":
            return "rule"
        return "web" if event.actor == "agent" else case.via_channel

    def _comment_via(self, event: CaseEvent, via: str) -> dict[str, Any]:
        if event.merged_contact_no is None:
            return {"channel": via, "source": {"from": {}, "to": {}, "rel": None}}
        # The kept ticket's note names the ticket that was closed into it.
        closed = self.records.ticket_of(event.merged_contact_no)
        source = {"ticket_id": closed, "subject": f"Request {closed}"}
        return {"channel": "system", "source": {"from": source, "to": {}, "rel": "merge"}}

    def _author(self, case: Case, event: CaseEvent) -> int:
        if event.actor == "agent" and event.actor_no is not None:
            return self._agents[event.actor_no].zendesk_user_id
        if event.actor == "customer" and event.actor_no is not None:
            if event.actor_no == case.customer_no:
                return self.records.requester_id(case, event.at)
            return self.records.customers[event.actor_no].zendesk_user_id
        return BOT_USER_ID if event.actor == "bot" else SYSTEM_USER_ID

    def _child(
        self, case: Case, event: CaseEvent, child_id: int, via: str, with_comments: bool
    ) -> dict[str, Any]:
        child: dict[str, Any] = {
            "id": child_id,
            "via": _VIA_LABEL.get(via, "Web form"),
            "via_reference_id": None,
        }
        if event.kind == "comment" and not with_comments:
            child |= {"comment_present": True, "comment_public": bool(event.is_public)}
            child["event_type"] = "Comment"
        elif event.kind == "comment":
            text = f"Message {child_id}"
            child |= {
                "via": self._comment_via(event, via),
                "type": "Comment",
                "author_id": self._author(case, event),
                "body": text,
                "html_body": f"<p>{text}</p>",
                "plain_body": text,
                "public": bool(event.is_public),
                "attachments": [],
                "audit_id": child_id - 1,
                "created_at": iso(event.at),
                "event_type": "Comment",
            }
        elif event.field == "tags":
            after, before = tag_list(event.value), tag_list(event.previous_value)
            child |= {
                "tags": after,
                "added_tags": [tag for tag in after if tag not in before],
                "removed_tags": [tag for tag in before if tag not in after],
            }
            child["event_type"] = event.kind.title()
            if event.kind == "change":
                child["previous_value"] = before
        else:
            child[event.field or "status"] = event.value
            child["event_type"] = event.kind.title()
            if event.kind == "change":
                child["previous_value"] = event.previous_value
        return child

    def _coding(self, index: int, at: int, base: int, via: str) -> list[dict[str, Any]]:
        reason, spent = self.records.custom_fields(index, at)
        values = [(ZENDESK_REASON_FIELD_ID, reason), (ZENDESK_TIME_SPENT_FIELD_ID, spent)]
        return [
            {
                "id": base + 2 + part,
                "via": _VIA_LABEL.get(via, "Web form"),
                "via_reference_id": None,
                "custom_ticket_fields": {str(field_id): str(value)},
                "event_type": "Change",
                "previous_value": None,
            }
            for part, (field_id, value) in enumerate(values)
            if value is not None
        ]


def _same_update(first: CaseEvent, second: CaseEvent) -> bool:
    return (first.at, first.actor, first.actor_no) == (second.at, second.actor, second.actor_no)
