"""How many seats a half-hour needs: Erlang C aimed at a service level, mixed between two heads.

A line with two agents jumps from 60 % to 90 % when a third sits down; drawing between the two
numbers keeps the long-run level near the aim at any size, from one agent to a hundred.
"""

from __future__ import annotations

import math
import random


def erlang_c_level(seats: int, load: float, handle_seconds: float, threshold: float) -> float:
    """Share answered within `threshold` seconds by Erlang C.

    Args:
        seats: servers, at least 1.
        load: offered erlangs.
        handle_seconds: mean handling time.
        threshold: seconds.

    Returns:
        A share 0..1; a rough small one when overloaded, where only hang-ups end the queue.
    """
    if load <= 0:
        return 1.0
    if seats <= load:
        return 0.3 * seats / load
    blocking = 1.0  # Erlang B, built up one seat at a time
    for seat in range(1, seats + 1):
        blocking = load * blocking / (seat + load * blocking)
    waits = seats * blocking / (seats - load * (1 - blocking))
    return 1 - waits * math.exp(-(seats - load) * threshold / handle_seconds)


def seats_range(
    load: float, handle_seconds: float, threshold: float, aim: float
) -> tuple[int, float]:
    """Seats that reach the aim, and the share of half-hours that really get them.

    Returns:
        (seats, share): use `seats` in that share of half-hours and one fewer in the others.
    """
    seats = 1
    while erlang_c_level(seats, load, handle_seconds, threshold) < aim:
        seats += 1
    if seats == 1:
        return 1, 1.0
    low = erlang_c_level(seats - 1, load, handle_seconds, threshold)
    high = erlang_c_level(seats, load, handle_seconds, threshold)
    return seats, (aim - low) / (high - low)


def draw_seats(
    rng: random.Random, load: float, handle_seconds: float, threshold: float, aim: float
) -> int:
    """Seats for one half-hour, at least 1."""
    seats, share = seats_range(load, handle_seconds, threshold, aim)
    return seats if rng.random() < share else max(1, seats - 1)
