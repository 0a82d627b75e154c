"""The core facts, built by dbt from ten hand-made contacts and checked by hand-worked answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from live.plan import LivePlan
from live.store import LiveStore, window_start
from tests.dbt import ten_contacts
from tests.dbt.conftest import CORE, LIVE, Warehouse
from tests.dbt.raw_lake import land

pytestmark = pytest.mark.slow

FIGURES = (
    "offered", "answered", "abandoned", "short_abandoned", "flow_out", "connected",
    "service_level_due", "service_level_met",
)  # fmt: skip


def test_a_rerun_without_new_data_changes_no_row(warehouse: Warehouse) -> None:
    assert warehouse.states["again"] == warehouse.states["first"]


def test_the_oldest_watermark_is_where_everything_stops(warehouse: Warehouse) -> None:
    found = warehouse.rows("select distinct as_of_at::varchar from core.fct_contact")
    assert found == [("2026-03-20 12:00:00",)]


def test_every_offered_contact_has_one_outcome(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select contact_id, is_offered, is_answered, is_abandoned, is_short_abandoned, is_flow_out,"
        " is_connected, is_handled, is_bot_only, is_spam from core.fct_contact"
        " where contact_id <> 'twilio:WT0' order by 1"
    )
    assert found == [
        ("acme:7", 1, 1, 0, 0, 0, 1, 1, 0, 0),
        ("twilio:CA9", 0, 0, 0, 0, 0, 0, 0, 1, 0),
        ("twilio:WT1", 1, 1, 0, 0, 0, 1, 1, 0, 0),
        ("twilio:WT2", 1, 0, 1, 1, 0, 0, 0, 0, 0),
        ("twilio:WT3", 1, 0, 1, 0, 0, 0, 0, 0, 0),
        ("twilio:WT4", 1, 0, 0, 0, 1, 0, 0, 0, 0),
        ("twilio:WT5", 0, 0, 0, 0, 0, 1, 1, 0, 0),
        ("twilio:WT6", 1, 1, 0, 0, 0, 1, 1, 0, 0),
        ("twilio:WT7", 0, 0, 0, 0, 0, 0, 0, 0, 0),
        ("zendesk:101", 1, 1, 0, 0, 0, 0, 1, 0, 0),
        ("zendesk:102", 0, 0, 0, 0, 0, 0, 0, 0, 1),
    ]


def test_service_level_counts_the_edge_and_the_callback(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select native_contact_id, wait_seconds, is_service_level_due, is_service_level_met"
        " from core.fct_contact where source_system = 'twilio' and queued_at is not null"
        " and native_contact_id <> 'WT0' order by 1"
    )
    assert found == [
        ("WT1", 20, 1, 1),
        ("WT2", 5, 0, 0),
        ("WT3", 60, 1, 0),
        ("WT4", 180, 0, 0),
        ("WT5", 1020, 1, 0),
        ("WT6", 61, 1, 0),
        ("WT7", 10, 0, 0),
    ]


def test_handling_time_is_talk_hold_and_after_call_work(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select contact_id, agent_id, talk_seconds, hold_seconds, acw_seconds, handle_seconds"
        " from core.fct_contact_leg where is_handled = 1 order by 1"
    )
    assert found == [
        ("acme:7", "E2", 100, 0, 0, 100),
        ("twilio:WT1", "E1", 280, 20, 40, 340),
        ("twilio:WT5", "E1", 280, 20, 10, 310),
        ("twilio:WT6", "E1", 220, 20, 0, 240),
        ("zendesk:101", "E1", None, None, None, 600),
    ]


def test_first_response_runs_in_opening_hours_for_mail_and_on_the_wall_for_chat(
    warehouse: Warehouse,
) -> None:
    found = warehouse.rows(
        "select contact_id, first_response_calendar_seconds, first_response_business_seconds,"
        " first_response_seconds from core.fct_contact where is_responded = 1 order by 1"
    )
    assert found == [("twilio:WT6", 70, None, 70), ("zendesk:101", 232_200, 1_800, 1_800)]


def test_a_call_followed_by_a_mail_of_the_same_person_is_not_resolved_at_first_contact(
    warehouse: Warehouse,
) -> None:
    found = warehouse.rows(
        "select contact_id, customer_id, is_fcr_eligible, is_fcr_success, is_repeat"
        " from core.fct_contact where customer_id = 'hubspot:1' order by 1"
    )
    assert found == [("twilio:WT1", "hubspot:1", 1, 0, 0), ("zendesk:101", "hubspot:1", 0, 0, 1)]


def test_a_test_call_has_no_leg_and_says_which_rule_leaves_it_out(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select contact_id, dq_rule from core.fct_contact where dq_rule is not null order by 1"
    )
    assert found == [("twilio:WT7", "test_contact"), ("zendesk:102", "excluded_contact")]
    assert warehouse.rows("select 1 from core.fct_contact_leg where contact_id like '%WT7'") == []


def test_a_purchase_belongs_to_the_last_contact_before_it(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select contact_id, is_conversion_mature, is_converted from core.fct_contact"
        " where customer_id = 'hubspot:1' order by 1"
    )
    # The second purchase names a contact that was merged into his.
    assert found == [("twilio:WT1", 1, 1), ("zendesk:101", 1, 1)]


def test_a_contact_says_since_when_and_by_which_rules_it_is_known(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select contact_id, ring_seconds, reason_source, source_watermark::varchar,"
        " loaded_at::varchar, count(version_of_vars) over () from core.fct_contact"
        " where contact_id in ('twilio:WT1', 'zendesk:101', 'acme:7') order by 1"
    )
    assert found == [
        ("acme:7", None, None, "2026-03-20 12:10:00", "2023-11-14 22:13:21.1", 3),
        ("twilio:WT1", 20, "wrap_up", "2026-03-20 12:00:00", "2023-11-14 22:13:21.1", 3),
        ("zendesk:101", None, "case_field", "2026-03-20 12:00:00", "2023-11-14 22:13:21.1", 3),
    ]


def test_a_call_starts_in_the_ivr_and_belongs_to_its_local_quarter_hour(
    warehouse: Warehouse,
) -> None:
    found = warehouse.rows(
        "select started_at::varchar, pre_queue_seconds, local_date::varchar, interval_key,"
        " interval_start_at::varchar, first_queue_id, language"
        " from core.fct_contact where contact_id = 'twilio:WT1'"
    )
    expected = ("2026-03-02 08:00:00", 30, "2026-03-02", 40, "2026-03-02 08:00:00")
    assert found == [(*expected, "twilio:WQ1", "fi")]


def test_a_phone_ticket_is_the_case_of_its_call_and_spam_is_no_case(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select case_id, channel, contact_id, status, full_resolution_seconds, is_one_touch,"
        " complaint_level, is_complaint_escalated from core.fct_case order by 1"
    )
    assert found == [
        ("zendesk:101", "email", "zendesk:101", "solved", 232_200, 1, None, 0),
        ("zendesk:900", "voice", "twilio:WT1", "solved", 10, 0, 2, 1),
    ]


def test_a_later_answer_replaces_the_earlier_one_and_an_offer_is_no_answer(
    warehouse: Warehouse,
) -> None:
    found = warehouse.rows(
        "select response_id, scale_code, is_top2, is_current_answer, contact_id, agent_id,"
        " queues.queue_id from core.fct_survey_response"
        " left join core.dim_queue as queues using (queue_sk) order by 1"
    )
    assert found == [
        ("typeform:t1", "csat_5", 0, 0, "twilio:WT1", "E1", "twilio:WQ1"),
        ("typeform:t2", "csat_5", 1, 1, "twilio:WT1", "E1", "twilio:WQ1"),
        ("zendesk:1", "csat_2", 1, 1, "zendesk:101", "E1", "zendesk:5"),
    ]


def test_a_load_that_is_still_being_written_is_not_read(warehouse: Warehouse) -> None:
    found = warehouse.rows("select count(*) from core.fct_contact where native_contact_id = 'WT99'")
    assert found == [(0,)]


def test_a_record_that_arrives_late_is_selected_by_its_arrival(warehouse: Warehouse) -> None:
    added = [row for row in warehouse.states["second"]["fct_contact"] if row[0] == "twilio:WT0"]
    assert len(added) == 1
    before = warehouse.states["first"]["fct_contact"]
    assert [r for r in warehouse.states["second"]["fct_contact"] if r not in added] == before


def test_an_old_version_that_comes_late_does_not_replace_a_newer_one(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select status, requester_id from staging.stg_zendesk__tickets where ticket_id = 101"
    )
    assert found == [("solved", 1)]


def test_a_key_that_vanished_from_a_snapshot_stays_and_is_marked(warehouse: Warehouse) -> None:
    found = warehouse.rows("select queue_id, is_deleted from core.dim_queue where queue_id >= 'z'")
    assert sorted(found) == [("zendesk:5", 0), ("zendesk:6", 1)]


def test_an_agent_is_what_the_list_said_of_them_at_the_time(warehouse: Warehouse) -> None:
    """By the list's own dates, or by its arrival where it has none."""
    found = warehouse.rows(
        "select agent_id, team, valid_from::varchar, valid_to::varchar, is_current"
        " from core.dim_agent where agent_id in ('E1', 'E2') order by 1, 3"
    )
    ever, turn, wrapped = "1970-01-01 00:00:00", "2026-03-09 10:00:00.1", "2026-03-02 09:00:00"
    assert found == [
        ("E1", "red", ever, turn, 0),
        ("E1", "blue", turn, None, 1),
        ("E2", "green", ever, wrapped, 0),
        ("E2", "yellow", wrapped, "2026-04-01 00:00:00", 1),
        ("E2", "white", "2026-04-01 00:00:00", None, 0),
    ]
    served = warehouse.rows(
        "select contacts.contact_id, agents.team, legs.team from core.fct_contact as contacts"
        " inner join core.dim_agent as agents on contacts.last_agent_sk = agents.agent_sk"
        " inner join core.fct_contact_leg as leg on contacts.contact_id = leg.contact_id"
        " inner join core.dim_agent as legs on leg.agent_sk = legs.agent_sk"
        " where contacts.contact_id in ('twilio:WT1', 'acme:7') order by 1"
    )
    assert served == [("acme:7", "yellow", "yellow"), ("twilio:WT1", "red", "red")]


