"""The query service answers as the command does, only sooner, and goes when it is not needed."""

from __future__ import annotations

import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from semantic import client, service
from semantic.client import ask, socket_path
from semantic.commands import layer_of
from semantic.home import PROJECT
from semantic.service import Service, alone

OFFERED = ["query", "--metrics", "contacts_offered", "--csv"]
GOAL_SECONDS = 2.0


@pytest.fixture(scope="module")
def home(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own, whose service ends when its socket is taken away."""
    home = tmp_path_factory.mktemp("warm")
    (home / "serving").mkdir()
    shutil.copy(database, home / "serving" / "marts.duckdb")
    yield home
    socket_path(home).unlink(missing_ok=True)


def typed(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as a person types it."""
    return subprocess.run(
        [sys.executable, "-m", "semantic", *arguments],
        cwd=PROJECT, env={"KONTAKTI_HOME": str(home)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_warm_answer_takes_less_than_two_seconds(home: Path) -> None:
    assert typed(home, *OFFERED).stdout.split() == ["contacts_offered", "8"]
    took = []
    for _ in range(3):
        began = time.monotonic()
        assert typed(home, *OFFERED).stdout.split() == ["contacts_offered", "8"]
        took.append(time.monotonic() - began)
    assert min(took) < GOAL_SECONDS, took


def test_a_mistake_is_told_as_without_a_service(home: Path) -> None:
    done = typed(home, "query", "--metrics", "servicelevel")
    assert done.returncode == 1
    assert "Did you mean service_level" in done.stderr
    assert done.stdout == ""
    refused = typed(home, "query", "--metrics", "service_level", "--group-by", "agent__team")
    assert refused.returncode == 1
    assert "Allowed: " in refused.stderr
    assert typed(home, "query", "--metric", "nps").returncode == 2


def test_a_new_publish_is_what_the_next_answer_tells_of(home: Path) -> None:
    published = home / "serving" / "marts.duckdb"
    beside = Path(shutil.copy(published, home / "next.duckdb"))
    with duckdb.connect(str(beside)) as writer:
        writer.execute("delete from core.fct_contact where channel <> 'chat'")
    before = ask(home, OFFERED)
    beside.replace(published)
    after = ask(home, OFFERED)
    assert before is not None
    assert after is not None
    assert [before["out"].split()[-1], after["out"].split()[-1]] == ["8", "1"]


@contextmanager
def listening(path: Path, idle_seconds: float = 60.0) -> Iterator[threading.Thread]:
    """A service in this process."""
    listener = Service(path, idle_seconds)
    thread = threading.Thread(target=listener.run)
    thread.start()
    try:
        yield thread
    finally:
        path.unlink(missing_ok=True)
        thread.join()
        listener.server_close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that looks around often and runs nothing."""
    monkeypatch.setattr(service, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(service, "run", lambda asked: {"status": 0, "out": str(asked), "err": ""})
    monkeypatch.setattr(service, "work_ahead", lambda: iter(()))


@pytest.mark.usefixtures("quick")
def test_only_its_owner_can_ask_and_only_one_answers(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    with alone(path) as first, alone(path) as second, listening(path):
        assert (first, second) == (True, False)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert ask(tmp_path, ["metrics"]) == {"status": 0, "out": "['metrics']", "err": ""}


@pytest.mark.usefixtures("quick")
def test_it_ends_when_nobody_asks_or_its_home_is_gone(tmp_path: Path) -> None:
    path = socket_path(tmp_path)
    with listening(path, idle_seconds=0.1) as thread:
        thread.join(timeout=5)
        assert not thread.is_alive()
        assert not path.exists()
    with listening(path) as thread:
        path.unlink()
        thread.join(timeout=5)
        assert not thread.is_alive()


@pytest.mark.usefixtures("quick")
def test_it_ends_when_a_client_of_another_version_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other code on the disk is another version, also of a service that was started before."""
    path = socket_path(tmp_path)
    started: list[Path] = []

    def start(home: Path, path: Path, arguments: list[str]) -> None:
        del path, arguments
        started.append(home)

    monkeypatch.setattr(client, "_answer_of_new", start)
    with listening(path) as thread:
        for module in (client, service):
            monkeypatch.setattr(module, "version", lambda: "newer")
        assert ask(tmp_path, ["metrics"]) is None
        assert started == [tmp_path]
        thread.join(timeout=5)
        assert not thread.is_alive()


def test_it_prepares_what_may_be_asked_while_nobody_asks(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_HOME", str(database.parent.parent))
    ahead = service.work_ahead()
    next(ahead)
    layer = layer_of()
    assert "_engine" in layer.__dict__, "MetricFlow is loaded"
    monkeypatch.setattr(layer, "_write", lambda question: f"-- {question.saved}")
    monkeypatch.setattr(layer._written, "read", lambda asked: None)
    kept: list[str] = []
    monkeypatch.setattr(layer._written, "keep", lambda asked, sql: kept.append(sql))
    steps = len(list(ahead))
    assert kept == [f"-- {name}" for name in layer.saved_queries]
    assert steps == len(kept)


def test_a_home_that_cannot_have_one_is_asked_without(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    assert ask(deep, OFFERED) is None
    assert ask(tmp_path / "none", OFFERED) is None
