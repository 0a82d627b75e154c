"""The data: where it lies, whether the sources open their doors, how old everything is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import duckdb

from ingestion.credentials import check
from ingestion.errors import (
    CredentialMissing,
    CredentialRejected,
    RateLimitExhausted,
    SettingInvalid,
)
from orchestration.doctor.finding import Finding, fail, ok, warn
from orchestration.settings import Settings
from serving.catalog import read_catalog
from serving.errors import NotPublishedError
from serving.layout import published_path

# A daily job of five o'clock and what the vendors hold back, with some hours to spare.
FRESH_HOURS = 30
DAILY = "python -m orchestration.run daily"
# The demo's record of its simulated centre, whose vendors are there only while it runs.
DEMO_STATE = "sandbox/demo.json"
# Where dlt keeps a load that is read but not landed yet.
PENDING = ("normalize/extracted_packages", "load/normalized")


def home(settings: Settings) -> Iterator[Finding]:
    """Whether the home can be written to, and holds anything."""
    folder = settings.home_dir
    if not folder.exists():
        yield warn(
            "home",
            f"{folder} does not exist yet",
            "The first run makes it",
            "wrong-home",
        )
        return
    if not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        yield fail(
            "home",
            f"{folder} cannot be written to",
            "Give this user the folder, or set KONTAKTI_HOME to another",
            "wrong-home",
        )
        return
    sources = [path.name for path in sorted((folder / "lake").glob("*")) if path.is_dir()]
    if sources:
        yield ok("home", f"{folder} holds {', '.join(sources)}")
    else:
        yield warn(
            "home",
            f"{folder} is empty: nothing has landed here",
            f"Is it the home you mean? Else: {DAILY}",
            "wrong-home",
        )


def credentials(settings: Settings) -> Iterator[Finding]:
    """One cheap call a source."""
    if _is_demo(settings):
        yield ok("credentials", "this home holds the demo's centre, which needs none")
        return
    for name, error in check(settings.sources):
        if error is None:
            yield ok("credentials", f"{name} is open")
            continue
        wrong = isinstance(error, CredentialMissing | CredentialRejected | SettingInvalid)
        busy = isinstance(error, RateLimitExhausted)
        say = warn if busy else fail
        yield say(
            "credentials", f"{error.where}: {error.what}", error.todo,
            "credential" if wrong else "vendor",
        )  # fmt: skip


def pending(settings: Settings) -> Iterator[Finding]:
    """Loads that a landing left half done."""
    left = sorted(
        folder.name.removeprefix("kontakti_")
        for folder in (settings.home_dir / "dlt").glob("kontakti_*")
        if any(any((folder / stage).glob("*")) for stage in PENDING)
    )
    if left:
        yield warn(
            "landing",
            f"a load of {', '.join(left)} was cut off",
            "The next landing finishes it, or reads it again",
            "crashed-run",
        )
    else:
        yield ok("landing", "no load is half done")


def sources(settings: Settings) -> Iterator[Finding]:
    """How far each landed source is known."""
    for name in settings.sources:
        dataset = "files_*" if name == "files" else name
        files = (settings.home_dir / "lake").glob(f"{dataset}/watermarks/*/*.parquet")
        marks = [str(path) for path in files]
        todo = f"python -m ingestion land {name}"
        if marks:
            yield _aged("sources", name, _newest(marks), todo, _is_demo(settings))
        else:
            yield warn("sources", f"{name} has never landed", todo, "stale-data")


def marts(settings: Settings) -> Iterator[Finding]:
    """How old the published marts are, and whether they can be read."""
    try:
        catalog = read_catalog(settings.home_dir)
    except NotPublishedError:
        yield warn("marts", "nothing is published yet", DAILY, "publish-failed")
        return
    except duckdb.Error:
        yield fail(
            "marts",
            f"{published_path(settings.home_dir, 'marts')} cannot be read",
            "python -m serving publish",
            "publish-failed",
        )
        return
    if catalog.as_of_at is not None:
        yield _aged(
            "marts",
            f"{len(catalog.tables)} tables and views",
            catalog.as_of_at,
            DAILY,
            _is_demo(settings),
        )


def _is_demo(settings: Settings) -> bool:
    return (settings.home_dir / DEMO_STATE).exists()


def _aged(topic: str, what: str, known_until: datetime, todo: str, is_demo: bool) -> Finding:
    age = (datetime.now(UTC).replace(tzinfo=None) - known_until).total_seconds() / 3600
    said = f"{what}: known up to {known_until:%Y-%m-%d %H:%M} UTC"
    if is_demo:
        return ok(topic, f"{said}, by the demo's clock")
    if age <= FRESH_HOURS:
        return ok(topic, said)
    return warn(topic, f"{said}, {age / 24:.1f} days ago", todo, "stale-data")


def _newest(marks: list[str]) -> datetime:
    with duckdb.connect() as connection:
        landed = connection.read_parquet(marks, hive_partitioning=False)
        row = landed.aggregate("max(watermark_at)").fetchone()
    found: datetime = row[0] if row else datetime.min  # noqa: DTZ901 - naive UTC
    return found
