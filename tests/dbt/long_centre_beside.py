"""What a centre at random knows beside its calls: cases, and what customers are asked and answer.

All of it is landed at once. What happens later than all that is known is seen as that moves on, as
where the helpdesk has been read further than the calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

Row = dict[str, Any]

CASES = 150


def drawn_surveys(rng: Random, calls: Sequence[Row]) -> dict[str, list[Row]]:
    """Answers, of which some come weeks later or name a call that nobody knows yet; invitations."""
    invitations: list[Row] = []
    answers: list[Row] = []
    for number, row in enumerate(rng.sample(list(calls), 300)):
        sent = row["queued_at"] + timedelta(days=rng.choice((0.05, 0.5, 2)))
        told = {"customer_key": row["customer_key"], "contact_id": row["call_id"]}
        if number % 3 == 0:
            invitations.append(
                {"invitation_id": f"i{number}", "sent_at": sent, "delivered_at": sent,
                 "reminder_no": 0, **told}
            )  # fmt: skip
            told["invitation_id"] = f"i{number}"
        if number % 5:
            after = timedelta(days=rng.choice((0.1, 5, 14, 27.9, 40)))
            answers.append(
                {"response_id": f"r{number}", "metric": "csat", "scale": "csat_5",
                 "score": float(rng.randint(1, 5)), **told,
                 "answered_at": (sent if number % 3 == 0 else row["queued_at"]) + after}
            )  # fmt: skip
    return {"survey_invitations": invitations, "survey_responses": answers}


def drawn_follow_ups(rng: Random, answers: Sequence[Row]) -> list[Row]:
    """What was done about answers: tasks that name an answer, a contact, or only who answered."""
    tasks = []
    for number, answer in enumerate(rng.sample(list(answers), 100)):
        created = answer["answered_at"] + timedelta(days=rng.choice((0.1, 1, 6, 45, 80)))
        about = ("response_id", "contact_id", None)[number % 3]
        tasks.append(
            {"task_id": f"t{number}", "created_at": created, "customer_key": answer["customer_key"],
             "attempts": 1, "agent": "B1", "first_attempt_at": created + timedelta(hours=2),
             "reached_at": created + timedelta(days=1) if number % 2 else None}
            | ({about: answer[about]} if about else {})
        )  # fmt: skip
    return tasks


def drawn_cases(
    rng: Random, first: datetime, last: datetime, customers: int
) -> dict[str, list[Row]]:
    """Cases of e-mails, solved and taken up again soon."""
    cases: list[Row] = []
    events: list[Row] = []
    messages: list[Row] = []
    for number in range(CASES):
        created = first + (last - first) * rng.random()
        row = {
            "case_id": f"m{number}",
            "created_at": created,
            "updated_at": created,
            "status": "open",
            "channel": "email",
            "customer_key": f"key-{rng.randrange(customers)}",
            "queue": "support",
            "reason": rng.choice(("billing", "delivery", None)),
        }
        cases.append(row)
        for at, status in _life(rng, created):
            events.append(
                {"case_id": row["case_id"], "occurred_at": at, "field": "status", "value": status}
            )
            messages.append(
                {"message_id": f"m{number}-{len(messages)}", "case_id": row["case_id"],
                 "sent_at": at, "author_role": rng.choice(("agent", "customer")), "is_public": True,
                 "author": rng.choice(("A1", "B1"))}
            )  # fmt: skip
    return {"cases": cases, "case_events": events, "messages": messages}


def _life(rng: Random, created: datetime) -> Iterator[tuple[datetime, str]]:
    at = created
    yield at, "new"
    # All are solved once, and soon: a build with a tail begins where the oldest open case does.
    for status in ("open", "solved", "open", "solved")[: rng.choice((2, 2, 3, 4))]:
        at += timedelta(days=rng.choice((0.01, 0.5, 2)))
        yield at, status


def reopened_case(began: datetime, reopened: datetime) -> dict[str, list[Row]]:
    """A case that comes up again long after it was solved."""
    case = {
        "case_id": "old", "created_at": began, "updated_at": began, "status": "open",
        "channel": "email", "customer_key": "key-3", "queue": "support",
    }  # fmt: skip
    steps = ((began, "new"), (began + timedelta(hours=5), "solved"), (reopened, "open"))
    return {
        "cases": [case],
        "case_events": [
            {"case_id": "old", "occurred_at": at, "field": "status", "value": status}
            for at, status in steps
        ],
        "messages": [
            {"message_id": "old", "case_id": "old", "sent_at": began + timedelta(hours=1),
             "author_role": "agent", "is_public": True, "author": "A1"}
        ],
    }  # fmt: skip


def late_answer(call: Row, asked: datetime) -> dict[str, list[Row]]:
    """A call that a customer judges the next day, and again when asked weeks later."""
    about = {"contact_id": call["call_id"], "customer_key": call["customer_key"]}
    answer = {"metric": "csat", "scale": "csat_5", "score": 2.0, **about}
    sent = {"invitation_id": "late", "sent_at": asked, "delivered_at": asked, "reminder_no": 0}
    return {
        "survey_invitations": [sent | about],
        "survey_responses": [
            answer | {"response_id": "soon", "answered_at": call["queued_at"] + timedelta(days=1)},
            answer | {"response_id": "late", "answered_at": asked, "invitation_id": "late"},
        ],
    }
