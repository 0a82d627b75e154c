"""The doctor tells from a broken home what is broken, and what to do."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from typer.testing import CliRunner

from alerts.send import name_of
from alerts.store import AlertStore
from ingestion.pipelines import VENDORS
from ingestion.settings import VENDOR_PAGES
from orchestration.doctor import data, locks, machine, runs
from orchestration.doctor.__main__ import app
from orchestration.doctor.finding import Check
from orchestration.instance import open_instance
from orchestration.live_home import LiveHome
from orchestration.settings import PROJECT_ROOT, Settings
from serving.publish import publish
from tests.sandbox.vendor_support import vendors

HOLD_DATABASE = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()"
HOLD_LOCK = (
    "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX);"
    " print(1, flush=True); input()"
)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("KONTAKTI_ALERT_URLS", "KONTAKTI_LIVE", "KONTAKTI_PSEUDONYM_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    return Settings(home=tmp_path, sources=("zendesk",))


def said(check: Check, settings: Settings) -> list[tuple[str, str]]:
    """Level and text of each finding."""
    return [(f.level.value, f"{f.said} -> {f.todo}") for f in check(settings)]


@contextmanager
def held(path: Path, program: str) -> Iterator[int]:
    """Another process holds a file; yields its id."""
    path.parent.mkdir(parents=True, exist_ok=True)
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        yield holder.pid
    finally:
        holder.communicate(b"\n")


def land_watermark(home: Path, known_until: datetime) -> None:
    folder = home / "lake" / "zendesk" / "watermarks" / "load_date=2026-01-01"
    folder.mkdir(parents=True)
    duckdb.sql(f"select timestamp '{known_until:%Y-%m-%d %H:%M}' as watermark_at").write_parquet(
        str(folder / "1.a.parquet")
    )


def test_a_home_that_is_no_folder_and_one_that_is_empty(settings: Settings, tmp_path: Path) -> None:
    ((level, text),) = said(data.home, settings)
    assert level == "warn"
    assert "nothing has landed" in text
    file = tmp_path / "file"
    file.touch()
    ((level, text),) = said(data.home, Settings(home=file))
    assert level == "fail"
    assert "cannot be written to" in text


def test_who_holds_the_warehouse_is_named_without_touching_it(settings: Settings) -> None:
    warehouse = settings.home_dir / "warehouse.duckdb"
    assert said(locks.locks, settings)[0][0] == "ok"
    with held(warehouse, HOLD_DATABASE) as pid:
        ((level, text),) = said(locks.locks, settings)
    assert level == "warn"
    assert f"warehouse.duckdb is held by process {pid} (python" in text
    with held(settings.home_dir / "dlt" / "zendesk.lock", HOLD_LOCK) as pid:
        ((level, text),) = said(locks.locks, settings)
    assert f"zendesk.lock is held by process {pid}" in text


def test_a_package_that_differs_from_the_lock(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(machine.packages, settings)[0][0] == "ok"
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        'duckdb==0.1.0 \\\n    --hash=sha256:0\nnot-here==1.0 ; sys_platform == "win32"\n'
    )
    monkeypatch.setattr(machine, "LOCK", lock)
    ((level, text),) = said(machine.packages, settings)
    assert level == "fail"
    assert text.startswith("1 differ from requirements.lock, such as duckdb ")


def test_a_disk_with_no_room_for_another_copy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    (settings.home_dir / "warehouse.duckdb").write_bytes(b"\0" * 2**20)
    levels = []
    for free in (10 * 2**20, 300 * 2**20, 2**40):
        monkeypatch.setattr(machine.shutil, "disk_usage", lambda _, free=free: usage(0, 0, free))
        levels.append(said(machine.disk, settings)[0][0])
    assert levels == ["fail", "warn", "ok"]


def test_a_missing_credential_says_which_variable(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "a-key-that-is-long-enough")
    monkeypatch.setenv("SOURCES__ZENDESK__API_TOKEN", "hunter2-hunter2")
    ((level, text),) = said(data.credentials, settings)
    assert level == "fail"
    assert "SOURCES__ZENDESK__" in text
    assert "hunter2" not in text


def test_a_wrong_credential_of_any_source_names_source_variable_and_page(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vendors() as sandbox:
        for name, value in sandbox.server.env().items():
            is_secret = name.endswith(("_TOKEN", "_SECRET"))
            monkeypatch.setenv(name, "hunter2-hunter2" if is_secret else value)
        every = Settings(home=settings.home_dir, sources=VENDORS)
        told = said(data.credentials, every)
        asked = {name: sandbox.server.requests.total(name) for name in VENDORS}
    assert asked == dict.fromkeys(VENDORS, 1), "one cheap call each"
    for name, (level, text) in zip(VENDORS, told, strict=True):
        assert level == "fail"
        assert text.startswith(f"{name}.credentials: ")
        assert re.search(rf"SOURCES__{name.upper()}__\w+(TOKEN|SECRET)", text), text
        assert VENDOR_PAGES[name] in text
        assert "hunter2" not in text


def test_a_load_that_was_cut_off(settings: Settings) -> None:
    assert said(data.pending, settings)[0][0] == "ok"
    left = settings.home_dir / "dlt" / "kontakti_zendesk" / "load" / "normalized" / "1699.1"
    left.mkdir(parents=True)
    ((level, text),) = said(data.pending, settings)
    assert (level, "zendesk was cut off" in text) == ("warn", True)


def test_a_source_that_stands_still_and_one_that_never_landed(settings: Settings) -> None:
    assert "never landed" in said(data.sources, settings)[0][1]
    now = datetime.now(UTC).replace(tzinfo=None)
    land_watermark(settings.home_dir, now - timedelta(days=3))
    ((level, text),) = said(data.sources, settings)
    assert (level, "3.0 days ago" in text) == ("warn", True)
    (settings.home_dir / "lake" / "zendesk" / "watermarks" / "load_date=2026-01-02").mkdir()
    duckdb.sql(f"select timestamp '{now:%Y-%m-%d %H:%M}' as watermark_at").write_parquet(
        str(settings.home_dir / "lake/zendesk/watermarks" / "load_date=2026-01-02" / "2.a.parquet")
    )
    assert said(data.sources, settings)[0][0] == "ok"


def test_marts_that_cannot_be_read_and_those_that_are_old(settings: Settings) -> None:
    assert "nothing is published" in said(data.marts, settings)[0][1]
    warehouse = settings.home_dir / "warehouse.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.fct_contact as select timestamp '2020-01-01' as as_of_at"
        )
    report = publish(settings.home_dir)
    assert said(data.marts, settings)[0][0] == "warn"
    report.path.write_bytes(b"no database")
    assert said(data.marts, settings)[0][0] == "fail"


def test_a_failed_run_and_one_whose_process_was_killed(settings: Settings) -> None:
    assert "no job has run" in said(runs.last_runs, settings)[0][1]

    @dg.job
    def daily() -> None:
        pass

    with open_instance(settings) as instance:
        instance.create_run_for_job(daily, status=dg.DagsterRunStatus.FAILURE)
        ((level, text),) = said(runs.last_runs, settings)
        assert (level, "daily: failure" in text) == ("fail", True)
        left = instance.create_run_for_job(daily, status=dg.DagsterRunStatus.STARTED)
    mark = settings.dagster_home / "running" / left.run_id
    with held(mark, HOLD_LOCK):
        assert said(runs.last_runs, settings)[0][0] == "ok"
    ((level, text),) = said(runs.last_runs, settings)
    assert (level, "its process is gone" in text) == ("warn", True)


def test_a_live_process_that_is_missing_and_one_that_hangs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert said(runs.live, settings)[0] == ("ok", "not asked for (KONTAKTI_LIVE) -> ")
    assert said(runs.live, settings.model_copy(update={"live": True}))[0][0] == "fail"
    home = LiveHome(settings.home_dir)
    with held(home.lock, HOLD_LOCK):
        home.beat("building", 7)
        assert said(runs.live, settings)[0][0] == "ok"
        later = time.time() + 300
        monkeypatch.setattr(runs.time, "time", lambda: later)
        ((level, text),) = said(runs.live, settings)
    assert (level, "has been building for 300 s" in text) == ("fail", True)


def test_a_live_process_that_publishes_nothing_since_a_test_fails(settings: Settings) -> None:
    home = LiveHome(settings.home_dir)
    with held(home.lock, HOLD_LOCK):
        home.beat("waiting", 7)
        home.note({"cycle": 6, "failed_tests": ["unique_dim_queue_queue_id"]})
        ((level, text),) = said(runs.live, settings)
        assert (level, "publishes nothing: unique_dim_queue_queue_id" in text) == ("fail", True)
        home.note({"cycle": 7, "failed_tests": []})
        assert said(runs.live, settings)[0][0] == "ok"


def test_a_message_that_nobody_takes_is_told_without_its_address(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "json://user:hunter2@127.0.0.1:1/"
    monkeypatch.setenv("KONTAKTI_ALERT_URLS", address)
    store = AlertStore(settings.home_dir)
    now = datetime.now(UTC).replace(tzinfo=None)
    store.tell("run-1", "failed", "Job daily failed", "a step", now)
    assert said(runs.messages, settings)[0][0] == "ok"
    store.deliver({name_of(address): lambda _: False}, now)
    ((level, text),) = said(runs.messages, settings)
    assert (level, "1 messages were tried" in text, "hunter2" in text) == ("warn", True, False)


def test_a_message_that_nobody_sends_waits_and_one_for_a_former_service_does_not(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_ALERT_URLS", "json://old/ json://new/")
    store = AlertStore(settings.home_dir)
    earlier = datetime.now(UTC).replace(tzinfo=None) - timedelta(minutes=10)
    store.tell("run-1", "failed", "Job daily failed", "a step", earlier)
    ((level, text),) = said(runs.messages, settings)
    assert (level, "2 messages wait and nobody sends them" in text) == ("warn", True)
    taken = {"json://old/": False, "json://new/": True}
    store.deliver({name_of(to): lambda _, is_taken=done: is_taken for to, done in taken.items()},
                  earlier)  # fmt: skip
    assert said(runs.messages, settings)[0][0] == "warn"
    monkeypatch.setenv("KONTAKTI_ALERT_URLS", "json://new/")
    assert said(runs.messages, settings) == [("ok", "every message was taken -> ")]


@pytest.mark.parametrize(("environment", "status"), [("local", 0), ("production", 1)])
def test_the_exit_status_is_one_when_something_stops_work(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, environment: str, status: int
) -> None:
    if environment != "local":
        monkeypatch.delenv("KONTAKTI_HOME")
    monkeypatch.setenv("KONTAKTI_ENVIRONMENT", environment)
    done = CliRunner().invoke(app, ["--offline"])
    assert done.exit_code == status, done.output
    assert ("fail " in done.output) is bool(status)
    assert len(done.output.splitlines()) >= (1 if status else 10)


def test_every_page_it_points_to_exists() -> None:
    folder = PROJECT_ROOT / "orchestration" / "doctor"
    text = "\n".join(path.read_text() for path in folder.glob("*.py"))
    named = set(re.findall(r'"([a-z]+(?:-[a-z]+)+)"', text)) | {"alerts", "credential", "vendor"}
    pages = {path.stem for path in (PROJECT_ROOT / "docs" / "runbook").glob("*.md")}
    assert len(named) > 5
    assert named <= pages
