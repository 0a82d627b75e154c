"""Sliding-window rate limits, as the vendors count them: per account, in wall time.

Inputs are requests as they come; output is None (let through) or the seconds to wait.
"""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """At most `requests` in any `seconds` for paths the name stands for."""

    name: str
    requests: int
    seconds: float


class SlidingWindow:
    """Counts requests per account and limit; refused requests do not count."""

    def __init__(self, wall: Callable[[], float] = time.monotonic) -> None:
        """Use `wall` as the passing of real time, in seconds."""
        self._wall = wall
        self._seen: dict[tuple[str, str], deque[float]] = defaultdict(deque)

    def admit(self, account: str, limit: Limit) -> float | None:
        """Count a request, or return how many seconds until one would be let through."""
        now = self._wall()
        seen = self._seen[account, limit.name]
        while seen and seen[0] <= now - limit.seconds:
            seen.popleft()
        if len(seen) >= limit.requests:
            return seen[0] + limit.seconds - now
        seen.append(now)
        return None

    def remaining(self, account: str, limit: Limit) -> int:
        """Return how many more requests this window lets through."""
        return max(0, limit.requests - len(self._seen[account, limit.name]))
