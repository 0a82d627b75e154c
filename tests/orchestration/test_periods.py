"""Periods in the business time zone: what a run is as of, where it builds, what is caught up."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.periods import as_of, due, settings_of
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
        assert (own.home_dir / "lake").resolve() == tmp_path / "lake"
        assert os.environ["KONTAKTI_AS_OF"] == "2026-03-29 21:00:00"
        assert os.environ["KONTAKTI_HOME"] == str(own.home_dir)
    assert dict(os.environ) == before
    with settings_of({"kontakti/cadence": "daily"}, settings) as own:
        assert own is settings
        assert "KONTAKTI_AS_OF" not in os.environ
