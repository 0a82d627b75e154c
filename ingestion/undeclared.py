"""New columns of a vendor land before anybody has declared them, as what cannot name a person.

A table's first landings learn which members its records have. A member that appears later, at the
top or in an object that the vendor shapes (`Table.known_objects`), lands beside the declared
columns from then on. Its value decides the column:

    undeclared_<member>_number   a number below a million
    undeclared_<member>_flag     true or false
    undeclared_<member>_at       an instant with a time of day
    undeclared_<member>_key      all else, as a keyed pseudonym of the normalised value

Any other object is one value: its keys may be data, people's names among them, and a column has
none of them in its name. So nothing lands in clear that might be a name, an address, a phone number
(also written as a number), a date of birth or a message; and a column has one type in every file,
whatever comes. Files from before have no such column, which readers of the lake take for null.

In: the rows that a page's declared columns are read from. Out: the page with its new columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
from dlt.common import json

from ingestion.columns import ARROW_TYPES, Page, Row, Table
from ingestion.drift import MAP_SIZE, Drift, Follows, is_name
from ingestion.privacy import Pseudonymiser

PREFIX: Final = "undeclared_"
LEARNT: Final = 100  # rows after which the shape of a feed is known
MOST_COLUMNS: Final = 40  # members of a table that land undeclared; the others are only reported
LONGEST_ADDRESS: Final = 254  # of an e-mail address; a longer text is no address of anybody
TELLS_LITTLE: Final = 1_000_000  # numbers from here on may be phone numbers, ids or dates
_KINDS: Final = {"number": "double", "flag": "bool", "at": "timestamp", "key": "text"}
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT(?!00:00(:00)?([.]0+)?(Z|[+-]))\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d:?\d\d)"
)
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")

Path = tuple[str, ...]


class NewColumns:
    """The members that nobody declared of one table, during one landing."""

    def __init__(
        self,
        table: Table,
        state: dict[str, Any],
        people: Pseudonymiser,
        follows: Follows,
        *,
        is_whole: bool,
    ) -> None:
        """Look into the table's state: what its rows had, and what of it lands undeclared.

        Args:
            table: Says which members are declared.
            state: Of the table; written by `remember`.
            people: Makes the pseudonyms.
            follows: Whether a member of an object is looked at.
            is_whole: A landing reads the whole table, so the first one knows its shape.
        """
        self._table = table.name
        self._objects = table.known_objects
        self._follows = follows
        kept = state.get("shape") or {"members": [], "rows": 0, "landing": []}
        self._state = state
        self._people = people
        self._is_whole = is_whole
        self._rows = int(kept["rows"])
        self._is_learning = self._rows < LEARNT
        self._known = {m for m in kept["members"] if self._follows(*m.split(".", 1))}
        self._landing: dict[str, Path] = {
            ".".join(path): tuple(path) for path in kept["landing"] if self._follows(*path)
        }
        self._known |= {".".join(column.path or (column.name,)) for column in table.columns}
        self._columns: dict[str, str] = {}  # of this landing, with their kinds of type
        self._began: dict[str, list[str]] = {}  # members that are new in this landing, and where
        self._tops: set[str] = set()
        self._inner: dict[str, set[str]] = {}

    def beside(self, page: Page) -> Page:
        """The page with what is new beside its declared columns."""
        self._rows += len(page.rows)
        for path in self._unseen(page.rows):
            member = ".".join(path)
            if member in self._known or not all(map(is_name, path)):
                continue
            self._known.add(member)
            if not self._is_learning and len(self._landing) < MOST_COLUMNS:
                self._landing[member] = path
                self._began[member] = []
        if not self._landing:
            return page
        cells: dict[str, list[Any]] = {}
        for member, path in self._landing.items():
            for number, row in enumerate(page.rows):
                if (cell := self._cell(_follow(row, path))) is not None:
                    name = f"{PREFIX}{_snake(member)}_{cell[0]}"
                    cells.setdefault(name, [None] * len(page.rows))[number] = cell[1]
                    self._columns[name] = _KINDS[cell[0]]
                    if name not in self._began.get(member, [name]):
                        self._began[member].append(name)
        data = page.data
        for name, kind in self._columns.items():
            values = cells.get(name) or [None] * len(page.rows)
            data = data.append_column(name, pa.array(values, ARROW_TYPES[kind]))
        return Page(data, page.rejected, page.rows)

    def told(self, changes: Sequence[Drift]) -> list[Drift]:
        """Changes with the columns that new members landed in, and what landed besides them."""
        left = dict(self._began)
        found = []
        for change in changes:
            columns = left.pop(change.member, None) if change.change == "appeared" else None
            found.append(replace(change, lands_as=", ".join(columns)) if columns else change)
        # Members that a source makes of lists and texts.
        return found + [
            Drift(self._table, member, "appeared", None, None, ", ".join(columns))
            for member, columns in left.items()
            if columns
        ]

    def remember(self) -> None:
        """Know from now on what this landing had."""
        if self._rows:
            self._state["shape"] = {
                "members": sorted(self._known),
                "rows": LEARNT if self._is_whole else min(self._rows, LEARNT),
                "landing": [list(path) for path in self._landing.values()],
            }

    def _unseen(self, rows: Sequence[Row]) -> Iterator[Path]:
        """Members that this landing had not met: a known object by its members, all else whole."""
        for row in rows:
            for member in row.keys() - self._tops:
                self._tops.add(member)
                if member not in self._objects:
                    yield (member,)
            for member in self._objects & row.keys():
                value = row[member]
                if isinstance(value, dict) and len(value) <= MAP_SIZE:
                    known = self._inner.setdefault(member, set())
                    if not value.keys() <= known:
                        new = value.keys() - known
                        yield from ((member, held) for held in new if self._follows(member, held))
                        known |= new

    def _cell(self, value: Any) -> tuple[str, Any] | None:
        if value is None or value in ("", [], {}):
            return None
        if isinstance(value, bool):
            return "flag", value
        if isinstance(value, int | float) and abs(value) < TELLS_LITTLE:
            return "number", float(value)
        if isinstance(value, str) and _INSTANT.fullmatch(value):
            try:
                return "at", datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
            except ValueError:
                pass
        text = value if isinstance(value, str) else json.dumps(value, sort_keys=True)
        whole = len(text) > LONGEST_ADDRESS
        key = self._people.digest(text) if whole else self._people.person(text)
        return ("key", key) if key else None


def is_pseudonym(column: str) -> bool:
    """Whether a column of the lake is one of these and holds pseudonyms."""
    return column.startswith(PREFIX) and column.endswith("_key")


def _follow(row: Any, path: Path) -> Any:
    for member in path:
        row = row.get(member) if isinstance(row, Mapping) else None
    return row


def _snake(member: str) -> str:
    return _WORDS.sub("_", member).strip("_").lower()
