"""Sends messages through apprise, to any of its services.

Inputs: KONTAKTI_ALERT_URLS, apprise addresses separated by spaces, such as
`mailtos://… msteams://… json://127.0.0.1:9000/`. They hold credentials: they come from the
environment only and stand in no log.
"""

from __future__ import annotations

import os

from alerts.store import Message

VARIABLE = "KONTAKTI_ALERT_URLS"


class Sender:
    """Sends to every address; a message counts as sent when all have taken it."""

    def __init__(self, addresses: str | None = None) -> None:
        # Imported when something is to be sent: it takes seconds.
        import apprise  # noqa: PLC0415

        self._apprise = apprise.Apprise()
        self._severities = apprise.NotifyType
        for address in (addresses or os.environ.get(VARIABLE, "")).split():
            if not self._apprise.add(address):
                raise ValueError(f"{VARIABLE} holds an address that apprise does not know")

    def __call__(self, message: Message) -> bool:
        """Send one message; False when a service did not take it."""
        kind = self._severities.WARNING if message.kind == "opened" else self._severities.SUCCESS
        return bool(self._apprise.notify(title=message.title, body=message.body, notify_type=kind))


def sender() -> Sender | None:
    """The sender of this environment; None where nobody is to be told."""
    return Sender() if os.environ.get(VARIABLE, "").strip() else None
