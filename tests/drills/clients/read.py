"""Reads a sandbox with somebody else's client and prints the ids it found, as JSON.

Runs in the clients' own environment, knows nothing of this project, and takes everything from the
SOURCES__ variables: `read.py twilio`. Three of the clients have their vendor's address built in;
their requests are sent to the sandbox below them, in the HTTP adapter.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

SETTINGS = {k: v for k, v in os.environ.items() if k.startswith("SOURCES__")}


def setting(name: str) -> str:
    return SETTINGS[f"SOURCES__{name}"]


def send_to(hosts: dict[str, str]) -> None:
    """Send requests for these hosts elsewhere."""
    from requests.adapters import HTTPAdapter

    plain = HTTPAdapter.send

    def send(self, request, *args, **kwargs):
        asked = request.url
        parts = urlsplit(asked)
        if parts.hostname in hosts:
            base = urlsplit(hosts[parts.hostname])
            path = parts.path.removeprefix(base.path)  # links of the sandbox have it already
            request.url = base._replace(path=base.path + path, query=parts.query).geturl()
        response = plain(self, request, *args, **kwargs)
        response.url = request.url = asked  # clients tell answers apart by their address
        return response

    HTTPAdapter.send = send


def twilio() -> dict[str, list[str]]:
    from twilio.rest import Client

    base = setting("TWILIO__BASE_URL")
    send_to({"api.twilio.com": base, "taskrouter.twilio.com": base})
    client = Client(setting("TWILIO__ACCOUNT_SID"), setting("TWILIO__AUTH_TOKEN"))
    workspace = client.taskrouter.v1.workspaces(setting("TWILIO__WORKSPACE_SID"))
    since = os.environ["SINCE"]
    from datetime import datetime

    start = datetime.fromisoformat(since)
    return {
        "calls": [c.sid for c in client.calls.stream(start_time_after=start, page_size=100)],
        "events": [e.sid for e in workspace.events.stream(start_date=start, page_size=500)],
        "workers": [w.sid for w in workspace.workers.stream(page_size=20)],
        "task_queues": [q.sid for q in workspace.task_queues.stream(page_size=20)],
        "activities": [a.sid for a in workspace.activities.stream(page_size=20)],
    }


def genesys() -> dict[str, list[str]]:
    import PureCloudPlatformClientV2 as sdk  # noqa: N813

    sdk.configuration.host = setting("GENESYS__BASE_URL")
    client = sdk.api_client.ApiClient().get_client_credentials_token(
        setting("GENESYS__CLIENT_ID"), setting("GENESYS__CLIENT_SECRET")
    )
    details = sdk.AnalyticsApi(client)
    known = details.get_analytics_conversations_details_jobs_availability()
    question = sdk.AsyncConversationQuery()
    until = known.data_availability_date.strftime("%Y-%m-%dT%H:%M:%SZ")
    question.interval = f"{os.environ['SINCE']}/{until}"
    job = details.post_analytics_conversations_details_jobs(question).job_id
    while details.get_analytics_conversations_details_job(job).state != "FULFILLED":
        time.sleep(0.2)
    segments: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = details.get_analytics_conversations_details_job_results(job, page_size=50, **cursor)
        segments += [
            f"{session.session_id}:{number}"
            for conversation in page.conversations
            for participant in conversation.participants
            for session in participant.sessions
            for number, _ in enumerate(session.segments)
        ]
        if not page.cursor:
            break
        cursor = {"cursor": page.cursor}
    routing = sdk.RoutingApi(client)
    return {
        "segments": segments,
        "queues": [q.id for q in routing.get_routing_queues(page_size=100).entities],
        "wrap_up_codes": [c.id for c in routing.get_routing_wrapupcodes(page_size=100).entities],
        "users": [u.id for u in sdk.UsersApi(client).get_users(page_size=100).entities],
    }


def mastodon() -> dict[str, list[str]]:
    from mastodon import Mastodon

    client = Mastodon(
        access_token=setting("MASTODON__ACCESS_TOKEN"),
        api_base_url=setting("MASTODON__BASE_URL"),
        version_check_mode="none",
    )
    own = client.account_verify_credentials().id

    def all_of(page: list) -> list[str]:
        found = []
        while page:
            found += [str(row.id) for row in page]
            page = client.fetch_next(page)
        return found

    return {
        "mentions": all_of(client.notifications(types=["mention"], limit=5)),
        "statuses": all_of(client.account_statuses(own, limit=5)),
        "tagged": all_of(client.timeline_hashtag("kontakti", limit=5)),
    }


def zenpy() -> dict[str, list[str]]:
    from zenpy import Zenpy

    send_to({"kontakti.zendesk.com": setting("ZENDESK__BASE_URL")})
    client = Zenpy(
        subdomain="kontakti",
        email=setting("ZENDESK__EMAIL"),
        token=setting("ZENDESK__API_TOKEN"),
    )
    start = int(os.environ["SINCE_SECONDS"])
    tickets = client.tickets.incremental(start_time=start, paginate_by_time=False)
    users = client.users.incremental(start_time=start, paginate_by_time=False)
    return {
        "tickets": [str(t.id) for t in tickets],
        "users": [str(u.id) for u in users],
        "groups": [str(g.id) for g in client.groups()],
    }


def hubspot() -> dict[str, list[str]]:
    from hubspot import HubSpot

    client = HubSpot(
        access_token=setting("HUBSPOT__ACCESS_TOKEN"), host=setting("HUBSPOT__BASE_URL")
    )
    return {
        "contacts": [c.id for c in client.crm.contacts.get_all()],
        "companies": [c.id for c in client.crm.companies.get_all()],
        "deals": [d.id for d in client.crm.deals.get_all()],
        "owners": [o.id for o in client.crm.owners.owners_api.get_page(limit=100).results],
    }


# Airbyte's connectors: their module, the hosts that they ask, their settings, and their streams.
CONNECTORS = {
    "airbyte_zendesk": (
        "source_zendesk_support",
        {"kontakti.zendesk.com": "ZENDESK__BASE_URL"},
        {
            "subdomain": "kontakti",
            "credentials": {
                "credentials": "api_token",
                "email": "ZENDESK__EMAIL",
                "api_token": "ZENDESK__API_TOKEN",
            },
        },
        ("tickets", "users", "groups"),
    ),
    "airbyte_hubspot": (
        "source_hubspot",
        {"api.hubapi.com": "HUBSPOT__BASE_URL"},
        {
            "credentials": {
                "credentials_title": "Private App Credentials",
                "access_token": "HUBSPOT__ACCESS_TOKEN",
            }
        },
        ("contacts", "companies", "deals", "owners"),
    ),
    "airbyte_twilio": (
        "source_twilio",
        {"api.twilio.com": "TWILIO__BASE_URL"},
        {"account_sid": "TWILIO__ACCOUNT_SID", "auth_token": "TWILIO__AUTH_TOKEN"},
        ("calls",),
    ),
    "airbyte_intercom": (
        "source_intercom",
        {"api.intercom.io": "INTERCOM__BASE_URL"},
        {"access_token": "INTERCOM__ACCESS_TOKEN"},
        ("conversations", "contacts", "admins", "teams"),
    ),
}


def filled(config):
    """A connector's configuration with the settings it names."""
    if isinstance(config, dict):
        return {name: filled(value) for name, value in config.items()}
    return SETTINGS.get(f"SOURCES__{config}", config)


