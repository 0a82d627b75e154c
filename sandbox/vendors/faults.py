"""Faults on demand: which request goes wrong, how, and how often.

Inputs are fault orders from the control endpoint; output is the fault (if any) that strikes
a request. Page faults rewrite a good page; the others replace the answer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any

import orjson

STATUS_KINDS = {
    "status_429": 429,
    "status_500": 500,
    "status_502": 502,
    "status_503": 503,
    "expired_cursor": 400,
    "revoke": 401,
}
CONNECTION_KINDS = frozenset({"timeout", "drop"})
PAGE_KINDS = frozenset(
    {
        "truncate",
        "duplicate_page",
        "duplicate_records",
        "empty_page",
        "unlinked_page",
        "late_record",
        "skewed_record",
        "schema_new_column",
        "schema_type_change",
        "schema_missing_column",
    }
)
CLOCK_KIND = "clock_moves"  # before the page is answered: records change while a client pages
KINDS = frozenset(STATUS_KINDS) | CONNECTION_KINDS | PAGE_KINDS | {CLOCK_KIND}
ALWAYS = -1


@dataclass
class Fault:
    """One order: strike `times` requests of a vendor whose path contains a text.

    Attributes:
        vendor: mount name, `zendesk` and so on.
        path_contains: text to look for in the path; empty strikes every path.
        kind: one of `KINDS`.
        times: how many requests to strike; -1 until taken away.
        retry_after: seconds for a `Retry-After` header, how long a timeout hangs, how far the
            clock moves, or how far a record's time is off.
        column: for schema faults; a column every record has unless given. A new one may be within
            an object of the record, or of each of a list: `participants.attributes.name`.
        skip: requests to let through first (to strike page 2 of a walk, say).
        value: what a new column holds; of an object each member is a column of its own.
    """

    vendor: str
    kind: str
    path_contains: str = ""
    times: int = 1
    retry_after: float | None = None
    column: str | None = None
    skip: int = 0
    value: Any = "new"


class FaultBoard:
    """The standing orders, shared by all vendors of a sandbox."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def order(self, fault: Fault) -> None:
        """Add an order.

        Raises:
            ValueError: for an unknown kind.
        """
        if fault.kind not in KINDS:
            known = ", ".join(sorted(KINDS))
            raise ValueError(f"unknown fault kind '{fault.kind}'; known: {known}")
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Take all orders away."""
        with self._lock:
            self._faults.clear()

    def standing(self) -> list[dict[str, Any]]:
        """Return the orders still to strike."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def strike(self, vendor: str, path: str) -> Fault | None:
        """Return the first order that strikes this request, and count it."""
        with self._lock:
            for fault in self._faults:
                if fault.vendor != vendor or fault.path_contains not in path:
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                if fault.times != ALWAYS:
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults.remove(fault)
                return fault
        return None


def spoil_page(body: bytes, fault: Fault, default_column: str) -> bytes:
    """Return a page with its records changed as a fault asks.

    The records are the first list of objects in the page or its `result`; a column is looked for
    in the record and in its `properties` (HubSpot).
    """
    page = orjson.loads(body)
    if isinstance(page, list):  # the page is its records
        spoilt: dict[str, Any] = orjson.loads(
            spoil_page(b'{"all":' + body + b"}", fault, default_column)
        )
        return bytes(orjson.dumps(spoilt["all"]))
    whole = page
    if isinstance(page.get("result"), dict):  # an answer around the page
        page = page["result"]
    member = next(
        (m for m, v in page.items() if isinstance(v, list) and v and isinstance(v[0], dict)), None
    )
    if member is None:
        return body
    records = page[member]
    column = fault.column or default_column
    if fault.kind == "duplicate_records":
        page[member] = [record for record in records for _ in range(2)]
    elif fault.kind == "empty_page":
        page[member] = []
    elif fault.kind == "unlinked_page":  # a list that shows only so many records
        page["meta"]["next_page_url"] = None
    elif fault.kind == "late_record":
        records.remove(max(records, key=lambda record: _home(record, column).get(column) or ""))
        if "total_items" in page:  # Typeform counts what it shows
            page["total_items"] -= 1
    elif fault.kind == "skewed_record":
        home = _home(records[0], column)
        if column in home:
            seconds, at = int(fault.retry_after or 3600), home[column]
            home[column] = at + seconds if isinstance(at, int) else _later(str(at), seconds)
    else:
        for record in records:
            _bend(_home(record, column), fault, column)
    return bytes(orjson.dumps(whole))


def _home(record: dict[str, Any], column: str) -> dict[str, Any]:
    """The part of a record that holds a column."""
    home: dict[str, Any] = record if column in record else record.get("properties", record)
    return home


def _bend(home: dict[str, Any], fault: Fault, column: str) -> None:
    if fault.kind == "schema_new_column":
        *within, name = (fault.column or "sandbox_new_column").split(".")
        several = fault.value if isinstance(fault.value, dict) else {"": fault.value}
        for part in _parts(home, within):
            part.update({f"{name}_{key}" if key else name: v for key, v in several.items()})
    elif fault.kind == "schema_type_change":
        home[column] = {"changed": str(home.get(column))}
    else:
        home.pop(column, None)


def _parts(whole: Any, within: list[str]) -> Iterator[dict[str, Any]]:
    """The objects at a path, each of those in a list."""
    for each in whole if isinstance(whole, list) else [whole]:
        if not within:
            yield each
        elif isinstance(each, dict):
            yield from _parts(each.setdefault(within[0], {}), within[1:])


def _later(text: str, seconds: int) -> str:
    """An ISO or RFC 2822 time, moved."""
    if text[:1].isdigit():
        moved = datetime.fromisoformat(text) + timedelta(seconds=seconds)
        return moved.strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_datetime(parsedate_to_datetime(text) + timedelta(seconds=seconds))
