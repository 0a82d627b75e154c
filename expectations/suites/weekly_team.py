"""Expectations on the weekly team mart: one row an ISO week, agent and channel."""

from __future__ import annotations

from expectations.checks import suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common


def checks() -> list[CheckSpec]:
    """All checks of schema `weekly_team`."""
    agents = suite("weekly_team", "alerting")("weekly_team.kpi_weekly_agents")
    common.components(
        agents,
        grain=("week_start_date", "agent_id", "channel"),
        counts=(
            "handled_legs",
            "handle_seconds",
            "contacts",
            "fcr_eligible",
            "fcr_success",
            "csat_responses",
            "csat_top2",
        ),
        required=("week_start_date", "channel"),
    )
    agents.rule(
        "weeks_start_on_monday",
        ["week_start_date"],
        "isodow(week_start_date) <> 1",
        "An ISO week is named by its Monday.",
    )
    common.subsets(agents, (("fcr_success", "fcr_eligible"), ("csat_top2", "csat_responses")))
    return agents.checks
