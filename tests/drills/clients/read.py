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


def airbyte_zendesk() -> dict[str, list[str]]:
    names = ("tickets", "users", "groups")
    folder = Path(tempfile.mkdtemp())
    config = {
        "subdomain": "kontakti",
        "start_date": os.environ["SINCE"],
        "credentials": {
            "credentials": "api_token",
            "email": setting("ZENDESK__EMAIL"),
            "api_token": setting("ZENDESK__API_TOKEN"),
        },
    }
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
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "catalog.json").write_text(json.dumps({"streams": streams}))
    began = time.monotonic()
    # In a process of its own: the connector writes its records to its standard output.
    done = subprocess.run(
        [sys.executable, __file__, "airbyte", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    found: dict[str, list[str]] = {name: [] for name in names}
    for line in done.stdout.splitlines():
        message = json.loads(line) if line.startswith("{") else {}
        if message.get("type") == "RECORD":
            record = message["record"]
            found[record["stream"]].append(str(record["data"]["id"]))
        elif message.get("type") == "TRACE" and "error" in message["trace"]:
            raise SystemExit(line)
    sys.stderr.write(f"{time.monotonic() - began:.2f} s\n")
    return found


def airbyte(folder: str) -> None:
    from source_zendesk_support.run import run

    send_to({"kontakti.zendesk.com": setting("ZENDESK__BASE_URL")})
    sys.argv[1:] = ["read", "--config", f"{folder}/config.json",
                    "--catalog", f"{folder}/catalog.json"]  # fmt: skip
    run()


if __name__ == "__main__":
    if sys.argv[1] == "airbyte":
        airbyte(sys.argv[2])
        sys.exit()
    reader = {
        "twilio": twilio,
        "zenpy": zenpy,
        "hubspot": hubspot,
        "airbyte_zendesk": airbyte_zendesk,
    }[sys.argv[1]]
    sys.stdout.write(json.dumps(reader()) + "\n")
