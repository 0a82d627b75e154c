"""Handling time shared out second by second (catalogue, E8).

While an agent handles n contacts at once, each of them gets one n-th of every second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction

from sandbox.world.records import Contact

LegKey = tuple[int, int]  # contact_no, leg_no


def allocated_seconds(contacts: Iterable[Contact], as_of: int) -> dict[LegKey, Fraction]:
    """Each connected leg's share of its agent's seconds, from connect to wrap-up or `as_of`."""
    turns: dict[int, list[tuple[int, int, LegKey]]] = defaultdict(list)
    for contact in contacts:
        for leg in contact.legs:
            if leg.connected_at is None or leg.connected_at > as_of or leg.agent_no is None:
                continue
            key = (contact.contact_no, leg.leg_no)
            ended = as_of if leg.wrapped_at is None else min(leg.wrapped_at, as_of)
            turns[leg.agent_no].append((leg.connected_at, 1, key))
            turns[leg.agent_no].append((ended, -1, key))
    shares: dict[LegKey, Fraction] = defaultdict(Fraction)
    for events in turns.values():
        events.sort()
        busy: set[LegKey] = set()
        since = 0
        for at, step, key in events:
            for held in busy:
                shares[held] += Fraction(at - since, len(busy))
            since = at
            if step > 0:
                busy.add(key)
                shares[key] += 0
            else:
                busy.discard(key)
    return shares
