"""A backfill of a past day, week, month or quarter gives what the run on its day gave.

Runs take place on three mornings, over a Monday, the end of a month and of a quarter; then, with
everything landed that came later, each first period is run again. Marts are compared row for row,
reports cell for cell. Dagster's clock is set to each morning; the vendors' is simulated.
"""

from __future__ import annotations

import csv
import math
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from sandbox.clock import FrozenClock
from sandbox.exports import write_exports
from sandbox.server import SandboxServer
from sandbox.world.simulate import simulate
from tests.end_to_end.conftest import PROJECT, Home

FIRST_DAYS, LATER_DAYS, CONTACTS_PER_DAY = 8, 4, 60
LIMIT_SECONDS = int(os.environ.get("RUN_LIMIT_SECONDS", "1800"))
# 05:15 in Helsinki, where the clocks went forward on the night before the first.
MONDAY = datetime(2026, 3, 30, 2, 15, tzinfo=UTC)
WEDNESDAY = datetime(2026, 4, 1, 2, 15, tzinfo=UTC)
THURSDAY = datetime(2026, 4, 2, 2, 15, tzinfo=UTC)
MORNINGS = {
    MONDAY: ["daily 2026-03-29", "weekly 2026-03-23"],
    WEDNESDAY: ["daily 2026-03-31", "monthly 2026-03-01", "quarterly 2026-01-01"],
    THURSDAY: ["daily 2026-04-01"],
}
RUN_AGAIN = ["daily 2026-03-29", "weekly 2026-03-23", "monthly 2026-03-01", "quarterly 2026-01-01"]
MARTS_OF = {"weekly": "weekly_team", "monthly": "monthly_planning"}
# One process a morning: most of a run of so few rows is imports.
RUN_JOBS = """
import shutil, sys
from datetime import datetime
from pathlib import Path
from dagster._core.test_utils import freeze_time
from orchestration.run import run_job
from orchestration.settings import load_settings
settings = load_settings()
with freeze_time(datetime.fromisoformat(sys.argv[1])):
    for each in sys.argv[3:]:
        job, period = each.split()
        done = run_job(job, settings=settings, period=period)
        print(f"{each}: {done.success} in {done.seconds:.0f} s", done.failure, flush=True)
        if not done.success:
            sys.exit(1)
        kept = Path(sys.argv[2]) / f"{job}-{period}"
        for part in ("serving", "reports"):
            shutil.copytree(settings.home_dir / part, kept / part, dirs_exist_ok=True)
"""


def run_jobs(home: Home, at: datetime, kept: Path, jobs: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN_JOBS, at.isoformat(), str(kept), *jobs],
        cwd=PROJECT,
        env={**os.environ, **home.env, "KONTAKTI_HOME": str(home.path)},
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    print(at, done.stdout, sep="\n", flush=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


def is_same(one: Path, other: Path) -> bool:
    """Whether two reports say the same, but for the order in which fractions were added up."""
    ours, theirs = (list(csv.reader(each.open(encoding="utf-8"))) for each in (one, other))
    return len(ours) == len(theirs) and all(
        len(left) == len(right) and all(map(_is_same_cell, left, right))
        for left, right in zip(ours, theirs, strict=True)
    )


def _is_same_cell(one: str, other: str) -> bool:
    try:
        return one == other or math.isclose(float(one), float(other), rel_tol=1e-12)
    except ValueError:
        return False


def test_a_backfill_gives_what_the_run_on_its_day_gave(tmp_path: Path) -> None:
    began = MONDAY.timestamp()
    exports = tmp_path / "exports"
    exports.mkdir()
    world = simulate(
        seed=5,
        days=FIRST_DAYS,
        contacts_per_day=CONTACTS_PER_DAY,
        until=int(began),
        after_days=LATER_DAYS,
    )
    clock = FrozenClock(int(began))
    with SandboxServer(world, clock) as server:
        home = Home(
            tmp_path / "home",
            {
                **server.env(),
                "KONTAKTI_SOURCES": "zendesk,twilio,hubspot,typeform,files",
                "KONTAKTI_FILES": str(PROJECT / "examples" / "sandbox" / "files.yml"),
                "KONTAKTI_DATA": str(exports),
            },
        )
        home.path.mkdir()
        for morning, jobs in MORNINGS.items():
            clock.advance(int(morning.timestamp()) - int(clock.now()))
            write_exports(world, exports, int(morning.timestamp()))
            run_jobs(home, morning, tmp_path / "kept", jobs)
        shown = home.fingerprints()
        run_jobs(home, THURSDAY, tmp_path / "unused", RUN_AGAIN)
        assert home.fingerprints() == shown, "readers of the marts never see them go back"
    differ = {}
    for cadence, period in (each.split() for each in RUN_AGAIN):
        name = f"{cadence}-{period}"
        then = Home(tmp_path / "kept" / name, {})
        again = Home(home.path / "periods" / name, {})
        ours, theirs = then.fingerprints(), again.fingerprints()
        assert len(theirs) > 20
        assert cadence not in MARTS_OF or any(MARTS_OF[cadence] in table for table in theirs)
        differ[name] = {table for table in theirs if theirs[table] != ours.get(table)}
        reports = sorted((again.path / "reports").glob("*.csv"))
        assert reports
        differ[name] |= {
            each.name for each in reports if not is_same(each, then.path / "reports" / each.name)
        }
        rows = sum(count for count, _ in theirs.values())
        print(f"{name}: {len(theirs)} tables, {rows} rows, {len(reports)} reports,"
              f" {len(differ[name])} differ: {sorted(differ[name])}")  # fmt: skip
    assert not any(differ.values()), differ
    later = home.fingerprints()
    before = Home(tmp_path / "kept" / "daily-2026-03-29", {}).fingerprints()
    assert later["core.fct_contact"] != before["core.fct_contact"]