def test_a_customer_has_a_version_for_what_the_crm_changed(warehouse: Warehouse) -> None:
    found = warehouse.rows(
        "select segment, valid_from::varchar, valid_to::varchar, is_current"
        " from core.dim_customer where customer_id = 'hubspot:1' order by 2"
    )
    turn = "2026-03-15 00:00:00"
    assert found == [
        ("household", "1970-01-01 00:00:00", turn, 0),
        ("corporate", turn, None, 1),
    ]


def test_what_was_merged_in_the_crm_is_one_customer_and_all_that_names_it_is_his(
    warehouse: Warehouse,
) -> None:
    customers = warehouse.rows(
        "select distinct customer_id, industry from core.dim_customer"
        " where customer_id like 'hubspot:%'"
    )
    assert customers == [("hubspot:1", "retail")]
    keys = warehouse.rows(
        "select person_key, match_rule from intermediate.int_identity_keys"
        " where customer_id = 'hubspot:1' order by 1"
    )
    assert ("hubspot:2", "crm_merge") in keys
    assert ("mail-9", "crm_email") in keys
    assert ("mail-8", "helpdesk_user") in keys, "of a user merged in the helpdesk"


def test_the_formulas_of_the_core_give_the_golden_answers(warehouse: Warehouse) -> None:
    folders = ("staging", "intermediate", "marts/core")
    done = warehouse.dbt(
        "test", "--select", *(f"test_type:unit,path:models/{folder}" for folder in folders)
    )
    assert len(done.results) >= 14