def airbyte(client: str) -> dict[str, list[str]]:
    _, _, config, names = CONNECTORS[client]
    folder = Path(tempfile.mkdtemp())
    streams = [
        {
            "stream": {
                "name": name,
                "json_schema": {"type": "object"},
                "supported_sync_modes": ["full_refresh", "incremental"],
            },
            "sync_mode": "full_refresh",
            "destination_sync_mode": "append",
        }
        for name in names
    ]
    config = {**filled(config), "start_date": os.environ["SINCE"]}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps({"streams": streams}))
    began = time.monotonic()
    # In a process of its own: the connector writes its records to its standard output.
    done = subprocess.run(
        [sys.executable, __file__, client, str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {name: [] for name in names}
    for line in done.stdout.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("type") == "RECORD":
            record = message["record"]
            key = record["data"]
            found[record["stream"]].append(str(key.get("id") or key["sid"]))
        elif message.get("type") == "TRACE" and "error" in message["trace"]:
            raise SystemExit(line)
    sys.stderr.write(f"{time.monotonic() - began:.2f} s\n")
    return found


def connect(client: str, folder: str) -> None:
    module, hosts, _, _ = CONNECTORS[client]
    send_to({host: setting(name) for host, name in hosts.items()})
    sys.argv[1:] = ["read", "--config", f"{folder}/config.json",
                    "--catalog", f"{folder}/catalog.json"]  # fmt: skip
    import_module(f"{module}.run").run()


if __name__ == "__main__":
    if len(sys.argv) > 2:
        connect(*sys.argv[1:])
        sys.exit()
    client = sys.argv[1]
    if client in CONNECTORS:
        sys.stdout.write(json.dumps(airbyte(client)) + "\n")
        sys.exit()
    reader = {
        "twilio": twilio,
        "zenpy": zenpy,
        "genesys": genesys,
        "mastodon": mastodon,
        "hubspot": hubspot,
    }[client]
    sys.stdout.write(json.dumps(reader()) + "\n")
