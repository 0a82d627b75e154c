"""The world's live contacts as conversations of Genesys Cloud's analytics, as of an instant.

A conversation has participants (customer, IVR, queue, agents), a participant sessions, a session
segments. A callback is no conversation of its own: it is a session of another medium in the one
that asked for it. What has not happened yet is left out; what is under way has no end.

Inputs: a World. Outputs: dicts in the vendor's shape. The simulated centre is seen here as if its
telephony were moving: each conversation carries Twilio's sid in the attribute `twilio_sid`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sandbox.vendors.twilio_events import TaskRouterRecords, task_end
from sandbox.vendors.wire import iso
from sandbox.world.records import LIVE_CHANNELS, Agent, Contact, Leg, Queue, World

MEDIA = {"voice": "voice", "callback": "callback", "chat": "chat"}
FLOWS_OUT = {"callback": "callback", "flow_out": "voicemail"}


def guid(kind: str, *parts: object) -> str:
    """Return a stable id in the vendor's form."""
    text = ":".join(map(str, (kind, *parts))).encode()
    return str(UUID(bytes=hashlib.blake2b(text, digest_size=16).digest()))


def instant(at: int) -> str:
    """Format a unix second as the vendor does, with milliseconds."""
    return f"{iso(at)[:-1]}.000Z"


def agent_id(agent: Agent) -> str:
    """Return an agent's user id."""
    return guid("user", agent.agent_no)


def queue_id(queue: Queue) -> str:
    """Return a queue's id."""
    return guid("queue", queue.code)


def wrap_up_code_id(reason: str) -> str:
    """Return the id of the wrap-up code that stands for a contact reason."""
    return guid("wrapup", reason)


class Conversation:
    """A contact of the world, with the callback that it asked for, if any."""

    def __init__(self, contacts: list[Contact]) -> None:
        self.contacts = contacts
        self.conversation_id = guid("conversation", contacts[0].contact_no)
        self.start = contacts[0].arrived_at
        ends = [task_end(c) if c.legs else c.ended_at for c in contacts]
        known = [end for end in ends if end is not None]
        self.end = max(known) if len(known) == len(ends) else None


