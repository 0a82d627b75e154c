"""The event store writes what Dagster's own reads, and keeps few files open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_store import KEPT_ENGINES, KeptOpenEventLogStorage
from orchestration.executor import one_process
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


def test_a_slot_given_back_while_a_step_queues_up_is_its(tmp_path: Path) -> None:
    first, second = (KeptOpenEventLogStorage(str(tmp_path)) for _ in range(2))
    first.set_concurrency_slots("warehouse", 1)
    assert first.claim_concurrency_slot("warehouse", "run-1", "build").is_claimed
    queue_up = second.add_pending_step

    def give_back_and_queue_up(*arguments: Any, **named: Any) -> None:
        first.free_concurrency_slots_for_run("run-1")
        queue_up(*arguments, **named)

    second.add_pending_step = give_back_and_queue_up  # type: ignore[method-assign]
    assert second.claim_concurrency_slot("warehouse", "run-2", "build").is_claimed
    assert not first.claim_concurrency_slot("warehouse", "run-3", "build").is_claimed


def test_a_run_that_waits_for_a_slot_sleeps(tmp_path: Path) -> None:
    assert one_process.name == "one_process"  # its module is what mends the sleep
    with open_instance(Settings(home=tmp_path)) as instance:
        instance.event_log_storage.set_concurrency_slots("warehouse", 1)
        instance.event_log_storage.claim_concurrency_slot("warehouse", "another", "build")
        with InstanceConcurrencyContext(instance, dg.DagsterRun(job_name="daily")) as waiting:
            assert not waiting.claim("warehouse", "build")
            assert waiting.interval_to_next_pending_claim_check() > 0
