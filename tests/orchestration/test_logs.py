"""Log lines are structured where asked for, and hold no secret and nobody's address."""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.

import json
import logging
from pathlib import Path

import dagster as dg
import pytest

from orchestration.defs.cadences import CRONS
from orchestration.defs.maintenance import JOB
from orchestration.logs import LOGGERS, be_the_default, console, set_up
from orchestration.run import run_definition
from orchestration.settings import Settings

SECRETS = ("hunter2-hunter2", "anna@example.org", "+358 40 123 4567")
SAID = f"token {SECRETS[0]} of {SECRETS[1]}, {SECRETS[2]}"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__ZENDESK__API_TOKEN", SECRETS[0])


@dg.op
def land_zendesk(context: dg.OpExecutionContext) -> None:
    context.log.info(SAID)
    logging.getLogger("a.library").warning(SAID)
    raise ValueError(SAID)


@dg.job(executor_def=dg.in_process_executor, logger_defs={"console": console}, config=LOGGERS)
def daily() -> None:
    land_zendesk()


@pytest.mark.parametrize("form", ["json", "text"])
def test_a_runs_log_has_fields_and_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setenv("KONTAKTI_LOG_FORMAT", form)
    # As in a run from the command line, where nobody takes what a library logs.
    monkeypatch.setattr(logging.getLogger("a.library"), "propagate", False)
    monkeypatch.setattr(logging, "lastResort", logging.lastResort)
    be_the_default()
    summary = run_definition(daily, Settings(home=tmp_path))
    text = summary.log_path.read_text()
    # The failure is what the command line prints, and what a cron mail keeps.
    for told in (text, summary.failure):
        assert "token *** of ***, ***" in told
        assert not [secret for secret in SECRETS if secret in told]
    if form == "json":
        lines = [json.loads(line) for line in text.splitlines()]
        said, warned = [line for line in lines if line["message"].startswith("token")]
        assert warned["logger"] == "a.library"
        fields = (said["level"], said["run_id"], said["job"], said["step"])
        assert fields == ("info", summary.run_id, "daily", "land_zendesk")
        assert any(line.get("error", "").startswith("ValueError: token ***") for line in lines)


@dg.job(executor_def=dg.in_process_executor)
def by_hand() -> None:
    land_zendesk()


def test_a_run_without_run_config_logs_this_way_too(tmp_path: Path) -> None:
    text = run_definition(by_hand, Settings(home=tmp_path)).log_path.read_text()
    assert "token *** of ***, ***" in text
    assert not [secret for secret in SECRETS if secret in text]


def test_every_job_logs_this_way(defs: dg.Definitions) -> None:
    found = {}
    for name in (*CRONS, JOB):
        job = defs.resolve_job_def(name)
        found[name] = job.run_config
        if job.partitions_def:
            key = job.partitions_def.get_first_partition_key()
            found[name] = job.get_run_config_for_partition_key(str(key))
    assert found == dict.fromkeys((*CRONS, JOB), LOGGERS)


def test_a_process_of_ours_logs_its_errors_the_same_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KONTAKTI_LOG_FORMAT", "json")
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        set_up()
        try:
            raise RuntimeError(SAID)
        except RuntimeError:
            logging.getLogger("live").exception("a cycle failed")
    finally:
        root.handlers, root.level = before
    line = json.loads(capsys.readouterr().err)
    assert (line["level"], line["logger"], line["message"]) == ("error", "live", "a cycle failed")
    assert "RuntimeError: token *** of ***, ***" in line["error"]
