"""Any subset of systems builds the marts, and two helpdesks for one channel double nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sandbox.clock import FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.world.simulate import UNTIL, simulate
from semantic.home import DBT_PROJECT_DIR

WRITTEN = ("email", "web_form", "social_private")
LIMIT_SECONDS = 600


@pytest.fixture(scope="module")
def centre() -> Iterator[SandboxServer]:
    world = simulate(seed=11, days=4, contacts_per_day=100, until=UNTIL, after_days=1)
    with SandboxServer(world, FrozenClock(UNTIL), also=MORE) as server:
        yield server


def written_contacts(centre: SandboxServer, home: Path, sources: str) -> list[tuple[Any, ...]]:
    """Land and build with these sources, with every data test; the written contacts by system."""
    env = {**os.environ, **centre.env(), "KONTAKTI_SOURCES": sources, "KONTAKTI_HOME": str(home)}
    env["PYTHONPATH"] = str(DBT_PROJECT_DIR.parent)
    project = ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    paths = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    dbt = Path(sys.executable).with_name("dbt")
    for command in (
        [sys.executable, "-m", "ingestion", "land"],
        [dbt, "--quiet", "build", "--exclude", "resource_type:unit_test", *project, *paths],
    ):
        done = subprocess.run(
            command, cwd=DBT_PROJECT_DIR, env=env, capture_output=True, text=True,
            timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (sources, done.stdout[-3000:], done.stderr[-1000:])
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(
            "select channel, source_system, count(*) from core.fct_contact"
            f" where channel in {WRITTEN} group by all order by all"
        ).fetchall()


def test_two_helpdesks_at_once_count_each_contact_once(
    centre: SandboxServer, tmp_path: Path
) -> None:
    alone = written_contacts(centre, tmp_path / "alone", "zendesk,twilio,hubspot,typeform")
    both = written_contacts(centre, tmp_path / "both", "zendesk,twilio,hubspot,typeform,intercom")
    assert {system for _, system, _ in both} == {"zendesk"}
    assert both == alone


def test_a_centre_without_zendesk_has_its_written_contacts_from_intercom(
    centre: SandboxServer, tmp_path: Path
) -> None:
    found = written_contacts(centre, tmp_path / "home", "twilio,intercom")
    cases = [c for c in centre.world.cases if c.via_channel != "phone" and c.created_at <= UNTIL]
    assert {system for _, system, _ in found} == {"intercom"}
    assert sum(count for _, _, count in found) == len(cases)