def test_a_closed_day_is_the_same_in_the_live_marts(store: LiveStore, warehouse: Warehouse) -> None:
    """Live channels: a message that waits over midnight is answered on another day."""
    where = "channel in ('voice', 'chat')"
    live = store.connection.execute(
        f"select queue_id, channel, {', '.join(f'today_{name}' for name in FIGURES)},"
        " today_connected_wait_seconds from warehouse.realtime.kpi_realtime_queues"
        f" where {where} and today_offered > 0 order by all"
    ).fetchall()
    daily = warehouse.rows(
        f"select first_queue_id, channel, {', '.join(f'sum(is_{name})' for name in FIGURES)},"
        " coalesce(sum(wait_seconds) filter (where is_connected = 1), 0) from core.fct_contact"
        f" where local_date = '{LIVE['as_of'][:10]}' and queued_at is not null and {where}"
        " group by all having sum(is_offered) > 0 order by all"
    )
    assert daily
    assert live == daily


def test_dbts_own_tests_hold_on_the_live_window(store: LiveStore) -> None:
    results = store.test()
    assert results
    assert [result.name for result in results if result.failures] == []


def test_later_loads_give_what_building_anew_gives(
    plan: LivePlan, store: LiveStore, warehouse: Warehouse
) -> None:
    call = [
        ten_contacts.event(950, "WT95", "task.created", "12:00:00"),
        ten_contacts.event(951, "WT95", "task-queue.entered", "12:00:00"),
        ten_contacts.event(952, "WT95", "task.canceled", "12:03:00", canceled_reason="hangup"),
    ]
    home = warehouse.home / "later"
    # Two loads, of which the second says more of the same call.
    land(home, "1700000004.1", "twilio", {"events": call[:2]})
    store.lakes = [*store.lakes, home / "lake"]
    assert store.take() == 2
    built = store.build()
    assert {"stg_twilio__events", "kpi_realtime_queues"} <= set(built)
    assert "stg_zendesk__tickets" not in built
    land(home, "1700000005.1", "twilio", {"events": call[2:]})
    assert store.take() == 1
    store.build()
    anew = LiveStore(plan, store.lakes)
    anew.take()
    anew.build()
    query = "from warehouse.realtime.kpi_realtime_queues order by all"
    assert store.connection.execute(query).fetchall() == anew.connection.execute(query).fetchall()
    assert store.take() == 0


