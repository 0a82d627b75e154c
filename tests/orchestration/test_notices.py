"""A failed run is told once, whoever notices it, and no message or log line holds a secret."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest

from alerts.send import services
from orchestration.defs.alerts import build_definitions
from orchestration.instance import open_instance
from orchestration.notices import send_due, tell_failed_run
from orchestration.redaction import without_secrets
from orchestration.run import run_definition
from orchestration.settings import Settings
from tests.webhook import webhook


@dg.op
def land_zendesk() -> None:
    raise dg.Failure("zendesk.tickets: hunter2-hunter2 is wrong, says anna@example.org")


@dg.job(executor_def=dg.in_process_executor)
def daily() -> None:
    land_zendesk()


def test_the_sensor_and_the_process_that_ran_it_tell_a_webhook_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(home=tmp_path)
    monkeypatch.setenv("SOURCES__ZENDESK__API_TOKEN", "hunter2-hunter2")
    summary = run_definition(daily, settings)
    sensors = build_definitions(settings)
    with webhook() as hook, open_instance(settings) as instance:
        monkeypatch.setenv("KONTAKTI_ALERT_URLS", hook.address)
        assert tell_failed_run(settings, summary.job, summary.run_id, summary.failure)
        run = instance.get_run_by_id(summary.run_id)
        assert run is not None
        failed = instance.all_logs(summary.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)[-1]
        assert failed.dagster_event is not None
        context = dg.build_run_status_sensor_context(
            "failed_runs", failed.dagster_event, instance, run
        ).for_run_failure()
        with context:
            sensors.resolve_sensor_def("failed_runs")(context)
        sensors.resolve_sensor_def("outbox")(dg.build_sensor_context(instance))
        assert send_due(settings, services()) == (0, 0)
    (posted,) = hook.posted
    assert "Job daily failed" in posted
    assert "land_zendesk: zendesk.tickets: *** is wrong, says ***" in posted
    assert summary.run_id in posted


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("no user anna.b+x@example.co.uk here", "no user *** here"),
        ("called +358 40 123 4567, twice", "called ***, twice"),
        ("called 040 123 4567", "called ***"),
        (
            "posting to mailtos://me:pw@smtp.example.org/",
            "posting to mailtos://***smtp.example.org/",
        ),
        ("at 2026-04-15 12:30:00 load 1699999999.123456 of 12345678 rows", None),
        ("run 0c1d2e3f-1111-4222-8333-944455556666", None),
    ],
)
def test_people_and_passwords_are_masked_and_times_and_ids_are_not(
    text: str, left: str | None
) -> None:
    assert without_secrets(text) == (left or text)
