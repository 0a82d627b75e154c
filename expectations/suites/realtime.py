"""Expectations on the real-time mart: one row a queue and channel, as things stand at as_of."""

from __future__ import annotations

from expectations.checks import suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common


def checks() -> list[CheckSpec]:
    """All checks of schema `realtime`."""
    queues = suite("realtime", "alerting")("realtime.kpi_realtime_queues")
    common.components(
        queues,
        grain=("queue_id", "channel"),
        counts=(
            "contacts_waiting",
            "open_unanswered",
            "active_cases",
            "today_offered",
            "today_answered",
            "interval_offered",
            "interval_answered",
        ),
        required=("channel", "as_of_at"),
    )
    for window in ("today", "interval"):
        common.subsets(
            queues,
            (
                (f"{window}_answered", f"{window}_offered"),
                (f"{window}_short_abandoned", f"{window}_abandoned"),
                (f"{window}_service_level_met", f"{window}_service_level_due"),
            ),
        )
    queues.rule(
        "a_wait_has_a_waiter",
        ["contacts_waiting", "longest_wait_seconds"],
        "contacts_waiting = 0 and longest_wait_seconds is not null"
        " or contacts_waiting > 0 and longest_wait_seconds is null",
        "There is a longest wait exactly where somebody waits.",
    )
    queues.not_negative("longest_wait_seconds", "longest_unanswered_seconds")
    queues.rule(
        "interval_contains_as_of",
        ["as_of_at", "interval_start_at"],
        "as_of_at < interval_start_at or as_of_at >= interval_start_at + interval 1 hour",
        "`as_of_at` lies in the running interval.",
    )
    return queues.checks
