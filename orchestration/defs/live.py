"""The live path in Dagster: a sensor that keeps its process at work.

The process publishes every few seconds and reports each cycle on the assets `live/realtime/*` and
`serving/live` (`orchestration.live_worker`, `orchestration.live_report`): a Dagster run a cycle
would spend 24 s on imports. The sensor runs where KONTAKTI_LIVE is true, and waits to be started
elsewhere.
"""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg

from orchestration import live_stale
from orchestration.live_supervisor import supervise
from orchestration.settings import Settings

LOOK_EVERY_SECONDS = 15


def build_definitions(settings: Settings) -> dg.Definitions:
    """The sensor."""

    @dg.sensor(
        name="live_path",
        minimum_interval_seconds=LOOK_EVERY_SECONDS,
        default_status=(
            dg.DefaultSensorStatus.RUNNING if settings.live else dg.DefaultSensorStatus.STOPPED
        ),
        description="Keeps the live process at work, and tells when the live marts stand still.",
    )
    def live_path(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        is_started, said = supervise(settings)
        if is_started:
            context.log.warning(said)
        live_stale.look(settings, datetime.now(UTC).replace(tzinfo=None))
        return dg.SkipReason(said)

    return dg.Definitions(sensors=[live_path])
