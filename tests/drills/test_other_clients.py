"""Clients that were not written here read the same records from the sandbox that we land.

Each set of clients gets an environment of its own, made from `tests/drills/clients/`; where it
cannot be installed the test is skipped and says so. KONTAKTI_CLIENTS may name a folder that keeps
the environments from one drill to the next.

Genesys's and Mastodon's own clients take another address; the requests of the others are sent to
the sandbox below them, in the HTTP adapter. Airbyte's connectors need an environment each: they
pin different versions of their framework. Not here: Typeform has no official Python client, and
Intercom none that is kept up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.clock import FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.vendors.wire import iso
from sandbox.world.simulate import UNTIL, simulate

HERE = Path(__file__).parent / "clients"
DAY = 86_400
INSTALL_SECONDS = 600


@pytest.fixture(scope="module")
def centre() -> Iterator[SandboxServer]:
    world = simulate(seed=7, days=2, contacts_per_day=120, until=UNTIL, after_days=1)
    with SandboxServer(world, FrozenClock(UNTIL), also=MORE) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = os.environ.get("KONTAKTI_CLIENTS")
    return Path(kept) if kept else tmp_path_factory.mktemp("clients")


def environment(folder: Path, name: str) -> Path:
    """The Python of an environment, made when it is not there."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        wanted = ["-r", str(HERE / f"{name}.txt")]
        done = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", *wanted],
            capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            pytest.skip(f"{name} cannot be installed: {done.stderr[-300:]}")
    return python


def read(python: Path, client: str, centre: SandboxServer) -> dict[str, list[str]]:
    """What a client finds, by table."""
    since = centre.sandbox.people_since - DAY
    first = (
        since
        if client in {"zenpy", "airbyte_zendesk", "airbyte_hubspot"}
        else centre.world.starts_at - DAY
    )
    env = {**os.environ, **centre.env(), "SINCE": iso(first), "SINCE_SECONDS": str(first)}
    done = subprocess.run(
        [python, HERE / "read.py", client], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


def landed(centre: SandboxServer, home: Path, vendor: str) -> dict[str, Any]:
    """What we land of the same vendor: the ids by table."""
    code = (
        "import json, sys; from pathlib import Path; import pyarrow.parquet as pq\n"
        "from ingestion.home import lake_folder; from ingestion.pipelines import land\n"
        "import time; began = time.monotonic(); land(sys.argv[1])\n"
        "found = {'seconds': time.monotonic() - began}\n"
        "for table in (lake_folder() / sys.argv[1]).iterdir():\n"
        "    for file in table.rglob('load_date=*/*.parquet'):\n"
        "        rows = pq.ParquetFile(file).read()\n"
        "        names = rows.column_names\n"
        "        keys = (['sid'], ['id'], ['session_id', 'segment_no'])\n"
        "        for key in [key for key in keys if {*key} <= {*names}][:1]:\n"
        "            columns = [rows.column(name).to_pylist() for name in key]\n"
        "            ids = [':'.join(map(str, values)) for values in zip(*columns)]\n"
        "            found.setdefault(table.name, []).extend(ids)\n"
        "print(json.dumps(found))"
    )
    env = {**os.environ, **centre.env(), "KONTAKTI_HOME": str(home)}
    env["PYTHONPATH"] = str(HERE.parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code, vendor], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("client", "vendor"),
    [
        ("twilio", "twilio"),
        ("zenpy", "zendesk"),
        ("hubspot", "hubspot"),
        ("genesys", "genesys"),
        ("mastodon", "mastodon"),
    ],
)
def test_a_vendors_sdk_reads_what_we_land(
    centre: SandboxServer, folder: Path, tmp_path: Path, client: str, vendor: str
) -> None:
    theirs = read(environment(folder, "requirements"), client, centre)
    ours = landed(centre, tmp_path, vendor)
    for table, ids in theirs.items():
        assert len(ids) > 0, table
        assert set(ids) == set(ours[table]), table


@pytest.mark.parametrize(
    ("vendor", "tables"),
    [
        ("zendesk", {"tickets", "users", "groups"}),
        ("hubspot", {"contacts", "companies", "deals", "owners"}),
        ("twilio", {"calls"}),
        ("intercom", {"conversations", "contacts", "admins", "teams"}),
    ],
)
def test_airbytes_connector_reads_what_we_land(
    centre: SandboxServer, folder: Path, tmp_path: Path, vendor: str, tables: set[str]
) -> None:
    python = environment(folder, f"requirements-airbyte-{vendor}")
    theirs = read(python, f"airbyte_{vendor}", centre)
    ours = landed(centre, tmp_path, vendor)
    assert theirs.keys() == tables
    for table in tables:
        assert len(theirs[table]) > 0, table
        assert set(theirs[table]) == set(ours[table]), table
