"""The business clock against an independent one: the warehouse's own SQL and plain Python.

dbt compiles the clock's models once. Each example then draws a small world (schedules in several
zones with overlapping hours, holidays and half-days; cases that change schedule under way), runs
the compiled SQL on it in memory, and compares every case with a walk over local days by `zoneinfo`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.dbt.in_process import Dbt
from tests.local_hours import Interval, Schedule

pytestmark = pytest.mark.slow

ZONES = (
    "Europe/Helsinki", "America/New_York", "Asia/Tokyo", "Asia/Kolkata", "Australia/Lord_Howe",
    "Africa/Cairo", "America/St_Johns", "Pacific/Apia", "UTC",
)  # fmt: skip
FIRST, LAST = dt.datetime(2025, 12, 1), dt.datetime(2027, 1, 31)
MODELS = (
    "int_calendar_days", "int_schedules", "int_schedule_holidays", "int_business_intervals",
    "int_cases_clocked",
)  # fmt: skip
EVER, FOREVER = dt.datetime(1970, 1, 1), dt.datetime(2200, 1, 1)


@dataclass(frozen=True)
class Case:
    """When a case was opened, first and last solved, and from when it was on which schedule."""

    created_at: dt.datetime
    first_solved_at: dt.datetime
    last_solved_at: dt.datetime
    stretches: list[tuple[dt.datetime, int | None]]

    def spans(self) -> Iterator[tuple[dt.datetime, dt.datetime, int | None]]:
        """Stretches with their ends; the first one holds whenever the source says it began."""
        ends = [at for at, _ in self.stretches[1:]] + [FOREVER]
        for place, ((begins, schedule), end) in enumerate(zip(self.stretches, ends, strict=True)):
            yield (EVER if place == 0 else begins), end, schedule

    def open_seconds(self, until: dt.datetime, schedules: list[Schedule]) -> int:
        """Whole open seconds from creation, over every schedule that the case was on."""
        total = dt.timedelta()
        for begins, ends, schedule in self.spans():
            start, end = max(begins, self.created_at), min(ends, until)
            if end > start:
                on = None if schedule is None else schedules[schedule]
                total += on.open_time(start, end) if on else end - start
        return total // dt.timedelta(seconds=1)


@dataclass
class Centre:
    """Schedules and the cases on them."""

    schedules: list[Schedule]
    cases: list[Case] = field(default_factory=list)


# Some fall into the hours that the clocks skip or repeat in one of the zones.
minutes = st.one_of(st.sampled_from([90, 100, 150, 210, 1410]), st.integers(0, 1440))
intervals = st.lists(
    st.tuples(minutes, minutes).filter(lambda pair: pair[0] < pair[1]), min_size=1, max_size=2,
    unique_by=lambda pair: pair[0],
)  # fmt: skip
# Some systems tell moments to the microsecond.
instants = st.builds(
    lambda seconds, micros: FIRST + dt.timedelta(seconds=seconds, microseconds=micros),
    st.integers(0, int((LAST - FIRST).total_seconds()) - 1),
    st.one_of(st.just(0), st.integers(0, 999_999)),
)
# Days near the shifts of the clocks come often: that is where clocks go wrong.
days = st.one_of(
    st.dates(FIRST.date(), LAST.date()),
    st.sampled_from([dt.date(2026, 3, 29), dt.date(2026, 10, 25), dt.date(2026, 3, 8)]),
)
always = {weekday: [(0, 1440)] for weekday in range(1, 8)}
schedules = st.builds(
    Schedule,
    zone=st.sampled_from(ZONES),
    hours=st.one_of(st.just(always), st.dictionaries(st.integers(1, 7), intervals, min_size=5)),
    other_days=st.dictionaries(days, st.one_of(st.just([]), intervals), max_size=6),
)


@st.composite
def cases(draw: st.DrawFn, known: int) -> Case:
    """A case on one to three of so many schedules, or on none for a while."""
    created, first, last = sorted(draw(st.lists(instants, min_size=3, max_size=3)))
    changes = sorted(draw(st.lists(instants, max_size=2, unique=True)))
    on = st.one_of(st.none(), st.integers(0, known - 1))
    return Case(created, first, last, [(at, draw(on)) for at in [created, *changes]])


@st.composite
def centres(draw: st.DrawFn) -> Centre:
    """Up to five schedules and up to twenty cases."""
    found = draw(st.lists(schedules, min_size=1, max_size=5))
    return Centre(found, draw(st.lists(cases(len(found)), min_size=1, max_size=20)))


@pytest.fixture(scope="module")
def compiled(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The clock's SQL as dbt sends it to the engine, by model."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(tmp_path_factory.mktemp("home")))
        dbt("compile", "--select", *MODELS)
    folder = dbt.target / "compiled" / "kontakti" / "models" / "intermediate"
    # Not the compiled unit tests, in folders called as their YAML file.
    paths = [path for path in folder.rglob("*.sql") if ".yml" not in str(path.parent)]
    return {path.stem: path.read_text() for path in paths if path.stem in MODELS}


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as warehouse; use warehouse")
        connection.execute("create schema staging; create schema intermediate")
        connection.execute("create table intermediate.int_as_of as select ?::timestamp as as_of_at",
                           [LAST])  # fmt: skip
        yield connection


def measured(
    engine: duckdb.DuckDBPyConnection, compiled: dict[str, str], centre: Centre
) -> dict[str, tuple[int, int]]:
    """Business seconds to the first and to the last solve of each case, by the warehouse's SQL."""
    for name, columns, rows in inputs(centre):
        engine.execute(f"create or replace table {name} ({columns})")
        if rows:
            engine.execute(f"insert into {name} values {', '.join(map(_literals, rows))}")
    for model in MODELS:
        engine.execute(f"create or replace table intermediate.{model} as {compiled[model]}")
    rows = engine.execute(
        "select case_id, first_resolution_business_seconds, full_resolution_business_seconds"
        " from intermediate.int_cases_clocked"
    ).fetchall()
    return {case_id: (first, last) for case_id, first, last in rows}


