"""Made-up credentials of the emulated vendors, and the settings that point a pipeline at them.

They open nothing but a sandbox on loopback. Inputs: none. Outputs: constants, and
`pipeline_env` with the environment variables the landing code reads.
"""

from __future__ import annotations

ZENDESK_EMAIL = "api@kontakti.example"
ZENDESK_API_TOKEN = "zendesk-demo-token"  # noqa: S105 - demo value, see the module docstring
ZENDESK_REASON_FIELD_ID = 36000001
ZENDESK_TIME_SPENT_FIELD_ID = 36000002

TWILIO_ACCOUNT_SID = "AC" + "5a" * 16
TWILIO_AUTH_TOKEN = "twilio-demo-token"  # noqa: S105
TWILIO_WORKSPACE_SID = "WS" + "5b" * 16

HUBSPOT_ACCESS_TOKEN = "hubspot-demo-token"  # noqa: S105
TYPEFORM_ACCESS_TOKEN = "typeform-demo-token"  # noqa: S105
INTERCOM_ACCESS_TOKEN = "intercom-demo-token"  # noqa: S105
MASTODON_ACCESS_TOKEN = "mastodon-demo-token"  # noqa: S105
GENESYS_CLIENT_ID = "5d5d5d5d-0000-4000-8000-5d5d5d5d5d5d"
GENESYS_CLIENT_SECRET = "genesys-demo-secret"  # noqa: S105

PSEUDONYM_KEY = "sandbox-pseudonym-key-not-secret"


def pipeline_env(base_url: str, *, people_since: str, contacts_since: str) -> dict[str, str]:
    """Return the environment that points the pipelines at a sandbox.

    Args:
        base_url: scheme, host and port of the sandbox, without a trailing slash.
        people_since: ISO instant before the oldest person or company (helpdesk and CRM start).
        contacts_since: ISO instant before the first contact (telephony and survey start).
    """
    return {
        "SOURCES__ZENDESK__BASE_URL": f"{base_url}/zendesk",
        "SOURCES__ZENDESK__EMAIL": ZENDESK_EMAIL,
        "SOURCES__ZENDESK__API_TOKEN": ZENDESK_API_TOKEN,
        "SOURCES__ZENDESK__START_DATE": people_since,
        "SOURCES__ZENDESK__REASON_FIELD_ID": str(ZENDESK_REASON_FIELD_ID),
        "SOURCES__ZENDESK__TIME_SPENT_FIELD_ID": str(ZENDESK_TIME_SPENT_FIELD_ID),
        "SOURCES__TWILIO__BASE_URL": f"{base_url}/twilio",
        "SOURCES__TWILIO__TASKROUTER_BASE_URL": f"{base_url}/twilio",
        "SOURCES__TWILIO__ACCOUNT_SID": TWILIO_ACCOUNT_SID,
        "SOURCES__TWILIO__AUTH_TOKEN": TWILIO_AUTH_TOKEN,
        "SOURCES__TWILIO__WORKSPACE_SID": TWILIO_WORKSPACE_SID,
        "SOURCES__TWILIO__START_DATE": contacts_since,
        "SOURCES__HUBSPOT__BASE_URL": f"{base_url}/hubspot",
        "SOURCES__HUBSPOT__ACCESS_TOKEN": HUBSPOT_ACCESS_TOKEN,
        "SOURCES__HUBSPOT__START_DATE": people_since,
        "SOURCES__TYPEFORM__BASE_URL": f"{base_url}/typeform",
        "SOURCES__TYPEFORM__ACCESS_TOKEN": TYPEFORM_ACCESS_TOKEN,
        "SOURCES__TYPEFORM__START_DATE": contacts_since,
        "SOURCES__INTERCOM__BASE_URL": f"{base_url}/intercom",
        "SOURCES__INTERCOM__ACCESS_TOKEN": INTERCOM_ACCESS_TOKEN,
        "SOURCES__INTERCOM__START_DATE": contacts_since,
        "SOURCES__GENESYS__BASE_URL": f"{base_url}/genesys",
        "SOURCES__GENESYS__LOGIN_URL": f"{base_url}/genesys",
        "SOURCES__GENESYS__DOWNLOAD_URL": f"{base_url}/genesys",
        "SOURCES__GENESYS__CLIENT_ID": GENESYS_CLIENT_ID,
        "SOURCES__GENESYS__CLIENT_SECRET": GENESYS_CLIENT_SECRET,
        "SOURCES__GENESYS__START_DATE": contacts_since,
        "SOURCES__MASTODON__BASE_URL": f"{base_url}/mastodon",
        "SOURCES__MASTODON__ACCESS_TOKEN": MASTODON_ACCESS_TOKEN,
        "SOURCES__MASTODON__TAGS": "kontakti",
        "SOURCES__MASTODON__START_DATE": contacts_since,
        "KONTAKTI_PSEUDONYM_KEY": PSEUDONYM_KEY,
    }
