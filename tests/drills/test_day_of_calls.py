"""Call files alone: the second daily run writes the tail, and publishes what a whole one would."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from tests.dbt.compared import rows_of
from tests.end_to_end.conftest import Home

BEGAN = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAYS, CALLS_A_DAY, CUSTOMERS = 120, 40, 900
MAPPING = """\
- dataset: phone
  entity: calls
  path: calls-*.csv
  keep: last
  order_by: [changed]
  columns:
    call_id: id
    queued_at: strptime(queued, '%Y-%m-%d %H:%M:%S')
    outcome: outcome
    wait_seconds: wait
    talk_seconds: talk
    wrap_seconds: wrap
    queue: queue
    agent: agent
    customer: customer
    reason: reason
    csat_score: csat
"""
Call = dict[str, object]


def test_a_day_of_calls_writes_the_tail_and_gives_what_a_whole_build_gives(tmp_path: Path) -> None:
    rng = Random(7)
    calls = [_call(rng, number) for number in range(DAYS * CALLS_A_DAY)]
    first, second = calls[:-CALLS_A_DAY], calls[-CALLS_A_DAY:]
    corrected = [row | {"talk": 30, "changed": 2} for row in rng.sample(first[-300:], 5)]
    followed, whole = _home(tmp_path / "followed"), _home(tmp_path / "whole")

    _deliver(followed, "calls-1.csv", first)
    assert _ran(followed) == []
    _deliver(followed, "calls-2.csv", second + corrected)
    (tail,) = _ran(followed)
    assert timedelta(days=31) < _last(calls) - tail < timedelta(days=50)

    _deliver(whole, "calls-1.csv", first)
    _deliver(whole, "calls-2.csv", second + corrected)
    assert _ran(whole) == []
    expected, found = whole.fingerprints(), followed.fingerprints()
    assert expected["core.fct_contact"][0] == len(calls)
    # Alerts are a record of what each run had to tell: one of the homes had two.
    assert {name for name in expected if expected[name] != found[name]} <= {"realtime.fct_alert"}


def _ran(home: Home) -> list[datetime]:
    """Run the daily job; since when its contacts were written, nothing where all of them were."""
    done = home.daily()
    assert done.returncode == 0, done.stdout + done.stderr
    found = rows_of(home.path / "warehouse.duckdb", "from intermediate.int_tail")
    return [row["since_at"].replace(tzinfo=UTC) for row in found]


def _home(folder: Path) -> Home:
    folder.mkdir()
    (folder / "files.yml").write_text(MAPPING, encoding="utf-8")
    sources = {
        "KONTAKTI_SOURCES": "files",
        "KONTAKTI_FILES": str(folder / "files.yml"),
        "KONTAKTI_PSEUDONYM_KEY": "a key of this drill alone, which nobody else has",
    }
    return Home(folder, sources)


def _deliver(home: Home, name: str, calls: Sequence[Call]) -> None:
    with (home.path / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, calls[0])
        writer.writeheader()
        writer.writerows(calls)


def _queued(number: int) -> datetime:
    day, place = divmod(number, CALLS_A_DAY)
    return BEGAN + timedelta(days=day, minutes=11 * place)


def _last(calls: Sequence[Call]) -> datetime:
    return _queued(len(calls) - 1)


def _call(rng: Random, number: int) -> Call:
    answered = rng.random() < 0.9
    return {
        "id": number,
        "queued": f"{_queued(number):%Y-%m-%d %H:%M:%S}",
        "outcome": "answered" if answered else "abandoned",
        "wait": rng.randrange(200),
        "talk": rng.randrange(30, 900) if answered else "",
        "wrap": rng.randrange(90) if answered else "",
        "queue": rng.choice(("sales", "support")),
        "agent": rng.choice(("e1", "e2", "e3")) if answered else "",
        "customer": f"04012{rng.randrange(CUSTOMERS):05d}",
        "reason": rng.choice(("billing", "delivery", "")),
        "csat": rng.randint(1, 5) if answered and rng.random() < 0.2 else "",
        "changed": 1,
    }
