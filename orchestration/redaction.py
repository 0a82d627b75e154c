"""Takes out of a text what must be in no log and no message: credentials, addresses, numbers.

Inputs: a text, such as an error of the database, which may quote a row. Output: the text with the
values of secret settings and everything that looks like an e-mail address or a phone number masked.
"""

from __future__ import annotations

import os
import re

MASK = "***"
SECRET_NAME = re.compile(
    r"(TOKEN|SECRET|PASSWORD|KEY|ALERT_URLS|POSTGRES_URL|CREDENTIAL)", re.IGNORECASE
)
SHORTEST_SECRET = 6
ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
USER_INFO = re.compile(r"(?<=://)[^/@\s]+@")
# With a country code, or in groups as people write them; ids and times have other shapes.
PHONE = re.compile(r"\+\d[\d ()-]{6,}\d|\b0\d{1,3}[ -]\d{3,4}[ -]?\d{3,4}\b")


def without_secrets(text: str) -> str:
    """The text with every secret value, address and phone number masked."""
    for secret in _secrets():
        text = text.replace(secret, MASK)
    for pattern in (USER_INFO, ADDRESS, PHONE):
        text = pattern.sub(MASK, text)
    return text


def _secrets() -> list[str]:
    """Values of secret settings in the environment, longest first; addresses one by one."""
    found = {
        part
        for name, value in os.environ.items()
        if SECRET_NAME.search(name)
        for part in value.split()
        if len(part) >= SHORTEST_SECRET
    }
    return sorted(found, key=len, reverse=True)
