"""The real ServiceNow log lands whole: compared with figures taken straight from its CSV."""

from __future__ import annotations

import zipfile
from pathlib import Path

import duckdb
import pytest

from ingestion.runs import LandingReport
from tests.ingestion.real_data import data_set, lake, land_example

DATASET = "files_servicenow"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("servicenow")


@pytest.fixture(scope="module")
def report(home: Path) -> LandingReport:
    return land_example("servicenow_incidents", home)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyRelation:
    """The log itself, read apart from the file drop."""
    folder = tmp_path_factory.mktemp("log")
    with zipfile.ZipFile(data_set("servicenow_incidents") / "incident_event_log.zip") as archive:
        (member,) = [n for n in archive.namelist() if n.endswith(".csv")]
        path = archive.extract(member, folder)
    return duckdb.read_csv(path, all_varchar=True, na_values="?")


def test_all_incidents_and_all_events_land_and_none_is_quarantined(
    home: Path, report: LandingReport
) -> None:
    assert report.quarantined == {}
    assert report.failures == ()
    assert len(lake(home, DATASET, "cases")) == 24_918
    assert len(lake(home, DATASET, "case_events").filter("field = 'status'")) == 141_712


def test_each_event_is_one_line_of_the_log(
    home: Path, report: LandingReport, log: duckdb.DuckDBPyRelation
) -> None:
    landed = (
        lake(home, DATASET, "case_events")
        .filter("field = 'status'")
        .project("case_id, occurred_at, sequence::int")
    )
    written = log.project("number, strptime(sys_updated_at, '%d/%m/%Y %H:%M'), sys_mod_count::int")
    assert len(landed.except_(written)) == len(written.except_(landed)) == 0


def test_times_and_the_breach_flag_of_the_cases_are_those_of_the_log(
    home: Path, report: LandingReport, log: duckdb.DuckDBPyRelation
) -> None:
    seconds = "date_diff('second', created_at, solved_at)"
    figures = (
        f"count(*), count(solved_at), sum({seconds}), median({seconds}),"
        f" quantile_cont({seconds}, 0.9)"
    )
    cases = lake(home, DATASET, "cases").aggregate(f"{figures}, count_if(not made_sla)")
    newest = log.query(
        "log",
        "select strptime(opened_at, '%d/%m/%Y %H:%M') as created_at,"
        " strptime(resolved_at, '%d/%m/%Y %H:%M') as solved_at,"
        " arg_max(made_sla, sys_mod_count::int)::boolean as made_sla"
        " from log group by number, opened_at, resolved_at",
    ).aggregate(f"{figures}, count_if(not made_sla)")

    found = cases.fetchone()
    assert found == newest.fetchone()
    assert found == (24_918, 23_362, 14_984_800_200, 79_560.0, 1_373_574.0, 9_115)


def test_statuses_speak_the_warehouse_s_words_and_every_incident_ends_closed(
    home: Path, report: LandingReport
) -> None:
    events = lake(home, DATASET, "case_events").filter("field = 'status'")
    assert events.aggregate("value, count(*)").order("2 desc").fetchall() == [
        ("open", 38_721),
        ("new", 36_407),
        ("solved", 25_751),
        ("closed", 24_985),
        ("pending", 14_642),
        ("hold", 1_206),
    ]
    cases = lake(home, DATASET, "cases")
    assert cases.aggregate("status, count(*)").fetchall() == [("closed", 24_918)]


def test_callers_are_pseudonyms(home: Path, report: LandingReport) -> None:
    keys = lake(home, DATASET, "cases").aggregate(
        "count(distinct customer_key), min(length(customer_key)), max(length(customer_key))"
    )
    distinct, shortest, longest = keys.fetchone() or (0, 0, 0)
    assert distinct > 5_000
    assert shortest == longest == 32


def test_the_watermark_is_the_last_instant_of_the_log(report: LandingReport) -> None:
    assert str(report.watermark_at) == "2017-02-18 15:00:00"
