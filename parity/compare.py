"""Compares every expected cell with the warehouse's answer, and says why the two differ.

Inputs: rows as dictionaries of texts, expected and ours. Outputs: one `ColumnResult` a column.
Numbers of minutes may differ by 0.1; everything else must be equal.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Row = Mapping[str, str | None]
MINUTES_TOLERANCE = 0.1
KEYS = {
    "ticket_metrics": ("ticket_id",),
    "backlog_daily_by_status": ("date_day", "status"),
    "sla_breaches_closed": ("ticket_id", "metric", "applied_at"),
}
# Every target that a helpdesk applied is judged here; the reference leaves some of them out.
MAY_HOLD_MORE = frozenset({"sla_breaches_closed"})
# A count by day stops where its reference does; the days behind are no rows too many.
COUNTED_UP_TO = {"backlog_daily_by_status": "date_day"}
_TRUE, _FALSE = {"true", "t", "1"}, {"false", "f", "0"}


@dataclass(frozen=True)
class Difference:
    """One expected cell that the warehouse answers differently.

    Attributes:
        key: Values of the table's key.
        expected: What was expected; None is empty.
        ours: What the warehouse says.
        reason: Why ours is right; empty when there is no reason.
    """

    table: str
    key: tuple[str | None, ...]
    column: str
    expected: str | None
    ours: str | None
    reason: str


@dataclass
class ColumnResult:
    """How one expected column compares."""

    table: str
    column: str
    cells: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> int:
        """Cells that are equal."""
        return self.cells - len(self.differences)

    @property
    def unexplained(self) -> int:
        """Differences that have no reason."""
        return sum(not each.reason for each in self.differences)


def compare(
    table: str, expected: Iterable[Row], ours: Iterable[Row]
) -> tuple[list[ColumnResult], list[tuple[str | None, ...]]]:
    """Compare one table.

    Returns:
        A result for each expected column that is no key, and the keys that only we have.
    """
    key_of = KEYS[table]
    answered = {tuple(row[name] for name in key_of): row for row in ours}
    day = COUNTED_UP_TO.get(table)
    expected = list(expected)
    if day is not None:
        last = max((row[day] or "" for row in expected), default="")
        answered = {key: row for key, row in answered.items() if (row[day] or "") <= last}
    results: dict[str, ColumnResult] = {}
    met: set[tuple[str | None, ...]] = set()
    for row in expected:
        key = tuple(row[name] for name in key_of)
        answer = answered.get(key)
        met.add(key)
        for column, value in row.items():
            if column in key_of:
                continue
            result = results.setdefault(column, ColumnResult(table, column))
            result.cells += 1
            found = answer.get(column) if answer else None
            if answer is None or not same(column, value, found):
                reason = why(table, column, value, answer) if answer else ""
                result.differences.append(Difference(table, key, column, value, found, reason))
    return list(results.values()), [key for key in answered if key not in met]


def same(column: str, expected: str | None, ours: str | None) -> bool:
    """Whether two cells are equal, minutes to a tenth."""
    if expected is None or ours is None:
        return expected is ours
    if expected == ours:
        return True
    for words in (_TRUE, _FALSE):
        if expected in words and ours in words:
            return True
    try:
        gap = abs(float(expected) - float(ours))
    except ValueError:
        return False
    tolerance = MINUTES_TOLERANCE if column.endswith("_minutes") else 0.0
    return gap <= tolerance or math.isclose(gap, tolerance)


def why(table: str, column: str, expected: str | None, ours: Row) -> str:
    """Why the reference differs from the definition that it gives; empty when nothing tells.

    Two habits of the reference are known, both in breach flags of targets in business hours. Each
    reason holds only if counting its way gives its answer.
    """
    if (
        table != "sla_breaches_closed"
        or column != "is_breached"
        or ours["in_business_hours"] != "1"
    ):
        return ""
    target, elapsed = float(ours["target_minutes"] or 0), float(ours["elapsed_minutes"] or 0)
    counted = float(ours["reference_minutes"] or 0)
    if expected in _TRUE and elapsed <= target < counted:
        return (
            f"{elapsed:.1f} open minutes of {target:.0f} were used; the reference counts "
            f"{counted:.1f}: it takes a piece of a status period without any open time "
            "(pieces end at schedule changes and at local Sundays) for its full length"
        )
    changed = int(ours["schedules_passed"] or 0) > 1
    if expected in _FALSE and changed and str(ours["metric"]).endswith("reply_time"):
        return (
            f"the reply took {elapsed:.1f} open minutes of {target:.0f}; the reference loses time "
            "of tickets that changed schedule"
        )
    return ""
