"""What a home takes up is noted look by look, and the published file shows every look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from serving.publish import publish
from serving.sizes import look
from tests.serving import warehouses

NOW = datetime(2026, 4, 19, 4, 15, tzinfo=UTC)


def land(home: Path, number: int) -> None:
    folder = home / "lake" / "zendesk" / "tickets" / "load_date=2026-04-15"
    folder.mkdir(parents=True, exist_ok=True)
    duckdb.sql(f"copy (select 1 from range(10)) to '{folder / f'{number}.0.parquet'}'")


def test_each_look_is_in_the_next_publish(tmp_path: Path) -> None:
    assert look(tmp_path, NOW) == 0, "an empty home has no size"
    warehouses.build(tmp_path, rows=5)
    publish(tmp_path)
    for week in range(2):
        land(tmp_path, week)
        look(tmp_path, NOW + timedelta(weeks=week))
    path = publish(tmp_path).path
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.execute(
            "select looked_at, layer, table_name, files, row_count, bytes > 0 from kontakti_sizes"
            " where table_name in ('zendesk.tickets', 'core.fct_contact', 'warehouse') order by all"
        ).fetchall()
    first, second = datetime(2026, 4, 19, 4, 15), datetime(2026, 4, 26, 4, 15)
    assert found == [
        (first, "database", "warehouse", 1, None, True),
        (first, "lake", "zendesk.tickets", 1, 10, True),
        (first, "marts", "core.fct_contact", None, 5, None),
        (second, "database", "warehouse", 1, None, True),
        (second, "lake", "zendesk.tickets", 2, 20, True),
        (second, "marts", "core.fct_contact", None, 5, None),
    ]
