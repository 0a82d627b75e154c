"""Landing as a whole: the lake's layout, declared columns, crashes, secrets, and idle runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs.runtime_configuration import RuntimeConfiguration
from filelock import FileLock
from typer.testing import CliRunner

from ingestion import schemas
from ingestion.__main__ import app
from ingestion.errors import (
    CredentialMissing,
    LandingBusy,
    SettingInvalid,
    UnknownSource,
)
from ingestion.pipelines import VENDORS, declared_tables, land, pipeline_for, source_for
from ingestion.resources import WATERMARKS
from sandbox.clock import FrozenClock
from sandbox.credentials import GENESYS_CLIENT_SECRET, TWILIO_AUTH_TOKEN, ZENDESK_API_TOKEN
from sandbox.server import MORE, SandboxServer
from sandbox.vendors.faults import Fault
from sandbox.vendors.genesys import TOKEN as GENESYS_TOKEN
from sandbox.world.records import World
from sandbox.world.simulate import simulate
from tests.ingestion.vendor_support import UNTIL, Lake, cases_shown, personal_values

PROJECT = Path(__file__).resolve().parents[2]


def test_sources_are_made_without_network_and_secrets(tmp_path: Path) -> None:
    code = """
import socket
def refuse(*args, **kwargs):
    raise AssertionError("network")
socket.socket.connect = refuse
from ingestion.pipelines import VENDORS, declared_tables, source_for
for name in VENDORS:
    assert set(source_for(name).resources) == set(declared_tables(name)), name
