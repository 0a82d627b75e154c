"""Ten contacts over all vendors, small enough to work out by hand, as raw lake rows.

Monday 2 March 2026, Helsinki (UTC+2), office open Mon-Fri 8-16 local; known up to 2026-03-20 12:00.

| id | what happens |
|---|---|
| WT1 | call at 10:00 local, IVR 30 s, connected after exactly 20 s to E1, 300 s with 20 s hold, |
|     | 40 s after-call work; resolved, reason billing, ticket 900 |
| WT2 | call abandoned after 5 s (short) |
| WT3 | call abandoned after 60 s |
| WT4 | call that asks for a callback after 180 s |
| WT5 | the callback of WT4: connected 1,020 s after the request |
| WT6 | chat: connected after 61 s (limit 60), first message 70 s after its start |
| CA9 | call that ends in the IVR |
| 101 | e-mail Friday 6 March 15:50 local, replied and solved Monday 08:20: 30 min of business; |
|     | good rating |
| 102 | e-mail, spam |
| WT7 | a test of the line that E1 answers |
| acme:7 | a call of a file drop: waited 10 s, talked 100 s |

WT1 and 101 are of one person (CRM contact 1): the call is followed by the e-mail about the same
reason within seven days, so it is not resolved at first contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.dbt.raw_lake import Rows, watermark

KNOWN_UP_TO = "2026-03-20 12:00:00"
Row = dict[str, Any]


def event(no: int, task: str, kind: str, at: str, **more: Any) -> Row:
    """A TaskRouter event on 2 March 2026, at a UTC time of day."""
    return {
        "sid": f"EV{no:03}",
        "task_sid": task,
        "event_type": kind,
        "occurred_at": f"2026-03-02 {at}",
        "task_channel": "voice",
        "direction": "inbound",
        "task_queue_sid": "WQ1",
        "language": "fi",
        **more,
    }


def _served(start: int, task: str, times: tuple[str, ...], **more: Any) -> list[Row]:
    """The events of a task that one agent serves: queued, connected, left, wrapped."""
    queued, connected, left, wrapped = times
    ring = {"worker_sid": "WK1", "reservation_sid": f"WR-{task}", **more}
    return [
        event(start, task, "task.created", queued, **more),
        event(start + 1, task, "task-queue.entered", queued, **more),
        event(start + 2, task, "reservation.created", queued, **ring),
        event(start + 3, task, "reservation.accepted", connected, **ring),
        event(start + 4, task, "reservation.wrapup", left, hold_seconds=20, **ring),
        event(
            start + 5,
            task,
            "task.updated",
            left,
            **{"outcome": "resolved", "reason_code": "billing", **more},
        ),
        event(start + 6, task, "reservation.completed", wrapped, hold_seconds=20, **ring),
        event(start + 7, task, "task.completed", wrapped, **more),
    ]


def _canceled(start: int, task: str, queued: str, left: str, reason: str) -> list[Row]:
    return [
        event(start, task, "task.created", queued),
        event(start + 1, task, "task-queue.entered", queued),
        event(start + 2, task, "task.canceled", left, canceled_reason=reason),
    ]


def twilio() -> dict[str, Rows]:
    """Calls, events, workers and queues."""
    call = {"call_sid": "CA1", "from_key": "phone-1", "ivr_seconds": 30, "case_id": "900"}
    back = {"task_channel": "callback", "direction": "outbound", "preceded_by": "WT4"}
    chat = {"task_channel": "chat", "task_queue_sid": "WQ2", "first_response_seconds": 70}
    return {
        "calls": [
            {
                "sid": sid,
                "direction": "inbound",
                "status": "completed",
                "start_time": f"2026-03-02 {start}",
                "end_time": f"2026-03-02 {end}",
                "date_updated": f"2026-03-02 {end}",
            }
            for sid, start, end in (
                ("CA1", "08:00:00", "08:05:50"),
                ("CA9", "09:00:00", "09:00:45"),
            )
        ],
        "events": [
            *_served(10, "WT1", ("08:00:30", "08:00:50", "08:05:50", "08:06:30"), **call),
            *_canceled(20, "WT2", "08:10:00", "08:10:05", "hangup"),
            *_canceled(30, "WT3", "08:20:00", "08:21:00", "hangup"),
            *_canceled(40, "WT4", "08:30:00", "08:33:00", "callback requested"),
            *_served(50, "WT5", ("08:33:00", "08:50:00", "08:55:00", "08:55:10"), **back),
            *_served(70, "WT7", ("09:00:00", "09:00:10", "09:00:30", "09:00:40"), purpose="test"),
            *_served(60, "WT6", ("08:40:00", "08:41:01", "08:45:01", "08:45:01"), **chat),
        ],
        "workers": [{"sid": "WK1", "employee_id": "E1"}],
        "task_queues": [
            {"sid": "WQ1", "friendly_name": "Voice"},
            {"sid": "WQ2", "friendly_name": "Chat"},
        ],
        "watermarks": [watermark("calls", "2026-03-20 12:05:00"), watermark("events", KNOWN_UP_TO)],
    }


def _child(no: int, ticket: int, at: str, kind: str, **more: Any) -> Row:
    return {"id": no, "ticket_id": ticket, "occurred_at": at, "event_type": kind, **more}


def _status(no: int, ticket: int, at: str, value: str, updater: int) -> Row:
    kind = "Create" if value == "new" else "Change"
    return _child(no, ticket, at, kind, field="status", value=value, updater_id=updater)


def zendesk() -> dict[str, Rows]:
    """Tickets, their events, users, groups and one rating."""
    friday, monday = "2026-03-06 13:50:00", "2026-03-09 06:20:00"
    ticket = {"status": "solved", "group_id": 5, "reason_code": "billing", "updated_at": monday}
    return {
        "tickets": [
            {
                "id": 101,
                "created_at": friday,
                "via_channel": "email",
                "requester_id": 1,
                "submitter_id": 1,
                "time_spent_seconds": 600,
                "tags": "[]",
                **ticket,
            },
            {
                "id": 102,
                "created_at": friday,
                "via_channel": "email",
                "requester_id": 2,
                "tags": '["spam"]',
                **ticket,
            },
            {
                "id": 900,
                "created_at": "2026-03-02 08:05:50",
                "via_channel": "phone",
                "external_id": "WT1",
                "requester_id": 1,
                "submitter_id": 9,
                "tags": '["complaint_level_2"]',
                **ticket,
            },
        ],
        "ticket_events": [
            _status(1, 101, friday, "new", 1),
            # The acknowledgement of a rule and an internal note answer nobody.
            _child(2, 101, friday, "Comment", is_public=True, author_id=-1, via_channel="rule"),
            _child(3, 101, "2026-03-06 13:55:00", "Comment", is_public=False, author_id=9),
            _child(4, 101, monday, "Comment", is_public=True, author_id=9),
            _status(5, 101, monday, "solved", 9),
            _status(6, 102, friday, "new", 2),
            _status(7, 900, "2026-03-02 08:05:50", "new", 9),
            _status(8, 900, "2026-03-02 08:06:00", "solved", 9),
        ],
        "users": [
            {"id": 1, "role": "end-user", "email_key": "mail-1", "phone_key": "phone-1"},
            {"id": 2, "role": "end-user", "email_key": "mail-2"},
            # Merged into the first, who has his address besides.
            {"id": 8, "role": "end-user", "active": False},
            {"id": 9, "role": "agent", "external_id": "E1"},
        ],
        "user_identities": [
            {"id": no, "user_id": user, "identity_type": "email", "identity_key": key}
            for no, user, key in ((81, 1, "mail-1"), (82, 2, "mail-2"), (88, 1, "mail-8"))
        ],
        "groups": [
            {"id": 5, "name": "Mail", "deleted": False},
            {"id": 6, "name": "Old", "deleted": False},
        ],
        "satisfaction_ratings": [
            {"id": 1, "ticket_id": 101, "score": "good", "requester_id": 1, "updated_at": monday},
            {"id": 2, "ticket_id": 102, "score": "offered", "updated_at": monday},
        ],
        "watermarks": [
            watermark("tickets", KNOWN_UP_TO),
            watermark("ticket_events", "2026-03-20 12:00:30"),
        ],
    }


def hubspot() -> dict[str, Rows]:
    """One CRM contact, known by e-mail and phone, and his double, whom the CRM's users merged."""
    of_march = "2026-03-{:02} 00:00:00".format
    gone = {"archived": True, "updated_at": of_march(2)}
    return {
        "contacts": [
            {
                "id": 1,
                "email_key": "mail-1",
                "phone_key": "phone-1",
                "segment": "household",
                "company_id": 11,
                "updated_at": of_march(1),
            },
            {"id": 2, "email_key": "mail-9", "updated_at": of_march(1)},
            {"id": 2, "merged_into": 1} | gone,
        ],
        "companies": [
            {"id": 10, "industry": "retail", "updated_at": of_march(1)},
            {"id": 11, "merged_into": 10} | gone,
        ],
        # Bought after the call and again, as his double, after the e-mail; a deal that was lost is
        # no purchase.
        "deals": [
            {
                "id": no,
                "contact_id": of,
                "deal_stage": stage,
                "closed_at": f"2026-03-{day} 12:00:00",
            }
            for no, of, stage, day in (
                (1, 1, "closedwon", "04"),
                (2, 2, "closedwon", "12"),
                (3, 1, "closedlost", "03"),
            )
        ],
        "watermarks": [watermark("contacts", "2026-03-20 12:10:00")],
    }


