"""Expectations on what landed from HubSpot: keys, pseudonyms, customer dates, revenue."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_hubspot", "blocking")
_HORIZON = common.horizon("hubspot")


def _contacts() -> Table:
    contacts = _TABLE("hubspot.contacts")
    common.feed(contacts, "id", "updated_at")
    contacts.past("created_at", _HORIZON)
    contacts.past("updated_at", _HORIZON)
    contacts.pseudonyms("email_key", "phone_key")
    contacts.in_order("acquired_at", "churned_at")
    contacts.not_negative("monthly_revenue", severity="alerting")
    contacts.rule(
        "contacts_can_be_matched",
        ["email_key", "phone_key"],
        "email_key is null and phone_key is null",
        "A contact has an e-mail or a number; without either no call or ticket finds it.",
        severity="alerting",
        max_share=0.05,
    )
    contacts.refers_to("company_id", "hubspot.companies", "id", max_share=0.02)
    return contacts


def _companies() -> Table:
    companies = _TABLE("hubspot.companies")
    common.feed(companies, "id", "updated_at")
    companies.past("updated_at", _HORIZON)
    return companies


def _owners() -> Table:
    owners = _TABLE("hubspot.owners")
    common.snapshot(owners, "id")
    owners.pseudonyms("email_key")
    return owners


def _deals() -> Table:
    deals = _TABLE("hubspot.deals")
    common.feed(deals, "id", "updated_at")
    deals.past("updated_at", _HORIZON)
    deals.not_negative("amount", severity="alerting")
    deals.refers_to("contact_id", "hubspot.contacts", "id", max_share=0.02)
    return deals


def _watermarks() -> Table:
    watermarks = _TABLE("hubspot.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `hubspot`."""
    tables = (_contacts(), _companies(), _owners(), _deals(), _watermarks())
    return [check for table in tables for check in table.checks]
