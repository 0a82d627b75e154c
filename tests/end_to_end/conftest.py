"""One small simulated centre behind HTTP, and homes that the daily job runs on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from sandbox.clock import FrozenClock
from sandbox.exports import write_exports
from sandbox.server import SandboxServer
from sandbox.vendors.faults import Fault
from sandbox.world.simulate import UNTIL, simulate

PROJECT = Path(__file__).resolve().parents[2]
DAY = 86_400
NOON = UNTIL - 6 * 3_600  # half past twelve in Helsinki
RUN_LIMIT_SECONDS = int(os.environ.get("RUN_LIMIT_SECONDS", "420"))


@dataclass
class Home:
    """A home folder and the environment that its runs see."""

    path: Path
    env: dict[str, str]

    @property
    def marts(self) -> Path:
        """The published file."""
        return self.path / "serving" / "marts.duckdb"

    def daily(self) -> subprocess.CompletedProcess[str]:
        """Run the daily job to its end, whatever that is."""
        return subprocess.run(
            [sys.executable, "-m", "orchestration.run", "daily"],
            cwd=PROJECT,
            env={**os.environ, **self.env, "KONTAKTI_HOME": str(self.path)},
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_SECONDS,
            check=False,
        )

    def fingerprints(self) -> dict[str, tuple[int, str]]:
        """Rows and a hash over all rows of every published table and view, by name.

        When a row was loaded is left out: it is what differs between two homes of the same facts.
        """
        with duckdb.connect(str(self.marts), read_only=True) as connection:
            names = connection.execute(
                "select table_schema || '.' || table_name from information_schema.tables"
                " where table_schema not in ('main', 'information_schema') order by 1"
            ).fetchall()
            found = {}
            for (name,) in names:
                rows, digest = connection.execute(
                    f"select count(*), md5(coalesce(string_agg(h, '' order by h), ''))"
                    f" from (select md5(t::text) as h"
                    f" from (select columns(c -> c <> 'loaded_at') from {name}) as t)"
                ).fetchone() or (0, "")
                found[name] = (rows, digest)
            return found


@pytest.fixture(scope="session")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxServer]:
    """Five weeks up to a busy noon.

    So cohorts of a week, a fortnight and 28 days are mature, the clocks go forward, Easter closes
    the lines, a campaign calls, and some contacts are still waiting.
    """
    world = simulate(seed=11, days=36, contacts_per_day=100, until=NOON, after_days=3)
    with SandboxServer(world, FrozenClock(NOON)) as server:
        # Deliveries are at least once: some pages come twice.
        server.faults.order(Fault("zendesk", "duplicate_page", "ticket_events", times=3, skip=2))
        yield server


@pytest.fixture(scope="session")
def exports(centre: SandboxServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that the centre exports."""
    folder = tmp_path_factory.mktemp("exports")
    write_exports(centre.world, folder, NOON)
    return folder


@pytest.fixture(scope="session")
def environment(centre: SandboxServer, exports: Path) -> dict[str, str]:
    """What points a run at the centre."""
    return {
        **centre.env(),
        "KONTAKTI_SOURCES": "zendesk,twilio,hubspot,typeform,files",
        "KONTAKTI_FILES": str(PROJECT / "examples" / "sandbox" / "files.yml"),
        "KONTAKTI_DATA": str(exports),
    }


@pytest.fixture(scope="session")
def home(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home on which the daily job has run once."""
    home = Home(tmp_path_factory.mktemp("home"), environment)
    done = home.daily()
    assert done.returncode == 0, done.stdout + done.stderr
    return home
