"""A dbt that waits takes the first command, and only while somebody waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from orchestration.hand_to_dbt import KILLED
from orchestration.waiting_dbt import waiting_dbt
from semantic.parse import PARSE_CACHE, parsed_folder, prepare_manifest

PROJECT = """
name: tiny
profile: tiny
"""
PROFILES = """
tiny:
  target: dev
  outputs:
    dev: {type: duckdb, path: "{{ env_var('KONTAKTI_HOME') }}/tiny.duckdb"}
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "models").mkdir()
    (folder / "dbt_project.yml").write_text(PROJECT)
    (folder / "profiles.yml").write_text(PROFILES)
    (folder / "models" / "said.sql").write_text("select '{{ env_var(\"SAID\") }}' as said")
    (folder / "models" / "slow.sql").write_text("select count(*) from range(1000000000000)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KONTAKTI_HOME", str(folder))
        patch.setenv("SAID", "while parsing")
        prepare_manifest(folder)
    return folder


def build(
    executable: str, project: Path, model: str, said: str, **more: str
) -> subprocess.Popen[str]:
    environment = {"KONTAKTI_HOME": str(project), "SAID": said, "DBT_PROFILES_DIR": "."}
    return subprocess.Popen(
        [executable, "--no-use-colors", "build", "--select", model, "--target-path", "target/run"],
        cwd=project,
        env={**os.environ, **environment, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def in_the_middle_of_a_build(executable: str, project: Path) -> subprocess.Popen[str]:
    """A build whose only model runs, and does not end."""
    command = build(executable, project, "slow", "")
    assert command.stdout is not None
    until(lambda: "START sql" in (command.stdout.readline() if command.stdout else ""))
    return command


def is_alive(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def waiting(project: Path) -> list[psutil.Process]:
    cache = str(parsed_folder(project) / PARSE_CACHE)
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if is_alive(process) and cache in process.cmdline()
    ]


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.slow
def test_the_first_command_is_taken_and_the_next_starts_a_dbt_of_its_own(project: Path) -> None:
    with waiting_dbt(parsed_folder(project) / PARSE_CACHE) as executable:
        (before,) = waiting(project)
        first = build(executable, project, "said", "first")
        printed, _ = first.communicate()
        assert first.returncode == 0, printed
        # The parse is what it waited with; the environment is the command's.
        assert "Completed successfully" in printed
        assert "partial" not in printed.lower()
        compiled = (project / "target/run/run/tiny/models/said.sql").read_text()
        assert "'first'" in compiled
        until(lambda: before not in waiting(project))
        second = build(executable, project, "said", "", KONTAKTI_DBT_EXECUTABLE="/bin/echo")
        assert "build --select said" in second.communicate()[0]
    assert waiting(project) == []


@pytest.mark.slow
def test_dbt_stops_when_the_process_it_works_for_does(project: Path) -> None:
    with waiting_dbt(parsed_folder(project) / PARSE_CACHE) as executable:
        (works,) = waiting(project)
        command = in_the_middle_of_a_build(executable, project)
        command.send_signal(signal.SIGKILL)
        command.wait()
        until(lambda: not is_alive(works))


@pytest.mark.slow
def test_a_dbt_that_is_killed_ends_its_command_as_killed(project: Path) -> None:
    with waiting_dbt(parsed_folder(project) / PARSE_CACHE) as executable:
        (works,) = waiting(project)
        command = in_the_middle_of_a_build(executable, project)
        works.kill()
        assert command.wait() == KILLED


def test_one_in_the_middle_of_a_build_does_not_hold_up_a_run_that_has_failed(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def never_ends(_: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen([sys.executable, "-c", "import time; time.sleep(60)"], stdin=-1))
        return started[-1]

    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", never_ends)
    monkeypatch.setattr("orchestration.waiting_dbt.ENDS_SECONDS", 0.1)
    with pytest.raises(OSError, match="full"), waiting_dbt(parsed_folder(project) / PARSE_CACHE):
        raise OSError("the disk is full")
    assert started[0].returncode == -signal.SIGKILL


def test_without_a_parse_nothing_waits(tmp_path: Path) -> None:
    before = psutil.Process().children()
    with waiting_dbt(tmp_path / PARSE_CACHE) as executable:
        assert Path(executable).name == "dbt"
        assert psutil.Process().children() == before
