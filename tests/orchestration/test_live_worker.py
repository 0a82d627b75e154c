"""The live process is alone on its home, publishes what passes its tests, and tells Dagster."""

from __future__ import annotations

import errno
import json
import os
import threading
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from ingestion.errors import VendorFailed
from live.store import TestResult as Outcome
from orchestration import live_worker
from orchestration.instance import open_instance
from orchestration.live_home import Heartbeat, LiveHome
from orchestration.live_report import Reporter
from orchestration.live_worker import AlreadyRunningError, Cycle, Lander, LiveWorker, SourceState
from orchestration.settings import Settings
from orchestration.translators import LIVE_CHECK, LIVE_KEY
from serving.errors import ServingError
from serving.publish import PublishedTable, PublishReport

PUBLISHED = PublishReport(
    path=Path("live.duckdb"),
    as_of_at=datetime(2026, 4, 15, 12),
    tables=(PublishedTable("realtime.kpi_realtime_queues", 7, is_view=False),),
    size_bytes=1,
    seconds=0.1,
)
FULL = OSError(errno.ENOSPC, "No space left on device")
FAILED = Outcome("unique_key", "kpi_realtime_queues", 2)


@dataclass
class Store:
    """Stands for the live store: so many rows arrive, and so many fail the test."""

    rows: int = 5
    failures: int = 0
    connection: Any = None

    def take(self) -> int:
        return self.rows

    def build(self) -> list[str]:
        return ["kpi_realtime_queues"]

    def test(self) -> list[Outcome]:
        return [Outcome("unique_key", "kpi_realtime_queues", self.failures)]


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveWorker:
    monkeypatch.delenv("KONTAKTI_ALERT_URLS", raising=False)
    worker = LiveWorker(Settings(home=tmp_path, sources=("zendesk", "twilio")))
    monkeypatch.setattr(worker.alerts, "look", lambda *_: None)
    monkeypatch.setattr(live_worker, "publish_open", lambda *_: PUBLISHED)
    return worker


def test_a_second_process_on_the_home_ends_at_once(worker: LiveWorker) -> None:
    other = LiveWorker(worker.settings)
    said = "Another process runs the live path"
    with worker._alone(), pytest.raises(AlreadyRunningError, match=said):
        other.run()
    with other._alone():
        assert True, "the lock went with its holder"