def test_the_window_begins_at_local_midnight_also_when_the_clocks_change() -> None:
    helsinki = "Europe/Helsinki"
    assert window_start(datetime(2026, 3, 2, 10), 1, helsinki) == datetime(2026, 3, 1, 18)
    assert window_start(datetime(2026, 3, 29, 20, 59), 1, helsinki) == datetime(2026, 3, 28, 18)
    assert window_start(datetime(2026, 3, 30, 12), 2, helsinki) == datetime(2026, 3, 28, 18)
    assert window_start(datetime(2026, 1, 1, 0), 1, helsinki) == datetime(2025, 12, 31, 18)


def test_a_key_that_is_missing_or_comes_twice_is_found_out(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(warehouse.home / "warehouse.duckdb", tmp_path)
    table = "intermediate.int_contact_issues"
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        for key in ("contact_id", "null"):
            connection.execute(
                f"insert into {table} select * replace ({key} as contact_id) from {table} limit 1"
            )
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    done = warehouse.dbt.attempt("test", "--select", "unique_key_int_contact_issues_contact_id")
    assert [(each.status, each.failures) for each in done.result] == [("fail", 2)]


def test_no_outer_join_compares_all_pairs(warehouse: Warehouse) -> None:
    # DuckDB does, once such a join has an `or`, or a condition on the rows that it keeps.
    compiled = warehouse.dbt("compile", *CORE[:2], "--exclude", "resource_type:test")
    found = []
    with duckdb.connect(str(warehouse.home / "warehouse.duckdb"), read_only=True) as connection:
        for each in [each for each in compiled if each.node.resource_type == "model"]:
            explain = f"explain (format json) {each.node.compiled_code}"
            ((_, plan),) = connection.execute(explain).fetchall()
            found += [(each.node.name, join) for join in all_pairs(json.loads(plan))]
    assert found == []


def all_pairs(plan: list[dict[str, Any]]) -> Iterator[str]:
    """Conditions of a plan's outer joins that are tried on every pair of rows; of one row: none."""
    for node in plan:
        said = node["extra_info"]
        outer = said.get("Join Type") not in (None, "INNER")
        if node["name"] == "BLOCKWISE_NL_JOIN" and outer and said["Condition"] != "true":
            yield said["Condition"]
        yield from all_pairs(node["children"])
