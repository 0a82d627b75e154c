"""Whether customers bought after they had been in contact.

Of each customer and day the first handled inbound contact counts (a callback is outbound), once a
week has passed since its end. A purchase is the doing of the last such contact before it.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from sandbox.ledger.contacts import ContactTruth
from sandbox.ledger.rules import CONVERSION_WINDOW
from sandbox.ledger.truth import Truth


def conversions(known: Truth) -> tuple[int, int]:
    """Contacts whose week is over, and those of them whose customer bought in it."""
    orders: dict[int, list[int]] = defaultdict(list)
    for order in known.world.orders:
        if order.ordered_at <= known.as_of:
            orders[order.customer_no].append(order.ordered_at)
    mature = bought = 0
    for customer, contacts in _first_of_days(known).items():
        ends = sorted(row.ended_at for row in contacts if row.ended_at is not None)
        for ended, following in pairwise([*ends, None]):
            assert ended is not None  # noqa: S101  only the last of a pair may be
            until = ended + CONVERSION_WINDOW
            if until <= known.as_of:
                mature += 1
                last = until if following is None else min(until, following)
                bought += any(ended < at <= last for at in orders[customer])
    return mature, bought


def _first_of_days(known: Truth) -> dict[int, list[ContactTruth]]:
    day = known.day_of()
    found: dict[int, dict[object, ContactTruth]] = defaultdict(dict)
    for row in sorted(known.contacts, key=lambda row: (row.started_at, row.contact_id)):
        contact = row.contact
        if row.queued_at is None or row.ended_at is None or contact.channel == "callback":
            continue
        if row.is_handled and contact.is_identified:
            found[contact.customer_no].setdefault(day(row.queued_at, contact.queue_code), row)
    return {customer: list(of_days.values()) for customer, of_days in found.items()}
