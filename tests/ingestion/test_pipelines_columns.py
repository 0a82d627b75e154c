"""Declared columns: a page becomes Arrow of exactly the declared types, or says what is wrong."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from ingestion.columns import Column, Table
from ingestion.errors import ContractViolation

TABLE = Table(
    "things",
    (
        Column("id", "bigint", required=True),
        Column("at", "timestamp", format="iso", required=True),
        Column("inner", path=("a", "b")),
        Column("amount", "double", format="number_text"),
        Column("day", "date", format="iso"),
    ),
)


def test_values_are_read_by_path_and_typed() -> None:
    page = TABLE.build(
        "demo",
        [
            {
                "id": 1,
                "at": "2026-04-15T10:00:00Z",
                "a": {"b": "x"},
                "amount": "1.5",
                "day": "2026-04-06",
            },
            {"id": 2, "at": "2026-04-15T13:00:00.250+03:00", "a": None, "amount": "", "day": None},
        ],
    )
    assert page.rejected == []
    assert page.data.to_pylist() == [
        {
            "id": 1,
            "at": datetime(2026, 4, 15, 10),
            "inner": "x",
            "amount": 1.5,
            "day": date(2026, 4, 6),
        },
        {
            "id": 2,
            "at": datetime(2026, 4, 15, 10, 0, 0, 250_000),
            "inner": None,
            "amount": None,
            "day": None,
        },
    ]


def test_an_empty_text_is_null() -> None:
    table = Table("t", (Column("id"),))
    assert table.build("demo", [{"id": ""}, {"id": "a"}]).data.to_pydict() == {"id": [None, "a"]}


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        (Column("x", "timestamp", format="rfc2822"), "Tue, 31 Aug 2010 20:36:28 +0000",
         datetime(2010, 8, 31, 20, 36, 28)),
        (Column("x", "timestamp", format="epoch_ms"), 1_283_286_988_123,
         datetime(2010, 8, 31, 20, 36, 28, 123_000)),
        (Column("x", "timestamp", format="epoch_s"), 1_283_286_988,
         datetime(2010, 8, 31, 20, 36, 28)),
        (Column("x", "int", format="number_text"), "42", 42),
        (Column("x", "bool", format="bool_text"), "TRUE", True),
    ],
)  # fmt: skip
def test_every_vendor_format_is_understood(column: Column, value: object, expected: object) -> None:
    assert Table("t", (column,), key=("x",)).build("demo", [{"x": value}]).data[
        "x"
    ].to_pylist() == [expected]


def test_a_row_that_does_not_fit_is_kept_aside_without_its_value_and_the_others_land() -> None:
    rows = [
        {"id": 1, "at": "2026-04-15T10:00:00Z"},
        {"id": 2, "at": "anna@example.org"},
        {"id": 3, "at": "2026-04-15T10:00:00Z"},
    ]
    page = TABLE.build("demo", rows)
    assert page.data["id"].to_pylist() == [1, 3]
    (rejected,) = page.rejected
    assert (rejected.key, rejected.column) == ("2", "at")
    assert "anna" not in rejected.reason


def test_a_column_that_fits_nowhere_stops_the_table() -> None:
    rows = [{"id": n, "at": {"changed": True}} for n in range(3)]
    with pytest.raises(ContractViolation, match="column at changed its type"):
        TABLE.build("demo", rows)


def test_a_required_member_that_no_record_has_stops_the_table() -> None:
    with pytest.raises(ContractViolation, match="column at vanished"):
        TABLE.build("demo", [{"id": 1}, {"id": 2}])


def test_a_page_without_records_is_an_empty_table_of_the_declared_types() -> None:
    assert TABLE.build("demo", []).data.schema == TABLE.arrow_schema


@pytest.mark.parametrize("person", ["anna@example.org", "Anna", "Anna Maija 2", "+358401234567"])
def test_a_row_that_is_kept_aside_is_not_named_by_a_person(person: str) -> None:
    rows = [{"id": n, "at": "2026-04-15T10:00:00Z", "a": {"b": "x"}} for n in range(5)]
    (rejected,) = TABLE.build("demo", [*rows, {**rows[0], "id": person}]).rejected
    assert (rejected.key, rejected.column) == ("***", "id")
    with pytest.raises(ContractViolation) as stopped:
        TABLE.build("demo", [{**row, "id": person} for row in rows])
    assert person not in str(stopped.value)
