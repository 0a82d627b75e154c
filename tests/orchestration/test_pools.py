"""A step that waits for a pool gets the slot that comes free, and its run sleeps meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.pools import mend_waiting

POOL = "warehouse"


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Dagster's own storage, as runs started in its UI have it, with one slot that is taken."""
    mend_waiting()
    with dg.DagsterInstance.local_temp(str(tmp_path)) as instance:
        assert type(instance.event_log_storage) is SqliteEventLogStorage
        instance.event_log_storage.set_concurrency_slots(POOL, 1)
        assert instance.event_log_storage.claim_concurrency_slot(POOL, "holder", "a").is_claimed
        yield instance


def test_a_slot_given_back_while_a_step_queues_up_is_found_when_it_asks_again(
    instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = instance.event_log_storage
    assert isinstance(storage, SqliteEventLogStorage)
    queue_up = storage.add_pending_step

    def give_back_and_queue_up(*arguments: Any, **named: Any) -> None:
        storage.free_concurrency_slots_for_run("holder")
        queue_up(*arguments, **named)

    monkeypatch.setattr(storage, "add_pending_step", give_back_and_queue_up)
    with InstanceConcurrencyContext(instance, dg.DagsterRun(job_name="daily")) as waiting:
        assert not waiting.claim(POOL, "b"), "as it was before: the slot is free and not given"
        waiting._pending_timeouts["b"] = 1.0  # the wait is over
        assert waiting.claim(POOL, "b")
    assert not storage.claim_concurrency_slot(POOL, "third", "c").is_claimed


def test_a_run_that_waits_sleeps(instance: dg.DagsterInstance) -> None:
    with InstanceConcurrencyContext(instance, dg.DagsterRun(job_name="daily")) as waiting:
        assert not waiting.claim(POOL, "b")
        assert waiting.interval_to_next_pending_claim_check() > 0
