"""What TaskRouter logs about the world's live contacts, as a time-sorted list of events.

Inputs: a World. Outputs: `TaskEvent` tuples for the whole horizon (small, sortable, made once)
and `event_json`, which renders one in the vendor's shape when it is asked for.

Sequence of a contact: task.created, task-queue.entered, reservation.created (and .timeout,
.created again when nobody picks up), reservation.accepted, a transfer hands the task to the
next leg, reservation.wrapup, task.wrapup, task.updated (outcome, reason and case are coded),
reservation.completed, task.completed. A task that leaves its queue unanswered ends with
task.canceled and the reason. A chat's first answer shows as a task.updated of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from sandbox.credentials import TWILIO_ACCOUNT_SID, TWILIO_WORKSPACE_SID
from sandbox.vendors.wire import iso
from sandbox.world.records import LIVE_CHANNELS, Contact, Leg, World

ACCOUNT_URL = "https://taskrouter.twilio.com/v1/Workspaces/" + TWILIO_WORKSPACE_SID
_HELSINKI = ZoneInfo("Europe/Helsinki")
WORKFLOW_SID = "WW" + "5c" * 16
WORKFLOW_NAME = "Contacts to queues"
CANCELED_REASONS = {
    "abandoned": "hangup",
    "callback": "callback requested",
    "flow_out": "voicemail",
}
ASSIGNMENT_STATUS = {
    "task.created": "pending",
    "task-queue.entered": "pending",
    "task-queue.moved": "pending",
    "reservation.created": "reserved",
    "reservation.timeout": "pending",
    "reservation.canceled": "canceled",
    "reservation.accepted": "assigned",
    "task.transfer-initiated": "assigned",
    "reservation.wrapup": "wrapping",
    "task.wrapup": "wrapping",
    "task.updated": "wrapping",
    "reservation.completed": "completed",
    "task.completed": "completed",
    "task.canceled": "canceled",
}


def sid(prefix: str, *parts: object) -> str:
    """Return a stable vendor id: the prefix and 32 hex digits of the parts."""
    text = ":".join(map(str, parts)).encode()
    return prefix + hashlib.blake2b(text, digest_size=16).hexdigest()


@lru_cache(maxsize=64)
def channel_sid(channel: str) -> str:
    """Return a task channel's sid; kept, because every event names one."""
    return sid("TC", channel)


class TaskEvent(NamedTuple):
    """One TaskRouter event; sorts by time, then contact, then order within the task."""

    at: int
    contact_index: int
    order: int
    event_type: str
    leg_index: int
    reservation_sid: str | None
    agent_no: int | None
    is_coded: bool  # outcome, reason and case are known from here on


def _product(reason_code: str) -> str:
    """What the customer has of the company, as the agent picks it beside the reason."""
    electric = ("electricity", "power", "meter")
    return "electricity" if any(word in reason_code for word in electric) else "internet"


def _announcements(world: World) -> dict[str, dict[str, str]]:
    """What callers hear on the days of an invoice run: queue code -> local day -> text."""
    found: dict[str, dict[str, str]] = {}
    for campaign in world.campaigns:
        if campaign.type != "invoice_run":
            continue
        first, last = (date.fromisoformat(day) for day in (campaign.starts_on, campaign.ends_on))
        for number in range((last - first).days + 1):
            day = (first + timedelta(days=number)).isoformat()
            for code in campaign.queue_codes:
                found.setdefault(code, {})[day] = campaign.name
    return found


def task_end(contact: Contact) -> int | None:
    """Return when the task left TaskRouter: completed or canceled; None while it has not."""
    last = contact.legs[-1]
    if last.end in CANCELED_REASONS:
        return last.left_at
    return last.wrapped_at if last.end == "answered" else None


