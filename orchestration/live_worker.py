"""The live path: one warm process that lands, builds, tests and publishes, over and over.

Inputs: the vendors that tell of contacts as they happen, the home's lake. Outputs, each cycle:
`<home>/serving/live.duckdb`, one line in `<home>/live/cycles.jsonl`, a heartbeat, and the events
that show the cycle in Dagster.

    thread a source:  vendor ─dlt─▶ <home>/live/lake        (waits for its own vendor only)
    this thread:      both lakes ─▶ live models ─▶ tests ─▶ serving/live.duckdb ─▶ Dagster

What lands here lands again with the daily job, from the vendor: the live lake is a cache of the
hours since then, so neither waits for the other's locks, and the lake keeps few and large files.

Run alone: `python -m orchestration.live_worker`; Dagster's sensor `live_path` starts it and starts
it again when it dies or hangs (`orchestration.live_supervisor`).
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from ingestion import pipelines
from ingestion.errors import IngestionError
from ingestion.lake_lock import reading
from live.plan import DATABASE, live_plan
from live.store import LiveStore, TestResult
from orchestration import parsed_dbt
from orchestration.failures import is_full_disk
from orchestration.live_alerts import LiveAlerts
from orchestration.live_home import LiveHome
from orchestration.logs import set_up
from orchestration.redaction import without_secrets
from orchestration.settings import DBT_PROJECT_DIR, Settings, settings_or_exit
from orchestration.translators import LIVE_TABLES
from semantic.parse import PARSE_CACHE, fingerprint, prepare_manifest
from serving.errors import ServingError
from serving.publish import PublishReport, publish_open

# Zendesk answers ten export requests a minute, and a landing makes one, of the events.
PAUSES: Mapping[str, float] = {"zendesk": 6.5, "twilio": 2.0}
LONGEST_PAUSE = 60.0
REST_EVERY = timedelta(hours=1)
# A landing looks a little further back than the lake is known: records arrive late.
OVERLAP = timedelta(minutes=10)
# A live lake older than this is begun again where the daily job has got to.
LIVE_LAKE_AGE = timedelta(hours=20)
IDLE_SECONDS = 0.5
# Between two looks whether a full disk has room again.
FULL_SECONDS = 5.0
# A look at the marts takes milliseconds and comes before the next cycle, as that does before a
# daily run (`orchestration.executor`).
STEP_BACK = 5
log = logging.getLogger(__name__)


@dataclass
class SourceState:
    """What is known of one source's landing, shared between its thread and the cycles."""

    name: str
    landed: int = 0
    read_at: float = 0.0
    seconds: float = 0.0
    failure: str = ""


@dataclass
class Lander:
    """Lands one source over and over in a thread of its own."""

    state: SourceState
    pause: float
    news: threading.Event
    stop: threading.Event
    _rest_at: float = field(default=0.0)

    def run(self) -> None:
        """Land until told to stop."""
        pause = self.pause
        while not self.stop.is_set():
            began = time.time()
            try:
                self._land()
                pause = self.pause
            except Exception as error:
                # Whatever it is (a full disk, say), the source is tried again, though not harder.
                self.state.failure = without_secrets(str(error))
                if not isinstance(error, IngestionError):
                    log.exception("%s could not be landed", self.state.name)
                pause = min(LONGEST_PAUSE, pause * 2)
            self.state.seconds = time.time() - began
            self.news.set()
            self.stop.wait(max(0.0, began + pause - time.time()))

    def _land(self) -> None:
        name = self.state.name
        began = time.time()
        # The rest has the reference lists, which change about once a month.
        is_rest = began >= self._rest_at
        report = pipelines.land(
            name, tables=None if is_rest else LIVE_TABLES[name], frequent=not is_rest
        )
        if is_rest:
            self._rest_at = began + REST_EVERY.total_seconds()
        self.state.landed, self.state.read_at, self.state.failure = report.total_rows, began, ""


@dataclass(frozen=True)
class Cycle:
    """What one cycle did.

    Attributes:
        number: Counted from the start of the process.
        published_at: When readers could see it (unix seconds).
        rows: Landed rows taken in.
        built: Models built.
        seconds: Seconds of each phase.
        failed_tests: dbt tests with failing rows; nothing is published then.
        published: What was published; None when nothing was.
    """

    number: int
    published_at: float
    rows: int
    built: int
    seconds: Mapping[str, float]
    failed_tests: tuple[TestResult, ...]
    published: PublishReport | None


