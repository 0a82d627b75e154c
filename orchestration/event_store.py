"""An SQLite event store for Dagster that keeps pace with a dbt build of hundreds of nodes.

Dagster's own opens an engine for each event, waits for the disk at its commit, and closes it again.
Three things make that needlessly slow for a run that is one process:

- A new engine has an empty statement cache, so that SQLAlchemy compiles every insert anew. Here
  each file of events keeps its engine, and with it an open connection: closing the last one would
  fold the write-ahead log in each time.
- Every commit waits for the disk. In write-ahead mode `synchronous = normal` is safe against
  corruption and may lose the last events only when the machine itself loses power.
- Each event of an asset check asks on a connection of its own whether Dagster's tables are there.
  A table that was there once still is.

The files, their tables and their folder are Dagster's own; `dagster dev` reads them as ever.
Another storage in dagster.yaml is left alone.
"""

from __future__ import annotations

import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from dagster._core.instance.ref import InstanceRef
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Connection, Engine

# A run writes two files, its own and the index; a look at older runs opens theirs.
KEPT_ENGINES = 4


def relax_sync() -> None:
    """From now on, SQLite connections of this process do not wait for the disk at each commit."""
    if not event.contains(Engine, "connect", _set_synchronous):
        event.listen(Engine, "connect", _set_synchronous)


def _set_synchronous(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = normal")


class KeptOpenEventLogStorage(SqliteEventLogStorage):
    """Dagster's SQLite event storage, with engines that live longer than one event."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the storage in a folder; see the base class."""
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        self._seen_tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    def dispose(self) -> None:
        """Close every connection; SQLite then folds its write-ahead logs in."""
        super().dispose()
        while self._engines:
            self._engines.popitem()[1].dispose()

    def has_table(self, table_name: str) -> bool:
        """Whether the index file has a table."""
        if table_name not in self._seen_tables:
            if not super().has_table(table_name):
                return False
            self._seen_tables.add(table_name)
        return True

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine(self, shard: str) -> Engine:
        engine = self._engines.pop(shard, None) or create_engine(
            self.conn_string_for_shard(shard),
            connect_args={"timeout": SQLITE_BUSY_TIMEOUT_SECONDS},
        )
        self._engines[shard] = engine
        while len(self._engines) > KEPT_ENGINES:
            self._engines.popitem(last=False)[1].dispose()
        return engine


class KeptOpenStorage(DagsterSqliteStorage):
    """Dagster's SQLite storage with the event storage of this module in it."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        """Open the storage in a Dagster home."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = KeptOpenEventLogStorage(self._event_log_storage._base_dir)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> Self:
        """Build from the instance's configuration, as Dagster asks of a configurable class."""
        return cls.from_local(inst_data=inst_data, **config_value)


def keep_open(ref: InstanceRef) -> InstanceRef:
    """The same instance with this storage in place of Dagster's SQLite storage."""
    data = ref.storage_data
    if data is None or data.class_name != DagsterSqliteStorage.__name__:
        return ref
    kept = ConfigurableClassData(__name__, KeptOpenStorage.__name__, data.config_yaml)
    return ref._replace(storage_data=kept)
