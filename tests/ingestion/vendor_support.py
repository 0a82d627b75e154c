"""What the tests of the vendor sources share: reading the lake, and who must not be found in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.world.records import World

UNTIL = int(datetime(2026, 4, 15, 15, 30, tzinfo=UTC).timestamp())
HOLD_BACK = 60


class Lake:
    """The lake of one test's home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def files(self, dataset: str, table: str) -> list[Path]:
        """Parquet files of a table, oldest load first."""
        return sorted((self.home / "lake" / dataset / table).glob("load_date=*/*.parquet"))

    def rows(self, dataset: str, table: str) -> list[dict[str, Any]]:
        """All landed rows of a table."""
        return [
            row for file in self.files(dataset, table) for row in pq.read_table(file).to_pylist()
        ]

    def newest(self, dataset: str, table: str, key: str, version: str) -> dict[Any, dict[str, Any]]:
        """What staging keeps: the newest version of each key, then the newest load."""
        rows = sorted(self.rows(dataset, table), key=lambda r: (r[version], r["_dlt_load_id"]))
        return {row[key]: row for row in rows}

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """Run SQL in the lake's folder; `{lake}` is its path."""
        with duckdb.connect() as connection:
            return connection.execute(query.format(lake=self.home / "lake")).fetchall()

    def texts(self) -> Iterator[tuple[Path, str]]:
        """Every different text value of every Parquet file, and every other file as text."""
        for path in self.home.rglob("*"):
            if path.suffix == ".parquet":
                table = pq.read_table(path)
                texts = [c.unique().to_pylist() for c in table.columns if c.type == pa.string()]
                yield path, "\n".join({t for column in texts for t in column if t})
            elif path.is_file():
                yield path, path.read_bytes().decode("utf-8", "replace")


def moment(seconds: int) -> datetime:
    """Unix seconds as the lake holds them: naive UTC."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def cases_shown(world: World, now: int) -> set[int]:
    """Ticket ids an export shows at an instant."""
    return {case.ticket_id for case in world.cases if case.created_at <= now - HOLD_BACK}


def personal_values(world: World) -> list[str]:
    """Names, addresses, handles and numbers of everybody in the world."""
    people = [*world.customers, *world.agents]
    handles = [f"{c.email.partition('@')[0]}@elsewhere.example" for c in world.customers]
    return handles + [
        value
        for person in people
        for value in (person.name, person.email, getattr(person, "phone", None))
        if value
    ]
