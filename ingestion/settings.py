"""Vendor settings, resolved by dlt: environment (`SOURCES__ZENDESK__API_TOKEN`), then
`.dlt/secrets.toml` and `.dlt/config.toml`.

Nothing is read at import; sources ask when they are extracted. Values that were read as secrets
are remembered, so that no error message can show them.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

import dlt

from ingestion.errors import CredentialMissing, SettingInvalid

# Where a user gets the missing value, by source.
VENDOR_PAGES: Final = {
    "zendesk": "API tokens are made in Zendesk Admin Center > Apps and integrations > Zendesk API",
    "twilio": "account sid and auth token are in the Twilio Console under Account > API keys &"
    " tokens, the workspace sid under TaskRouter > Workspaces",
    "hubspot": "access tokens of a private app are in HubSpot under Settings > Integrations >"
    " Private Apps",
    "typeform": "personal tokens are made in Typeform under Account > Personal tokens",
    "intercom": "access tokens are in Intercom's Developer Hub under your app > Configure >"
    " Authentication",
    "genesys": "id and secret of an OAuth client with the grant Client Credentials are in Genesys"
    " Cloud Admin > Integrations > OAuth",
    "mastodon": "access tokens are made in Mastodon under Preferences > Development >"
    " New application, with the scopes read:accounts, read:notifications and read:statuses",
}

# The vendors without a common address.
_EXAMPLES: Final = {
    "zendesk": "https://yourcompany.zendesk.com",
    "mastodon": "https://mastodon.social",
}

_secrets_seen: set[str] = set()


def variable(source: str, setting: str) -> str:
    """The environment variable of a setting: `SOURCES__ZENDESK__API_TOKEN`."""
    return f"SOURCES__{source}__{setting}".upper()


def known_secrets() -> frozenset[str]:
    """Secret values read so far in this process, for redaction."""
    return frozenset(_secrets_seen)


def keep_secret(value: str) -> None:
    """Remember a secret value, so that no message shows it."""
    _secrets_seen.add(value)


def optional(source: str, setting: str, default: str = "") -> str:
    """A setting, or its default when it is not given."""
    value: str | None = dlt.config.get(f"sources.{source}.{setting}", str)
    return value.strip() or default if value is not None else default


def also(source: str, choices: Collection[str]) -> frozenset[str]:
    """The tables that a source lands besides: those of `SOURCES__<SOURCE>__ALSO`.

    Raises:
        SettingInvalid: It names a table that is none of the choices.
    """
    named = frozenset(optional(source, "also").replace(",", " ").split())
    if unknown := sorted(named.difference(choices)):
        raise SettingInvalid(
            source,
            variable(source, "also"),
            f"names {', '.join(unknown)}",
            f"Choose from {', '.join(choices) or 'none: this source always lands all its tables'}",
        )
    return named


def required(source: str, *settings: str) -> list[str]:
    """Several settings that must be there; all missing ones are named at once.

    Raises:
        CredentialMissing: At least one is missing.
    """
    values = [_secret_or_config(source, setting) for setting in settings]
    missing = [variable(source, s) for s, v in zip(settings, values, strict=True) if not v]
    if missing:
        raise CredentialMissing(source, missing, VENDOR_PAGES[source])
    for setting, value in zip(settings, values, strict=True):
        if setting.endswith(("token", "secret")):
            keep_secret(value)
    return values


def base_url(source: str, setting: str = "base_url", default: str = "") -> str:
    """A base address without a trailing slash.

    Raises:
        CredentialMissing: It is not set and has no default.
        SettingInvalid: It is no http or https address, or carries user info.
    """
    text = optional(source, setting, default)
    example = default or _EXAMPLES.get(source, "")
    if not text:
        raise CredentialMissing(source, [variable(source, setting)], f"write it like {example}")
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise SettingInvalid(
            source,
            variable(source, setting),
            "is no http(s) address",
            f"Write it like {example}",
        )
    return text.rstrip("/")


def start_date(source: str, default: datetime) -> datetime:
    """Where the first landing begins, naive UTC.

    Raises:
        SettingInvalid: It is no ISO date or timestamp.
    """
    text = optional(source, "start_date")
    if not text:
        return default
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingInvalid(
            source,
            variable(source, "start_date"),
            "is no ISO date or timestamp",
            "Write it like 2026-01-31 or 2026-01-31T00:00:00Z",
        ) from error
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def _secret_or_config(source: str, setting: str) -> str:
    value: str | None = dlt.secrets.get(f"sources.{source}.{setting}", str)
    return "" if value is None else value.strip()
