"""Declared columns: what a raw table holds, and how a page of vendor JSON becomes Arrow.

A `Table` lists its `Column`s; `Table.build(source, rows)` turns one page (a list of dicts) into
a `pyarrow.Table` of exactly the declared schema, column by column, and keeps aside the rows whose
values do not fit. Only declared columns are read here, so nothing undeclared (names, message
bodies) can reach the lake in clear; of a vendor's new columns see `ingestion/undeclared.py`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, cast

import pyarrow as pa
import pyarrow.compute as pc
from dlt.common.schema.typing import TColumnSchema

from ingestion.drift import Policy
from ingestion.errors import MASK, ContractViolation

Row = Mapping[str, Any]
Kind = Literal["text", "bigint", "int", "double", "bool", "timestamp", "date"]
# How the vendor writes a value; `plain` means it already is what Arrow expects.
Format = Literal["plain", "iso", "rfc2822", "epoch_ms", "epoch_s", "number_text", "bool_text"]

ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us"),  # naive UTC
    "date": pa.date32(),
}

# dlt's own names of the types, for hints.
_DLT_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": {"data_type": "text"},
    "bigint": {"data_type": "bigint"},
    "int": {"data_type": "bigint", "precision": 32},
    "double": {"data_type": "double"},
    "bool": {"data_type": "bool"},
    "timestamp": {"data_type": "timestamp", "timezone": False, "precision": 6},
    "date": {"data_type": "date"},
}


STRICT: Final = Policy()
_ID_LIKE: Final = re.compile(
    r"(?=.*\d)[\w.-]{1,64}|None"
)  # no address, and no name without a digit
# What a transform or a conversion makes of a value of another type.
_MISFITS: Final = (pa.ArrowException, ValueError, TypeError, AttributeError, OverflowError)


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column.

    Attributes:
        name: Column name in the lake.
        kind: Its type; timestamps are naive UTC microseconds.
        path: Members to follow in the vendor's record; the column's own name by default.
        format: How the vendor writes the value.
        transform: Applied to each value that is not None, before `format`.
        required: The member must be in every record (its value may be null): when a whole page
            lacks it, the vendor has dropped or renamed it and the table stops.
    """

    name: str
    kind: Kind = "text"
    path: tuple[str, ...] = ()
    format: Format = "plain"
    transform: Callable[[Any], Any] | None = None
    required: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        return ARROW_TYPES[self.kind]

    def dlt_hint(self) -> TColumnSchema:
        """The column as dlt writes it in a schema."""
        return cast(TColumnSchema, {"name": self.name, "nullable": True, **_DLT_TYPES[self.kind]})

    def read(self, rows: Sequence[Row]) -> list[Any]:
        """The raw values of this column, one a row; None where a member is missing or empty."""
        path = self.path or (self.name,)
        first = path[0]
        if len(path) == 1:
            values = [row.get(first) for row in rows]
        else:
            values = [_follow(row, path) for row in rows]
        if self.transform is not None:
            transform = self.transform
            values = [None if v is None else transform(v) for v in values]
        return values

    def to_arrow(self, values: list[Any]) -> pa.Array:
        """Values as an array of the declared type.

        Raises:
            pyarrow.ArrowException: A value does not fit the type.
            ValueError: The same, found by Python.
        """
        return _CONVERTERS[self.format](values, self.arrow_type)


def _follow(row: Any, path: tuple[str, ...]) -> Any:
    for member in path:
        if not isinstance(row, Mapping):
            return None
        row = row.get(member)
    return row


def _plain(values: list[Any], kind: pa.DataType) -> pa.Array:
    array = pa.array(values, type=kind)
    if pa.types.is_string(kind):
        return pc.if_else(pc.equal(array, ""), pa.scalar(None, kind), array)
    return array


def _blank_to_null(values: list[Any]) -> list[Any]:
    return [None if v == "" else v for v in values]


def _iso(values: list[Any], kind: pa.DataType) -> pa.Array:
    """ISO 8601, with `Z`, an offset, or none (then UTC); fractions of a second are optional."""
    texts = pa.array(_blank_to_null(values), type=pa.string())
    if pa.types.is_date(kind):
        return pc.utf8_slice_codeunits(texts, 0, 10).cast(kind)
    try:
        return texts.cast(pa.timestamp("us", "UTC")).cast(kind)
    except pa.ArrowInvalid:
        return pa.array([None if t is None else _utc(t) for t in texts.to_pylist()], type=kind)


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    offset = moment.utcoffset()
    return moment if offset is None else (moment - offset).replace(tzinfo=None)


def _rfc2822(values: list[Any], kind: pa.DataType) -> pa.Array:
    """`Tue, 31 Aug 2010 20:36:28 +0000`; Twilio always writes +0000."""
    texts = pa.array(_blank_to_null(values), type=pa.string())
    return pc.strptime(texts, format="%a, %d %b %Y %H:%M:%S +0000", unit="us").cast(kind)


def _epoch_ms(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, type=pa.int64()).cast(pa.timestamp("ms")).cast(kind)


def _epoch_s(values: list[Any], kind: pa.DataType) -> pa.Array:
    return pa.array(values, type=pa.int64()).cast(pa.timestamp("s")).cast(kind)


def _number_text(values: list[Any], kind: pa.DataType) -> pa.Array:
    texts = [None if v is None or v == "" else str(v) for v in values]
    return pa.array(texts, type=pa.string()).cast(kind)


