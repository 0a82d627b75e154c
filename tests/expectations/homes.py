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
