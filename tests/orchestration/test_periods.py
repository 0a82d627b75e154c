"""Periods in the business time zone: what a run is as of, where it builds, what is caught up."""

import os
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.test_utils import freeze_time

from live.loads import complete_loads
from orchestration.past_lake import forget_past_builds, note_of
from orchestration.periods import (
    UnknownPeriodError,
    as_of,
    decide,
    due,
    noting_loads,
    settings_of,
    tags_of,
    tags_of_period,
)
from orchestration.settings import Settings

MONDAY = datetime(2026, 3, 30, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cadence", "key", "end"),
    [
        # The night on which the clocks go forward, and the one on which they go back.
        ("daily", "2026-03-28", datetime(2026, 3, 28, 22)),
        ("daily", "2026-03-29", datetime(2026, 3, 29, 21)),
        ("daily", "2026-10-25", datetime(2026, 10, 25, 22)),
        ("weekly", "2025-12-29", datetime(2026, 1, 4, 22)),
        ("monthly", "2025-12-01", datetime(2025, 12, 31, 22)),
        ("quarterly", "2026-01-01", datetime(2026, 3, 31, 21)),
    ],
)
def test_a_period_is_as_of_its_local_end(cadence: str, key: str, end: datetime) -> None:
    assert as_of(cadence, key, Settings()) == end


def test_what_was_missed_is_caught_up_in_order() -> None:
    assert due("daily", Settings(), MONDAY, "2026-03-26") == [
        "2026-03-27",
        "2026-03-28",
        "2026-03-29",
    ]
    assert due("daily", Settings(), MONDAY, "2026-03-29") == ["2026-03-29"]
    assert due("daily", Settings(), MONDAY, None) == ["2026-03-29"]
    assert len(due("daily", Settings(), MONDAY, "2026-01-01")) == 5


def test_a_past_period_is_built_apart_and_the_environment_comes_back(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    before = dict(os.environ)
    tags = {"kontakti/cadence": "daily", "dagster/partition": "2026-03-29"}
    with settings_of(tags, settings) as own:
        assert own.home_dir == tmp_path / "periods" / "daily-2026-03-29"
        assert os.environ["KONTAKTI_AS_OF"] == "2026-03-29 21:00:00"
        assert os.environ["KONTAKTI_HOME"] == str(own.home_dir)
    assert dict(os.environ) == before
    with settings_of({"kontakti/cadence": "daily"}, settings) as own:
        assert own is settings
        assert "KONTAKTI_AS_OF" not in os.environ


def land(lake: Path, load: str, calls: int) -> None:
    """One complete load of so many calls."""
    (lake / "twilio" / "calls").mkdir(parents=True, exist_ok=True)
    (lake / "twilio" / "_dlt_loads").mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select '{load}' as _dlt_load_id from range({calls}))"
            f" to '{lake}/twilio/calls/{load}.ab.parquet'"
        )
    (lake / "twilio" / "_dlt_loads" / f"twilio__{load}.jsonl").touch()


def test_a_backfill_reads_the_loads_that_the_run_on_its_day_read(tmp_path: Path) -> None:
    settings, lake = Settings(home=tmp_path), tmp_path / "lake"
    tags = {"kontakti/cadence": "daily", "dagster/partition": "2026-03-29"}
    land(lake, "1774836000.5", 2)
    with freeze_time(MONDAY), settings_of(tags, settings) as own:
        assert own is settings
        with noting_loads(tags, settings, own):
            pass
    land(lake, "1774922400.25", 3)
    land(lake, "1774922400.5", 1)
    for _ in range(2):
        with settings_of(tags, settings) as own:
            assert complete_loads(own.home_dir / "lake" / "twilio") == {"1774836000.5"}
            # As dbt reads it: by way of the link.
            files = f"{own.home_dir}/lake/twi*/calls/**/*.parquet"
            with duckdb.connect() as connection:
                assert connection.read_parquet(files).fetchall() == [
                    (load,)
                    for load, calls in (
                        ("1774836000.5", 2),
                        ("1774922400.25", 3),
                        ("1774922400.5", 1),
                    )
                    for _ in range(calls)
                ]
    forget_past_builds(tmp_path)
    assert (lake / "twilio" / "calls").is_dir()
    assert note_of(tmp_path, "daily", "2026-03-29").exists()


def test_a_period_that_nobody_built_in_its_day_has_all_that_has_landed_when_it_is(
    tmp_path: Path,
) -> None:
    settings, lake = Settings(home=tmp_path), tmp_path / "lake"
    tags = {"kontakti/cadence": "weekly", "dagster/partition": "2026-03-23"}
    land(lake, "1774836000.5", 2)
    for _ in range(2):
        with settings_of(tags, settings) as own:
            assert complete_loads(own.home_dir / "lake" / "twilio") == {"1774836000.5"}
        land(lake, "1774922400.25", 3)


@pytest.mark.parametrize(
    ("shown", "is_apart"), [("2026-03-29 21:00", False), ("2026-03-30 11:00", True)]
)
def test_the_marts_of_a_home_never_go_back(tmp_path: Path, shown: str, is_apart: bool) -> None:
    settings = Settings(home=tmp_path)
    (tmp_path / "serving").mkdir()
    with duckdb.connect(str(tmp_path / "serving" / "marts.duckdb")) as connection:
        connection.execute(
            f"create table kontakti_publish as select timestamp '{shown}' as as_of_at"
        )
    tags = {"kontakti/cadence": "daily", "dagster/partition": "2026-03-29"}
    with freeze_time(MONDAY), settings_of(tags, settings) as own:
        assert (own is not settings) == is_apart


def test_marts_that_are_published_meanwhile_move_no_run(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    tags = {"kontakti/cadence": "daily", "dagster/partition": "2026-03-29"}
    places, shown = [], tmp_path / "serving" / "marts.duckdb"
    shown.parent.mkdir()

    @dg.asset
    def build(context: dg.AssetExecutionContext) -> None:
        with settings_of(decide(context, settings), settings) as own:
            places.append(own)
        with duckdb.connect(str(shown)) as others:
            others.execute(
                "create table if not exists kontakti_publish as"
                " select timestamp '2026-03-30 11:00' as as_of_at"
            )

    @dg.asset(deps=[build])
    def publish(context: dg.AssetExecutionContext) -> None:
        with settings_of(tags_of(context), settings) as own:
            places.append(own)

    with dg.DagsterInstance.ephemeral() as instance, freeze_time(MONDAY):
        first = dg.materialize([build, publish], instance=instance, tags=tags)
        assert places == [settings, settings]
        # Done over, with the tags of the first: the marts show a later moment by now.
        dg.materialize([build, publish], instance=instance, tags=dict(first.dagster_run.tags))
        past = tmp_path / "periods" / "daily-2026-03-29"
        assert [own.home_dir for own in places[2:]] == [past, past]


def test_only_a_period_that_is_over_can_be_asked_for() -> None:
    assert tags_of_period("weekly", "2026-03-23", Settings())["dagster/partition"] == "2026-03-23"
    for cadence, key in (("weekly", "2026-03-24"), ("daily", "2999-01-01"), ("realtime", "now")):
        with pytest.raises(UnknownPeriodError, match=key):
            tags_of_period(cadence, key, Settings())