def contact_events(contact: Contact, index: int) -> Iterator[TaskEvent]:
    """Yield the events of one queued live contact, in the order they happen to its task."""
    order = 0

    def event(
        at: int,
        kind: str,
        leg: int,
        reservation: str | None = None,
        agent: int | None = None,
        *,
        coded: bool = False,
    ) -> TaskEvent:
        nonlocal order
        order += 1
        return TaskEvent(at, index, order, kind, leg, reservation, agent, coded)

    if contact.queued_at is None:
        return
    yield event(contact.queued_at, "task.created", 0)
    for number, leg in enumerate(contact.legs):
        yield event(leg.queued_at, "task-queue.entered", number)
        for offered_at, timed_out_at, agent_no, missed_sid in leg.missed_reservations:
            yield event(offered_at, "reservation.created", number, missed_sid, agent_no)
            yield event(timed_out_at, "reservation.timeout", number, missed_sid, agent_no)
        held = (leg.reservation_sid, leg.agent_no)
        if leg.reserved_at is not None and leg.reservation_sid is not None:
            yield event(leg.reserved_at, "reservation.created", number, *held)
        if leg.connected_at is None:
            yield from _unanswered(event, leg, number)
            continue
        yield event(leg.connected_at, "reservation.accepted", number, *held)
        if _is_first_answer(contact, leg):
            yield event(contact.first_response_at or 0, "task.updated", number, *held)
        if leg.left_at is None:
            continue
        is_last = number == len(contact.legs) - 1
        if leg.end == "transferred":
            yield event(leg.left_at, "task.transfer-initiated", number, *held)
        yield event(leg.left_at, "reservation.wrapup", number, *held)
        if is_last:
            yield event(leg.left_at, "task.wrapup", number, *held)
        if leg.wrapped_at is None:
            continue
        if is_last:
            yield event(leg.wrapped_at, "task.updated", number, *held, coded=True)
        yield event(leg.wrapped_at, "reservation.completed", number, *held, coded=is_last)
        if is_last:
            yield event(leg.wrapped_at, "task.completed", number, *held, coded=True)


def _unanswered(event: Any, leg: Leg, number: int) -> Iterator[TaskEvent]:
    if leg.left_at is None:
        return
    if leg.reserved_at is not None and leg.reservation_sid is not None:
        yield event(leg.left_at, "reservation.canceled", number, leg.reservation_sid, leg.agent_no)
    kind = "task.canceled" if leg.end in CANCELED_REASONS else "task-queue.moved"
    yield event(leg.left_at, kind, number)


def _is_first_answer(contact: Contact, leg: Leg) -> bool:
    answered_at = contact.first_response_at
    if contact.channel != "chat" or answered_at is None or leg.connected_at is None:
        return False
    return leg.connected_at <= answered_at and (leg.left_at is None or answered_at <= leg.left_at)


