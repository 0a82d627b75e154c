"""Why people get in touch: a three-level tree with the four value categories."""

# ruff: noqa: E501  (a table reads best with one row a line)

from __future__ import annotations

from typing import NamedTuple

from sandbox.world.records import Category, Reason


class ReasonShare(NamedTuple):
    """A reason and how often it opens an issue, relative to the others."""

    reason: Reason
    weight: float


# code, L1, L2, L3, family, value category, first level can resolve, seconds, complexity, weight
_ROWS: tuple[tuple[str, str, str, str, str, Category, bool, int, str, float], ...] = (
    ("billing.invoice.unclear", "Billing", "Invoice", "Unclear invoice", "billing", "neither", True, 270, "simple", 9),
    ("billing.invoice.wrong", "Billing", "Invoice", "Wrong amount", "billing", "neither", True, 330, "simple", 5),
    ("billing.invoice.copy", "Billing", "Invoice", "Copy of an invoice", "billing", "customer_only", True, 180, "simple", 4),
    ("billing.payment.extension", "Billing", "Payment", "More time to pay", "billing", "customer_only", True, 210, "simple", 5),
    ("billing.payment.reminder", "Billing", "Payment", "Reminder despite payment", "billing", "neither", True, 260, "simple", 3),
    ("technical.internet.slow", "Technical", "Internet", "Slow connection", "technical", "neither", True, 430, "technical", 8),
    ("technical.internet.down", "Technical", "Internet", "No connection", "technical", "neither", False, 400, "technical", 8),
    ("technical.router.setup", "Technical", "Router", "Set-up help", "technical", "customer_only", True, 460, "technical", 5),
    ("technical.router.broken", "Technical", "Router", "Broken device", "technical", "neither", False, 380, "technical", 3),
    ("technical.power.outage", "Technical", "Electricity", "Power cut", "technical", "neither", False, 220, "technical", 4),
    ("technical.meter.reading", "Technical", "Electricity", "Meter reading", "technical", "company_only", True, 200, "simple", 4),
    ("sales.new.internet", "Sales", "New contract", "Internet", "sales", "both", True, 420, "simple", 6),
    ("sales.new.electricity", "Sales", "New contract", "Electricity", "sales", "both", True, 390, "simple", 5),
    ("sales.change.upgrade", "Sales", "Change", "Upgrade", "sales", "both", True, 340, "simple", 4),
    ("sales.change.prices", "Sales", "Change", "Price question", "sales", "customer_only", True, 230, "simple", 5),
    ("sales.end.cancel", "Sales", "End", "Cancellation", "sales", "both", True, 310, "simple", 4),
    ("move.address.new", "Move", "Address", "Moving to a new address", "move", "customer_only", True, 290, "simple", 6),
    ("move.address.transfer", "Move", "Address", "Connection not moved", "move", "neither", False, 360, "technical", 2),
    ("return.device.label", "Return", "Device", "Return label", "return", "customer_only", True, 170, "simple", 3),
    ("return.device.refund", "Return", "Device", "Refund not received", "return", "neither", True, 250, "simple", 2),
    ("complaint.service.quality", "Complaint", "Service", "Quality of service", "complaint", "both", False, 420, "technical", 3),
    ("complaint.service.promise", "Complaint", "Service", "Broken promise", "complaint", "both", False, 400, "technical", 2),
    ("other.details.contact", "Other", "Details", "Contact details", "other", "company_only", True, 150, "simple", 4),
    ("other.consent.data", "Other", "Privacy", "Personal data request", "other", "company_only", True, 240, "simple", 1),
)  # fmt: skip


# Reviewed after twelve days: prices are on the website now, who asks saves the company a lost sale.
_REVIEWED = 12 * 86_400
_JUDGED_ANEW: dict[str, Category] = {"sales.change.prices": "company_only"}


def make_reasons(starts_at: int | None = None) -> list[ReasonShare]:
    """The leaves of the tree, in a fixed order, with their relative weights.

    Args:
        starts_at: first instant of a world, some days into which a reason is judged anew.
    """
    reasons = [
        ReasonShare(
            Reason(
                code, l1, l2, l3, family, value, first_level, seconds,
                "technical" if complexity == "technical" else "simple",
            ),
            weight,
        )
        for code, l1, l2, l3, family, value, first_level, seconds, complexity, weight in _ROWS
    ]  # fmt: skip
    for share in reasons:
        if starts_at is not None and share.reason.code in _JUDGED_ANEW:
            share.reason.judged_anew = (starts_at + _REVIEWED, _JUDGED_ANEW[share.reason.code])
    return reasons
