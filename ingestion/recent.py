"""Rows already landed inside an overlap window, so that reading it again lands only what is new.

Vendors show late and changed records only to those who read a stretch of time twice. The keys and
versions of the rows landed from that stretch are kept in dlt's state; the rest is forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

State = dict[str, Any]


def to_epoch(moment: datetime) -> int:
    """Unix seconds of a naive UTC time."""
    return int(moment.replace(tzinfo=UTC).timestamp())


def second_of(text: str) -> int:
    """Unix second of an instant in ISO 8601; UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return to_epoch(moment) if moment.tzinfo is None else int(moment.timestamp())


def from_epoch(seconds: float) -> datetime:
    """Naive UTC time of unix seconds."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


class Recent:
    """Keys seen lately, with their version and time, kept in `state['recent']`.

    Rows given out by `fresh` count as landed once `keep` says so, which a source does when what it
    yielded has been taken: a page that could not be taken is read again.
    """

    def __init__(self, state: State) -> None:
        self._seen: dict[str, list[Any]] = state.setdefault("recent", {})
        self._given: dict[str, list[Any]] = {}

    def fresh(
        self,
        rows: Iterable[Any],
        *,
        key: Callable[[Any], Any],
        at: Callable[[Any], int],
        version: Callable[[Any], str] = lambda row: "",
    ) -> list[Any]:
        """The rows that were not landed before in this version.

        Args:
            rows: Vendor records.
            key: Identifies a record.
            at: Its time, unix seconds; decides how long it is remembered.
            version: Changes whenever the record does.
        """
        found = []
        for row in rows:
            name, shown = str(key(row)), version(row)
            known = self._given.get(name) or self._seen.get(name)
            if known is None or known[1] != shown:
                found.append(row)
            self._given[name] = [at(row), shown]
        return found

    def forget_before(self, seconds: int) -> None:
        """Forget the keys older than a unix second: no window reaches back to them any more."""
        self.keep()
        for name in [n for n, (at, _) in self._seen.items() if at < seconds]:
            del self._seen[name]

    def keep(self) -> None:
        """Remember what `fresh` gave out."""
        self._seen.update(self._given)
        self._given.clear()
