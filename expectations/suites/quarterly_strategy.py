"""Expectations on the quarterly NPS mart and its report."""

from __future__ import annotations

from expectations.checks import suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common


def checks() -> list[CheckSpec]:
    """All checks of schema `quarterly_strategy`."""
    table = suite("quarterly_strategy", "alerting")
    nps = table("quarterly_strategy.kpi_quarterly_nps")
    common.components(
        nps,
        grain=("quarter_start_date", "survey_type", "channel"),
        counts=("responses", "promoters", "passives", "detractors"),
        required=("quarter_start_date", "survey_type"),
    )
    nps.rule(
        "groups_add_up",
        ["responses", "promoters", "passives", "detractors"],
        "promoters + passives + detractors <> responses",
        "Promoters + passives + detractors = responses.",
    )
    nps.rule(
        "quarters_start_on_their_first_day",
        ["quarter_start_date"],
        "day(quarter_start_date) <> 1 or month(quarter_start_date) not in (1, 4, 7, 10)",
        "A quarter is named by its first day.",
    )

    report = table("quarterly_strategy.quarterly_nps_report")
    report.between("nps", -100, 100)

    return [*nps.checks, *report.checks]
