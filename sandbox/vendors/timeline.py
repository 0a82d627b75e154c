"""Time-sorted views of records: what exists, and in which state, at an instant.

Inputs are (instant, record number) pairs known in advance for the whole simulated horizon;
outputs are the records as they stood at any instant up to it. Everything is found by bisection
or by moving forward, so a running clock costs in proportion to what is new, not to history.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

FOREVER = 1 << 62


class VersionLog:
    """Every version of every record, by the instant it came to be.

    At a cut-off, the current version of a record is the one whose successor is still to come.
    """

    def __init__(
        self, versions: Iterable[tuple[int, int]], ends: Mapping[int, int] | None = None
    ) -> None:
        """Sort `(instant, record number)` pairs; equal pairs count once.

        Args:
            versions: Of all records.
            ends: Record number to the instant from which nobody sees it any more.
        """
        self._ends = dict(ends or {})
        self._versions = sorted(
            {(at, record) for at, record in versions if at < self._ends.get(record, FOREVER)}
        )
        self._next_at = [FOREVER] * len(self._versions)
        following = dict(self._ends)
        for place in range(len(self._versions) - 1, -1, -1):
            at, record = self._versions[place]
            self._next_at[place] = following.get(record, FOREVER)
            following[record] = at

    def merged(self, records: Collection[int], into: int, at: int) -> VersionLog:
        """The log in which one record stands for others from an instant on.

        Args:
            records: Whose versions from then on are versions of `into`.
            into: One of them, or a new record.
            at: When.
        """
        versions = [(t, into if record in records and t >= at else record)
                    for t, record in self._versions]  # fmt: skip
        gone = dict.fromkeys(set(records) - {into}, at)
        return VersionLog([*versions, (at, into)], self._ends | gone)

    def changed(self, records: Iterable[int], at: int) -> VersionLog:
        """The log in which some records have a new version at an instant."""
        return VersionLog([*self._versions, *((at, record) for record in records)], self._ends)

    def current(
        self, cutoff: int, after: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Yield `(instant, record)` of versions current at `cutoff`, oldest first.

        Args:
            cutoff: last instant that counts.
            after: position to go on from, exclusive.
        """
        place = 0 if after is None else bisect_right(self._versions, after)
        versions, next_at = self._versions, self._next_at
        while place < len(versions) and versions[place][0] <= cutoff:
            if next_at[place] > cutoff:
                yield versions[place]
            place += 1

    def newest(
        self, cutoff: int, before: tuple[int, int] | None = None
    ) -> Iterator[tuple[int, int]]:
        """Yield the versions current at `cutoff`, newest first, from before a position on."""
        place = bisect_left(self._versions, before or (cutoff + 1, -1))
        while place > 0:
            place -= 1
            if self._next_at[place] > cutoff:
                yield self._versions[place]

    def page(
        self, cutoff: int, after: tuple[int, int] | None, size: int
    ) -> tuple[list[tuple[int, int]], bool]:
        """Return up to `size` current versions after a position, and whether more follow."""
        found: list[tuple[int, int]] = []
        for version in self.current(cutoff, after):
            if len(found) == size:
                return found, True
            found.append(version)
        return found, False


class ActiveSet:
    """Which of many intervals are running at an instant, kept up to date as time moves on."""

    def __init__(self, intervals: Sequence[tuple[int, int, int]]) -> None:
        """Take `(start, end, record number)`; running means start <= now < end."""
        self._intervals = sorted(intervals)
        self._reset()

    def _reset(self) -> None:
        self._place = 0
        self._now = -FOREVER
        self._running: set[int] = set()
        self._ends: list[tuple[int, int]] = []

    def at(self, now: int) -> list[int]:
        """Return the record numbers running at `now`, in record order."""
        if now < self._now:  # the clock was set back: start over
            self._reset()
        self._now = now
        while self._place < len(self._intervals) and self._intervals[self._place][0] <= now:
            _, end, record = self._intervals[self._place]
            self._place += 1
            if end > now:
                self._running.add(record)
                heapq.heappush(self._ends, (end, record))
        while self._ends and self._ends[0][0] <= now:
            self._running.discard(heapq.heappop(self._ends)[1])
        return sorted(self._running)


def window(times: Sequence[int], start: int | None, end: int) -> tuple[int, int]:
    """Return the index range [low, high) of sorted `times` with start <= time <= end."""
    low = 0 if start is None else bisect_left(times, start)
    return low, max(low, bisect_right(times, end))
