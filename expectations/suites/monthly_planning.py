"""Expectations on the monthly reason mart: the month still adds up over reasons."""

from __future__ import annotations

from expectations.checks import suite
from expectations.model import CheckSpec
from expectations.suites import mart_common as common


def checks() -> list[CheckSpec]:
    """All checks of schema `monthly_planning`."""
    reasons = suite("monthly_planning", "alerting")("monthly_planning.kpi_monthly_reasons")
    common.components(
        reasons,
        grain=("month_start_date", "reason_id", "value_category", "channel"),
        counts=(
            "handled",
            "handled_reason_coded",
            "handle_seconds",
            "fcr_eligible",
            "fcr_success",
            "csat_responses",
            "csat_top2",
        ),
        required=("month_start_date", "value_category", "channel"),
    )
    reasons.rule(
        "months_start_on_the_first",
        ["month_start_date"],
        "day(month_start_date) <> 1",
        "A month is named by its first day.",
    )
    reasons.one_of(
        "value_category", ("both", "customer_only", "company_only", "neither", "unclassified")
    )
    common.subsets(
        reasons,
        (
            ("handled_reason_coded", "handled"),
            ("fcr_success", "fcr_eligible"),
            ("csat_top2", "csat_responses"),
        ),
    )
    common.same_total(reasons, "core.fct_contact", {"handled": "is_handled"})
    return reasons.checks
