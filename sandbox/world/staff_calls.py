"""Calls that no customer makes: a test of the line each morning, a colleague who rings the queue.

Nobody picks them up, so they change nothing else. They are numbered apart from customers' contacts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from sandbox.world.calendar import OpeningHours
from sandbox.world.ids import sid
from sandbox.world.records import Contact, Leg, LegEnd

FIRST_NO = 50_000_000
DAY = 86_400
_QUEUE = "support_fi_voice"
# Purpose, seconds after opening, seconds in the queue, how it leaves it.
_CALLS: tuple[tuple[Literal["test", "internal"], int, int, LegEnd], ...] = (
    ("test", 300, 40, "abandoned"),
    ("internal", 10_800, 95, "flow_out"),
)


def calls_of_staff(seed: int, hours: OpeningHours, start: int, horizon: int) -> Iterator[Contact]:
    """One of each a day on which the line is open.

    Args:
        seed: world seed.
        hours: opening hours of the line.
        start: first instant of the world.
        horizon: last one.
    """
    opens, number = hours.next_open(start), FIRST_NO
    while opens <= horizon:
        for purpose, after, waited, end in _CALLS:
            number += 1
            if opens + after <= horizon:
                yield _call(seed, number, purpose, opens + after, waited, end)
        opens = hours.next_open(hours.close_after(opens))


def _call(
    seed: int, number: int, purpose: Literal["test", "internal"], at: int, waited: int, end: LegEnd
) -> Contact:
    left = at + waited
    return Contact(
        contact_no=number,
        issue_no=number,
        sequence_in_issue=1,
        channel="voice",
        parent_no=None,
        customer_no=1,
        is_identified=False,
        language="fi",
        reason_code=None,
        true_reason_code="",
        arrived_at=at,
        queue_code=_QUEUE,
        queued_at=at,
        pre_queue_seconds=0,
        outcome="abandoned" if end == "abandoned" else "flow_out",
        answered_at=None,
        first_response_at=None,
        ended_at=left,
        wrapped_at=None,
        resolved=None,
        legs=[Leg(1, _QUEUE, None, at, None, None, left, None, 0, 0, end, None, None)],
        case_no=None,
        is_spam=False,
        call_sid=sid(seed, "CA", number),
        task_sid=sid(seed, "WT", number),
        purpose=purpose,
    )
