"""Sends messages through apprise, to any of its services.

Inputs: KONTAKTI_ALERT_URLS, apprise addresses separated by spaces, such as
`mailtos://… msteams://… json://127.0.0.1:9000/`. They hold credentials: they come from the
environment only and stand in no log and no file; a service is known by a hash of its address.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from datetime import datetime

from alerts.store import AlertStore, Message, Send

VARIABLE = "KONTAKTI_ALERT_URLS"
log = logging.getLogger(__name__)


class AddressError(ValueError):
    """An address that no service of apprise understands; it is not shown."""


def deliver(store: AlertStore, services: Mapping[str, Send], now: datetime) -> None:
    """Send what is due, and say how many in the log."""
    sent, failed = store.deliver(services, now)
    if sent or failed:
        log.info("messages: %d taken, %d not taken and tried again later", sent, failed)


def services(addresses: str | None = None) -> dict[str, Send]:
    """How to send to each service of this environment; empty where nobody is to be told.

    Raises:
        AddressError: An address cannot be meant.
    """
    given = (addresses or os.environ.get(VARIABLE, "")).split()
    return {name_of(address): _service(address) for address in given}


def name_of(address: str) -> str:
    """The name of a service in the store, which says nothing of its address."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def _service(address: str) -> Send:
    # Imported when something is to be sent: it takes seconds.
    import apprise  # noqa: PLC0415

    # Its own log lines may show an address.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    to = apprise.Apprise()
    if not to.add(address):
        raise AddressError(f"{VARIABLE} holds an address that apprise does not know")
    severities = {
        "opened": apprise.NotifyType.WARNING,
        "failed": apprise.NotifyType.FAILURE,
        "cleared": apprise.NotifyType.SUCCESS,
    }

    def send(message: Message) -> bool:
        return bool(
            to.notify(title=message.title, body=message.body, notify_type=severities[message.kind])
        )

    return send
