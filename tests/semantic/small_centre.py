"""A centre small enough to work every figure out by hand, as the core tables of a DuckDB file.

Columns and types come from the contracts of the core models, so the file cannot drift from them.
Whatever a row does not say is 0 for a flag and null otherwise.

    voice  c1 answered after 10 s, c2 after 30 s (threshold 20), c3 left after 60 s, c4 after 3 s
    email  e1 answered in 1 h, e2 in 25 h (target 24 h), e3 not answered and not yet due
    chat   h1 waiting, nothing to judge yet
    callback  b1 connected after 100 s
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

Row = Mapping[str, Any]
AS_OF = datetime(2026, 4, 15, 12, 20)
TODAY = date(2026, 4, 15)
LAST_WEEK = date(2026, 4, 8)
NEXT_MONTH = date(2026, 5, 1)


def contact(contact_id: str, channel: str, day: date, **said: Any) -> Row:
    """A contact with what all contacts of this centre share."""
    return {
        "contact_id": contact_id,
        "channel": channel,
        "channel_group": channel,
        "local_date": day,
        "started_at": datetime.combine(day, AS_OF.time()),
        "queued_at": datetime.combine(day, AS_OF.time()),
        "timezone": "Europe/Helsinki",
        "day_type": "normal",
        "first_queue_id": f"q_{channel}",
        "source_system": "twilio",
        "is_offered": 1,
        "value_category": "unclassified",
        "as_of_at": AS_OF,
        **said,
    }


ANSWERED = {"is_answered": 1, "is_connected": 1, "is_handled": 1, "is_service_level_due": 1}
REPLIED = {"is_answered": 1, "is_handled": 1, "is_responded": 1, "is_response_due": 1}
CONTACTS: list[Row] = [
    contact("c1", "voice", LAST_WEEK, **ANSWERED, wait_seconds=10, is_service_level_met=1,
            is_answered_within_sl=1, last_agent_id="ann", is_identified=1, is_fcr_eligible=1,
            is_fcr_success=1, is_reason_coded=1, reason_id="billing", value_category="neither",
            handle_seconds=300),
    contact("c2", "voice", LAST_WEEK, **ANSWERED, wait_seconds=30, last_agent_id="bo",
            is_identified=1, is_fcr_eligible=1, is_transferred=1, transfers=1, handle_seconds=700),
    contact("c3", "voice", LAST_WEEK, is_abandoned=1, wait_seconds=60, is_service_level_due=1),
    contact("c4", "voice", TODAY, is_abandoned=1, is_short_abandoned=1, wait_seconds=3),
    contact("e1", "email", LAST_WEEK, **REPLIED, first_response_seconds=3_600,
            is_service_level_due=1, is_service_level_met=1, is_responded_within_target=1,
            last_agent_id="ann", is_identified=1, is_fcr_immature=1, handle_seconds=200),
    contact("e2", "email", TODAY, **REPLIED, first_response_seconds=90_000,
            is_service_level_due=1, last_agent_id="ann", handle_seconds=100),
    contact("e3", "email", TODAY, is_waiting=1),
    contact("h1", "chat", TODAY, is_waiting=1),
    contact("b1", "callback", TODAY, is_offered=0, is_connected=1, is_handled=1, wait_seconds=100,
            is_service_level_due=1, is_callback_fulfilled=1, last_agent_id="bo",
            handle_seconds=60),
]  # fmt: skip
LEGS: list[Row] = [
    {"leg_id": "c1:1", "contact_id": "c1", "channel": "voice", "queue_id": "q_voice",
     "agent_id": "ann", "agent_sk": "ann-1", "local_date": LAST_WEEK,
     "is_connected": 1, "is_handled": 1,
     "talk_seconds": 200, "hold_seconds": 40, "acw_seconds": 60, "handle_seconds": 300,
     "handle_allocated_seconds": 200},
    {"leg_id": "c2:1", "contact_id": "c2", "channel": "voice", "queue_id": "q_voice",
     "agent_id": "ann", "agent_sk": "ann-1", "local_date": LAST_WEEK,
     "is_connected": 1, "is_handled": 1,
     "left_reason": "transferred_internal", "transfer_type": "warm",
     "talk_seconds": 90, "hold_seconds": 0, "acw_seconds": 10, "handle_seconds": 100,
     "handle_allocated_seconds": 100},
    {"leg_id": "c2:2", "contact_id": "c2", "channel": "voice", "queue_id": "q_voice",
     "agent_id": "bo", "agent_sk": "bo-1", "local_date": LAST_WEEK,
     "is_connected": 1, "is_handled": 1,
     "talk_seconds": 500, "hold_seconds": 0, "acw_seconds": 100, "handle_seconds": 600,
     "handle_allocated_seconds": 600},
    {"leg_id": "b1:1", "contact_id": "b1", "channel": "callback", "queue_id": "q_callback",
     "agent_id": "bo", "agent_sk": "bo-1", "local_date": TODAY, "is_connected": 1, "is_handled": 0,
     "talk_seconds": 60},
]  # fmt: skip
CASES: list[Row] = [
    {"case_id": "k1", "contact_id": "e1", "channel": "email", "queue_id": "q_email",
     "status": "solved", "created_local_date": LAST_WEEK, "solved_local_date": LAST_WEEK,
     "first_solved_at": f"{LAST_WEEK} 12:00:00", "first_solved_local_date": LAST_WEEK,
     "is_solved": 1, "is_one_touch_eligible": 1, "is_one_touch": 1,
     "full_resolution_seconds": 7_200, "first_resolution_seconds": 7_200,
     "is_resolution_due": 1, "is_resolved_within_target": 1},
    {"case_id": "k2", "contact_id": "e2", "channel": "email", "queue_id": "q_email",
     "status": "solved", "created_local_date": LAST_WEEK, "solved_local_date": TODAY,
     "first_solved_at": f"{LAST_WEEK} 12:00:00", "first_solved_local_date": LAST_WEEK,
     "is_solved": 1, "is_reopened": 1, "is_one_touch_eligible": 1,
     "full_resolution_seconds": 10_800, "first_resolution_seconds": 3_600,
     "is_resolution_due": 1, "is_reopen_mature": 1, "is_reopened_in_window": 1},
    {"case_id": "k3", "contact_id": "e3", "channel": "email", "queue_id": "q_email",
     "status": "open", "created_local_date": TODAY, "is_active": 1},
]  # fmt: skip
ISSUES: list[Row] = [
    # c1 and e1 are one matter across two channels, settled by the e-mail; the others stand alone
    {"issue_id": "c1", "first_channel": "voice", "first_queue_id": "q_voice",
     "first_agent_id": "ann", "channel_path": "voice > email", "n_contacts": 2, "is_identified": 1,
     "opened_local_date": LAST_WEEK, "is_mature": 1, "mature_contacts": 2, "is_mature_resolved": 1,
     "is_mature_pivoted": 1, "is_mature_pivoted_resolved": 1, "resolution_seconds": 7_200},
    {"issue_id": "c2", "first_channel": "voice", "first_queue_id": "q_voice",
     "first_agent_id": "bo", "channel_path": "voice", "n_contacts": 1, "is_identified": 1,
     "opened_local_date": LAST_WEEK, "is_mature": 1, "mature_contacts": 1, "is_mature_resolved": 1,
     "is_mature_one_contact_resolved": 1},
]  # fmt: skip
REPLIES: list[Row] = [
    {"case_id": "k1", "replies_before": 0, "channel": "email", "asked_local_date": LAST_WEEK},
    {"case_id": "k2", "replies_before": 1, "channel": "email", "asked_local_date": LAST_WEEK,
     "next_response_seconds": 1_200, "is_next_response": 1},
    {"case_id": "k2", "replies_before": 2, "channel": "email", "asked_local_date": TODAY,
     "next_response_seconds": 600, "is_next_response": 1},
]  # fmt: skip
BACKLOG: list[Row] = [
    {"snapshot_date": LAST_WEEK, "channel": "email", "queue_id": "q_email", "status": "open",
     "active_cases": 2, "aged_cases": 0},
    {"snapshot_date": TODAY, "channel": "email", "queue_id": "q_email", "status": "open",
     "active_cases": 1, "aged_cases": 1},
    {"snapshot_date": TODAY, "channel": None, "queue_id": None, "status": "none",
     "active_cases": 0, "aged_cases": 0},
]  # fmt: skip


def answer(
    response_id: str, metric: str, survey_type: str, channel: str | None, **said: Any
) -> Row:
    """A valid, current survey answer."""
    scale = {"csat": "csat_5", "overall": "csat_5", "nps": "nps_11", "ces": "ces2_7",
             "fcr": "fcr_2"}[metric]  # fmt: skip
    return {"response_id": response_id, "metric": metric, "survey_type": survey_type,
            "scale_code": scale, "channel": channel, "agent_id": "ann" if channel else None,
            "queue_id": f"q_{channel}" if channel else None, "local_date": TODAY,
            "contact_local_date": LAST_WEEK, "is_valid": 1, "is_current_answer": 1, "weight": 1.0,
            **said}  # fmt: skip


RESPONSES: list[Row] = [
    answer("r1", "csat", "transactional", "voice", contact_id="c1", score_raw=5, is_top2=1),
    answer("r2", "csat", "transactional", "voice", contact_id="c2", score_raw=2),
    # replaced by a later answer, and out of the scale: neither counts
    answer("r3", "csat", "transactional", "voice", score_raw=1, is_current_answer=0),
    answer("r4", "csat", "transactional", "voice", score_raw=9, is_valid=0),
    # a thumb down: another scale than the calls'
    answer("r5", "csat", "transactional", "email", contact_id="e1", scale_code="csat_2",
           score_raw=0),
    answer("r6", "nps", "transactional", "voice", score_raw=10, is_promoter=1),
    answer("r7", "nps", "transactional", "voice", score_raw=9, is_promoter=1),
    answer("r8", "nps", "transactional", "voice", score_raw=7, is_passive=1),
    answer("r9", "nps", "transactional", "voice", score_raw=3, is_detractor=1),
    answer("r10", "nps", "relationship", None, score_raw=0, is_detractor=1),
    answer("r11", "ces", "transactional", "voice", score_raw=6, is_favourable=1),
    answer("r12", "ces", "transactional", "voice", score_raw=4),
    # solved at first contact 10 and 3, not solved 0
    answer("r13", "nps", "transactional", "email", score_raw=10, is_promoter=1,
           is_fcr_eligible=1, is_fcr_success=1, contact_local_date=LAST_WEEK),
    answer("r14", "nps", "transactional", "email", score_raw=3, is_detractor=1,
           is_fcr_eligible=1, is_fcr_success=1),
    answer("r15", "nps", "transactional", "email", score_raw=0, is_detractor=1, is_fcr_eligible=1),
    # the dissatisfied one stands for three customers
    answer("r16", "overall", "relationship", None, score_raw=5, is_top2=1),
    answer("r17", "overall", "relationship", None, score_raw=1, weight=3.0),
    answer("r18", "fcr", "transactional", "voice", score_raw=1, is_favourable=1),
]  # fmt: skip
CLOSED = {"survey_type": "transactional", "sent_local_date": LAST_WEEK, "is_delivered": 1,
          "contact_local_date": LAST_WEEK, "is_response_due": 1}  # fmt: skip
INVITATIONS: list[Row] = [
    {
        "invitation_id": "i1",
        "channel": "voice",
        "contact_id": "c1",
        **CLOSED,
        "is_response_given": 1,
        "is_contact_invited": 1,
    },
    {
        "invitation_id": "i2",
        "channel": "voice",
        "contact_id": "c2",
        **CLOSED,
        "is_contact_invited": 1,
        "is_reminder_due": 1,
        "reminded_local_date": TODAY,
    },
    {
        "invitation_id": "i3",
        "channel": "email",
        "contact_id": "e1",
        **CLOSED,
        "is_response_given": 1,
        "is_contact_invited": 1,
        "is_reminder_due": 1,
        "is_answered_after_reminder": 1,
        "reminded_local_date": TODAY,
    },
    # still open, and held back
    {"invitation_id": "i4", "channel": "email", **CLOSED, "is_response_due": 0},
    {
        "invitation_id": "i5",
        "channel": "voice",
        **CLOSED,
        "is_response_due": 0,
        "is_delivered": 0,
        "suppressed_reason": "opt_out",
    },
]
NEGATIVE = {"survey_type": "transactional", "local_date": TODAY}
FOLLOW_UPS: list[Row] = [
    {
        "response_id": "r2",
        "channel": "voice",
        **NEGATIVE,
        "is_due": 1,
        "is_reached": 1,
        "is_reached_within_sla": 1,
        "reached_seconds": 3_600,
        "is_reached_reanswered": 1,
    },
    {
        "response_id": "r5",
        "channel": "email",
        **NEGATIVE,
        "is_due": 1,
        "is_reached": 1,
        "reached_seconds": 259_200,
        "is_reached_reanswered": 1,
        "is_recovered": 1,
    },
    {"response_id": "r9", "channel": "voice", **NEGATIVE, "is_due": 1},
    {"response_id": "r10", "channel": None, **NEGATIVE, "is_excluded": 1},
]
PEAKS: list[Row] = [
    # two legs of 100 s that would have taken 150 s each in the campaign, three calls against eight
    {"quarter_start_date": date(2026, 4, 1), "day_type": "campaign", "queue_id": "q_voice",
     "channel": "voice", "normal_offered": 3, "standardised_offered": 8, "comparable_legs": 2,
     "normal_handle_seconds": 200, "standardised_handle_seconds": 300, "comparable_due": 4,
     "normal_service_level_met": 4, "standardised_service_level_met": 3,
     "comparable_responses": 2, "normal_csat_top2": 2, "standardised_csat_top2": 1},
]  # fmt: skip
# c1 and c2 are billed a piece and would take 5 and 10 minutes; e2 is not billed and bears no cost.
AMOUNTS: list[Row] = [
    {"contact_id": contact_id, "channel": channel, "contract_id": "k", "billing_model": "unit",
     "client": "Acme", "local_date": LAST_WEEK, "ended_local_date": LAST_WEEK, "as_of_at": AS_OF,
     "billable_seconds": 0.0, **said}
    for contact_id, channel, said in (
        ("c1", "voice", {"is_billable": 1, "billable_seconds": 300.0, "unit_price": 4.0,
                         "minute_price": 1.0, "billed_amount_unit": 4.0, "billed_amount_time": 5.0,
                         "invoiced_amount": 4.0, "is_costed": 1, "allocated_cost_eur": 6.0}),
        ("c2", "voice", {"is_billable": 1, "billable_seconds": 600.0, "unit_price": 4.0,
                         "minute_price": 1.0, "billed_amount_unit": 4.0, "billed_amount_time": 10.0,
                         "invoiced_amount": 4.0, "is_costed": 1, "allocated_cost_eur": 12.0}),
        ("e2", "email", {}),
    )
]  # fmt: skip
# April is still running: what is booked of it is of no use yet.
LEDGER: list[Row] = [
    {"cost_centre": "staff", "month_start_date": date(2026, 3, 1), "opex": 18.0,
     "operating_cash_flow": 7.0, "is_closed": 1},
    {"cost_centre": "staff", "month_start_date": date(2026, 4, 1), "opex": 99.0,
     "operating_cash_flow": 9.0, "is_closed": 0},
]  # fmt: skip
# We have 30 and then 40; the best of the others had 20 and 50, all with a variance of 8 each.
COMPARED: list[Row] = [
    {"benchmark_source": "panel", "wave": wave, "wave_date": date(int(wave), 1, 1),
     "company": company, "metric": "nps", "score": score, "score_variance": 8.0,
     "is_own": int(company == "own"),
     **({"best_competitor": best, "mean_competitor": best - 10, "best_competitor_variance": 8.0}
        if best is not None else {})}
    for wave, company, score, best in (
        ("2025", "own", 30.0, 20.0), ("2025", "other", 20.0, None),
        ("2026", "own", 40.0, 50.0), ("2026", "other", 50.0, None),
    )
]  # fmt: skip
MENTIONS: list[Row] = [
    {"mention_id": f"mastodon:{number}", "source_system": "mastodon", "channel": "social_public",
     "posted_at": AS_OF, "local_date": TODAY, "language": "fi", "is_own": own,
     "is_competitor": 1 - own}
    for number, own in ((1, 1), (2, 1), (3, 1), (4, 0))
]  # fmt: skip
CHANNEL_DAYS: list[Row] = [
    {"local_date": day, "channel": channel, "contacts": contacts, "contacts_of_all_channels": 4,
     "first_issues": issues, "first_issues_of_all_channels": 2, "active_customers": customers}
    for day, channel, contacts, issues, customers in (
        (LAST_WEEK, "voice", 3, 2, 100), (LAST_WEEK, "email", 1, 0, 100),
        (TODAY, "voice", 1, 1, 60), (TODAY, "email", 3, 1, 60),
    )
]  # fmt: skip
REASON_MONTHS: list[Row] = [
    {"month_start_date": date(2026, 4, 1), "channel": channel, "reason_id": reason,
     "value_category": category, "handled": coded, "handled_reason_coded": coded,
     "coded_of_all_reasons": of_all, "categorised_of_all_reasons": categorised}
    for channel, reason, category, coded, of_all, categorised in (
        ("voice", "billing", "neither", 3, 4, 3), ("voice", "other", "unclassified", 1, 4, 0),
        ("email", "billing", "neither", 0, 1, 0), ("email", "other", "unclassified", 1, 1, 0),
    )
]  # fmt: skip
TABLES: dict[str, list[Row]] = {
    "fct_contact": CONTACTS,
    "fct_contact_leg": LEGS,
    "fct_case": CASES,
    "fct_issue": ISSUES,
    "fct_case_reply": REPLIES,
    "fct_case_snapshot_daily": BACKLOG,
    "fct_queue_interval": [],
    "dim_target": [],
    "fct_survey_response": RESPONSES,
    "fct_survey_invitation": INVITATIONS,
    "fct_closed_loop_task": FOLLOW_UPS,
    "kpi_quarterly_peaks": PEAKS,
    "kpi_daily_channels": CHANNEL_DAYS,
    "kpi_monthly_reasons": REASON_MONTHS,
    "bridge_queue_day_type": [],
    "fct_contact_amount": AMOUNTS,
    "fct_finance_month": LEDGER,
    "fct_benchmark": COMPARED,
    "fct_social_mention": MENTIONS,
    "fct_data_quality_exclusion": [
        {"rule": "spam_case", "source_system": "zendesk", "local_date": TODAY, "excluded_rows": 2},
        {"rule": "late_answer", "source_system": "typeform", "local_date": TODAY,
         "excluded_rows": 1},
    ],
    "fct_source_watermark": [
        {"source_system": "zendesk", "resource": "tickets", "watermark_at": AS_OF},
        {"source_system": "twilio", "resource": "events", "watermark_at": datetime(2026, 4, 1)},
    ],
    "dim_date": [{"date_day": LAST_WEEK}, {"date_day": TODAY}],
    # ann was in the white team when her contacts came
    "dim_agent": [
        {"agent_sk": "ann-1", "agent_id": "ann", "team": "white"},
        {"agent_sk": "ann-2", "agent_id": "ann", "team": "red", "is_current": 1},
        {"agent_sk": "bo-1", "agent_id": "bo", "team": "blue", "is_current": 1},
    ],
    "dim_channel": [
        {"channel": channel, "channel_group": group, "is_live": live, "is_deferrable": 1 - live}
        for channel, group, live in (
            ("voice", "voice", 1), ("callback", "voice", 1), ("chat", "chat", 1),
            ("email", "async", 0), ("web_form", "async", 0),
        )
    ],
    "dim_contact_reason": [
        {"reason_sk": "billing-1", "reason_id": "billing", "value_category": "neither",
         "is_current": 1},
    ],
    "dim_customer": [],
    "dim_queue": [
        {"queue_sk": "v-1", "queue_id": "q_voice", "queue_name": "Help", "brand": "Green"},
        {"queue_sk": "v-2", "queue_id": "q_voice", "queue_name": "Support", "brand": "Blue",
         "is_current": 1},
    ],
    # the calendar knows days to come
    "metricflow_time_spine": [{"date_day": day} for day in (LAST_WEEK, TODAY, NEXT_MONTH)],
    "int_as_of": [{"as_of_at": AS_OF}],
}  # fmt: skip


def build(database: Path, manifest: Path, tables: Iterable[str] = TABLES) -> Path:
    """Write the centre's tables.

    Args:
        database: The DuckDB file to write.
        manifest: dbt's manifest.json, for the columns and types of the contracts.
        tables: Which tables.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    database.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(database)) as connection:
        for name in tables:
            node = nodes[f"model.kontakti.{name}"]
            # int_as_of is no mart and has no contract: its one column is a timestamp
            types = {
                key: column["data_type"] or "timestamp" for key, column in node["columns"].items()
            }
            table = f"{node['schema']}.{name}"
            columns = ", ".join(f"{column} {kind}" for column, kind in types.items())
            connection.execute(f"create schema if not exists {node['schema']}")
            connection.execute(f"create table {table} ({columns})")
            for row in TABLES[name]:
                unknown = set(row) - set(types)
                assert not unknown, f"{name} has no {unknown}"
                values = [
                    row.get(column, 0 if column.startswith("is_") else None) for column in types
                ]
                marks = ", ".join("?" for _ in values)
                connection.execute(f"insert into {table} values ({marks})", values)
        if {"fct_contact", "fct_case"} <= set(tables):
            _floor(connection)
    return database


def _floor(connection: duckdb.DuckDBPyConnection) -> None:
    """What the real-time mart is made of: the same contacts and cases before they are facts."""
    connection.execute("create schema if not exists intermediate")
    connection.execute(
        "create view intermediate.int_contacts_flagged as"
        " select *, cast(wait_seconds as double) as wait_exact_seconds from core.fct_contact"
    )
    connection.execute(
        "create view intermediate.int_cases as select *, 1 as is_customer_case from core.fct_case"
    )
    connection.execute("create schema if not exists staging")
    connection.execute(
        "create table staging.stg_kontakti__watermarks"
        " (source_system text, resource text, watermark_at timestamp)"
    )
