"""Shares of a total over a dimension, and contacts a customer (catalogue 6.1).

A share is of what lies beside it, not of its own place, so these are counted apart from the
metrics that add up place by place.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from fractions import Fraction

from sandbox.ledger.truth import Truth

Key = tuple[str, ...]


def _of_all(counts: Counter[Key], whole: int = 0) -> dict[Key, tuple[int, int]]:
    """Each count beside the total of those that share the first `whole` parts of its key."""
    totals: Counter[Key] = Counter()
    for key, count in counts.items():
        totals[key[:whole]] += count
    return {key: (count, totals[key[:whole]]) for key, count in counts.items()}


def shares(known: Truth) -> dict[str, dict[Key, tuple[int, int]]]:
    """For each share its parts and what they are a part of.

    Returns:
        By metric: channel, or channel and reason, or value category -> (part, whole).
    """
    reasons = {reason.code: reason for reason in known.world.reasons}
    handled = [row for row in known.contacts if row.is_handled]
    coded = [(row.contact.channel, row.reason_code) for row in handled if row.reason_code]
    return {
        "channel_share": _of_all(
            Counter((row.contact.channel,) for row in known.contacts if row.is_offered)
        ),
        "first_channel_share": _of_all(
            Counter((issue.first.contact.channel,) for issue in known.issues)
        ),
        "reason_share_within_channel": _of_all(Counter(coded), whole=1),
        "value_category_share": _of_all(
            Counter(
                (reasons[row.reason_code].category_at(row.started_at),)
                for row in handled
                if row.reason_code
            )
        ),
    }


def contact_rate(known: Truth) -> tuple[int, Fraction]:
    """Contacts offered, and customers averaged over the days on which anybody was in contact."""
    day = known.day_of()
    spans = [
        (day(item.acquired_at, None), day(item.churned_at, None) if item.churned_at else date.max)
        for item in known.world.customers
        if item.hubspot_id is not None and item.acquired_at <= known.as_of
    ]
    days = [
        day(row.started_at if row.queued_at is None else row.queued_at, row.contact.queue_code)
        for row in known.contacts
    ]
    length = (max(days) - min(days)).days + 1
    customer_days = sum(
        came <= at < left
        for at in (min(days) + timedelta(days=number) for number in range(length))
        for came, left in spans
    )
    return sum(row.is_offered for row in known.contacts), Fraction(customer_days, length)
