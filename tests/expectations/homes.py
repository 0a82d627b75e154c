"""Small hand-made homes: a clean lake and a clean warehouse, to plant one bad row at a time.

`write_lake(home, rows)` and `write_warehouse(home, rows)` take rows as SQL select lists, so a
test reads as the row it plants.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

LOAD = "1775000000.1"
KEY = "0123456789abcdef0123456789abcdef"


def sid(prefix: str, number: int = 1) -> str:
    """A well-formed Twilio sid."""
    return f"{prefix}{number:032x}"


_WATERMARK = (
    "'{resource}' as resource, timestamp '2026-04-15 15:30' as watermark_at,"
    f" 3::bigint as rows_landed, true as is_initial, '{LOAD}' as _dlt_load_id"
)
_SNAPSHOT = f"'{LOAD}' as _dlt_load_id"

# One clean row a table.
CLEAN_LAKE: dict[str, str] = {
    "zendesk.tickets": (
        "1::bigint as id, timestamp '2026-04-01 08:00' as created_at,"
        " timestamp '2026-04-02 09:00' as updated_at, 'solved' as status, 'normal' as priority,"
        " 'question' as type, 'email' as via_channel, 10::bigint as requester_id,"
        " 20::bigint as group_id, 300::bigint as time_spent_seconds," + _SNAPSHOT
    ),
    "zendesk.users": (
        "10::bigint as id, timestamp '2026-04-01 08:00' as created_at,"
        " timestamp '2026-04-01 08:00' as updated_at, 'end-user' as role,"
        f" '{KEY}' as email_key, null::varchar as phone_key, 'C1' as external_id," + _SNAPSHOT
    ),
    "zendesk.user_identities": (
        "30::bigint as id, 10::bigint as user_id, 'email' as identity_type,"
        f" '{KEY}' as identity_key, timestamp '2026-04-01 08:00' as user_updated_at," + _SNAPSHOT
    ),
    "zendesk.groups": "20::bigint as id, 'Support' as name, " + _SNAPSHOT,
    "zendesk.ticket_events": (
        "100::bigint as id, 1::bigint as ticket_id, timestamp '2026-04-01 08:30' as occurred_at,"
        " 'Comment' as event_type, 'comment' as field, null::varchar as value,"
        " null::varchar as previous_value, true as is_public, " + _SNAPSHOT
    ),
    "zendesk.satisfaction_ratings": (
        "200::bigint as id, 1::bigint as ticket_id, 'good' as score,"
        " timestamp '2026-04-03 08:00' as created_at,"
        " timestamp '2026-04-03 08:00' as updated_at, " + _SNAPSHOT
    ),
    "zendesk.schedules": (
        "1::bigint as schedule_id, 'Office' as name, 'Europe/Helsinki' as time_zone,"
        " 1920 as start_week_minute, 2400 as end_week_minute, " + _SNAPSHOT
    ),
    "zendesk.watermarks": _WATERMARK.format(resource="tickets"),
    "twilio.calls": (
        f"'{sid('CA')}' as sid, 'inbound' as direction, 'completed' as status,"
        f" '{KEY}' as from_key, timestamp '2026-04-01 08:00' as start_time,"
        " timestamp '2026-04-01 08:10' as end_time, 600 as duration_seconds,"
        " 10 as queue_time_ms, timestamp '2026-04-01 08:00' as date_created,"
        " timestamp '2026-04-01 08:10' as date_updated, " + _SNAPSHOT
    ),
    "twilio.events": (
        f"'{sid('EV')}' as sid, 'task.created' as event_type,"
        f" timestamp '2026-04-01 08:00' as occurred_at, '{sid('WT')}' as task_sid,"
        f" '{sid('WQ')}' as task_queue_sid, null::varchar as worker_sid,"
        f" null::varchar as reservation_sid, null::varchar as canceled_reason,"
        f" '{KEY}' as from_key, " + _SNAPSHOT
    ),
    "twilio.workers": f"'{sid('WK')}' as sid, 'E1001' as employee_id, " + _SNAPSHOT,
    "twilio.task_queues": f"'{sid('WQ')}' as sid, 'Support' as friendly_name, " + _SNAPSHOT,
    "twilio.watermarks": _WATERMARK.format(resource="events"),
    "hubspot.contacts": (
        f"1::bigint as id, '{KEY}' as email_key, null::varchar as phone_key,"
        " timestamp '2024-01-01' as acquired_at, null::timestamp as churned_at,"
        " 20.0::double as monthly_revenue, timestamp '2024-01-01' as created_at,"
        " timestamp '2026-04-01' as updated_at, " + _SNAPSHOT
    ),
    "hubspot.watermarks": _WATERMARK.format(resource="contacts"),
    "typeform.forms": "'form1' as id, 'After a call' as title, " + _SNAPSHOT,
    "typeform.answers": (
        "'r1' as response_id, 'form1' as form_id, timestamp '2026-04-02 08:00' as landed_at,"
        " timestamp '2026-04-02 08:01' as submitted_at, 'f1' as field_id,"
        " 'csat_5' as field_ref, 'opinion_scale' as field_type, 4.0::double as number_value,"
        " null::boolean as boolean_value, 'transactional' as hidden_survey_type,"
        f" 'twilio:{sid('WT')}' as hidden_contact_id, '{KEY}' as hidden_customer_key, " + _SNAPSHOT
    ),
    "typeform.watermarks": _WATERMARK.format(resource="answers"),
    "files_acme.cases": (
        "'C1' as case_id, timestamp '2026-04-01 08:00' as created_at, 'solved' as status,"
        " timestamp '2026-04-02 08:00' as solved_at, 'cases.csv' as source_file,"
        " 2::bigint as source_row, 'abc' as file_hash, " + _SNAPSHOT
    ),
}


def write_lake(home: Path, tables: Mapping[str, list[str]]) -> None:
    """Write Parquet files in the lake's layout.

    Args:
        home: Home folder.
        tables: Select lists (one a row) by '<dataset>.<table>'; no rows, no folder.
    """
    for table, rows in tables.items():
        if not rows:
            continue
        folder = home / "lake" / table.replace(".", "/") / "load_date=2026-04-15"
        folder.mkdir(parents=True, exist_ok=True)
        union = " union all by name ".join(f"select {row}" for row in rows)
        with duckdb.connect() as connection:
            connection.execute(f"copy ({union}) to '{folder / f'{LOAD}.0.parquet'}'")


def clean_lake(home: Path) -> dict[str, list[str]]:
    """Write the clean lake; returns its rows, to plant bad ones into."""
    tables = {table: [row] for table, row in CLEAN_LAKE.items()}
    write_lake(home, tables)
    return tables


def variant(clean: str, **changes: str) -> str:
    """A copy of a clean row with some columns replaced by SQL expressions."""
    replaced = ", ".join(f"{value} as {column}" for column, value in changes.items())
    return f"* replace ({replaced}) from (select {clean})"


AS_OF = "timestamp '2026-04-15 15:30'"
_CONTACT_FLAGS = ", ".join(
    f"{value} as {flag}"
    for flag, value in {
        "is_offered": 1,
        "is_answered": 1,
        "is_answered_within_sl": 1,
        "is_abandoned": 0,
        "is_short_abandoned": 0,
        "is_abandoned_within_sl": 0,
        "is_flow_out": 0,
        "is_waiting": 0,
        "is_callback_requested": 0,
        "is_callback_fulfilled": 0,
        "is_connected": 1,
        "is_handled": 1,
        "is_transferred": 0,
        "is_bot_only": 0,
        "is_spam": 0,
        "is_outside_hours": 0,
        "is_response_due": 0,
        "is_responded": 0,
        "is_responded_within_target": 0,
        "is_closed_without_reply": 0,
        "is_service_level_due": 1,
        "is_service_level_met": 1,
        "is_identified": 1,
        "is_reason_coded": 1,
        "is_fcr_eligible": 1,
        "is_fcr_success": 1,
        "is_fcr_immature": 0,
        "is_repeat": 0,
        "is_resolution_eligible": 1,
        "is_resolved_mature": 1,
    }.items()
)

# One clean row a mart.
CLEAN_MARTS: dict[str, str] = {
    "core.fct_contact": (
        "'twilio:WT1' as contact_id, 'twilio' as source_system, 'voice' as channel,"
        " 'inbound' as direction, 'inbound' as initiation,"
        " timestamp '2026-04-14 08:00' as started_at, timestamp '2026-04-14 08:00:30' as queued_at,"
        " timestamp '2026-04-14 08:00:40' as answered_at, timestamp '2026-04-14 08:05' as ended_at,"
        " date '2026-04-14' as local_date, 44 as interval_key, 30::bigint as pre_queue_seconds,"
        " 10::bigint as wait_seconds, 200::bigint as talk_seconds, 20::bigint as hold_seconds,"
        " 30::bigint as acw_seconds, 250::bigint as handle_seconds,"
        " null::bigint as first_response_calendar_seconds,"
        " null::bigint as first_response_business_seconds,"
        " null::bigint as first_response_seconds, " + _CONTACT_FLAGS + f", {AS_OF} as as_of_at"
    ),
    "core.fct_contact_leg": (
        "'twilio:WT1:1' as leg_id, 'twilio:WT1' as contact_id, 1 as leg_no, 'voice' as channel,"
        " 'E1001' as agent_id, timestamp '2026-04-14 08:00:30' as queued_at,"
        " timestamp '2026-04-14 08:00:40' as connected_at,"
        " timestamp '2026-04-14 08:05' as left_at, timestamp '2026-04-14 08:05:30' as wrapped_at,"
        " 1 as is_connected, 1 as is_handled, 10::bigint as wait_seconds,"
        " 200::bigint as talk_seconds, 20::bigint as hold_seconds, 30::bigint as acw_seconds,"
        " 250::bigint as handle_seconds"
    ),
    "core.fct_case": (
        "'zendesk:1' as case_id, 'zendesk' as source_system, 'solved' as status,"
        " timestamp '2026-04-14 08:00' as created_at, timestamp '2026-04-14 10:00'"
        " as first_solved_at, timestamp '2026-04-14 10:00' as last_solved_at,"
        " date '2026-04-14' as created_local_date, 7200::bigint as full_resolution_seconds,"
        " 7200::bigint as first_resolution_seconds,"
        " 3600::bigint as full_resolution_business_seconds, 0 as reopens,"
        " 1 as public_agent_replies, 0 as is_spam, 0 as is_active, 1 as is_solved,"
        " 0 as is_reopened, 1 as is_one_touch"
    ),
    "core.fct_survey_response": (
        "'r1' as response_id, 'nps' as metric, 'nps_11' as scale_code,"
        " timestamp '2026-04-14 12:00' as answered_at, 9.0::double as score_raw,"
        " 90.0::double as score_0_100, 'twilio:WT1' as contact_id, 1 as is_valid, 0 as is_top2,"
        " 0 as is_bottom, 1 as is_promoter, 0 as is_passive, 0 as is_detractor,"
        " 0 as is_favourable, 1 as is_current_answer"
    ),
    "core.dim_date": "date '2026-12-31' as date_day",
    "core.dim_channel": "'voice' as channel",
    "core.dim_queue": "'twilio:WQ1-1' as queue_sk",
    "daily_voice.kpi_daily_contacts": (
        "date '2026-04-14' as local_date, 'voice' as channel, 'twilio:WQ1' as queue_id,"
        " 1 as contacts, 1 as offered, 1 as answered, 1 as answered_within_sl, 0 as abandoned,"
        " 0 as short_abandoned, 0 as flow_out, 0 as waiting, 1 as connected, 1 as handled,"
        " 1 as service_level_due, 1 as service_level_met, 0 as response_due,"
        " 0 as responded_within_target, 10 as connected_wait_seconds, 250 as handle_seconds,"
        " 0 as first_response_seconds, 1 as waits_counted, 0 as wait_gt_90, 0 as wait_gt_150,"
        " 0 as wait_gt_180, 1 as handled_identified, 1 as fcr_eligible, 1 as fcr_success,"
        " 1 as resolution_eligible, 1 as resolved_mature"
    ),
    "daily_voice.kpi_daily_handling": (
        "date '2026-04-14' as local_date, 'voice' as channel, 'twilio:WQ1' as queue_id,"
        " 1 as queue_entries, 1 as connected_legs, 1 as handled_legs, 0 as unfinished_legs,"
        " 200 as talk_seconds, 20 as hold_seconds, 30 as acw_seconds, 250 as handle_seconds"
    ),
    "daily_voice.kpi_daily_cases": (
        "date '2026-04-14' as local_date, 'email' as channel, 'zendesk:20' as queue_id,"
        " 1 as cases_created, 0 as still_active, 1 as cases_resolved, 1 as one_touch,"
        " 0 as reopened, 7200 as full_resolution_seconds, 0 as sla_judged_by_source,"
        " 0 as sla_met_by_source"
    ),
    "daily_voice.kpi_daily_surveys": (
        "date '2026-04-14' as local_date, 'voice' as channel, 'twilio:WQ1' as queue_id,"
        " 'transactional' as survey_type, 'nps' as metric, 'nps_11' as scale_code,"
        " '0-90' as wait_band, 1 as responses, 0 as top2, 1 as promoters, 0 as passives,"
        " 0 as detractors, 0 as favourable"
    ),
    "daily_voice.daily_contact_report": (
        "0.8 as service_level, 0.1 as abandonment_rate, null::double as"
        " first_contact_resolution_rate, 20.0 as average_speed_of_answer,"
        " 300.0 as average_handle_time, null::double as first_response_time_avg"
    ),
    "realtime.kpi_realtime_queues": (
        f"'twilio:WQ1' as queue_id, 'voice' as channel, {AS_OF} as as_of_at,"
        f" {AS_OF} as interval_start_at, 1 as contacts_waiting, 30 as longest_wait_seconds,"
        " 0 as open_unanswered, null::bigint as longest_unanswered_seconds, 0 as active_cases,"
        " 3 as today_offered, 2 as today_answered, 1 as today_abandoned,"
        " 0 as today_short_abandoned, 2 as today_service_level_due, 2 as today_service_level_met,"
        " 1 as interval_offered, 1 as interval_answered, 0 as interval_abandoned,"
        " 0 as interval_short_abandoned, 1 as interval_service_level_due,"
        " 1 as interval_service_level_met"
    ),
    "weekly_team.kpi_weekly_agents": (
        "date '2026-04-13' as week_start_date, 'E1001' as agent_id, 'voice' as channel,"
        " 1 as handled_legs, 250 as handle_seconds, 1 as contacts, 1 as fcr_eligible,"
        " 1 as fcr_success, 0 as csat_responses, 0 as csat_top2"
    ),
    "monthly_planning.kpi_monthly_reasons": (
        "date '2026-04-01' as month_start_date, 'billing.invoice' as reason_id,"
        " 'neither' as value_category, 'voice' as channel, 1 as handled,"
        " 1 as handled_reason_coded, 250 as handle_seconds, 1 as fcr_eligible,"
        " 1 as fcr_success, 0 as csat_responses, 0 as csat_top2"
    ),
    "quarterly_strategy.kpi_quarterly_nps": (
        "date '2026-04-01' as quarter_start_date, 'relationship' as survey_type,"
        " 'email' as channel, 2 as responses, 1 as promoters, 0 as passives, 1 as detractors"
    ),
    "quarterly_strategy.quarterly_nps_report": "30.0 as nps",
}


def write_warehouse(
    home: Path, tables: Mapping[str, list[str]], path: str = "warehouse.duckdb"
) -> None:
    """Write a warehouse.

    Args:
        home: Home folder.
        tables: Select lists (one a row) by '<schema>.<table>'; a table without rows keeps the
            clean row's columns.
        path: Where, below the home.
    """
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    with duckdb.connect(file) as connection:
        for table, rows in tables.items():
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            union = " union all by name ".join(
                f"select {row}" for row in rows or [CLEAN_MARTS[table] + " limit 0"]
            )
            connection.execute(f"create table {table} as {union}")


def clean_marts() -> dict[str, list[str]]:
    """The rows of a clean warehouse, to plant bad ones into."""
    return {table: [row] for table, row in CLEAN_MARTS.items()}