class ConversationRecords:
    """Conversations of a world; knows no clock."""

    def __init__(self, world: World) -> None:
        # What the channel knows of a customer is the same whoever carries the call.
        self._telephony = TaskRouterRecords(world)
        self._agents = {agent.agent_no: agent for agent in world.agents}
        self._queues = {queue.code: queue for queue in world.queues}
        self._tickets = {case.case_no: case.ticket_id for case in world.cases}
        families: dict[int, list[Contact]] = {}
        for contact in world.contacts:
            if contact.purpose is not None:  # the staff try the other telephony
                continue
            if contact.channel in LIVE_CHANNELS and (contact.legs or contact.call_sid):
                families.setdefault(contact.parent_no or contact.contact_no, []).append(contact)
        found = [Conversation(family) for family in families.values()]
        self.conversations = sorted(found, key=lambda c: (c.start, c.conversation_id))

    def active(self, since: int, until: int, now: int) -> list[Conversation]:
        """Return conversations with something going on in [since, until], as known at `now`."""
        return [
            one
            for one in self.conversations
            if one.start <= min(until, now) and (one.end is None or one.end >= since)
        ]

    def json(self, conversation: Conversation, now: int) -> dict[str, Any]:
        """Return a conversation as it stands."""
        participants = [
            shown
            for contact in conversation.contacts
            for participant in self._participants(contact, now)
            if (shown := _until(participant, now)) is not None
        ]
        body: dict[str, Any] = {
            "conversationId": conversation.conversation_id,
            "conversationStart": instant(conversation.start),
            "originatingDirection": "inbound",
            "divisionIds": [guid("division")],
            "participants": participants,
        }
        if conversation.end is not None and conversation.end <= now:
            body["conversationEnd"] = instant(conversation.end)
        return body

    def _participants(self, contact: Contact, now: int) -> Iterator[dict[str, Any]]:
        name = f"{contact.contact_no}"
        media = MEDIA[contact.channel]
        left = contact.legs[-1].left_at if contact.legs else contact.ended_at
        is_over = contact.outcome != "abandoned"
        yield {
            "participantId": guid("customer", name),
            "participantName": self._telephony.customers[contact.customer_no].name,
            "purpose": "customer",
            "attributes": self._attributes(contact, now),
            "sessions": [
                {
                    "sessionId": guid("customer session", name),
                    "mediaType": media,
                    "direction": "outbound" if media == "callback" else "inbound",
                    **self._address(contact),
                    "metrics": [],
                    "segments": [
                        _segment("interact", contact.arrived_at, left,
                                 disconnectType="client" if is_over else "peer")
                    ],
                }
            ],
        }  # fmt: skip
        if contact.channel == "voice":
            yield self._simple(
                "ivr", f"{name}", media, "ivr", contact.arrived_at, contact.queued_at or left
            )
        for number, leg in enumerate(contact.legs):
            yield from self._leg(contact, leg, f"{name}:{number}", media)

    def _leg(
        self, contact: Contact, leg: Leg, name: str, media: str
    ) -> Iterator[dict[str, Any]]:  # fmt: skip
        queue = queue_id(self._queues[leg.queue_code])
        ended = leg.connected_at or leg.left_at
        how = "peer" if leg.end == "abandoned" else "transfer"
        waiting = self._simple(
            "acd", name, media, "interact", leg.queued_at, ended, queueId=queue, disconnectType=how
        )
        session = waiting["sessions"][0]
        if leg.connected_at is None and leg.left_at is not None:
            metric = "tAbandon" if leg.end == "abandoned" else "tFlowOut"
            session["metrics"] = [
                _metric(metric, leg.left_at, 1000 * (leg.left_at - leg.queued_at))
            ]
            if leg.end in FLOWS_OUT:
                session["flowOutType"] = FLOWS_OUT[leg.end]
        yield waiting
        for offered_at, timed_out_at, agent_no, _ in leg.missed_reservations:
            yield self._simple(
                "agent", f"{name}:{offered_at}", media, "alert", offered_at, timed_out_at,
                user=agent_id(self._agents[agent_no]), queueId=queue, disconnectType="timeout",
            )  # fmt: skip
        if leg.agent_no is None or leg.reserved_at is None:
            return
        agent = self._simple(
            "agent", name, media, "alert", leg.reserved_at, leg.connected_at or leg.left_at,
            user=agent_id(self._agents[leg.agent_no]), queueId=queue,
        )  # fmt: skip
        if leg.connected_at is not None:
            session = agent["sessions"][0]
            session["segments"] += self._work(contact, leg, queue)
            session["metrics"] = list(_work_metrics(contact, leg))
        yield agent

    def _work(self, contact: Contact, leg: Leg, queue: str) -> Iterator[dict[str, Any]]:
        start = leg.connected_at or 0
        if leg.hold_seconds:
            hold_at = start + leg.talk_seconds // 2
            yield _segment("interact", start, hold_at, queueId=queue)
            yield _segment("hold", hold_at, hold_at + leg.hold_seconds, queueId=queue)
            start = hold_at + leg.hold_seconds
        how = "transfer" if leg.end == "transferred" else "client"
        yield _segment("interact", start, leg.left_at, queueId=queue, disconnectType=how)
        if leg.left_at is None:
            return
        wrapped = _segment("wrapup", leg.left_at, leg.wrapped_at, queueId=queue)
        if leg is contact.legs[-1] and contact.reason_code is not None:
            wrapped["wrapUpCode"] = wrap_up_code_id(contact.reason_code)
        yield wrapped

    def _simple(
        self,
        purpose: str,
        name: str,
        media: str,
        kind: str,
        start: int,
        end: int | None,
        user: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """A participant with one session that begins with one segment."""
        return {
            "participantId": guid(purpose, name),
            "purpose": purpose,
            **({"userId": user} if user else {}),
            "sessions": [
                {
                    "sessionId": guid(f"{purpose} session", name),
                    "mediaType": media,
                    "direction": "outbound" if media == "callback" else "inbound",
                    "metrics": [],
                    "segments": [_segment(kind, start, end, **more)],
                }
            ],
        }

    def _address(self, contact: Contact) -> dict[str, Any]:
        address = self._telephony.address(contact)
        if contact.channel == "chat":
            return {"addressFrom": address} if address else {}
        if contact.channel == "callback":
            return {"callbackNumbers": [address]}
        return {"ani": f"tel:{address}"}

    def _attributes(self, contact: Contact, now: int) -> dict[str, str]:
        told = {
            "twilio_sid": contact.task_sid or contact.call_sid or "",
            "language": contact.language,
        }
        last = contact.legs[-1].wrapped_at if contact.legs else None
        if last is not None and last <= now:
            if contact.resolved is not None:
                told["outcome"] = "resolved" if contact.resolved else "unresolved"
            if contact.case_no is not None:
                told["case"] = str(self._tickets[contact.case_no])
        return told


def _segment(kind: str, start: int, end: int | None, **more: Any) -> dict[str, Any]:
    return {
        "segmentType": kind,
        "segmentStart": start,
        "segmentEnd": end,
        "conference": False,
    } | more


def _metric(name: str, at: int, value: int) -> dict[str, Any]:
    return {"name": name, "value": value, "emitDate": at}


def _work_metrics(contact: Contact, leg: Leg) -> Iterator[dict[str, Any]]:
    if leg.end == "transferred" and leg.left_at is not None:
        kind = "nConsultTransferred" if leg.transfer_type == "warm" else "nBlindTransferred"
        yield _metric(kind, leg.left_at, 1)
    answered_at = contact.first_response_at
    if contact.channel == "chat" and answered_at is not None and leg is contact.legs[0]:
        waited = answered_at - (contact.queued_at or contact.arrived_at)
        yield _metric("tFirstEngagement", answered_at, 1000 * waited)


def _until(participant: dict[str, Any], now: int) -> dict[str, Any] | None:
    """A participant with what has happened by `now`, None when they have not come in yet."""
    for session in participant["sessions"]:
        session["metrics"] = [
            metric | {"emitDate": instant(metric["emitDate"])}
            for metric in session["metrics"]
            if metric["emitDate"] <= now
        ]
        if not any(metric["name"] == "tFlowOut" for metric in session["metrics"]):
            session.pop("flowOutType", None)
        session["segments"] = [
            _shown(segment, now)
            for segment in session["segments"]
            if segment["segmentStart"] <= now
        ]
    is_there = any(session["segments"] for session in participant["sessions"])
    return participant if is_there else None


def _shown(segment: dict[str, Any], now: int) -> dict[str, Any]:
    end = segment["segmentEnd"]
    shown = segment | {"segmentStart": instant(segment["segmentStart"])}
    if end is not None and end <= now:
        return shown | {"segmentEnd": instant(end)}
    return {
        k: v for k, v in shown.items() if k not in {"segmentEnd", "disconnectType", "wrapUpCode"}
    }
