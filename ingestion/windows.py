"""Walking a vendor's history in stretches of time, so that a run can stop and go on.

`walk` goes forward in fixed stretches for lists that page reliably; `fit` cuts a stretch into
pieces small enough for vendors that show only so many results of one question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from math import ceil
from typing import Any, Final

from ingestion.errors import UnexpectedResponse
from ingestion.recent import State, to_epoch
from ingestion.rest import Page, VendorClient

_HEADROOM: Final = 0.7  # pieces are cut this much smaller than allowed: time is not even

Read = Callable[[int, int], Iterator[Page]]
Count = Callable[[Page], int]


def walk(
    client: VendorClient, state: State, *, since: int, width: timedelta, read: Read
) -> Iterator[Page]:
    """Read from `since` to the vendor's present, one stretch after the other.

    `state['until']` moves to the end of each stretch read whole, or to the vendor's clock at the
    stretch's first answer when that came earlier: what is created while the stretch is being
    paged belongs to the next run.

    Args:
        client: Tells the vendor's clock.
        state: Resource state; keeps `until` in unix seconds.
        since: Where to begin, unix seconds.
        width: Length of a stretch.
        read: Pages of the stretch [first, last], unix seconds.
    """
    step = int(width.total_seconds())
    while True:
        now = None
        for page in read(since, since + step):
            if now is None and client.now is not None:
                now = to_epoch(client.now)
            yield page
        if now is None:
            return
        state["until"] = min(since + step, now)
        if since + step >= now:
            return
        since += step


def fit(
    client: VendorClient, first: int, last: int, *, cap: int, ask: Read, total: Count
) -> Iterator[Page]:
    """Read [first, last) in pieces that hold at most `cap` results.

    Args:
        client: Named in the error.
        first: Start, in the vendor's smallest unit of time; inclusive.
        last: End; exclusive.
        cap: Results the vendor shows of one question.
        ask: Pages of a piece.
        total: How many results the vendor counts for the piece, told on each page.

    Yields:
        Pages, oldest piece first. A piece whose count shrank while it was paged is read again:
        a record that changed has left it, and the rest moved up past the page boundary.

    Raises:
        UnexpectedResponse: A single unit of time holds more than the vendor shows.
    """
    pages = ask(first, last)
    page = next(pages, None)
    if page is None:
        return
    found = total(page)
    if found > cap and last - first <= 1:
        raise UnexpectedResponse(
            client.endpoint.source,
            client.resource,
            client.endpoint.base_url,
            f"{found} records of the same instant, of which the vendor shows {cap}",
        )
    if found > cap:
        step = max(1, (last - first) // ceil(found / (cap * _HEADROOM)))
        for start in range(first, last, step):
            yield from fit(client, start, min(start + step, last), cap=cap, ask=ask, total=total)
        return
    yield page
    shrank = False
    for page in pages:
        shrank = shrank or total(page) < found
        yield page
    if shrank:
        yield from ask(first, last)


def page_total(member: str) -> Count:
    """A count read from a member of the answer."""

    def count(page: Page) -> int:
        value: Any = page.answer.get(member)
        return int(value) if value is not None else len(page)

    return count
