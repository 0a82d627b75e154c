"""Expectations on what landed from Intercom: conversations in order, of known people."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_intercom", "blocking")
_HORIZON = common.horizon("intercom")


def _conversations() -> Table:
    conversations = _TABLE("intercom.conversations")
    common.feed(conversations, "id", "updated_at")
    conversations.not_null("created_at", "state", "source_type")
    conversations.past("created_at", _HORIZON)
    conversations.one_of("state", ("open", "closed", "snoozed"), "alerting")
    conversations.refers_to("contact_id", "intercom.contacts", "id")
    return conversations


def _contacts() -> Table:
    contacts = _TABLE("intercom.contacts")
    common.feed(contacts, "id", "updated_at")
    contacts.pseudonyms("email_key", "phone_key")
    return contacts


def _admins() -> Table:
    admins = _TABLE("intercom.admins")
    common.snapshot(admins, "id")
    return admins


def _teams() -> Table:
    teams = _TABLE("intercom.teams")
    common.snapshot(teams, "id")
    return teams


def _watermarks() -> Table:
    watermarks = _TABLE("intercom.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `intercom`."""
    tables = (_conversations(), _contacts(), _admins(), _teams(), _watermarks())
    return [check for table in tables for check in table.checks]
