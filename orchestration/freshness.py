"""How old an asset may become before Dagster shows it as stale, by the cadence that feeds it.

Inputs: a cadence. Output: a freshness policy. A mart of a cadence has until two hours after its
job starts, in the business time zone; what the live path publishes has five minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache

import dagster as dg

# Deadline, and how long before it the job may have run.
DEADLINES: Mapping[str, tuple[str, timedelta]] = {
    "daily": ("15 8 * * *", timedelta(hours=4)),
    "weekly": ("0 9 * * 1", timedelta(hours=5)),
    "monthly": ("30 9 1 * *", timedelta(hours=6)),
    "quarterly": ("0 10 1 1,4,7,10 *", timedelta(hours=6)),
}
LIVE_WARN, LIVE_FAIL = timedelta(minutes=2), timedelta(minutes=5)


@cache  # Dagster walks years of a cron string to judge its window, and a hundred assets share four
def policy_of(cadence: str, timezone: str) -> dg.FreshnessPolicy:
    """The policy of what a cadence feeds."""
    if cadence == "realtime":
        return dg.FreshnessPolicy.time_window(fail_window=LIVE_FAIL, warn_window=LIVE_WARN)
    deadline, before = DEADLINES[cadence]
    return dg.FreshnessPolicy.cron(deadline, before, timezone)
