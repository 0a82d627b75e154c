"""The sandbox clock: every server and the ledger look at the world from its instant.

Two kinds: `FrozenClock` stands at one unix second until it is advanced (history mode), and
`RunningClock` starts at an instant and runs with the wall clock, or faster (live mode).
Times are whole unix seconds (UTC).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol


class Clock(Protocol):
    """What readers of a clock need."""

    def now(self) -> int:
        """The current sandbox instant, unix seconds (UTC)."""
        ...

    def advance(self, seconds: int) -> int:
        """Move forward by `seconds` and return the new instant; never backwards."""
        ...


def _check_forward(seconds: int) -> None:
    if seconds < 0:
        raise ValueError(f"the sandbox clock only moves forward; asked to move {seconds} s")


class FrozenClock:
    """Stands still until told to move."""

    def __init__(self, at: int) -> None:
        self._at = at
        self._lock = threading.Lock()

    def now(self) -> int:
        """The instant it stands at, unix seconds."""
        return self._at

    def advance(self, seconds: int) -> int:
        """Move forward by `seconds` (>= 0) and return the new instant.

        Raises:
            ValueError: when `seconds` is negative.
        """
        _check_forward(seconds)
        with self._lock:
            self._at += seconds
            return self._at


class RunningClock:
    """Starts at an instant and runs `speed` simulated seconds a wall second.

    Args:
        start: first instant, unix seconds.
        speed: simulated seconds that pass in one wall second; 1 is real time.
        stop_at: instant it never passes (the world's horizon), or None.
        monotonic: wall clock in seconds; replaced in tests.
    """

    def __init__(
        self,
        start: int,
        speed: float = 1.0,
        stop_at: int | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if speed <= 0:
            raise ValueError(f"the sandbox clock needs a positive speed, got {speed}")
        self._start = start
        self._speed = speed
        self._stop_at = stop_at
        self._monotonic = monotonic
        self._zero = monotonic()
        self._lock = threading.Lock()

    def now(self) -> int:
        """The current instant, unix seconds; stays at `stop_at` once reached."""
        at = self._start + int((self._monotonic() - self._zero) * self._speed)
        return at if self._stop_at is None else min(at, self._stop_at)

    def advance(self, seconds: int) -> int:
        """Jump forward by `seconds` (>= 0) and return the new instant.

        Raises:
            ValueError: when `seconds` is negative.
        """
        _check_forward(seconds)
        with self._lock:
            self._start += seconds
        return self.now()
