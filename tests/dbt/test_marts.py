"""The KPI marts and reports, built by dbt itself on the core tables of the small centre."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.dbt.in_process import Dbt
from tests.semantic import small_centre

pytestmark = pytest.mark.slow

AUDIENCES = ("realtime", "daily_voice", "weekly_team", "monthly_planning", "quarterly_strategy")
MARTS = [f"path:models/marts/{audience}" for audience in AUDIENCES]


@pytest.fixture(scope="module")
def home(dbt: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose warehouse has the centre's facts and the marts built on them, with all tests."""
    home = tmp_path_factory.mktemp("home")
    small_centre.build(home / "warehouse.duckdb", dbt.target / "manifest.json")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(home))
        dbt("build", "--select", *MARTS)
        yield home


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    """Rows of a query on the warehouse."""
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_daily_contacts_add_up_by_day_and_channel(home: Path) -> None:
    found = rows(
        home,
        "select local_date, channel, offered, answered, abandoned, waiting, connected_wait_seconds"
        " from daily_voice.kpi_daily_contacts order by all",
    )
    week, day = small_centre.LAST_WEEK, small_centre.TODAY
    assert found == [
        (week, "email", 1, 1, 0, 0, 0),
        (week, "voice", 3, 2, 1, 0, 40),
        (day, "callback", 0, 0, 0, 0, 100),
        (day, "chat", 1, 0, 0, 1, 0),
        (day, "email", 2, 1, 0, 1, 0),
        (day, "voice", 1, 0, 1, 0, 0),
    ]


def test_marts_hold_sums_and_no_ratio(home: Path) -> None:
    columns = rows(
        home,
        "select table_name, column_name from information_schema.columns"
        " where starts_with(table_name, 'kpi_')",
    )
    assert len(columns) > 100
    ratios = [each for each in columns if each[1].endswith(("_rate", "_avg", "_pct", "_share"))]
    assert ratios == []


def test_the_floor_shows_who_waits_and_what_is_open(home: Path) -> None:
    found = rows(
        home,
        "select channel, contacts_waiting, longest_wait_seconds, open_unanswered, active_cases,"
        " today_offered from realtime.kpi_realtime_queues order by channel",
    )
    assert found == [
        ("callback", 0, None, 0, 0, 0),
        ("chat", 1, 0, 0, 0, 1),
        ("email", 0, None, 1, 1, 2),
        ("voice", 0, None, 0, 0, 1),
    ]


def test_an_agent_gets_the_legs_worked_and_the_contacts_finished(home: Path) -> None:
    found = rows(
        home,
        "select agent_id, sum(handled_legs), sum(handle_seconds), sum(contacts), sum(fcr_eligible),"
        " sum(csat_responses) from weekly_team.kpi_weekly_agents group by 1 order by 1",
    )
    assert found == [("ann", 2, 400, 3, 1, 3), ("bo", 1, 600, 2, 1, 0)]


def test_figures_of_few_contacts_are_hidden_from_people_not_from_sums(home: Path) -> None:
    assert rows(home, "select count(average_handle_time) from weekly_team.weekly_agent_report") == [
        (0,)
    ]
    notes = rows(
        home, "select distinct average_handle_time_note from weekly_team.weekly_agent_report"
    )
    assert {note for (note,) in notes} == {"suppressed", "no data"}


def test_a_mart_that_lost_a_row_is_found_out(
    home: Path, dbt: Dbt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "home"
    shutil.copytree(home, damaged)
    with duckdb.connect(str(damaged / "warehouse.duckdb")) as connection:
        connection.execute("delete from daily_voice.kpi_daily_contacts where channel = 'chat'")
        connection.execute(
            "insert into quarterly_strategy.kpi_quarterly_nps"
            " select * from quarterly_strategy.kpi_quarterly_nps"
        )
    monkeypatch.setenv("KONTAKTI_HOME", str(damaged))
    done = dbt.attempt("test", "--select", "path:tests/marts", "kpi_quarterly_nps")
    failed = {result.node.name for result in done.result if result.status == "fail"}
    assert failed >= {
        "assert_marts_equal_facts",
        "unique_together_kpi_quarterly_nps_quarter_start_date__survey_type__channel",
    }
    (text,) = dbt.target.glob("compiled/**/assert_marts_equal_facts.sql")
    differing = rows(damaged, f"select distinct mart from ({text.read_text()}) order by 1")
    assert differing == [("kpi_daily_contacts",), ("kpi_quarterly_nps",)]


@pytest.mark.usefixtures("home")
def test_an_unknown_service_level_formula_names_those_there_are(dbt: Dbt) -> None:
    done = dbt.attempt(
        "compile", "--select", "int_contacts_flagged",
        "--vars", "{sl_abandon_treatment: as_we_like}",
    )  # fmt: skip
    assert not done.success
    said = str(done.exception) + "".join(str(each.message) for each in done.result or [])
    assert "use one of negative_excl_short" in said
