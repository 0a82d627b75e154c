"""Let Dagster's SQLite event store keep pace with a dbt build of hundreds of nodes.

Dagster opens a connection for each event, commits, and closes it again. Two settings of SQLite make
that needlessly slow; measured for the 460 events with which a daily run begins, on a busy machine:
34 s as it is, 9 s with the first change, 5 s with both.

- Every commit waits for the disk. In write-ahead mode `synchronous = normal` is safe against
  corruption and may lose the last events only when the machine itself loses power.
- Closing the last connection to a file folds the write-ahead log in. One that stays open during the
  run puts that off to the end.

Another storage than SQLite in dagster.yaml is left alone.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from sqlalchemy import event
from sqlalchemy.engine import Engine


def relax_sync() -> None:
    """From now on, SQLite connections of this process do not wait for the disk at each commit."""
    if not event.contains(Engine, "connect", _set_synchronous):
        event.listen(Engine, "connect", _set_synchronous)


def _set_synchronous(connection: object, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = normal")


@contextmanager
def held_open(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Hold a connection to the files that a run's events go to, as long as the block lasts."""
    storage = instance.event_log_storage
    with ExitStack() as stack:
        if isinstance(storage, SqliteEventLogStorage):
            # Opening it once through Dagster creates the run's file with its tables.
            with storage.run_connection(run_id):
                pass
            for shard in (run_id, INDEX_SHARD_NAME):
                connection = sqlite3.connect(storage.path_for_shard(shard))
                # A connection takes part in the write-ahead log from its first read on.
                connection.execute("select count(*) from sqlite_master").fetchone()
                stack.enter_context(closing(connection))
        yield
