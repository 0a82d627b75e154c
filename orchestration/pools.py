"""Waiting for a pool: two mends of Dagster's, for runs of every storage and however started.

- A step that queued up for a slot just as another gave it back was never looked at again: slots
  are handed on when they are given back, to who is in the queue by then. Its run waited for ever.
- A run that waited asked without a pause and kept a core busy, while another run needed it: the
  interval to the next question never came out above 0.
"""

from __future__ import annotations

import time

from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.storage.event_log import SqlEventLogStorage

_dagsters_claim = InstanceConcurrencyContext.claim


def _claim(
    waiting: InstanceConcurrencyContext, pool: str, step_key: str, step_priority: int = 0
) -> bool:
    """Ask for a slot of a pool; who asks again hands out a free one that nobody was given."""
    storage = waiting._instance.event_log_storage
    if (
        isinstance(storage, SqlEventLogStorage)
        and 0 < waiting._pending_timeouts.get(step_key, 0) < time.time()
        and storage.has_unassigned_slots(pool)
    ):
        storage.assign_pending_steps([pool])
    return _dagsters_claim(waiting, pool, step_key, step_priority)


def _seconds_to_next_claim(waiting: InstanceConcurrencyContext) -> float:
    """How long until a step that waits may ask again."""
    now = time.time()
    return max(0.0, min((at - now for at in waiting._pending_timeouts.values()), default=0.0))


def mend_waiting() -> None:
    """From now on, runs of this process wait for pools in this module's way."""
    for name, way in (
        ("claim", _claim),
        ("interval_to_next_pending_claim_check", _seconds_to_next_claim),
    ):
        setattr(InstanceConcurrencyContext, name, way)
