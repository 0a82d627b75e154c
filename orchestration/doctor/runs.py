"""What ran: each job's last run, the live process, the messages that wait."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.instance.ref import InstanceRef

from alerts.send import VARIABLE, name_of
from alerts.store import FILE_NAME
from orchestration.doctor.finding import Finding, fail, ok, warn
from orchestration.doctor.locks import holders
from orchestration.live_home import LiveHome
from orchestration.live_supervisor import HUNG_SECONDS, STARTING_SECONDS
from orchestration.periods import BEGINNINGS
from orchestration.run_marks import is_dead
from orchestration.settings import Settings

JOBS = (*BEGINNINGS, "realtime", "maintenance")
# The daemon looks every half minute, a live process twice a second.
SENT_WITHIN = timedelta(minutes=5)


def last_runs(settings: Settings) -> Iterator[Finding]:
    """The newest run of each job."""
    if not (settings.dagster_home / "dagster.yaml").exists():
        yield warn("runs", "no job has run in this home", "python -m orchestration.run daily")
        return
    ref = InstanceRef.from_dir(str(settings.dagster_home))
    with dg.DagsterInstance.from_ref(ref) as instance:
        found = False
        for name in JOBS:
            records = instance.get_run_records(dg.RunsFilter(job_name=name), limit=1)
            for record in records:
                found = True
                yield _run(name, record, is_dead(settings.dagster_home, record.dagster_run.run_id))
    if not found:
        yield warn("runs", "no job has run in this home", "python -m orchestration.run daily")


def live(settings: Settings) -> Iterator[Finding]:
    """The live process, where one is asked for or there was one."""
    home = LiveHome(settings.home_dir)
    beat, working = home.heartbeat(), bool(holders(home.lock))
    if not working:
        if settings.live:
            yield fail(
                "live",
                "KONTAKTI_LIVE is on and no live process runs",
                "Start the daemon (make ui), and there its sensor live_path if somebody stopped it",
                "live-path",
            )
        else:
            yield ok("live", "not asked for (KONTAKTI_LIVE)")
        return
    silent = time.time() - beat.at if beat else 0.0
    if beat is None or silent <= (HUNG_SECONDS if beat.cycles else STARTING_SECONDS):
        said = f"at work, {beat.cycles if beat else 0} cycles, {silent:.0f} s ago"
        if failed := (home.last_cycle() or {}).get("failed_tests"):
            yield fail(
                "live",
                f"{said}, and publishes nothing: {', '.join(failed)} fails",
                "Mend the rows or the rule",
                "live-path",
            )
        else:
            yield ok("live", said)
        return
    yield fail(
        "live",
        f"process {beat.pid} has been {beat.phase} for {silent:.0f} s",
        "The sensor live_path ends it; without a daemon, end it by its id",
        "live-path",
    )


def messages(settings: Settings) -> Iterator[Finding]:
    """Messages of alerts and failed runs that a service of this environment has not taken."""
    addresses = os.environ.get(VARIABLE, "").split()
    if not addresses:
        yield ok("alerts", f"nobody is told ({VARIABLE} is empty)")
        return
    tried, waiting = _not_taken(settings.home_dir / FILE_NAME, [name_of(one) for one in addresses])
    if tried:
        yield warn(
            "alerts",
            f"{tried} messages were tried and not taken",
            f"Check the addresses in {VARIABLE}: each service must take a message",
            "alerts",
        )
    if waiting:
        yield warn(
            "alerts",
            f"{waiting} messages wait and nobody sends them",
            "Start the daemon (make ui), whose sensor outbox does",
            "alerts",
        )
    if not tried and not waiting:
        yield ok("alerts", "every message was taken")


def _not_taken(path: Path, services: list[str]) -> tuple[int, int]:
    """Messages that were tried in vain, and that have waited for a first try for too long."""
    if not path.exists():
        return 0, 0
    late = datetime.now(UTC).replace(tzinfo=None) - SENT_WITHIN
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        # A service that is no longer told has taken no message since, and need not.
        row: tuple[int, int] = connection.execute(
            "select count(attempts), count(*) filter (where attempts is null and written_at < ?)"
            " from outbox, json_each(?) as service left join delivery"
            " on delivery.message_id = outbox.message_id and delivery.service = service.value"
            " where sent_at is null",
            (late.isoformat(sep=" "), json.dumps(services)),
        ).fetchone()
    return row


def _run(name: str, record: dg.RunRecord, is_left: bool) -> Finding:
    run = record.dagster_run
    at = record.end_time or record.start_time or record.create_timestamp.timestamp()
    when = datetime.fromtimestamp(at, UTC)
    said = f"{name}: {run.status.value.lower()} {when:%Y-%m-%d %H:%M} UTC"
    if run.status == dg.DagsterRunStatus.FAILURE:
        return fail(
            "runs", said, f"Read the failed step (make ui, run {run.run_id[:8]}), mend, run again"
        )
    if is_left:
        return warn(
            "runs",
            f"{said}, and its process is gone",
            f"python -m orchestration.run {name}: it ends the dead run first",
            "crashed-run",
        )
    return ok("runs", said)