class AlreadyRunningError(RuntimeError):
    """Another live process works on this home."""


class LiveWorker:
    """One live process on one home."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.home = LiveHome(settings.home_dir)
        self.stop = threading.Event()
        self.news = threading.Event()
        self.states = [SourceState(name) for name in LIVE_TABLES if name in settings.sources]
        self.cycles = 0
        # What is built and not shown yet: a full disk may keep it waiting.
        self.is_owed = False
        self.failed: tuple[TestResult, ...] = ()
        self.alerts = LiveAlerts(settings)
        self.began = time.time()

    def run(self) -> None:
        """Work until told to stop.

        Raises:
            AlreadyRunningError: Another process holds this home's live path.
        """
        with self._alone():
            self.home.beat("starting", 0)
            plan = live_plan(
                DBT_PROJECT_DIR,
                self.settings.home_dir,
                fingerprint(DBT_PROJECT_DIR),
                parsed_dbt.command(prepare_manifest(DBT_PROJECT_DIR).with_name(PARSE_CACHE)),
                {},
            )
            self._begin_lake()
            store = LiveStore(plan, [self.settings.home_dir / "lake", self.home.lake])
            landers = [
                Lander(state, PAUSES[state.name], self.news, self.stop) for state in self.states
            ]
            threads = [
                threading.Thread(target=work, daemon=True)
                for work in (self._tell, *(lander.run for lander in landers))
            ]
            for thread in threads:
                thread.start()
            try:
                self._cycle_until_stopped(store)
            finally:
                self.stop.set()
                for thread in threads:
                    thread.join(timeout=5)
                store.close()
                self._beat("stopped")

    def _cycle_until_stopped(self, store: LiveStore) -> None:
        from orchestration.live_report import Reporter  # noqa: PLC0415 - Dagster, once per process

        with Reporter(self.settings) as reporter:
            prune_at = time.monotonic() + REST_EVERY.total_seconds()
            # What the lake knows already need not wait for the vendors.
            self.news.set()
            while not self.stop.is_set():
                self._beat("waiting")
                if not self.news.wait(IDLE_SECONDS):
                    continue
                self.news.clear()
                try:
                    if time.monotonic() >= prune_at:
                        store.prune()
                        self.home.turn_log()
                        prune_at = time.monotonic() + REST_EVERY.total_seconds()
                    cycle = self.cycle(store)
                    if cycle is not None:
                        watermarks = source_rows(store)
                        self.home.note(self._line(watermarks, cycle))
                        reporter.report(cycle, watermarks, self.states)
                except (OSError, ServingError, sqlite3.OperationalError) as error:
                    if not is_full_disk(error, self.settings.home_dir):
                        raise
                    # A new process would read everything again, and find no room either.
                    log.error("The disk of %s is full: make room", self.settings.home_dir)
                    self.stop.wait(FULL_SECONDS)
                    self.news.set()

    def cycle(self, store: LiveStore) -> Cycle | None:
        """Take what has landed, build, test, publish; None when there is nothing new to show."""
        began = time.monotonic()
        self._beat("taking")
        with reading(self.settings.home_dir):
            rows = store.take()
        if rows == 0 and not self.is_owed:
            # A landing that failed is news too: its source may have become stale.
            if self.cycles:
                self._look(store)
            return None
        self.is_owed = True
        taken = time.monotonic()
        self._beat("building")
        built = store.build()
        done = time.monotonic()
        self.failed = tuple(result for result in store.test() if result.failures)
        tested = time.monotonic()
        published = None
        self._look(store)
        if not self.failed:
            self._beat("publishing")
            published = publish_open(store.connection, DATABASE, self.settings.home_dir, "live")
        self.is_owed = False
        self.cycles += 1
        return Cycle(
            number=self.cycles,
            published_at=time.time(),
            rows=rows,
            built=len(built),
            seconds={
                "take": round(taken - began, 3),
                "build": round(done - taken, 3),
                "test": round(tested - done, 3),
                "publish": round(time.monotonic() - tested, 3),
            },
            failed_tests=self.failed,
            published=published,
        )

    def _look(self, store: LiveStore) -> None:
        """Look at the alert rules; figures that fail their tests are not judged."""
        self.alerts.look(store.connection, self.ages(), not self.failed)

    def _beat(self, phase: str) -> None:
        """Give a sign of life, on a full disk too: a process that gives none is ended."""
        try:
            self.home.beat(phase, self.cycles)
        except OSError as error:
            if not is_full_disk(error, self.settings.home_dir):
                raise
            self.home.touch()

    def _tell(self) -> None:
        """Send messages: no wallboard waits for a service that does not answer."""
        while not self.stop.wait(IDLE_SECONDS):
            try:
                self.alerts.send()
            except Exception:
                log.exception("Messages could not be sent")

    def ages(self) -> dict[str, float]:
        """Seconds since each source was last read, or since this process began."""
        now = time.time()
        return {state.name: now - (state.read_at or self.began) for state in self.states}

    def _line(
        self, watermarks: Sequence[tuple[str, datetime, int]], cycle: Cycle
    ) -> dict[str, Any]:
        return {
            "cycle": cycle.number,
            "published_at": datetime.fromtimestamp(cycle.published_at, UTC).isoformat(),
            "rows": cycle.rows,
            "built": cycle.built,
            "seconds": dict(cycle.seconds),
            "failed_tests": [result.name for result in cycle.failed_tests],
            "is_published": cycle.published is not None,
            "sources": {
                state.name: {
                    "read_seconds_ago": round(cycle.published_at - state.read_at, 2)
                    if state.read_at
                    else None,
                    "landing_seconds": round(state.seconds, 2),
                    "failure": state.failure,
                }
                for state in self.states
            },
            "watermarks": {
                name: {"watermark_at": str(at), "behind_seconds": behind}
                for name, at, behind in watermarks
            },
        }

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the home's live path; the system gives it back when the process dies."""
        self.home.folder.mkdir(parents=True, exist_ok=True)
        with self.home.lock.open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunningError(
                    f"Another process runs the live path of {self.settings.home_dir}; its"
                    f" heartbeat is {self.home.heartbeat_file}."
                ) from None
            yield

    def _begin_lake(self) -> None:
        """Point the landings at the live lake, begun where the lake of the home is known to."""
        known = known_until(self.settings.home_dir / "lake")
        begun = self.home.begun_at()
        if begun is None or (known is not None and known - begun > LIVE_LAKE_AGE):
            self.home.forget()
            self.home.begin(known or datetime(1970, 1, 1))  # noqa: DTZ001 - naive UTC
            begun = known
        # Landing reads its folder and its start from the environment.
        os.environ["KONTAKTI_HOME"] = str(self.home.folder)
        if begun is not None and begun.year > 1970:
            since = (begun - OVERLAP).isoformat() + "Z"
            for name in LIVE_TABLES:
                os.environ[f"SOURCES__{name.upper()}__START_DATE"] = since


