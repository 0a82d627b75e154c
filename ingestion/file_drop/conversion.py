"""SQL that turns what an expression gives into the type that its column declares.

In: the SQL type that DuckDB found for an expression, and the column. Out: SQL over that value,
which raises where the value does not fit (the caller wraps it in `try`). Text is parsed; other
types are cast only where nothing can be misread.

Timestamps land as naive UTC. One that carries a zone or an offset keeps its instant; one without
is local time of the entry's zone. In the hour that autumn repeats, local time means its second
pass; in the hour that spring skips, it means an hour later (ICU's rule, as DuckDB applies it).
"""

# ruff: noqa: N818 - the names say what happened, as in ingestion.errors

from __future__ import annotations

from zoneinfo import available_timezones

from ingestion.file_drop.expressions import quote_text
from ingestion.file_drop.vocabulary import Column, Type

# A time followed by Z, UTC or an offset; a bare date such as 2026-01-05 must not look like one.
_ZONED = r":\d{2}(\.\d+)?\s*([zZ]|UTC|[+-]\d{2}(:?\d{2})?)$"
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?|24:00(:00)?"
_MONTH = r"\d{4}-\d{2}"

_NUMERIC = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
)
_TEMPORAL = ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
_ZONED_TYPE = "TIMESTAMP WITH TIME ZONE"
_TEXT_LIKE = ("VARCHAR", "UUID", "ENUM", '"NULL"')

_ADVICE = {
    Type.TIMESTAMP: "make one with strptime(text, format) or to_timestamp(seconds)",
    Type.DATE: "make one with strptime(text, format)::date",
    Type.MONTH: "give a date or a text such as 2026-03",
    Type.CLOCK: "give a time or a text such as 08:00",
}

_REASONS = {
    Type.TEXT: "the expression fails",
    Type.INTEGER: "not a whole number",
    Type.NUMBER: "not a number",
    Type.BOOLEAN: "neither true nor false",
    Type.YES_NO: "neither yes nor no",
    Type.TIMESTAMP: "unparsable timestamp",
    Type.DATE: "unparsable date",
    Type.MONTH: "unparsable month",
    Type.CLOCK: "unparsable time of day",
    Type.TIMEZONE: "the expression fails",
}


class WrongType(ValueError):
    """The expression's SQL type can never become the column's type."""


def reason_for(column: Column) -> str:
    """What the quarantine says when a value cannot be made."""
    return _REASONS[column.type]


def convert(value: str, sql_type: str, column: Column, timezone: str, decimal: str) -> str:
    """SQL for the column's value.

    Args:
        value: SQL of the given value, of type `sql_type`.
        sql_type: As DuckDB describes it.
        column: What it shall become.
        timezone: IANA zone of timestamps without one.
        decimal: Decimal separator of numbers written as text.

    Raises:
        WrongType: No value of this type fits; the message says what to write instead.
    """
    family = sql_type.split("(", 1)[0]
    is_text = family in _TEXT_LIKE
    if column.type in (Type.TEXT, Type.TIMEZONE):
        as_text = f"nullif(cast({value} as varchar), '')"
        return f"lower(trim({as_text}))" if column.values else as_text
    trimmed = f"nullif(trim(cast({value} as varchar)), '')"
    sql = None
    if column.type in (Type.INTEGER, Type.NUMBER) and (
        is_text or family in _NUMERIC or family == "BOOLEAN"
    ):
        given = f"replace({trimmed}, {quote_text(decimal)}, '.')" if is_text else value
        sql = _number(given, column)
    elif column.type in (Type.BOOLEAN, Type.YES_NO) and (
        is_text or family in _NUMERIC or family == "BOOLEAN"
    ):
        flag = f"cast({trimmed if is_text else value} as boolean)"
        sql = flag if column.type is Type.BOOLEAN else f"if({flag}, 'yes', 'no')"
    elif column.type is Type.CLOCK and (is_text or family == "TIME"):
        sql = _clock(trimmed)
    elif column.type is Type.TIMESTAMP:
        sql = _timestamp(value, trimmed, family, is_text, quote_text(timezone))
    elif column.type in (Type.DATE, Type.MONTH):
        sql = _date(value, trimmed, family, is_text, quote_text(timezone))
        if sql is not None and column.type is Type.MONTH:
            sql = f"cast(date_trunc('month', {sql}) as date)"
    if sql is None:
        advice = _ADVICE.get(column.type, "cast it")
        raise WrongType(f"gives {sql_type}, but a {column.type.value} is needed: {advice}")
    return sql


def _raise(value: str, sql_type: str) -> str:
    """SQL of `sql_type` that is null for a null value and raises for any other.

    DuckDB's own `error()` counts as volatile, which `try` refuses.
    """
    no_number = f"'no value: ' || cast({value} as varchar)"
    return f"cast(cast(cast({no_number} as bigint) as varchar) as {sql_type})"


def _number(given: str, column: Column) -> str:
    number = f"cast({given} as double)"
    finite = f"if(isfinite({number}), {number}, {_raise(number, 'double')})"
    return f"cast({given} as bigint)" if column.type is Type.INTEGER else finite


def _clock(text: str) -> str:
    padded = f"lpad(split_part({text}, ':', 1), 2, '0') || ':' || split_part({text}, ':', 2)"
    return (
        f"case when {text} is null then null"
        f" when regexp_full_match({text}, {quote_text(_CLOCK)}) then {padded}"
        f" else {_raise(text, 'varchar')} end"
    )


def _timestamp(value: str, text: str, family: str, is_text: bool, zone: str) -> str | None:
    if is_text:
        moment = (
            f"case when regexp_matches({text}, {quote_text(_ZONED)})"
            f" then timezone('UTC', cast({text} as timestamptz))"
            f" else timezone('UTC', timezone({zone}, cast({text} as timestamp))) end"
        )
    elif family in _TEMPORAL:
        moment = f"timezone('UTC', timezone({zone}, cast({value} as timestamp)))"
    elif family == _ZONED_TYPE:
        moment = f"timezone('UTC', {value})"
    else:
        return None
    return f"if(isfinite({moment}), {moment}, {_raise(moment, 'timestamp')})"


def _date(value: str, text: str, family: str, is_text: bool, zone: str) -> str | None:
    if is_text:
        day = f"if(regexp_full_match({text}, {quote_text(_MONTH)}), {text} || '-01', {text})"
        return f"cast(cast({day} as timestamp) as date)"
    if family in _TEMPORAL:
        return f"cast({value} as date)"
    if family == _ZONED_TYPE:
        return f"cast(timezone({zone}, {value}) as date)"
    return None


def timezone_list() -> str:
    """The known IANA names as a SQL list."""
    return "[" + ", ".join(quote_text(name) for name in sorted(available_timezones())) + "]"
