"""What was promised where and when: the narrowest promise in force, else the catalogue's own."""

from __future__ import annotations

from datetime import date

from sandbox.ledger.rules import SERVICE_THRESHOLD
from sandbox.world.records import Target, World


class Thresholds:
    """Seconds allowed by metric, channel, queue and local day."""

    def __init__(self, world: World) -> None:
        self._targets = [item for item in world.targets if item.threshold_seconds is not None]

    def of(self, metric: str, channel: str, queue_code: str | None, day: date) -> int:
        """The threshold in force: that of a queue goes before that of a channel."""

        def rank(target: Target) -> tuple[bool, bool, str]:
            return target.queue_code is not None, target.channel != "", target.valid_from

        fitting = [
            target
            for target in self._targets
            if target.metric_id == metric
            and target.channel in ("", channel)
            and target.queue_code in (None, queue_code)
            and target.valid_from <= day.isoformat()
        ]
        if not fitting:
            return SERVICE_THRESHOLD[channel]
        found = max(fitting, key=rank).threshold_seconds
        assert found is not None  # noqa: S101  the others were left out
        return found
