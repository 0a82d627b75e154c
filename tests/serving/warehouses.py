"""A small hand-made warehouse, as dbt would leave it: schemas, comments, a report view."""

from __future__ import annotations

from pathlib import Path

import duckdb

AS_OF = "2026-04-15 15:30:00"


def build(home: Path, generation: int = 1, rows: int = 3, file: str = "warehouse.duckdb") -> Path:
    """Write (or rewrite) a warehouse whose tables all carry the same generation number."""
    path = home / file
    path.unlink(missing_ok=True)
    home.mkdir(parents=True, exist_ok=True)
    database = path.stem
    with duckdb.connect(path) as connection:
        for schema in ("staging", "intermediate", "core", "daily_voice"):
            connection.execute(f"create schema {schema}")
        connection.execute(
            f"create table intermediate.int_as_of as select timestamp '{AS_OF}' as as_of_at"
        )
        connection.execute("create table staging.stg_zendesk__users as select 'secret' as email")
        connection.execute(
            "create table core.fct_contact as select 'c' || i as contact_id,"
            f" {generation} as generation, timestamp '{AS_OF}' as as_of_at"
            f" from range({rows}) as r (i)"
        )
        connection.execute(
            "create table daily_voice.kpi_daily_contacts as"
            f" select date '2026-04-15' as local_date, {rows} as offered,"
            f" {generation} as generation"
        )
        # dbt writes the database's name into its views.
        connection.execute(
            "create view daily_voice.daily_contact_report as with kpis as"
            f' (select * from "{database}"."daily_voice"."kpi_daily_contacts")'
            " select local_date, offered * 1.0 as contacts_offered from kpis"
        )
        connection.execute("comment on table core.fct_contact is 'One row a contact; it''s all.'")
        connection.execute("comment on column core.fct_contact.contact_id is 'Key'")
        connection.execute("comment on view daily_voice.daily_contact_report is 'A report'")
        connection.execute(
            "comment on column daily_voice.daily_contact_report.contacts_offered is 'Offered'"
        )
    return path