def known_until(lake: Path) -> datetime | None:
    """How far the lake is known of the live sources; None where nothing has landed."""
    marks = []
    for name, tables in LIVE_TABLES.items():
        files = [str(file) for file in (lake / name / "watermarks").glob("*/*.parquet")]
        if not files:
            continue
        wanted = ", ".join(f"'{table}'" for table in tables)
        with duckdb.connect() as connection:
            landed = connection.read_parquet(files, hive_partitioning=False)
            row = landed.query(
                "landed",
                "select min(known) from (select max(watermark_at) as known from landed"  # noqa: S608
                f" where resource in ({wanted}) group by resource) as by_resource",
            ).fetchone()
        marks += [row[0]] if row and row[0] else []
    return min(marks) if marks else None


def source_rows(store: LiveStore) -> list[tuple[str, datetime, int]]:
    """Source, watermark and seconds behind, as the live marts show them."""
    return store.connection.execute(
        "select source_system, watermark_at, behind_seconds"  # noqa: S608 - a constant
        f" from {DATABASE}.realtime.kpi_realtime_sources order by 1"
    ).fetchall()


def main() -> int:
    """Run the live path until SIGTERM or SIGINT."""
    settings = settings_or_exit()
    set_up()
    os.nice(STEP_BACK)
    worker = LiveWorker(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop.set())
    try:
        worker.run()
    except (AlreadyRunningError, ServingError) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
