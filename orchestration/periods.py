"""The period that a run is for: what it is as of, and the home it is built in.

Inputs: the tags of a run. Outputs: its as-of, and settings for its steps.

A run for a period shows things as they stood when the period ended, whenever it is run. The newest
period is built in the home itself, unless the marts show a later moment already; any other in a
home of its own, `<home>/periods/<cadence>-<period>`, with the loads that were there when the period
was first built (`orchestration.past_lake`): readers of the marts never see them go back in time.
Where is decided when a run begins to build: what others publish meanwhile moves it nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg
import duckdb

from orchestration.past_lake import lend_lake, newest_loads, note_of, write_note
from orchestration.settings import Settings
from serving.layout import published_path

PARTITION_TAG, CADENCE_TAG = "dagster/partition", "kontakti/cadence"
# On a run for a period, once it has begun to build: whether that is in a home of the period's own.
APART_TAG = "kontakti/built_apart"
AS_OF_VARIABLE = "KONTAKTI_AS_OF"
StepContext = dg.AssetExecutionContext | dg.AssetCheckExecutionContext
FIRST_DAY = "2015-01-01"
# Where each period begins; Monday is the ISO week's first day.
BEGINNINGS: Mapping[str, str] = {
    "daily": "0 0 * * *",
    "weekly": "0 0 * * 1",
    "monthly": "0 0 1 * *",
    "quarterly": "0 0 1 1,4,7,10 *",
}
MOST_CAUGHT_UP = 5


def partitions_of(cadence: str, settings: Settings) -> dg.TimeWindowPartitionsDefinition:
    """The periods of a cadence in the business time zone, named by their first day."""
    return dg.TimeWindowPartitionsDefinition(
        start=FIRST_DAY,
        fmt="%Y-%m-%d",
        cron_schedule=BEGINNINGS[cadence],
        timezone=settings.timezone,
    )


def as_of(cadence: str, key: str, settings: Settings) -> datetime:
    """The end of a period, naive UTC."""
    window = partitions_of(cadence, settings).time_window_for_partition_key(key)
    return window.end.astimezone(UTC).replace(tzinfo=None)


def is_newest(cadence: str, key: str, settings: Settings, now: datetime | None = None) -> bool:
    """Whether no later period of the cadence has ended."""
    ended = partitions_of(cadence, settings).get_partition_keys(current_time=now)
    return not ended or key >= ended[-1]


class UnknownPeriodError(ValueError):
    """A cadence has no such period, or it is not over."""


def tags_of_period(cadence: str, key: str, settings: Settings) -> dict[str, str]:
    """Tags of a run for a period that is over.

    Raises:
        UnknownPeriodError: There is none that begins on this day.
    """
    known = partitions_of(cadence, settings).get_partition_keys() if cadence in BEGINNINGS else []
    if key not in known:
        raise UnknownPeriodError(
            f"{cadence} has no period {key} that is over: name its first day,"
            f" {FIRST_DAY} at the earliest" + (f" and {known[-1]} at the latest." if known else ".")
        )
    return {CADENCE_TAG: cadence, PARTITION_TAG: key}


def due(cadence: str, settings: Settings, now: datetime, last_run: str | None) -> list[str]:
    """Periods to run at a tick: the newest, and before it those missed since the last run.

    Args:
        cadence: A cadence with periods.
        settings: Names the time zone.
        now: Time of the tick.
        last_run: Newest period that has been run; None when none has.
    """
    ended = partitions_of(cadence, settings).get_partition_keys(current_time=now)
    missed = [key for key in ended if last_run is not None and key > last_run]
    return missed[-MOST_CAUGHT_UP:] or list(ended[-1:])


def period_of(tags: Mapping[str, str]) -> tuple[str, str] | None:
    """Cadence and period that a run is for, None of one that is for none."""
    cadence, key = tags.get(CADENCE_TAG, ""), tags.get(PARTITION_TAG, "")
    return (cadence, key) if cadence in BEGINNINGS and key else None


@contextmanager
def noting_loads(tags: Mapping[str, str], settings: Settings, own: Settings) -> Iterator[None]:
    """Note what a period is built of in its day, when the block has built it."""
    period = period_of(tags)
    loads = newest_loads(settings.home_dir / "lake") if period and own is settings else {}
    yield
    if period and loads:
        write_note(note_of(settings.home_dir, *period), loads)


def shown_until(settings: Settings) -> datetime | None:
    """The moment that the published marts show (naive UTC), None where there are none."""
    path = published_path(settings.home_dir, "marts")
    if not path.exists():
        return None
    with duckdb.connect(str(path), read_only=True) as connection:
        row = connection.execute("select max(as_of_at) from kontakti_publish").fetchone()
    return row[0] if row else None


def is_apart(tags: Mapping[str, str], settings: Settings) -> bool:
    """Whether a run is built in a home of its period's own: as decided, or were it to begin now."""
    period = period_of(tags)
    if period is None:
        return False
    if decided := tags.get(APART_TAG):
        return decided == "true"
    end = as_of(*period, settings)
    return not is_newest(*period, settings) or end < (shown_until(settings) or end)


def decide(context: StepContext, settings: Settings) -> Mapping[str, str]:
    """Tags of a run that begins to build, with where: the steps after it go there too."""
    # A run that does a failed one over has the other's tags.
    tags = {name: value for name, value in context.run.tags.items() if name != APART_TAG}
    if period_of(tags) is None:
        return tags
    chosen = {APART_TAG: str(is_apart(tags, settings)).lower()}
    context.instance.add_run_tags(context.run.run_id, chosen)
    return {**tags, **chosen}


def tags_of(context: StepContext) -> Mapping[str, str]:
    """Tags of a run with what its build has decided; a step is given those of the run's start."""
    current = context.instance.get_run_by_id(context.run.run_id)
    return (current or context.run).tags


@contextmanager
def settings_of(tags: Mapping[str, str], settings: Settings) -> Iterator[Settings]:
    """Settings for the steps of a run, with the environment that dbt and the others read.

    Args:
        tags: Tags of the run.
        settings: Of the code location.

    Yields:
        The same settings for a run that is for no period or the newest one, else with the home of
        that period.
    """
    period = period_of(tags)
    if period is None:
        yield settings
        return
    own, end = settings, as_of(*period, settings)
    if is_apart(tags, settings):
        home = settings.home_dir / "periods" / "-".join(period)
        home.mkdir(parents=True, exist_ok=True)
        lend_lake(settings.home_dir / "lake", note_of(settings.home_dir, *period), home / "lake")
        own = settings.model_copy(update={"home": home})
    changed = {"KONTAKTI_HOME": str(own.home_dir), AS_OF_VARIABLE: end.isoformat(sep=" ")}
    with environment_of(changed):
        yield own


@contextmanager
def environment_of(changed: Mapping[str, str]) -> Iterator[None]:
    """The environment with these variables, for what is started meanwhile."""
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
