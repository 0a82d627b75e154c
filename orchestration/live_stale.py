"""The alert that the live marts stand still, whatever keeps them from being published.

Inputs: when `serving/live.duckdb` was published. Outputs: an alert and its messages. Looked at by
Dagster's sensor `live_path`, since a live process that is gone, or whose tests fail, cannot tell.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerts.store import AlertStore
from orchestration.alert_tables import staleness
from orchestration.freshness import LIVE_FAIL
from orchestration.settings import Settings
from serving.layout import published_path

# A process that was just started, on a copy of last week, has this long to publish.
MINUTES_IN_A_ROW = 5
LONGEST_GAP = timedelta(minutes=2)


def look(settings: Settings, now: datetime) -> tuple[int, int]:
    """Open or clear the alert; how many opened, and how many cleared.

    Args:
        settings: Names the home.
        now: Naive UTC.
    """
    copy = published_path(settings.home_dir, "live")
    if not copy.exists():
        return 0, 0
    published_at = datetime.fromtimestamp(copy.stat().st_mtime, UTC).replace(tzinfo=None)
    behind = staleness("live_behind", "live", now - published_at, LIVE_FAIL, now, published_at)
    lasting = replace(behind, persistence=MINUTES_IN_A_ROW)
    return AlertStore(settings.home_dir).evaluate([lasting], now, LONGEST_GAP)
