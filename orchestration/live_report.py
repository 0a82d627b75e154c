"""Shows the live path's cycles in Dagster: what was published, whether the tests passed.

Inputs: cycles of the live process. Outputs: runless events on the assets of the live path, in the
home's Dagster instance. A cycle that Dagster cannot be told of is a cycle all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Self

import dagster as dg

from orchestration.event_store import relax_sync
from orchestration.instance import open_instance
from orchestration.settings import Settings
from orchestration.translators import LIVE, LIVE_CHECK, LIVE_KEY, LIVE_MARTS

if TYPE_CHECKING:
    from orchestration.live_worker import Cycle, SourceState

log = logging.getLogger(__name__)


class Reporter:
    """Keeps the instance open over the cycles, as a context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __enter__(self) -> Self:
        relax_sync()
        self._instance = open_instance(self._settings)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._instance.dispose()

    def report(
        self,
        cycle: Cycle,
        watermarks: Sequence[tuple[str, datetime, int]],
        states: Sequence[SourceState],
    ) -> None:
        """Report one cycle."""
        try:
            for event in events_of(cycle, watermarks, states):
                self._instance.report_runless_asset_event(event)
        except Exception:
            # The UI is no reason to leave the wallboards without figures.
            log.exception("A live cycle could not be reported to Dagster")


def events_of(
    cycle: Cycle,
    watermarks: Sequence[tuple[str, datetime, int]],
    states: Sequence[SourceState],
) -> list[dg.AssetMaterialization | dg.AssetCheckEvaluation]:
    """The tests' outcome, and what was published if they passed."""
    told: list[dg.AssetMaterialization | dg.AssetCheckEvaluation] = [
        dg.AssetCheckEvaluation(
            asset_key=LIVE_KEY,
            check_name=LIVE_CHECK,
            passed=not cycle.failed_tests,
            metadata={result.name: result.failures for result in cycle.failed_tests},
        )
    ]
    if cycle.published is None:
        return told
    rows = {table.name: table.rows for table in cycle.published.tables}
    told += [
        dg.AssetMaterialization(
            asset_key=dg.AssetKey([LIVE, "realtime", name]),
            metadata={"dagster/row_count": rows.get(f"realtime.{name}") or 0},
        )
        for name in LIVE_MARTS
    ]
    metadata: dict[str, dg.MetadataValue | float | int | str] = {
        "dagster/row_count": cycle.published.rows,
        "cycle": cycle.number,
        "landed_rows": cycle.rows,
        "models_built": cycle.built,
        "as_of_at": cycle.published.as_of_at.isoformat() if cycle.published.as_of_at else "none",
        "size_bytes": cycle.published.size_bytes,
    }
    metadata |= {f"{phase}_seconds": seconds for phase, seconds in cycle.seconds.items()}
    metadata |= {f"{name}_behind_seconds": behind for name, _, behind in watermarks}
    metadata |= {
        f"{state.name}_read_seconds_ago": round(cycle.published_at - state.read_at, 1)
        for state in states
        if state.read_at
    }
    metadata |= {f"{state.name}_failure": state.failure for state in states if state.failure}
    told.append(dg.AssetMaterialization(asset_key=LIVE_KEY, metadata=metadata))
    return told
