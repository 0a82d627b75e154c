"""Keyed pseudonyms: personal data never reaches the lake in clear.

A pseudonym is the first 32 hex digits of HMAC-SHA256 over the normalised value, under the key in
`KONTAKTI_PSEUDONYM_KEY`. E-mail addresses are trimmed and lower-cased and phone numbers brought
to E.164 first, so that the same person gets the same pseudonym in every system.

In: text as a vendor or a file shows it. Out: 32 hex digits, or None where there is nobody to name
(empty, withheld number). Changing the key cuts the new pseudonyms off from the landed ones.

Try it: `KONTAKTI_PSEUDONYM_KEY=... python -m ingestion pseudonym anna@example.org`
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import lru_cache

import phonenumbers

from ingestion.errors import CredentialMissing, SettingInvalid

KEY_VARIABLE = "KONTAKTI_PSEUDONYM_KEY"
MIN_KEY_LENGTH = 16
PSEUDONYM_LENGTH = 32
DEFAULT_REGION = "FI"  # for numbers written without a country code

# What carriers and Twilio show when the caller withheld the number; +266696687 spells ANONYMOUS.
# Source: Twilio's list of values of the From parameter for blocked caller ids.
WITHHELD = frozenset(
    {
        "",
        "anonymous",
        "restricted",
        "blocked",
        "unavailable",
        "unknown",
        "private",
        "+266696687",
        "266696687",
        "+7378742833",
        "7378742833",
        "+2562533",
        "2562533",
        "+8656696",
        "8656696",
        "+86282452253",
        "86282452253",
    }
)

_CACHE_SIZE = 500_000  # about 100 MB at most; a day's customers of a large centre


def normalise_email(value: str | None) -> str | None:
    """Trimmed and lower-cased address, None when empty."""
    text = (value or "").strip().lower()
    return text or None


def normalise_phone(value: str | None, region: str = DEFAULT_REGION) -> str | None:
    """E.164 form of a phone number.

    Args:
        value: As shown by the vendor, with or without country code, spaces and dashes.
        region: Two-letter country assumed for numbers without a country code.

    Returns:
        `+358401234567`; the digits as they stand when they are no valid number (short codes and
        test numbers still identify a caller); None for empty and withheld numbers.
    """
    text = (value or "").strip()
    if text.lower() in WITHHELD:
        return None
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return text.lower()
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normalise_person(value: str | None, region: str = DEFAULT_REGION) -> str | None:
    """An e-mail address or a phone number, whichever it looks like; other text lower-cased.

    `customer` columns of exports hold any of the three, and so does a task's `from`.
    """
    text = (value or "").strip()
    if "@" in text:
        return normalise_email(text)
    if any(c.isdigit() for c in text) and all(c in "+0123456789 ()-./" for c in text):
        return normalise_phone(text, region)
    return None if text.lower() in WITHHELD else text.lower()


class Pseudonymiser:
    """Turns normalised personal values into keyed pseudonyms, remembering what it has seen."""

    def __init__(self, key: str) -> None:
        """Check the key.

        Args:
            key: Secret text of at least 16 characters.

        Raises:
            SettingInvalid: The key is too short.
        """
        if len(key) < MIN_KEY_LENGTH:
            raise SettingInvalid(
                "privacy",
                KEY_VARIABLE,
                f"is too short ({len(key)} characters, at least {MIN_KEY_LENGTH} needed)",
                "Set a long random text and keep it: another key gives other pseudonyms",
            )
        self._mac = hmac.new(key.encode(), digestmod=hashlib.sha256)
        self.email = lru_cache(_CACHE_SIZE)(self._email)
        self.phone = lru_cache(_CACHE_SIZE)(self._phone)
        self.person = lru_cache(_CACHE_SIZE)(self._person)

    def digest(self, normalised: str) -> str:
        """Pseudonym of text that is already normalised: 32 hex digits."""
        mac = self._mac.copy()
        mac.update(normalised.encode())
        return mac.hexdigest()[:PSEUDONYM_LENGTH]

    def _email(self, value: str | None) -> str | None:
        text = normalise_email(value)
        return self.digest(text) if text else None

    def _phone(self, value: str | None) -> str | None:
        text = normalise_phone(value)
        return self.digest(text) if text else None

    def _person(self, value: str | None) -> str | None:
        text = normalise_person(value)
        return self.digest(text) if text else None


@lru_cache(4)
def _for_key(key: str) -> Pseudonymiser:
    return Pseudonymiser(key)


def pseudonymiser(source: str = "privacy") -> Pseudonymiser:
    """The pseudonymiser under the configured key; one instance, and one cache, per key.

    Args:
        source: Who asks; named in the error.

    Raises:
        CredentialMissing: `KONTAKTI_PSEUDONYM_KEY` is not set.
        SettingInvalid: It is shorter than 16 characters.
    """
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise CredentialMissing(
            source,
            [KEY_VARIABLE],
            "any long random text will do, but keep it: another key gives other pseudonyms",
        )
    return _for_key(key)


def email_key(value: str | None) -> str | None:
    """Pseudonym of an e-mail address under the configured key."""
    return pseudonymiser().email(value)


def phone_key(value: str | None) -> str | None:
    """Pseudonym of a phone number under the configured key; None when withheld."""
    return pseudonymiser().phone(value)


def person_key(value: str | None) -> str | None:
    """Pseudonym of an e-mail address, a phone number or a customer number."""
    return pseudonymiser().person(value)
