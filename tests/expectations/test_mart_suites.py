"""Mart suites: a clean warehouse passes, and each planted fault alerts under its own name."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from expectations.runner import run
from tests.expectations.homes import CLEAN_MARTS, clean_marts, variant, write_warehouse
from tests.expectations.outcomes import failing, failures

# (table, changed columns of its only row, the checks that must fail)
FAULTS = [
    (
        "core.fct_contact",
        {"is_answered": "0", "is_answered_within_sl": "0"},
        {"offered_contacts_have_one_outcome"},
    ),
    ("core.fct_contact", {"is_repeat": "2"}, {"flags_are_0_or_1"}),
    ("core.fct_contact", {"is_repeat": "null"}, {"flags_are_0_or_1"}),
    (
        "core.fct_contact",
        {"is_service_level_due": "0"},
        {"is_service_level_met_within_is_service_level_due"},
    ),
    ("core.fct_contact", {"is_fcr_immature": "1"}, {"fcr_is_judged_once"}),
    ("core.fct_contact", {"wait_seconds": "-1"}, {"wait_seconds_is_not_negative"}),
    ("core.fct_contact", {"handle_seconds": "40000"}, {"live_handling_is_possible"}),
    ("core.fct_contact", {"first_response_seconds": "4"}, {"voice_has_no_first_response"}),
    ("core.fct_contact", {"channel": "'fax'"}, {"channel_is_in_dim_channel"}),
    (
        "core.fct_contact",
        {"ended_at": "timestamp '2026-04-14 07:00'"},
        {"ended_at_not_before_started_at"},
    ),
    ("core.fct_contact", {"local_date": "date '2026-04-20'"}, {"local_date_is_near_utc"}),
    ("core.fct_contact", {"as_of_at": "timestamp '2026-04-20'"}, {"is_fresh"}),
    ("core.fct_contact", {"as_of_at": "timestamp '2026-04-13'"}, {"is_not_ahead_of_as_of"}),
    ("core.fct_contact", {"is_identified": "0"}, {"customers_are_known"}),
    ("core.fct_contact", {"is_reason_coded": "0"}, {"reasons_are_coded"}),
    ("core.fct_contact_leg", {"handle_seconds": "251"}, {"live_handling_adds_up"}),
    ("core.fct_contact_leg", {"agent_id": "null"}, {"connected_legs_have_an_agent"}),
    ("core.fct_contact_leg", {"contact_id": "'other'"}, {"contact_id_is_in_fct_contact"}),
    ("core.fct_case", {"is_active": "1"}, {"a_case_is_open_or_solved"}),
    ("core.fct_case", {"is_spam": "1"}, {"spam_is_out"}),
    (
        "core.fct_case",
        {"full_resolution_business_seconds": "9000"},
        {"business_time_within_calendar_time"},
    ),
    ("core.fct_survey_response", {"is_passive": "1"}, {"nps_answers_fall_in_one_group"}),
    ("core.fct_survey_response", {"score_0_100": "101"}, {"score_0_100_in_range"}),
    ("core.dim_date", {"date_day": "date '2026-04-14'"}, {"covers_as_of"}),
    ("core.dim_queue", {"queue_sk": "null"}, {"queue_sk_is_not_null"}),
    (
        "daily_voice.kpi_daily_contacts",
        {"offered": "2", "contacts": "2"},
        {"offered_is_conserved", "contacts_adds_up_to_fct_contact"}
        | {"offered_adds_up_to_fct_contact"},
    ),
    (
        "daily_voice.kpi_daily_contacts",
        {"fcr_success": "2"},
        {"fcr_success_within_fcr_eligible"},
    ),
    (
        "daily_voice.kpi_daily_handling",
        {"handle_seconds": "249"},
        {"handle_seconds_adds_up_to_fct_contact_leg"},
    ),
    ("daily_voice.kpi_daily_cases", {"one_touch": "2"}, {"one_touch_within_cases_resolved"}),
    ("daily_voice.kpi_daily_surveys", {"passives": "1"}, {"nps_groups_add_up"}),
    ("daily_voice.daily_contact_report", {"service_level": "80"}, {"service_level_in_range"}),
    ("realtime.kpi_realtime_queues", {"contacts_waiting": "0"}, {"a_wait_has_a_waiter"}),
    (
        "realtime.kpi_realtime_queues",
        {"today_answered": "4"},
        {"today_answered_within_today_offered"},
    ),
    (
        "weekly_team.kpi_weekly_agents",
        {"week_start_date": "date '2026-04-14'"},
        {"weeks_start_on_monday"},
    ),
    ("weekly_team.kpi_weekly_agents", {"handled_legs": "null"}, {"components_are_not_negative"}),
    (
        "monthly_planning.kpi_monthly_reasons",
        {"month_start_date": "date '2026-04-02'"},
        {"months_start_on_the_first"},
    ),
    ("quarterly_strategy.kpi_quarterly_nps", {"promoters": "2"}, {"groups_add_up"}),
    ("quarterly_strategy.quarterly_nps_report", {"nps": "101"}, {"nps_in_range"}),
]


def test_a_clean_warehouse_passes_every_check(tmp_path: Path) -> None:
    write_warehouse(tmp_path, clean_marts())
    results = run("marts", tmp_path)
    assert failures(results) == {}
    assert sum(result.skipped is None for result in results) > 180


@pytest.mark.parametrize(
    ("table", "changes", "expected"),
    FAULTS,
    ids=[f"{table}-{'-'.join(sorted(expected))}" for table, _, expected in FAULTS],
)
def test_a_planted_fault_alerts_under_its_own_name_and_no_other(
    tmp_path: Path, table: str, changes: dict[str, str], expected: set[str]
) -> None:
    tables = clean_marts()
    tables[table] = [variant(CLEAN_MARTS[table], **changes)]
    write_warehouse(tmp_path, tables)
    assert failing(tmp_path, table) == dict.fromkeys(expected, "alerting")


def test_a_row_that_comes_twice_is_found_in_a_fact_and_in_a_mart(tmp_path: Path) -> None:
    tables = clean_marts()
    for table in ("core.fct_contact", "quarterly_strategy.kpi_quarterly_nps"):
        tables[table] = tables[table] * 2
    write_warehouse(tmp_path, tables)
    assert failing(tmp_path, "core.fct_contact") == {"contact_id_unique": "alerting"}
    found = failing(tmp_path, "quarterly_strategy.kpi_quarterly_nps")
    assert found == {"one_row_a_grain": "alerting"}


def test_a_fact_that_lost_rows_since_the_last_publish_alerts_even_when_it_is_empty(
    tmp_path: Path,
) -> None:
    (tmp_path / "serving").mkdir()
    with duckdb.connect(tmp_path / "serving" / "marts.duckdb") as connection:
        connection.execute(
            "create table kontakti_publish as"
            " select 'core.fct_case' as table_name, 10::bigint as row_count"
        )
    tables = clean_marts()
    write_warehouse(tmp_path, tables)
    assert failing(tmp_path, "core.fct_case") == {"has_not_shrunk": "alerting"}
    tables["core.fct_case"] = []
    write_warehouse(tmp_path, tables)
    assert failing(tmp_path, "core.fct_case") == {"has_not_shrunk": "alerting"}
    tables["core.fct_case"] = [
        variant(CLEAN_MARTS["core.fct_case"], case_id=f"'zendesk:{number}'") for number in range(9)
    ]
    write_warehouse(tmp_path, tables)
    assert failing(tmp_path, "core.fct_case") == {}
