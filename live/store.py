"""The lake's last hours and the live marts, in memory, on one kept connection.

Inputs: a `LivePlan`, and the lakes to read. Outputs: the live models as tables of a database in
memory, built again where something they read has changed; the results of dbt's tests on them.

A cycle is `take` (rows of loads that have become complete), `build`, `test`. Nothing is written to
disk: what a crash loses is read from the lakes again.
"""

# ruff: noqa: S608 - every name comes from the plan or the lake's own files, and is quoted

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

from live.loads import complete_loads, load_of
from live.plan import DATABASE, LAKE_SCHEMA, Landed, LivePlan, Model

FILES, WATERMARKS = "files", "watermarks"
# Landed rows of the window; models see them through views of the schema they were compiled for.
LANDED_SCHEMA = f"{DATABASE}.landed"
EASTERN_ZONES = timedelta(hours=4)
EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake


@dataclass(frozen=True, slots=True)
class TestResult:
    """How many rows fail a dbt test."""

    name: str
    model: str
    failures: int


@dataclass(slots=True)
class LiveStore:
    """The kept connection and what is in it.

    Args:
        plan: What to build.
        lakes: Folders to read, such as the home's lake and the live one.
    """

    plan: LivePlan
    lakes: Sequence[Path]
    connection: duckdb.DuckDBPyConnection = field(init=False)
    since: datetime = field(init=False, default=EPOCH)
    _seen: set[tuple[Path, str]] = field(init=False, default_factory=set)
    _changed: set[str] = field(init=False, default_factory=set)
    _built: dict[str, tuple[int, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Open the database and make the tables of the lake."""
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute(f"attach ':memory:' as {DATABASE}")
        for schema in (LAKE_SCHEMA, LANDED_SCHEMA):
            self.connection.execute(f"create schema {schema}")
        for schema in sorted({model.schema for model in self.plan.models}):
            self.connection.execute(f'create schema if not exists {DATABASE}."{schema}"')
        for table in self.plan.landed:
            columns = ", ".join(f"{c.name} {c.data_type}" for c in table.columns)
            self.connection.execute(f"create table {_landed(table)} ({columns}, _dlt_load_id text)")
            if table.record:
                types = {column.name: column.data_type for column in table.columns}
                self.connection.execute(
                    f"create table {_arrived(table)} (record {types[table.record]})"
                )
            self._show(table)
            # Built once even where nothing ever lands.
            self._changed.add(table.key)

    def close(self) -> None:
        """Let go of the memory."""
        self.connection.close()

    def take(self) -> int:
        """Read the rows of every load that has become complete; return how many they are."""
        is_first = not self._seen
        arrived = {folder: self._arrived(folder) for folder in self._datasets()}
        # The window ends at the newest watermark, so these come first.
        tables = sorted(self.plan.landed, key=lambda table: table.table != WATERMARKS)
        taken = 0
        for table in tables:
            if is_first and table.table != WATERMARKS:
                self.since = self._window_start()
            taken += self._take_table(table, arrived, is_first)
        self._seen.update((folder, load) for folder, loads in arrived.items() for load in loads)
        return taken

    def prune(self) -> None:
        """Drop the rows that have left the window."""
        self.since = self._window_start()
        siblings = {table.table: _landed(table) for table in self.plan.landed}
        for table in self.plan.landed:
            if table.window:
                kept = self._condition(table, siblings)
                self.connection.execute(f"delete from {_landed(table)} where not ({kept})")
        # Everything is built anew from what is left.
        self._built.clear()

    def build(self) -> list[str]:
        """Build the models that something new flows into; return their names."""
        built = []
        changed, self._changed = self._changed, set()
        for model in self.plan.models:
            if model.key in self._built and not changed.intersection(model.parents):
                continue
            table = self._by_record(model)
            built.append(model.name)
            if table is not None and model.key in self._built:
                self._update_model(model, table)
                changed.add(model.key)
                continue
            self._build_model(model)
            content = self._content(model)
            if self._built.get(model.key) != content:
                changed.add(model.key)
            self._built[model.key] = content
        return built

    def _by_record(self, model: Model) -> Landed | None:
        """The one table that an incremental model is made of, record by record."""
        landed = [table for table in self.plan.landed if table.key in model.parents]
        if model.unique_key and len(model.parents) == 1 and landed and landed[0].record:
            return landed[0]
        return None

    def _update_model(self, model: Model, table: Landed) -> None:
        """Build the rows of the records that have arrived, from all that is landed of them."""
        self._show(table, f"where {table.record} in (select record from {_arrived(table)})")
        self.connection.execute(f"create or replace temp table updated as {model.sql}")
        self._show(table)
        keys = " and ".join(f"stored.{key} = updated.{key}" for key in model.unique_key)
        self.connection.execute(
            f"delete from {model.relation} as stored using temp.updated as updated where {keys}"
        )
        self.connection.execute(f"insert into {model.relation} select * from temp.updated")
        self.connection.execute(f"delete from {_arrived(table)}")

    def _show(self, table: Landed, where: str = "") -> None:
        """Let models see the rows of a table, or some of them."""
        self.connection.execute(
            f"create or replace view {LAKE_SCHEMA}.{table.name} as"
            f" select * from {_landed(table)} {where}"
        )

    def test(self) -> list[TestResult]:
        """Run dbt's tests on the models."""
        return [
            TestResult(test.name, test.model, self._count(f"({test.sql})"))
            for test in self.plan.tests
        ]

    def _datasets(self) -> list[Path]:
        names = {table.dataset for table in self.plan.landed}
        return [
            folder
            for lake in self.lakes
            for folder in sorted(lake.glob("*"))
            if any(_belongs(folder, name) for name in names)
        ]

    def _arrived(self, folder: Path) -> set[str]:
        """Complete loads of a dataset that were not taken yet."""
        return {load for load in complete_loads(folder) if (folder, load) not in self._seen}

    def _window_start(self) -> datetime:
        newest = EPOCH
        for table in self.plan.landed:
            if table.table == WATERMARKS:
                row = self.connection.execute(
                    f"select max(watermark_at) from {_landed(table)}"
                ).fetchone()
                newest = max(newest, row[0] if row and row[0] else EPOCH)
        if self.plan.variables.get("as_of"):
            newest = datetime.fromisoformat(str(self.plan.variables["as_of"]))
        if newest == EPOCH:
            return EPOCH
        return window_start(
            newest,
            int(self.plan.variables["live_window_days"]),
            str(self.plan.variables["default_timezone"]),
        )

    def _take_table(
        self, table: Landed, arrived: Mapping[Path, Collection[str]], is_first: bool
    ) -> int:
        def landed_rows(wanted: Landed) -> str:
            files = [
                file
                for folder, loads in arrived.items()
                if _belongs(folder, wanted.dataset) and loads
                for file in _files(folder / wanted.table, loads)
            ]
            return _rows(wanted, files) if files else ""

        rows = landed_rows(table)
        if not rows:
            return 0
        siblings = {
            other.table: landed_rows(other) or _landed(other)
            for other in self.plan.landed
            if other.dataset == table.dataset and f"{{{other.table}}}" in table.window
        }
        # A later load is new by nature; whether its tickets are open is not for it alone to say.
        where = ""
        if table.window and (is_first or not siblings):
            where = f" where {self._condition(table, siblings)}"
        before = self._count(_landed(table))
        self.connection.execute(
            f"insert into {_landed(table)} by name select landed.* from {rows} as landed{where}"
        )
        taken = self._count(_landed(table)) - before
        if taken and table.record and not is_first:
            self.connection.execute(
                f"insert into {_arrived(table)} select {table.record} from {rows} as landed"
            )
        if taken:
            self._changed.add(table.key)
        return taken

    def _condition(self, table: Landed, siblings: Mapping[str, str]) -> str:
        return table.window.format(since=f"timestamp '{self.since}'", **siblings)

    def _build_model(self, model: Model) -> None:
        if not model.columns:
            self.connection.execute(f"create or replace table {model.relation} as {model.sql}")
            return
        columns = ", ".join(
            f"{c.name} {c.data_type}{' not null' if c.not_null else ''}" for c in model.columns
        )
        names = ", ".join(c.name for c in model.columns)
        # No transaction: nobody else looks at this database, and a failed cycle builds it again.
        self.connection.execute(f"create or replace table {model.relation} ({columns})")
        self.connection.execute(
            f"insert into {model.relation} select {names} from ({model.sql}) as built"
        )
        self.connection.execute(f"comment on table {model.relation} is {_text(model.description)}")
        for column in model.columns:
            self.connection.execute(
                f"comment on column {model.relation}.{column.name} is {_text(column.description)}"
            )

    def _content(self, model: Model) -> tuple[int, int]:
        """Tells whether what stands behind a model must be built again."""
        row = self.connection.execute(
            f"select count(*), coalesce(bit_xor(hash(built)), 0) from {model.relation} as built"
        ).fetchone()
        return (int(row[0]), int(row[1])) if row else (0, 0)

    def _count(self, relation: str) -> int:
        row = self.connection.execute(f"select count(*) from {relation} as counted").fetchone()
        return int(row[0]) if row else 0


def window_start(newest: datetime, days: int, timezone: str) -> datetime:
    """Start of the live window, as the dbt macro live_since has it.

    Args:
        newest: Newest watermark, naive UTC.
        days: Local days to look back at; 1 is today.
        timezone: Business time zone.

    Returns:
        The local midnight that the first day began with, some hours earlier for queues in zones
        further east; naive UTC.
    """
    zone = ZoneInfo(timezone)
    today = newest.replace(tzinfo=UTC).astimezone(zone).date()
    midnight = datetime.combine(today - timedelta(days=days - 1), time.min, zone)
    return midnight.astimezone(UTC).replace(tzinfo=None) - EASTERN_ZONES


def _landed(table: Landed) -> str:
    return f"{LANDED_SCHEMA}.{table.name}"


def _arrived(table: Landed) -> str:
    """Where the records that have arrived since the last build are named."""
    return f"{LANDED_SCHEMA}.{table.name}__arrived"


def _belongs(folder: Path, dataset: str) -> bool:
    return folder.name == dataset or (dataset == FILES and folder.name.startswith(f"{FILES}_"))


def _files(folder: Path, loads: Collection[str]) -> list[Path]:
    return sorted(file for file in folder.glob("*/*.parquet") if load_of(file) in loads)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _rows(table: Landed, files: Sequence[Path]) -> str:
    """The rows of some files of a table as a relation, with every declared column."""
    declared = ", ".join(f"cast(null as {c.data_type}) as {c.name}" for c in table.columns)
    typed = ", ".join(f"cast({c.name} as {c.data_type}) as {c.name}" for c in table.columns)
    paths = ", ".join(_text(str(file)) for file in files)
    return (
        f"(select {typed}, _dlt_load_id from ("
        f"select {declared}, cast(null as text) as _dlt_load_id where false union all by name"
        f" select * from read_parquet([{paths}], union_by_name = true, hive_partitioning = false)"
        ") as found)"
    )