def inputs(centre: Centre) -> Iterator[tuple[str, str, list[tuple[object, ...]]]]:
    """The tables that the clock reads: name, columns and rows."""
    times = "open_time varchar, close_time varchar"
    week = "start_week_minute int, end_week_minute int, is_deleted int"
    yield (
        "staging.stg_files__schedules",
        f"schedule_id varchar, timezone varchar, weekday int, {times}, {week}",
        [
            (f"s{number}", schedule.zone, weekday - 1, *_clocks(pair), None, None, 0)
            for number, schedule in enumerate(centre.schedules)
            for weekday, of_day in schedule.hours.items()
            for pair in of_day
        ],
    )
    yield "staging.stg_zendesk__schedules", f"schedule_id int, timezone varchar, {week}", []
    day = "start_date date, end_date date, holiday_name varchar, is_deleted int"
    yield (
        "staging.stg_files__schedule_holidays",
        f"schedule_id varchar, {day}, {times}",
        [
            (f"s{number}", date, date, "a day", 0, *_clocks(pair))
            for number, schedule in enumerate(centre.schedules)
            for date, of_day in schedule.other_days.items()
            for pair in of_day or [None]
        ],
    )
    yield "staging.stg_zendesk__schedule_holidays", f"schedule_id int, {day}", []
    yield (
        "intermediate.int_case_schedules",
        "case_id varchar, schedule_id varchar, from_at timestamp, to_at timestamp",
        [
            (f"c{number}", None if schedule is None else f"s{schedule}", begins, ends)
            for number, case in enumerate(centre.cases)
            for begins, ends, schedule in case.spans()
        ],
    )
    yield (
        "intermediate.int_cases",
        "case_id varchar, created_at timestamp, first_solved_at timestamp,"
        " last_solved_at timestamp",
        [
            (f"c{number}", case.created_at, case.first_solved_at, case.last_solved_at)
            for number, case in enumerate(centre.cases)
        ],
    )
    yield (
        "intermediate.int_case_status_spans",
        "case_id varchar, status varchar, from_at timestamp, to_at timestamp",
        [],
    )


def _clocks(pair: Interval | None) -> tuple[str | None, str | None]:
    if pair is None:
        return None, None
    opens, closes = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in pair)
    return opens, closes


def _literals(row: tuple[object, ...]) -> str:
    return "(" + ", ".join("null" if v is None else f"'{v}'" for v in row) + ")"


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    # Shrinking a failing centre takes minutes; the one that failed is shown as it is.
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(centre=centres())
def test_business_seconds_are_those_of_an_independent_clock(
    engine: duckdb.DuckDBPyConnection, compiled: dict[str, str], centre: Centre
) -> None:
    expected = {
        f"c{number}": (
            case.open_seconds(case.first_solved_at, centre.schedules),
            case.open_seconds(case.last_solved_at, centre.schedules),
        )
        for number, case in enumerate(centre.cases)
    }
    assert measured(engine, compiled, centre) == expected


def test_a_schedule_that_never_closes_is_the_calendar(
    engine: duckdb.DuckDBPyConnection, compiled: dict[str, str]
) -> None:
    """Over a year and over every shift of the clocks, in every zone."""
    centre = Centre([Schedule(zone, always, {}) for zone in ZONES])
    for number in range(len(ZONES)):
        for day in range(0, 400, 13):
            start = FIRST + dt.timedelta(days=day, seconds=7 * day, microseconds=999_000)
            # Less than a whole second more, although one more begins.
            end = start + dt.timedelta(days=20, microseconds=500_000)
            centre.cases.append(Case(start, start, end, [(start, number)]))
    found = measured(engine, compiled, centre)
    assert set(found.values()) == {(0, 20 * 86_400)}
