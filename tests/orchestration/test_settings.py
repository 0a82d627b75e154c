"""Settings come from the environment, and a wrong one is refused with what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ingestion.pipelines import DEFAULT_SOURCES as LANDED_BY_DEFAULT
from ingestion.pipelines import SOURCES
from orchestration.settings import (
    DEFAULT_SOURCES,
    KNOWN_SOURCES,
    PROJECT_ROOT,
    SettingsError,
    load_settings,
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KONTAKTI_")]:
        monkeypatch.delenv(name)
    # load_settings writes the home back; recording it first lets monkeypatch undo that.
    monkeypatch.setenv("KONTAKTI_HOME", "recorded")
    monkeypatch.delenv("KONTAKTI_HOME")


def test_an_empty_environment_gives_the_local_defaults() -> None:
    settings = load_settings()
    assert settings.home_dir == PROJECT_ROOT / ".kontakti"
    assert settings.sources == DEFAULT_SOURCES
    assert settings.timezone == "Europe/Helsinki"


def test_every_source_that_ingestion_knows_can_be_named() -> None:
    assert set(KNOWN_SOURCES) == set(SOURCES)
    assert set(DEFAULT_SOURCES) == set(LANDED_BY_DEFAULT)


def test_the_resolved_home_is_what_every_other_part_reads(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KONTAKTI_HOME", "some/../home")
    load_settings()
    assert os.environ["KONTAKTI_HOME"] == str(tmp_path / "home")


def test_sources_are_split_in_order_and_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTAKTI_SOURCES", " twilio, files,twilio ,")
    assert load_settings().sources == ("twilio", "files")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KONTAKTI_SOURCES", "zendesk,salesforce", "salesforce"),
        ("KONTAKTI_SOURCES", "", "choose from zendesk"),
        ("KONTAKTI_TIMEZONE", "Helsinki", "IANA"),
        ("KONTAKTI_TIMEZONE", "../etc", "IANA"),
        ("KONTAKTI_HOME", "", "KONTAKTI_HOME is empty"),
    ],
)
def test_a_wrong_value_is_refused_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=said):
        load_settings()


def test_only_the_local_environment_falls_back_to_a_default_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KONTAKTI_ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match="KONTAKTI_HOME is not set"):
        load_settings()
    monkeypatch.setenv("KONTAKTI_HOME", str(tmp_path))
    assert load_settings().home_dir == tmp_path


def test_telemetry_is_off_unless_the_user_turned_it_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GX_ANALYTICS_ENABLED", "true")
    monkeypatch.delenv("RUNTIME__DLTHUB_TELEMETRY", raising=False)
    load_settings()
    assert os.environ["GX_ANALYTICS_ENABLED"] == "true"
    assert os.environ["RUNTIME__DLTHUB_TELEMETRY"] == "false"
