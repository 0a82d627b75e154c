"""The invented vendor of docs/guide/add-a-source.md lands as the page says."""

from __future__ import annotations

import importlib.util
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow.parquet as pq
import pytest

from ingestion import pipelines, settings
from ingestion.credentials import check
from ingestion.privacy import phone_key
from tests.docs.guide_blocks import files_of_the_guide

TOKEN = "murmur-demo-token"
THREADS: list[dict[str, Any]] = [
    {
        "id": f"t{number}",
        "opened": "2026-04-15T09:00:00Z",
        "changed": f"2026-04-15T09:{number:02d}:00Z",
        "first_answer": "2026-04-15T09:05:00Z" if number else None,
        "closed": None,
        "inbox": "help",
        "writer": {"phone": f"+3584012345{number:02d}", "name": "Anna Aalto"},
    }
    for number in range(3)
]


class Murmur(BaseHTTPRequestHandler):
    """Two pages of threads, for who has the token."""

    def do_GET(self) -> None:
        """Answer."""
        is_known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        asked = parse_qs(urlsplit(self.path).query)
        since = datetime.fromtimestamp(int(asked.get("changed_since", ["0"])[0]), UTC).isoformat()
        changed = [t for t in THREADS if t["changed"] >= since]
        first = int(asked.get("after", ["0"])[0])
        body: dict[str, Any] = {"threads": changed[first : first + 2], "more": None}
        if first + 2 < len(changed):
            body["more"] = f"/v1/threads?after={first + 2}"
        self.send_response(200 if is_known else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body if is_known else {}).encode())

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The vendor's clock."""
        del timestamp
        return "Wed, 15 Apr 2026 09:30:00 GMT"

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def murmur(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The page's module in its place, and the vendor on loopback."""
    path = tmp_path / "murmur.py"
    path.write_text(files_of_the_guide()["ingestion/sources/murmur.py"], encoding="utf-8")
    spec = importlib.util.spec_from_file_location("ingestion.sources.murmur", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(pipelines, "VENDORS", (*pipelines.VENDORS, "murmur"))
    monkeypatch.setattr("ingestion.credentials.VENDORS", pipelines.VENDORS)
    monkeypatch.setitem(settings.VENDOR_PAGES, "murmur", "tokens are in Murmur under Settings")
    server = HTTPServer(("127.0.0.1", 0), Murmur)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SOURCES__MURMUR__BASE_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("SOURCES__MURMUR__ACCESS_TOKEN", TOKEN)
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "a key of enough length")
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    yield module
    server.shutdown()
    server.server_close()


def test_the_vendor_of_the_page_lands_once_and_without_names(
    murmur: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pipelines.land("murmur").rows == {"threads": 3}
    assert pipelines.land("murmur").total_rows == 0
    rows = [
        row
        for file in sorted((tmp_path / "home" / "lake" / "murmur" / "threads").rglob("*.parquet"))
        for row in pq.read_table(file).to_pylist()
    ]
    assert [row["id"] for row in rows] == ["t0", "t1", "t2"]
    assert rows[0]["opened_at"] == datetime(2026, 4, 15, 9)
    assert rows[0]["writer_key"] == phone_key("+358401234500")
    assert "name" not in rows[0]
    monkeypatch.setenv("SOURCES__MURMUR__ACCESS_TOKEN", "wrong")
    ((_, error),) = check(["murmur"])
    assert "SOURCES__MURMUR__ACCESS_TOKEN; tokens are in Murmur" in str(error)
