"""What a column of a file-drop entity can be: its type, its range of values, its privacy.

Inputs: none. Outputs: the small vocabulary (`Type`, `Personal`, `Column`, `Rule`, `Entity`) in
which `ingestion.file_drop.entities` declares every entity once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from ingestion import columns as raw


class Type(Enum):
    """Logical column types; the value is how messages name them."""

    TEXT = "text"
    INTEGER = "whole number"
    NUMBER = "number"
    BOOLEAN = "true/false"
    YES_NO = "yes/no"
    TIMESTAMP = "timestamp"
    DATE = "date"
    MONTH = "month"
    CLOCK = "time of day (HH:MM)"
    TIMEZONE = "IANA time zone"


class Personal(Enum):
    """How a column that can identify a person is kept."""

    NO = "kept as it is"
    CUSTOMER = "always pseudonymised"
    CONTACT_DATA = "pseudonymised where the value is an e-mail address or a phone number"
    FREE_TEXT = "always pseudonymised, so that only 'there was a text' remains"
    CUSTOMER_AUTHOR = "pseudonymised where the author is a customer"
    CHANGED_VALUE = "pseudonymised where the changed field names a person or holds free text"


_KINDS: dict[Type, raw.Kind] = {
    Type.TEXT: "text",
    Type.INTEGER: "bigint",
    Type.NUMBER: "double",
    Type.BOOLEAN: "bool",
    Type.YES_NO: "text",
    Type.TIMESTAMP: "timestamp",
    Type.DATE: "date",
    Type.MONTH: "date",
    Type.CLOCK: "text",
    Type.TIMEZONE: "text",
}

_SQL_TYPES: dict[str, str] = {
    "text": "VARCHAR",
    "bigint": "BIGINT",
    "double": "DOUBLE",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMP",
    "date": "DATE",
}


@dataclass(frozen=True)
class Column:
    """One column of an entity.

    Attributes:
        name: Name in the mapping.
        type: Logical type that the mapped expression must give.
        required: The mapping must give it, and a row without a value is quarantined.
        mapped: The mapping must give it, but a row may leave it empty (an interval still open).
        values: Allowed values after lower-casing, or empty for any.
        personal: How the column is kept when it can identify a person.
        lands_as: Column name in the lake when it differs from `name`.
    """

    name: str
    type: Type = Type.TEXT
    required: bool = False
    mapped: bool = False
    values: tuple[str, ...] = ()
    personal: Personal = Personal.NO
    lands_as: str = ""

    @property
    def landed_name(self) -> str:
        """Column name in the lake."""
        return self.lands_as or self.name

    @property
    def must_be_mapped(self) -> bool:
        """Whether a mapping without this column is refused."""
        return self.required or self.mapped

    @property
    def sql_type(self) -> str:
        """DuckDB type of the converted value."""
        return _SQL_TYPES[_KINDS[self.type]]

    @property
    def raw(self) -> raw.Column:
        """The landed column, as every raw table declares its columns."""
        return raw.Column(self.landed_name, _KINDS[self.type])


@dataclass(frozen=True)
class Rule:
    """A condition over several columns that every good row meets.

    Attributes:
        column: Column that the quarantine names.
        holds: SQL over the entity's column names; false or null means a bad row.
        reason: What the quarantine says.
    """

    column: str
    holds: str
    reason: str


# Where a landed row comes from; `source_row` 1 is the first row of data.
PROVENANCE = (
    raw.Column("source_dataset"),
    raw.Column("source_file"),
    raw.Column("source_row", "bigint"),
    raw.Column("file_hash"),
)


@dataclass(frozen=True)
class Entity:
    """One kind of row that a file can hold.

    Attributes:
        name: Entity name, also the raw table's name.
        grain: What one row is.
        columns: Every column, required ones first.
        key: Columns that together occur once.
        has_events: Rows carry event times, so that the entity gives a watermark.
        rules: Conditions over several columns.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    has_events: bool = False
    rules: tuple[Rule, ...] = field(default=())

    def column(self, name: str) -> Column:
        """Return the column of that name.

        Raises:
            KeyError: The entity has no such column.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names that a mapping can give, in declared order."""
        return tuple(column.name for column in self.columns)

    @property
    def mandatory_names(self) -> tuple[str, ...]:
        """Names that every mapping must give."""
        return tuple(column.name for column in self.columns if column.must_be_mapped)

    @property
    def raw_table(self) -> raw.Table:
        """The landed table: the entity's columns, then where each row comes from."""
        return raw.Table(
            name=self.name,
            columns=(*(column.raw for column in self.columns), *PROVENANCE),
            key=self.key,
            description=self.grain,
            person=self._person,
        )

    @property
    def _person(self) -> dict[str, str]:
        """Columns that tie a row to a customer: the customer's own, and the case of a message."""
        tied = {c.landed_name: "key" for c in self.columns if c.personal is Personal.CUSTOMER}
        if any(c.name == "case_id" for c in self.columns):
            tied["case_id"] = "case"
        return tied

    @property
    def timestamp_names(self) -> tuple[str, ...]:
        """Names of the timestamp columns."""
        return tuple(c.name for c in self.columns if c.type is Type.TIMESTAMP)


def text(name: str, *, required: bool = False, values: tuple[str, ...] = ()) -> Column:
    """A text column, with a closed list of values where one is given."""
    return Column(name, required=required, values=values)


def integer(name: str, *, required: bool = False) -> Column:
    """A whole-number column."""
    return Column(name, Type.INTEGER, required)


def number(name: str, *, required: bool = False) -> Column:
    """A floating-point column."""
    return Column(name, Type.NUMBER, required)


def boolean(name: str, *, required: bool = False) -> Column:
    """A true/false column."""
    return Column(name, Type.BOOLEAN, required)


def yes_no(name: str) -> Column:
    """A column that lands as the words yes or no."""
    return Column(name, Type.YES_NO)


def timestamp(name: str, *, required: bool = False, mapped: bool = False) -> Column:
    """A timestamp column; lands as naive UTC."""
    return Column(name, Type.TIMESTAMP, required, mapped)


def date(name: str, *, required: bool = False) -> Column:
    """A local calendar day."""
    return Column(name, Type.DATE, required)


def month(name: str) -> Column:
    """A calendar month; lands as its first day."""
    return Column(name, Type.MONTH, required=True)


def clock(name: str) -> Column:
    """A local time of day; lands as HH:MM, with 24:00 for the end of the day."""
    return Column(name, Type.CLOCK)


def timezone(name: str, *, required: bool = False) -> Column:
    """An IANA time zone name."""
    return Column(name, Type.TIMEZONE, required)


def customer(name: str = "customer", *, required: bool = False) -> Column:
    """A customer's identifier; lands pseudonymised as `customer_key`."""
    return Column(name, required=required, personal=Personal.CUSTOMER, lands_as="customer_key")


def employee(name: str = "agent", *, required: bool = False) -> Column:
    """An employee id, kept in clear; an e-mail or phone number used as one is pseudonymised."""
    return Column(name, required=required, personal=Personal.CONTACT_DATA)
