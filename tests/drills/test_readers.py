"""Sixteen readers for minutes, while daily runs and the live path publish under them.

`READ_MINUTES=10 python -m pytest -m drill tests/drills/test_readers.py -s` prints the figures.
Each reader is a process that connects anew for every look, as a pool without idle connections does,
and asks one question of a mart; half of them read the marts, half the live marts.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.drills.live_process import wait_until_known, working
from tests.drills.small_centre import HOUR, served

MINUTES = float(os.environ.get("READ_MINUTES", "10"))
READERS, PAUSE_SECONDS = 16, 0.5
P95_GOAL_SECONDS = 0.100
QUESTIONS = {
    "marts": "select channel, sum(offered), sum(answered) from daily_voice.kpi_daily_contacts"
    " group by 1 order by 1",
    "live": "select * from realtime.kpi_realtime_queues order by all",
}
READER = """
import json, sys, time
import duckdb
path, question, seconds, pause = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4])
until, took, errors, files = time.monotonic() + seconds, [], [], set()
while time.monotonic() < until:
    began = time.monotonic()
    try:
        with duckdb.connect(path, read_only=True) as connection:
            rows = connection.execute(question).fetchall()
            told = "select max(published_at) from kontakti_publish"
            files.add(str(connection.execute(told).fetchone()))
        took.append(time.monotonic() - began)
        if not rows:
            errors.append("no rows")
    except Exception as error:
        errors.append(repr(error))
    time.sleep(pause)
print(json.dumps({"took": took, "errors": errors, "publishes": len(files)}))
"""


def test_sixteen_readers_see_no_error_and_do_not_wait(tmp_path: Path) -> None:
    with served(tmp_path / "exports") as centre:
        home = centre.home(tmp_path / "home")
        assert home.daily().returncode == 0
        env = {"KONTAKTI_SOURCES": "zendesk,twilio", "TZ": "UTC"}
        runs = 0
        with working(home, **env):
            wait_until_known(home, centre)
            until = time.monotonic() + MINUTES * 60
            readers = [
                (kind, _reader(home.path / "serving" / f"{kind}.duckdb", QUESTIONS[kind]))
                for kind in list(QUESTIONS) * (READERS // len(QUESTIONS))
            ]
            while time.monotonic() < until:
                centre.clock.advance(HOUR // 4)
                assert home.daily().returncode == 0
                runs += 1
            found = [(kind, json.loads(reader.communicate()[0])) for kind, reader in readers]
    for kind in QUESTIONS:
        told = [said for name, said in found if name == kind]
        took = sorted(second for said in told for second in said["took"])
        errors = [error for said in told for error in said["errors"]]
        p95 = took[int(len(took) * 0.95)]
        print(
            f"{kind}: {len(told)} readers, {len(took)} looks, {len(errors)} errors, at most"
            f" {max(said['publishes'] for said in told)} publishes, p50"
            f" {took[len(took) // 2] * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms; {runs} daily runs,"
            f" load {os.getloadavg()[0]:.1f}"
        )
        assert errors == []
        assert p95 < P95_GOAL_SECONDS or kind == "live"


def _reader(path: Path, question: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", READER, str(path), question, str(MINUTES * 60), str(PAUSE_SECONDS)],
        stdout=subprocess.PIPE,
        text=True,
    )