def _bool_text(values: list[Any], kind: pa.DataType) -> pa.Array:
    texts = [None if v is None or v == "" else str(v).lower() for v in values]
    return pa.array(texts, type=pa.string()).cast(kind)


_CONVERTERS: Final[dict[str, Callable[[list[Any], pa.DataType], pa.Array]]] = {
    "plain": _plain,
    "iso": _iso,
    "rfc2822": _rfc2822,
    "epoch_ms": _epoch_ms,
    "epoch_s": _epoch_s,
    "number_text": _number_text,
    "bool_text": _bool_text,
}


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row kept aside: its key, the column that did not fit, and why. No values: they may be
    personal."""

    key: str
    column: str
    reason: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page as Arrow, what had to be kept aside, and the records that `data` was made of."""

    data: pa.Table
    rejected: list[Rejected] = field(default_factory=list)
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A declared raw table.

    Attributes:
        name: Name in the lake.
        columns: What it holds, in the files' order.
        key: Columns that identify a row.
        description: What a row is.
        person: Columns that tie a row to a customer, each with the kind of its ids: `key` for
            pseudonyms, which all systems share, any other word for ids of the system's own.
            Rows that share an id are of the same person; an erasure follows them.
        on_request: Most centres do not need it: it lands where `SOURCES__<SOURCE>__ALSO` names it.
        objects: Objects of the vendor's own making in a record, beside those that columns are read
            from: what is new in them is looked at. The keys of any other may be people's names.
        open_maps: Objects that columns are read from, whose keys somebody at the centre makes up.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    description: str = ""
    person: Mapping[str, str] = field(default_factory=dict)
    on_request: bool = False
    objects: tuple[str, ...] = ()
    open_maps: tuple[str, ...] = ()

    @property
    def known_objects(self) -> frozenset[str]:
        """Objects whose members are names that the vendor gives, so that they may be told."""
        read = {c.path[0] for c in self.columns if len(c.path) > 1}
        return frozenset(read.union(self.objects).difference(self.open_maps))

    @property
    def dated_by(self) -> str | None:
        """The column that says of which day a row is; None for lists without a time."""
        times = [c for c in self.columns if c.kind == "timestamp" and c.required]
        return times[0].name if times else None

    @property
    def arrow_schema(self) -> pa.Schema:
        """Exactly what the Parquet files hold, less `_dlt_load_id`."""
        return pa.schema([(c.name, c.arrow_type) for c in self.columns])

    def dlt_columns(self) -> dict[str, TColumnSchema]:
        """Column hints for a dlt resource."""
        return {c.name: c.dlt_hint() for c in self.columns}

    def build(self, source: str, rows: Sequence[Row], policy: Policy = STRICT) -> Page:
        """Turn records into Arrow.

        Args:
            source: Named in errors.
            rows: Vendor records, one a row of the table.
            policy: What to do when the vendor has changed their shape.

        Returns:
            A table of the declared schema, with the rows that fit, and the rows that do not.

        Raises:
            ContractViolation: A required member is in no row, or a column fits in no row, and the
                policy says stop.
        """
        if policy.vanished == "stop":
            self._check_members(source, rows)
        try:
            return Page(self._arrays(rows), rows=rows)
        except _MISFITS:
            return self._sift(source, rows, policy)

    def _arrays(self, rows: Sequence[Row]) -> pa.Table:
        arrays = [c.to_arrow(c.read(rows)) for c in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.arrow_schema)

    def _check_members(self, source: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        for column in self.columns:
            if not column.required:
                continue
            *parents, member = column.path or (column.name,)
            homes = (_follow(row, tuple(parents)) for row in rows)
            if not any(isinstance(home, Mapping) and member in home for home in homes):
                raise ContractViolation(
                    source, self.name, member, "vanished: no record has it any more"
                )

    def _sift(self, source: str, rows: Sequence[Row], policy: Policy) -> Page:
        """The slow path: find the rows that do not fit, one value at a time."""
        rejected: dict[int, Rejected] = {}
        for column in self.columns:
            bad: dict[int, str] = {}
            filled = 0
            for index, row in enumerate(rows):
                is_filled = True  # a transform that fails had a value
                try:
                    values = column.read([row])
                    is_filled = values[0] is not None
                    column.to_arrow(values)
                except _MISFITS:
                    bad[index] = f"does not fit type {column.kind}"
                filled += is_filled
            # Most of a page gone is no bad row here and there: what is kept aside has no values.
            if policy.changed == "stop" and 2 * len(bad) > filled > 1:
                raise ContractViolation(
                    source,
                    self.name,
                    column.name,
                    f"changed its type: {len(bad)} of {filled} values do not fit {column.kind}",
                    example=f"row {self._key_of(rows[min(bad)])}",
                )
            for index, reason in bad.items():
                rejected.setdefault(index, Rejected(self._key_of(rows[index]), column.name, reason))
        good = [row for index, row in enumerate(rows) if index not in rejected]
        return Page(self._arrays(good), list(rejected.values()), good)

    def _key_of(self, row: Row) -> str:
        """A row's key, as far as it looks like an id: a vendor may put anything into a member."""
        paths = {c.name: c.path or (c.name,) for c in self.columns}
        parts = (str(_follow(row, paths[k])) for k in self.key)
        return ":".join(part if _ID_LIKE.fullmatch(part) else MASK for part in parts)
