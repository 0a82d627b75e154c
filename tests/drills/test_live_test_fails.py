"""A bad row in the live path: nothing more is published, it is said which test, and the page helps.

The steps are those of docs/runbook/live-path.md.
"""

from __future__ import annotations

import time
from pathlib import Path

import duckdb

from orchestration.live_home import LiveHome
from tests.drills.live_process import live_rows, settled, wait_until_known, working
from tests.drills.small_centre import HOUR, served, start
from tests.end_to_end.conftest import Home

LOAD, TEST = "1999999999.5", "unique_key_stg_twilio__task_queues_task_queue_sid"
LIMIT_SECONDS = 60


def plant(live: LiveHome) -> Path:
    """A load with a queue that has no id."""
    landed = max((live.lake / "twilio" / "task_queues").glob("*/*.parquet"))
    bad = landed.with_name(f"{LOAD}.bad.parquet")
    duckdb.read_parquet(str(landed)).query(
        "landed",
        f"select * replace (null as sid, '{LOAD}' as _dlt_load_id) from landed limit 1",
    ).write_parquet(str(bad))
    (live.lake / "twilio" / "_dlt_loads" / f"twilio__{LOAD}.jsonl").write_text("{}\n")
    return bad


def failing(live: LiveHome) -> list[str]:
    """Tests that failed in the last cycle."""
    cycle = live.last_cycle()
    assert cycle is not None
    assert cycle["is_published"] == (not cycle["failed_tests"])
    names: list[str] = cycle["failed_tests"]
    return names


def doctor(home: Home) -> str:
    return start(home, "orchestration.doctor", "--offline").communicate()[0]


def test_a_bad_row_stops_the_publishing_until_its_file_is_moved_away(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        home = centre.home(tmp_path / "home")
        live = LiveHome(home.path)
        with working(home, **env):
            wait_until_known(home, centre)
            before = settled(home)
            bad = plant(live)
            limit = time.monotonic() + LIMIT_SECONDS
            while not failing(live):
                assert time.monotonic() < limit
                time.sleep(0.5)
            assert failing(live) == [TEST]
            assert f"publishes nothing: {TEST} fails" in doctor(home)
            centre.clock.advance(HOUR // 6)
            time.sleep(15)
            assert live_rows(home) == before, "readers keep the last good copy"
            bad.rename(tmp_path / bad.name)
            time.sleep(15)
            assert failing(live) == [TEST], "what it has read, it keeps"
        with working(home, **env):
            wait_until_known(home, centre)
            assert failing(live) == []
            assert live_rows(home) != before
            assert "publishes nothing" not in doctor(home)
