"""Twilio's calls, live tasks, reservations, workers, queues and activities as of an instant.

Inputs: a World through `TaskRouterRecords`. Outputs: dicts with every property of the vendor's
published schemas.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from sandbox.credentials import TWILIO_ACCOUNT_SID, TWILIO_WORKSPACE_SID
from sandbox.vendors.timeline import FOREVER, ActiveSet
from sandbox.vendors.twilio_events import (
    ACCOUNT_URL,
    WORKFLOW_NAME,
    WORKFLOW_SID,
    TaskRouterRecords,
    channel_sid,
    contact_events,
    sid,
    task_end,
)
from sandbox.vendors.wire import iso, rfc2822
from sandbox.world.records import Agent, Contact, Queue, Spell

OWN_NUMBER = "+358753250000"
_HELSINKI = ZoneInfo("Europe/Helsinki")
_ACTIVITIES = {"Offline": False, "Available": True, "Unavailable": False, "Break": False}


class TwilioSnapshots:
    """Twilio resources that show a present state rather than a log."""

    def __init__(self, records: TaskRouterRecords) -> None:
        self.records = records
        self.world = records.world
        self.calls = sorted(
            (
                (start, index)
                for index, contact in enumerate(self.world.contacts)
                if (start := self.call_start(contact)) is not None
            ),
        )
        self._live = ActiveSet(
            [
                (contact.queued_at or 0, task_end(contact) or FOREVER, index)
                for index, contact in enumerate(records.contacts)
            ]
        )
        self._since = self.world.starts_at - 90 * 86_400

    # ---- calls

    def call_start(self, contact: Contact) -> int | None:
        """Return when a contact's call begins: a callback rings when an agent takes it."""
        if contact.call_sid is None:
            return None
        return contact.answered_at if contact.channel == "callback" else contact.arrived_at

    def call(self, index: int, now: int) -> dict[str, Any]:
        """Return a call as it stands."""
        contact = self.world.contacts[index]
        start = self.call_start(contact) or contact.arrived_at
        end = contact.ended_at
        if end is None and contact.legs:
            end = contact.legs[-1].left_at
        is_over = end is not None and end <= now
        is_outbound = contact.channel == "callback"
        customer = self.records.address(contact)
        origin, target = (OWN_NUMBER, customer) if is_outbound else (customer, OWN_NUMBER)
        uri = f"/2010-04-01/Accounts/{TWILIO_ACCOUNT_SID}/Calls/{contact.call_sid}"
        return {
            "sid": contact.call_sid,
            "date_created": rfc2822(start),
            "date_updated": rfc2822(end if is_over and end is not None else start),
            "parent_call_sid": None,
            "account_sid": TWILIO_ACCOUNT_SID,
            "to": target,
            "to_formatted": target,
            "from": origin,
            "from_formatted": origin,
            "phone_number_sid": sid("PN", OWN_NUMBER),
            "status": "completed" if is_over else "in-progress",
            "start_time": rfc2822(start),
            "end_time": rfc2822(end) if is_over and end is not None else None,
            "duration": str(end - start) if is_over and end is not None else None,
            "price": None,
            "price_unit": "EUR",
            "direction": "outbound-api" if is_outbound else "inbound",
            "answered_by": None,
            "api_version": "2010-04-01",
            "forwarded_from": None,
            "group_sid": None,
            "caller_name": None,
            "queue_time": "0",
            "trunk_sid": None,
            "uri": f"{uri}.json",
            "subresource_uris": {
                name: f"{uri}/{path}.json"
                for name, path in (("recordings", "Recordings"), ("events", "Events"))
            },
        }

    # ---- TaskRouter

    def live_tasks(self, now: int) -> list[dict[str, Any]]:
        """Return the tasks not yet completed or canceled; the vendor drops the others."""
        return [self._task(index, now) for index in self._live.at(now)]

    def task(self, task_sid: str, now: int) -> dict[str, Any] | None:
        """Return one live task, None when there is none (any more)."""
        index = self.records.index_by_task.get(task_sid)
        if index is None or index not in self._live.at(now):
            return None
        return self._task(index, now)

    def _task(self, index: int, now: int) -> dict[str, Any]:
        contact = self.records.contacts[index]
        past = [event for event in contact_events(contact, index) if event.at <= now]
        past.sort()
        last = past[-1]
        leg = contact.legs[max(event.leg_index for event in past)]
        queue = self.records.queues[leg.queue_code]
        created = contact.queued_at or 0
        url = f"{ACCOUNT_URL}/Tasks/{contact.task_sid}"
        return {
            "account_sid": TWILIO_ACCOUNT_SID,
            "age": now - created,
            "assignment_status": self.records.status(last, contact),
            "attributes": self.records.attributes(contact, last),
            "addons": "{}",
            "date_created": iso(created),
            "date_updated": iso(last.at),
            "task_queue_entered_date": iso(leg.queued_at),
            "priority": 0,
            "reason": None,
            "sid": contact.task_sid,
            "task_queue_sid": queue.native_id,
            "task_queue_friendly_name": queue.name,
            "task_channel_sid": channel_sid(contact.channel),
            "task_channel_unique_name": contact.channel,
            "timeout": 86_400,
            "workflow_sid": WORKFLOW_SID,
            "workflow_friendly_name": WORKFLOW_NAME,
            "workspace_sid": TWILIO_WORKSPACE_SID,
            "url": url,
            "links": {
                "task_queue": f"{ACCOUNT_URL}/TaskQueues/{queue.native_id}",
                "workflow": f"{ACCOUNT_URL}/Workflows/{WORKFLOW_SID}",
                "workspace": ACCOUNT_URL,
                "reservations": f"{url}/Reservations",
            },
            "virtual_start_time": iso(created),
            "ignore_capacity": False,
            "routing_target": None,
        }

    def reservations(self, task_sid: str, now: int) -> list[dict[str, Any]]:
        """Return a live task's reservations so far."""
        index = self.records.index_by_task[task_sid]
        contact = self.records.contacts[index]
        status_by_event = {
            "reservation.created": "pending",
            "reservation.timeout": "timeout",
            "reservation.canceled": "canceled",
            "reservation.accepted": "accepted",
            "reservation.wrapup": "wrapping",
            "reservation.completed": "completed",
        }
        found: dict[str, dict[str, Any]] = {}
        for event in contact_events(contact, index):
            status = status_by_event.get(event.event_type)
            if status is None or event.at > now or event.reservation_sid is None:
                continue
            agent = self.records.agents[event.agent_no or 0]
            url = f"{ACCOUNT_URL}/Tasks/{task_sid}/Reservations/{event.reservation_sid}"
            row = found.setdefault(
                event.reservation_sid,
                {
                    "account_sid": TWILIO_ACCOUNT_SID,
                    "date_created": iso(event.at),
                    "sid": event.reservation_sid,
                    "task_sid": task_sid,
                    "worker_name": agent.name,
                    "worker_sid": agent.worker_sid,
                    "workspace_sid": TWILIO_WORKSPACE_SID,
                    "url": url,
                    "links": {
                        "task": f"{ACCOUNT_URL}/Tasks/{task_sid}",
                        "worker": f"{ACCOUNT_URL}/Workers/{agent.worker_sid}",
                        "workspace": ACCOUNT_URL,
                    },
                },
            )
            row["reservation_status"] = status
            row["date_updated"] = iso(event.at)
        return list(found.values())

    def workers(self, now: int) -> list[dict[str, Any]]:
        """Return the workers employed now."""
        busy = {
            leg.agent_no
            for index in self._live.at(now)
            for leg in self.records.contacts[index].legs
            if leg.connected_at is not None and leg.connected_at <= now
        }
        local = datetime.fromtimestamp(now, _HELSINKI)
        is_office_time = local.weekday() < 5 and 8 <= local.hour < 18
        return [
            self._worker(agent, agent.spell_at(now), is_office_time or agent.agent_no in busy)
            for agent in self.world.agents
            if agent.hired_at <= now and not agent.has_left_by(now)
        ]

    def _worker(self, agent: Agent, spell: Spell, is_available: bool) -> dict[str, Any]:
        activity = "Available" if is_available else "Offline"
        url = f"{ACCOUNT_URL}/Workers/{agent.worker_sid}"
        attributes = {
            "employee_id": agent.employee_id,
            "email": agent.email,
            "languages": agent.languages,
            "routing": {"skills": agent.queue_codes},
            "team": spell.team,
        }
        return {
            "account_sid": TWILIO_ACCOUNT_SID,
            "activity_name": activity,
            "activity_sid": sid("WA", activity),
            "attributes": orjson.dumps(attributes).decode(),
            "available": is_available,
            "date_created": iso(agent.hired_at),
            "date_status_changed": iso(agent.hired_at),
            "date_updated": iso(agent.hired_at),
            "friendly_name": agent.name,
            "sid": agent.worker_sid,
            "workspace_sid": TWILIO_WORKSPACE_SID,
            "url": url,
            "links": {
                "workspace": ACCOUNT_URL,
                "activity": f"{ACCOUNT_URL}/Activities/{sid('WA', activity)}",
                "reservations": f"{url}/Reservations",
                "channels": f"{url}/Channels",
                "worker_statistics": f"{url}/Statistics",
            },
        }

    def task_queues(self) -> list[dict[str, Any]]:
        """Return the queues routed by TaskRouter."""
        return [self._task_queue(queue) for queue in self.world.queues if queue.system == "twilio"]

    def _task_queue(self, queue: Queue) -> dict[str, Any]:
        url = f"{ACCOUNT_URL}/TaskQueues/{queue.native_id}"
        return {
            "account_sid": TWILIO_ACCOUNT_SID,
            "assignment_activity_sid": sid("WA", "Unavailable"),
            "assignment_activity_name": "Unavailable",
            "date_created": iso(self._since),
            "date_updated": iso(self._since),
            "friendly_name": queue.name,
            "max_reserved_workers": 1,
            "reservation_activity_sid": sid("WA", "Unavailable"),
            "reservation_activity_name": "Unavailable",
            "sid": queue.native_id,
            "target_workers": f'routing.skills HAS "{queue.code}"',
            "task_order": "FIFO",
            "url": url,
            "workspace_sid": TWILIO_WORKSPACE_SID,
            "links": {
                "workspace": ACCOUNT_URL,
                "statistics": f"{url}/Statistics",
                "assignment_activity": f"{ACCOUNT_URL}/Activities/{sid('WA', 'Unavailable')}",
            },
        }

    def activities(self) -> list[dict[str, Any]]:
        """Return the activities a worker can be in."""
        return [
            {
                "account_sid": TWILIO_ACCOUNT_SID,
                "available": is_available,
                "date_created": iso(self._since),
                "date_updated": iso(self._since),
                "friendly_name": name,
                "sid": sid("WA", name),
                "workspace_sid": TWILIO_WORKSPACE_SID,
                "url": f"{ACCOUNT_URL}/Activities/{sid('WA', name)}",
                "links": {"workspace": ACCOUNT_URL},
            }
            for name, is_available in _ACTIVITIES.items()
        ]