def test_without_the_note_of_its_beginning_the_live_lake_is_begun_afresh(
    worker: LiveWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("KONTAKTI_HOME", "SOURCES__ZENDESK__START_DATE", "SOURCES__TWILIO__START_DATE"):
        monkeypatch.setenv(name, "")
    worker.home.begin(datetime(2026, 4, 15))
    landed = worker.home.lake / "zendesk" / "tickets"
    landed.mkdir(parents=True)
    worker._begin_lake()
    assert landed.is_dir()
    (worker.home.folder / "begun.json").unlink()
    worker._begin_lake()
    assert not landed.exists()
    assert worker.home.begun_at() is not None


def test_what_fails_a_test_is_not_published(worker: LiveWorker) -> None:
    assert worker.cycle(Store(rows=0)) is None
    good, bad = worker.cycle(Store()), worker.cycle(Store(failures=2))
    assert good is not None
    assert bad is not None
    assert (good.number, good.rows, good.built, good.published) == (1, 5, 1, PUBLISHED)
    assert (bad.number, bad.failed_tests, bad.published) == (2, (FAILED,), None)
    assert worker.home.heartbeat() is not None


def test_on_a_full_disk_it_goes_on_and_shows_everything_when_there_is_room(
    worker: LiveWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, answers = Store(), [FULL, FULL, None]

    def publish(*_: object) -> PublishReport:
        store.rows = 0  # What has landed is taken once.
        if error := answers.pop(0):
            raise ServingError("The copy could not be written") from error
        worker.stop.set()
        return PUBLISHED

    monkeypatch.setattr(live_worker, "FULL_SECONDS", 0)
    monkeypatch.setattr(live_worker, "publish_open", publish)
    monkeypatch.setattr(live_worker, "source_rows", lambda _: [])
    worker.news.set()
    enough = threading.Timer(20, worker.stop.set)
    enough.start()
    worker._cycle_until_stopped(store)  # type: ignore[arg-type]
    enough.cancel()
    cycle = worker.home.last_cycle()
    assert cycle is not None
    assert (cycle["cycle"], cycle["is_published"]) == (1, True)


def test_it_gives_signs_of_life_on_a_full_disk(
    worker: LiveWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise FULL

    hour_ago = Heartbeat(os.getpid(), time.time() - 3600, "building", 7)
    worker.home.heartbeat_file.parent.mkdir()
    worker.home.heartbeat_file.write_text(json.dumps(asdict(hour_ago)))
    os.utime(worker.home.heartbeat_file, (hour_ago.at, hour_ago.at))
    before = worker.home.heartbeat()
    assert before is not None
    assert before.at == pytest.approx(hour_ago.at)
    monkeypatch.setattr(worker.home, "_write", refuse)
    worker._beat("waiting")
    beat = worker.home.heartbeat()
    assert beat is not None
    assert (beat.phase, beat.at > hour_ago.at + 3000) == ("building", True)


def test_a_vendor_in_trouble_is_asked_less_often_and_then_again_as_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits: list[float] = []
    lander = Lander(SourceState("zendesk"), 10.0, threading.Event(), threading.Event())
    down = VendorFailed("zendesk", "tickets", "https://x/y", 503, 5)
    # The last is none of ours: a full disk must not end the thread either.
    answers = [down, down, OSError("No space left on device"), None, None]

    def land(name: str, *, tables: Any, frequent: bool) -> Any:
        if error := answers.pop(0):
            raise error
        return SimpleNamespace(total_rows=3)

    def wait(seconds: float) -> bool:
        waits.append(round(seconds))
        if not answers:
            lander.stop.set()
        return not answers

    monkeypatch.setattr(live_worker.pipelines, "land", land)
    monkeypatch.setattr(lander.stop, "wait", wait)
    lander.run()
    assert waits == [20, 40, 60, 10, 10]
    assert (lander.state.landed, lander.state.failure) == (3, "")
    assert lander.news.is_set()


def cycle(*failed: Outcome) -> Cycle:
    return Cycle(
        number=3,
        published_at=1_776_000_000.0,
        rows=5,
        built=1,
        seconds={"take": 0.1},
        failed_tests=failed,
        published=None if failed else PUBLISHED,
    )


def test_each_cycle_is_shown_in_dagster_and_a_failed_one_as_failed(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    states = [SourceState("zendesk", failure="zendesk.tickets: down")]
    with Reporter(settings) as reporter:
        reporter.report(cycle(), [("twilio", datetime(2026, 4, 15), 4)], states)
        reporter.report(cycle(FAILED), [], states)
    with open_instance(settings) as instance:
        event = instance.get_latest_materialization_event(LIVE_KEY)
        assert event is not None
        assert event.asset_materialization is not None
        told = {key: each.value for key, each in event.asset_materialization.metadata.items()}
        key = dg.AssetCheckKey(LIVE_KEY, LIVE_CHECK)
        records = instance.event_log_storage.get_asset_check_execution_history(key, limit=5)
    assert (told["cycle"], told["landed_rows"], told["twilio_behind_seconds"]) == (3, 5, 4)
    assert told["zendesk_failure"] == "zendesk.tickets: down"
    assert [record.status.value for record in records] == ["FAILED", "SUCCEEDED"]


def test_a_cycle_that_dagster_cannot_be_told_of_is_a_cycle_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Reporter(Settings(home=tmp_path)) as reporter:

        def refuse(_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(reporter._instance, "report_runless_asset_event", refuse)
        reporter.report(cycle(), [], [])
    assert "could not be reported" in caplog.text


def test_a_long_log_is_begun_again_while_the_process_writes_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orchestration.live_home.KEPT_BYTES", 100)
    home = LiveHome(tmp_path)
    home.folder.mkdir()
    with home.log.open("a", buffering=1) as log:
        log.write("short\n")
        home.turn_log()
        assert home.log.read_text() == "short\n"
        log.write("x" * 100 + "\n")
        home.turn_log()
        log.write("after\n")
    assert home.log.read_text() == "after\n"
    assert home.log.with_suffix(".old.log").read_text().startswith("short\nxxx")
