"""The event store writes what Dagster's own reads, and keeps few files open."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_store import KEPT_ENGINES, KeptOpenEventLogStorage
from orchestration.instance import open_instance
from orchestration.settings import Settings


@dg.asset
def counted() -> None:
    """An asset for a run to write events of."""


def test_dagster_reads_the_events_of_a_run(tmp_path: Path) -> None:
    with open_instance(Settings(home=tmp_path)) as instance:
        assert isinstance(instance.event_log_storage, KeptOpenEventLogStorage)
        run_id = dg.materialize([counted], instance=instance).run_id
    own = SqliteEventLogStorage(str(tmp_path / "dagster" / "history" / "runs"))
    kinds = {entry.dagster_event_type for entry in own.get_logs_for_run(run_id)}
    assert dg.DagsterEventType.ASSET_MATERIALIZATION in kinds
    assert dg.AssetKey("counted") in own.all_asset_keys()


def test_few_files_stay_open_and_none_after_dispose(tmp_path: Path) -> None:
    storage = KeptOpenEventLogStorage(str(tmp_path))
    for run in range(KEPT_ENGINES + 3):
        with storage.run_connection(f"run-{run}"):
            pass
    assert len(storage._engines) == KEPT_ENGINES
    storage.dispose()
    assert not storage._engines
    assert not list(tmp_path.glob("*-wal"))