class TaskRouterRecords:
    """TaskRouter's view of a world; knows no clock."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.contacts = [
            contact
            for contact in world.contacts
            if contact.task_sid is not None and contact.legs and contact.channel in LIVE_CHANNELS
        ]
        self.queues = {queue.code: queue for queue in world.queues}
        self.agents = {agent.agent_no: agent for agent in world.agents}
        self.customers = {customer.customer_no: customer for customer in world.customers}
        self.index_by_task = {
            contact.task_sid: index for index, contact in enumerate(self.contacts)
        }
        self._task_by_contact = {contact.contact_no: contact.task_sid for contact in self.contacts}
        self._announced = _announcements(world)
        self._tickets = {case.case_no: case.ticket_id for case in world.cases}

    def events(self) -> list[TaskEvent]:
        """Return all events of the horizon, oldest first."""
        found = [
            event
            for index, contact in enumerate(self.contacts)
            for event in contact_events(contact, index)
        ]
        found.sort()
        return found

    def address(self, contact: Contact) -> str:
        """Return what the channel knows of the customer: e-mail for chat, else the number."""
        customer = self.customers[contact.customer_no]
        if contact.channel == "chat":
            return customer.email if contact.is_identified else ""
        if contact.is_identified:
            return customer.phone
        # Carriers show a withheld number in more than one way.
        return "anonymous" if contact.contact_no % 2 else "+266696687"

    def attributes(self, contact: Contact, event: TaskEvent) -> str:
        """Return the task attributes as the JSON text they are at an event."""
        is_outbound = contact.channel == "callback"
        conversations: dict[str, Any] = {
            "direction": "Outbound" if is_outbound else "Inbound",
            "initiated_by": "agent" if is_outbound else "customer",
            "ivr_time": contact.pre_queue_seconds,
        }
        if contact.purpose is not None:
            conversations["conversation_attribute_3"] = contact.purpose
        announced = self._announced.get(contact.queue_code or "")
        if announced is not None and contact.channel == "voice":
            day = datetime.fromtimestamp(contact.arrived_at, _HELSINKI).date().isoformat()
            conversations |= (
                {"conversation_attribute_4": announced[day]} if day in announced else {}
            )
        if contact.parent_no is not None:
            conversations["preceded_by"] = self._task_by_contact.get(contact.parent_no)
        if (
            contact.channel == "chat"
            and contact.first_response_at is not None
            and event.at >= contact.first_response_at
            and event.event_type not in {"task.created", "task-queue.entered"}
        ):
            conversations["first_response_time"] = contact.first_response_at - (
                contact.queued_at or contact.arrived_at
            )
        if event.event_type in {"reservation.wrapup", "reservation.completed"}:
            conversations["hold_time"] = contact.legs[event.leg_index].hold_seconds
        if event.is_coded:
            conversations |= self._coding(contact)
        return orjson.dumps(
            {
                "from": self.address(contact),
                "call_sid": contact.call_sid,
                "direction": "outbound" if is_outbound else "inbound",
                "language": contact.language,
                "conversations": conversations,
            }
        ).decode()

    def _coding(self, contact: Contact) -> dict[str, Any]:
        coded: dict[str, Any] = {}
        if contact.resolved is not None:
            coded["outcome"] = "resolved" if contact.resolved else "unresolved"
        if contact.reason_code is not None:
            coded["conversation_attribute_1"] = contact.reason_code
            coded["conversation_attribute_2"] = _product(contact.reason_code)
        if contact.case_no is not None:
            coded["case"] = str(self._tickets[contact.case_no])
        return coded

    def event_json(self, event: TaskEvent) -> dict[str, Any]:
        """Return one event in the vendor's shape."""
        contact = self.contacts[event.contact_index]
        leg = contact.legs[event.leg_index]
        queue = self.queues[leg.queue_code]
        kind = event.event_type
        task_sid = contact.task_sid or ""
        agent = self.agents[event.agent_no] if event.agent_no is not None else None
        data: dict[str, Any] = {
            "task_sid": task_sid,
            "task_attributes": self.attributes(contact, event),
            "task_assignment_status": self.status(event, contact),
            "task_age": event.at - (contact.queued_at or event.at),
            "task_priority": 0,
            "task_channel_sid": channel_sid(contact.channel),
            "task_channel_unique_name": contact.channel,
            "task_queue_sid": queue.native_id,
            "task_queue_name": queue.name,
            "task_queue_entered_date": leg.queued_at,
            "workflow_sid": WORKFLOW_SID,
            "workflow_name": WORKFLOW_NAME,
        }
        if agent is not None:
            data |= {
                "reservation_sid": event.reservation_sid,
                "worker_sid": agent.worker_sid,
                "worker_name": agent.name,
            }
        if kind == "task.canceled":
            data["task_canceled_reason"] = CANCELED_REASONS[leg.end]
        elif kind == "task.transfer-initiated":
            data |= {
                "transfer_mode": "WARM" if leg.transfer_type == "warm" else "COLD",
                "transfer_sid": sid("TT", task_sid, event.leg_index),
                "transfer_type": "QUEUE",
                "transfer_initiating_reservation_sid": event.reservation_sid,
            }
        is_reservation = kind.startswith("reservation.")
        resource_sid = (event.reservation_sid or task_sid) if is_reservation else task_sid
        resource_url = f"{ACCOUNT_URL}/Tasks/{task_sid}"
        if is_reservation:
            resource_url += f"/Reservations/{resource_sid}"
        is_worker = agent is not None and kind not in {"reservation.created", "reservation.timeout"}
        event_sid = sid("EV", task_sid, event.order)
        return {
            "account_sid": TWILIO_ACCOUNT_SID,
            "actor_sid": agent.worker_sid if is_worker and agent else TWILIO_WORKSPACE_SID,
            "actor_type": "worker" if is_worker else "system",
            "actor_url": f"{ACCOUNT_URL}/Workers/{agent.worker_sid}"
            if is_worker and agent
            else ACCOUNT_URL,
            "description": kind.replace(".", " "),
            "event_data": data,
            "event_date": iso(event.at),
            "event_date_ms": event.at * 1000,
            "event_type": kind,
            "resource_sid": resource_sid,
            "resource_type": "reservation" if is_reservation else "task",
            "resource_url": resource_url,
            "sid": event_sid,
            "source": "twilio",
            "source_ip_address": "192.0.2.10",
            "url": f"{ACCOUNT_URL}/Events/{event_sid}",
            "workspace_sid": TWILIO_WORKSPACE_SID,
        }

    def status(self, event: TaskEvent, contact: Contact) -> str:
        """Return the task's assignment status right after an event."""
        if event.event_type == "task.updated" and not event.is_coded:
            return "assigned"
        handed_on = contact.legs[event.leg_index].end == "transferred"
        if handed_on and event.event_type in {"reservation.wrapup", "reservation.completed"}:
            return "assigned"  # the task itself lives on with the next agent
        return ASSIGNMENT_STATUS[event.event_type]
