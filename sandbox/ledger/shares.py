"""Shares of a total over a dimension, and contacts a customer (catalogue 6.1).

A share is of what lies beside it, not of its own place, so these are counted apart from the
metrics that add up place by place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction

from sandbox.ledger.contacts import ContactTruth
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


def shares_by_day(known: Truth) -> dict[str, dict[tuple[date, str], tuple[int, int]]]:
    """The shares of channels, day by day.

    Returns:
        By metric: local day and channel -> (part, whole of the day).
    """
    return {
        "channel_share": _of_days(
            (_day(known, row), row.contact.channel) for row in known.contacts if row.is_offered
        ),
        "first_channel_share": _of_days(
            (_day(known, issue.first), issue.first.contact.channel) for issue in known.issues
        ),
    }


def _of_days(seen: Iterable[tuple[date, str]]) -> dict[tuple[date, str], tuple[int, int]]:
    counts = Counter(seen)
    totals: Counter[date] = Counter()
    for (at, _), count in counts.items():
        totals[at] += count
    return {key: (count, totals[key[0]]) for key, count in counts.items()}


def _day(known: Truth, row: ContactTruth) -> date:
    began = row.started_at if row.queued_at is None else row.queued_at
    return known.day_of()(began, row.contact.queue_code)


def contact_rate(known: Truth) -> tuple[int, Fraction]:
    """Contacts offered, and customers averaged over the days on which anybody was in contact."""
    days = contact_rates_by_day(known).values()
    offered, customers = (sum(part) for part in zip(*days, strict=True))
    return offered, Fraction(customers, len(days))


def contact_rates_by_day(known: Truth) -> dict[date, tuple[int, int]]:
    """Contacts offered and customers of each day, from the first contact's to the last one's."""
    day = known.day_of()
    spans = [
        (day(item.acquired_at, None), day(item.churned_at, None) if item.churned_at else date.max)
        for item in known.world.customers
        if item.hubspot_id is not None and item.acquired_at <= known.as_of
    ]
    offered = Counter(_day(known, row) for row in known.contacts if row.is_offered)
    met = [_day(known, row) for row in known.contacts]
    first, last = min(met), max(met)
    return {
        at: (offered[at], sum(came <= at < left for came, left in spans))
        for at in (first + timedelta(days=number) for number in range((last - first).days + 1))
    }
