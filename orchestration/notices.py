"""Notices to people: a run that failed, put into the outbox and sent.

Inputs: what failed, in the words of the failure. Outputs: messages to the services of
KONTAKTI_ALERT_URLS, each run once, whoever noticed it: the daemon's sensor and the process that ran
it may both have.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from alerts.store import AlertStore, Send
from orchestration.redaction import without_secrets
from orchestration.settings import Settings

# A service may refuse a long message, and the rest is in the run's log.
LONGEST = 1500


def tell_failed_run(settings: Settings, job: str, run_id: str, said: str) -> bool:
    """Put the notice of a failed run into the outbox; False when it is there already."""
    return AlertStore(settings.home_dir).tell(
        f"run-{run_id}-failed",
        "failed",
        f"Job {job} failed ({settings.environment})",
        f"{without_secrets(said)[:LONGEST]}\nRun {run_id[:8]}. What to do: docs/runbook",
        _now(),
    )


def send_due(settings: Settings, services: Mapping[str, Send]) -> tuple[int, int]:
    """Send what is due; how many messages were taken, and how many were not."""
    return AlertStore(settings.home_dir).deliver(services, _now()) if services else (0, 0)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
