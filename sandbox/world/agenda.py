"""The event list of the simulation: actions at instants, run in time order.

Ties run in the order they were entered, so a longer horizon replays the same history.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any


class Agenda:
    """A heap of (instant, order of entry, action, arguments)."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._entered = 0

    def at(self, instant: int, action: Callable[..., None], *args: Any) -> None:
        """Run `action(instant, *args)` at an instant."""
        self._entered += 1
        heapq.heappush(self._heap, (instant, self._entered, action, args))

    def run(self, until: int) -> None:
        """Run everything due up to and including `until`."""
        while self._heap and self._heap[0][0] <= until:
            instant, _, action, args = heapq.heappop(self._heap)
            action(instant, *args)