def typeform() -> dict[str, Rows]:
    """Two answers about the call: 2, then 5 instead."""
    answer = {
        "form_id": "F",
        "field_id": "q1",
        "field_ref": "csat_5",
        "hidden_survey_type": "transactional",
        "hidden_contact_id": "twilio:WT1",
    }
    return {
        "answers": [
            {
                "response_id": token,
                "submitted_at": f"2026-03-0{day} 10:00:00",
                "number_value": score,
                **answer,
            }
            for token, day, score in (("t1", 3, 2.0), ("t2", 4, 5.0))
        ],
        "watermarks": [watermark("answers", "2026-03-20 12:10:00")],
    }


ORIGIN = {"source_dataset": "acme", "source_file": "a.csv", "source_row": 1}


def personnel(teams: Sequence[tuple[str, str, str | None]]) -> Rows:
    """A list of agents: who, in which team, since when (UTC) if the list says so."""
    return [
        {"agent_id": agent, "team": team, "valid_from": since, **ORIGIN}
        for agent, team, since in teams
    ]


def files_acme() -> dict[str, Rows]:
    """One call, the queues and opening hours of the centre, and its agents."""
    origin = ORIGIN
    return {
        "agents": personnel(
            [
                ("E1", "red", None),
                ("E2", "green", "2020-01-01 00:00:00"),
                ("E2", "amber", "2026-03-01 00:00:00"),
                ("E2", "yellow", "2026-03-02 09:00:00"),
            ]
        ),
        "calls": [
            {
                "call_id": "7",
                "queued_at": "2026-03-02 09:00:00",
                "outcome": "answered",
                "wait_seconds": 10.0,
                "talk_seconds": 100.0,
                "queue": "Sales",
                "agent": "E2",
                **origin,
            }
        ],
        "queues": [
            {
                "queue_id": queue,
                "channel": channel,
                "timezone": "Europe/Helsinki",
                "schedule_id": "office",
                **origin,
            }
            for queue, channel in (
                ("twilio:WQ1", "voice"),
                ("twilio:WQ2", "chat"),
                ("zendesk:5", "email"),
            )
        ],
        "schedules": [
            {
                "schedule_id": "office",
                "timezone": "Europe/Helsinki",
                "weekday": day,
                "open_time": "08:00",
                "close_time": "16:00",
                **origin,
            }
            for day in range(5)
        ],
        "watermarks": [watermark("calls", "2026-03-20 12:10:00")],
    }
