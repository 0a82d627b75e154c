"""One person is taken out of a whole home, as a user does it, and no file knows them any more."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb

from ingestion.home_search import find
from ingestion.privacy import Pseudonymiser
from sandbox.clock import FrozenClock
from sandbox.credentials import PSEUDONYM_KEY
from sandbox.exports import write_exports
from sandbox.server import SandboxServer
from sandbox.world.simulate import UNTIL, simulate

PROJECT = Path(__file__).resolve().parents[2]


def test_a_person_is_in_no_file_of_the_home_afterwards(tmp_path: Path) -> None:
    world = simulate(seed=11, days=4, contacts_per_day=100, until=UNTIL, after_days=1)
    called = {c.customer_no for c in world.contacts if c.call_sid and c.arrived_at < UNTIL - 7200}
    wrote = {c.customer_no for c in world.cases if c.created_at < UNTIL - 7200}
    person = next(c for c in world.customers if c.hubspot_id and c.customer_no in called & wrote)
    home, exports = tmp_path / "home", tmp_path / "exports"
    write_exports(world, exports, UNTIL)
    with SandboxServer(world, FrozenClock(UNTIL)) as server:
        env = {
            **os.environ,
            **server.env(),
            "KONTAKTI_HOME": str(home),
            "KONTAKTI_SOURCES": "zendesk,twilio,hubspot,typeform,files",
            "KONTAKTI_FILES": str(PROJECT / "examples" / "sandbox" / "files.yml"),
            "KONTAKTI_DATA": str(exports),
        }
        subprocess.run(
            [sys.executable, "-m", "orchestration.run", "daily"], cwd=PROJECT, env=env, check=True
        )
    keyed = Pseudonymiser(PSEUDONYM_KEY)
    known = {
        keyed.email(person.email) or "",
        keyed.phone(person.phone) or "",
        f"hubspot:{person.hubspot_id}",
    }
    places = find(home, known)
    assert {"warehouse.duckdb", "serving/marts.duckdb"} <= {p.split(":")[0] for p in places}

    done = subprocess.run(
        [sys.executable, "-m", "orchestration.erase", person.email],
        cwd=PROJECT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    assert "found none" in done.stdout
    assert find(home, known) == {}
    with duckdb.connect(str(home / "serving" / "marts.duckdb"), read_only=True) as connection:
        left = connection.execute("select count(*) from core.dim_customer").fetchone()
    assert left is not None
    assert left[0] > 100, "the others are still there"
