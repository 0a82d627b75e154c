"""Writes the landed history of the vendors once more as two file drops, acme and beta.

A third of the tickets, calls and answers each, under names of their own, so that the file drop's
records have stories as long and as linked as the vendors'. Inputs and outputs: the lake of a home.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.dbt.raw_lake import declared, mark

DATASETS = ("acme", "beta")
LOAD_ID = "1600000000.1"
# By entity: the vendor's table, the number that deals its rows out, and the columns.
ENTITIES = {
    "calls": (
        "twilio/calls",
        "hash(sid)",
        """sid as call_id, start_time as queued_at, start_time as started_at, end_time as ended_at,
        case when hash(sid) % 7 = 0 then 'abandoned' else 'answered' end as outcome,
        hash(sid) % 40 as wait_seconds, from_key as customer_key, 'lines' as queue,
        'E' || (1001 + hash(sid) % 5) as agent,
        case when hash(sid) % 3 = 0 then hash(sid) % 5 + 1 end as csat_score""",
    ),
    "cases": (
        "zendesk/tickets",
        "id",
        """id::varchar as case_id, created_at, updated_at, status, via_channel as channel,
        'person-' || requester_id as customer_key, 'mail' as queue, reason_code as reason,
        priority""",
    ),
    "case_events": (
        "zendesk/ticket_events",
        "ticket_id",
        """ticket_id::varchar as case_id, occurred_at, field, value, id as sequence""",
    ),
    "messages": (
        "zendesk/ticket_events",
        "ticket_id",
        """id::varchar as message_id, ticket_id::varchar as case_id, occurred_at as sent_at,
        is_public, case when id % 2 = 0 then 'agent' else 'customer' end as author_role""",
    ),
    "survey_responses": (
        "typeform/answers",
        "hash(response_id)",
        """response_id, submitted_at as answered_at, split_part(field_ref, '_', 1) as metric,
        number_value as score, field_ref as scale, hidden_survey_type as survey_type,
        hidden_channel as channel, hidden_customer_key as customer_key""",
    ),
}
FILTERS = {
    "case_events": "field is not null",
    "messages": "event_type = 'Comment'",
    "survey_responses": "number_value is not null",
}


def export(home: Path) -> None:
    """Write the file drops beside the vendors' tables; their loads are complete by no mark."""
    with duckdb.connect() as connection:
        for share, dataset in enumerate(DATASETS):
            for entity, (source, number, columns) in ENTITIES.items():
                rows = (
                    f"select {columns}, '{dataset}' as source_dataset, '{entity}.csv' as"
                    " source_file, row_number() over () as source_row,"
                    f" '0' as file_hash from {_landed(home, source)}"
                    f" where {number} % 3 = {share} and {FILTERS.get(entity, 'true')}"
                )
                _write(connection, home, dataset, entity, rows)
            resources = ", ".join(f"('{entity}')" for entity in ENTITIES)
            rows = (
                "select resources.resource, max(watermark_at) as watermark_at, 1 as rows_landed,"
                f" false as is_initial from {_landed(home, 'zendesk/watermarks')},"
                f" (values {resources}) as resources (resource) group by 1"
            )
            _write(connection, home, dataset, "watermarks", rows)
            mark(home, f"files_{dataset}", LOAD_ID)


def _landed(home: Path, table: str) -> str:
    return f"read_parquet('{home}/lake/{table}/*/*.parquet', hive_partitioning = false)"


def _write(
    connection: duckdb.DuckDBPyConnection, home: Path, dataset: str, table: str, rows: str
) -> None:
    folder = home / "lake" / f"files_{dataset}" / table / "load_date=2026-03-31"
    folder.mkdir(parents=True)
    columns = ", ".join(
        f"{name}::{kind} as {name}" for name, kind in declared("files", table).items()
    )
    missing = ", ".join(f"null as {name}" for name in declared("files", table))
    connection.execute(
        f"copy (select {columns}, '{LOAD_ID}' as _dlt_load_id from"
        f" (select {missing} where false union all by name {rows}))"
        f" to '{folder}/{LOAD_ID}.0.parquet' (format parquet)"
    )