"""
    bare = {k: v for k, v in os.environ.items() if not k.startswith(("SOURCES__", "KONTAKTI"))}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=bare | {"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_change_of_shape_shows_in_the_file_under_review() -> None:
    reviewed = json.loads(schemas.FILE.read_text(encoding="utf-8"))
    assert reviewed == schemas.declared(), "run `python -m ingestion schemas` and look at the diff"


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_parquet_schema_is_the_declared_one(
    vendors: SandboxServer, lake: Lake, vendor: str
) -> None:
    land(vendor, tables=list(declared_tables(vendor)))
    tables = declared_tables(vendor) | {"watermarks": WATERMARKS}
    checked = 0
    for name, table in tables.items():
        for file in lake.files(vendor, name):
            schema = pq.read_schema(file)
            landed = [(f.name, f.type) for f in schema if f.name != "_dlt_load_id"]
            assert landed == [(c.name, c.arrow_type) for c in table.columns], name
            assert schema.field("_dlt_load_id").type in (
                pa.string(),
                pa.dictionary(pa.int8(), pa.string()),
            )
            checked += 1
    assert checked >= len(tables) - 2  # a centre may have no live task at an instant


def test_a_column_of_nulls_only_is_written_with_its_type(
    vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk", tables=["tickets"])
    (file,) = lake.files("zendesk", "tickets")
    column = pq.read_table(file).column("organization_id")
    assert column.null_count == len(column)
    assert column.type == pa.int64()


def test_files_lie_by_dataset_table_and_load_date(vendors: SandboxServer, lake: Lake) -> None:
    report = land("zendesk", tables=["groups"])
    (file,) = lake.files("zendesk", "groups")
    assert file.parent.name.startswith("load_date=20")
    assert report.load_id is not None
    assert file.name.startswith(report.load_id)
    rows = lake.sql("select distinct _dlt_load_id from '{lake}/zendesk/groups/*/*.parquet'")
    assert rows == [(report.load_id,)]


@pytest.mark.parametrize("vendor", VENDORS)
def test_nothing_personal_and_no_token_is_in_any_file(
    world: World, vendors: SandboxServer, lake: Lake, vendor: str
) -> None:
    land(vendor, tables=list(declared_tables(vendor)))
    secrets = ("_TOKEN", "_SECRET", "_KEY")
    tokens = [value for name, value in vendors.env().items() if name.endswith(secrets)]
    assert {ZENDESK_API_TOKEN, TWILIO_AUTH_TOKEN, GENESYS_CLIENT_SECRET} < set(tokens)
    forbidden = [*tokens, GENESYS_TOKEN, *personal_values(world)]
    for path, text in lake.texts():
        found = [value for value in forbidden if value in text]
        assert not found, (path, found[:3])


def test_a_lost_working_folder_resumes_from_the_lake(
    vendors: SandboxServer, lake: Lake, home: Path
) -> None:
    land("zendesk")
    shutil.rmtree(home / "dlt")
    assert land("zendesk").total_rows == 0


def test_a_run_that_died_before_loading_is_finished_first(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("zendesk", tables=["tickets"])
    vendors.clock.advance(86_400)
    pipeline_for("zendesk").extract(source_for("zendesk", tables=["tickets"]))
    assert len(lake.files("zendesk", "tickets")) == 1
    report = land("zendesk", tables=["tickets"])
    assert len(report.resumed) == 1
    assert report.total_rows == 0  # they came with the package that was pending
    newest = lake.newest("zendesk", "tickets", "id", "generated_at")
    assert set(newest) == cases_shown(world, vendors.clock.now())


def test_a_pending_package_that_cannot_load_is_dropped_and_its_rows_are_read_again(
    world: World, vendors: SandboxServer, lake: Lake, home: Path
) -> None:
    land("zendesk", tables=["groups"])  # dlt forgets a pending package of a lake that is not there
    pipeline_for("zendesk").extract(source_for("zendesk", tables=["tickets"]))
    (extracted,) = (home / "dlt").rglob("tickets.*.parquet")
    extracted.write_bytes(b"no parquet")
    report = land("zendesk")
    assert report.resumed == ()
    ids = [row["id"] for row in lake.rows("zendesk", "tickets")]
    assert sorted(ids) == sorted(cases_shown(world, UNTIL))


def test_a_killed_extraction_leaves_nothing_behind(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ingestion.sources import zendesk  # noqa: PLC0415

    def killed(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(zendesk, "_channel", killed)
        with pytest.raises(BaseException):  # noqa: B017, PT011 - dlt wraps the interrupt
            land("zendesk")
    land("zendesk")
    ids = [row["id"] for row in lake.rows("zendesk", "tickets")]
    assert sorted(ids) == sorted(cases_shown(world, UNTIL))


def test_one_dataset_is_landed_by_one_process_at_a_time(vendors: SandboxServer, home: Path) -> None:
    (home / "dlt").mkdir(parents=True)
    with FileLock(home / "dlt" / "zendesk.lock"), pytest.raises(LandingBusy):
        land("zendesk")


def test_missing_settings_are_all_named(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SOURCES__TWILIO__ACCOUNT_SID")
    monkeypatch.delenv("SOURCES__TWILIO__AUTH_TOKEN")
    with pytest.raises(CredentialMissing) as caught:
        land("twilio")
    assert "SOURCES__TWILIO__ACCOUNT_SID, SOURCES__TWILIO__AUTH_TOKEN" in str(caught.value)
    assert vendors.requests.total("twilio") == 0


def test_without_a_pseudonym_key_nothing_is_asked_for(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KONTAKTI_PSEUDONYM_KEY")
    with pytest.raises(CredentialMissing, match="KONTAKTI_PSEUDONYM_KEY"):
        land("hubspot")
    assert vendors.requests.total("hubspot") == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("SOURCES__ZENDESK__BASE_URL", "example.zendesk.com"),
        ("SOURCES__ZENDESK__BASE_URL", "https://me:pw@example.zendesk.com"),
        ("SOURCES__ZENDESK__START_DATE", "yesterday"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch, setting: str, value: str
) -> None:
    monkeypatch.setenv(setting, value)
    with pytest.raises(SettingInvalid, match=setting):
        land("zendesk")


def test_tables_on_request_land_where_they_are_asked_for(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("zendesk")
    monkeypatch.setenv("SOURCES__ZENDESK__ALSO", "organizations")
    report = land("zendesk")
    assert report.rows.keys() == {"organizations"}
    assert lake.files("zendesk", "ticket_metric_events") == []
    monkeypatch.setenv("SOURCES__ZENDESK__ALSO", "organizations, macros")
    with pytest.raises(SettingInvalid, match=r"names macros.*organizations, ticket_metric_events"):
        land("zendesk")


def test_an_unknown_source_is_named_with_the_known_ones() -> None:
    with pytest.raises(
        UnknownSource,
        match="zendesk, twilio, hubspot, typeform, intercom, genesys, mastodon, files",
    ):
        land("salesforce")


def test_a_centre_where_nothing_happened_lands_no_fact_files(
    home: Path, pauses: list[float], monkeypatch: pytest.MonkeyPatch, lake: Lake
) -> None:
    empty = simulate(seed=1, days=1, contacts_per_day=50, until=UNTIL, after_days=0)
    for records in (empty.contacts, empty.cases, empty.survey_answers, empty.customers):
        records.clear()  # type: ignore[attr-defined]
    empty.orders.clear()
    with SandboxServer(empty, FrozenClock(UNTIL), also=MORE) as server:
        for name, value in server.env().items():
            monkeypatch.setenv(name, value)
        for vendor in VENDORS:
            report = land(vendor)
            assert report.watermark_at is not None, vendor
    for dataset, table in [("zendesk", "tickets"), ("twilio", "events"), ("typeform", "answers")]:
        assert lake.rows(dataset, table) == []


def test_dlt_keeps_no_trace_as_it_would_hold_credentials_in_clear(home: Path) -> None:
    assert pipeline_for("zendesk").config.enable_runtime_trace is False


def test_telemetry_is_off_unless_the_user_says_otherwise(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RUNTIME__DLTHUB_TELEMETRY", raising=False)
    pipeline_for("zendesk")
    assert resolve_configuration(RuntimeConfiguration()).dlthub_telemetry is False
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "true")
    pipeline_for("zendesk")
    assert resolve_configuration(RuntimeConfiguration()).dlthub_telemetry is True


def test_the_command_line_lands_and_reports_and_goes_on_after_a_failure(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__HUBSPOT__ACCESS_TOKEN", "not-the-token")
    # pytest's own is put back when the test ends.
    monkeypatch.setattr(sys, "unraisablehook", print)
    done = CliRunner().invoke(app, ["land", "hubspot", "typeform"])
    assert done.exit_code == 1
    assert "typeform: " in done.stdout
    assert "new rows" in done.stdout
    assert sys.unraisablehook is not print, "a file let go of says nothing behind the message"
    assert "SOURCES__HUBSPOT__ACCESS_TOKEN" in done.stderr
    assert "not-the-token" not in done.output


def test_nothing_secret_is_logged_even_at_the_lowest_level(
    vendors: SandboxServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    vendors.faults.order(Fault("zendesk", "status_503", "tickets/cursor", times=1))
    land("zendesk", tables=["tickets"])
    assert "trying again" in caplog.text
    assert ZENDESK_API_TOKEN not in caplog.text
