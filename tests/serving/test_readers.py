"""Readers through eight publishes: never an error, never a half-built or mixed set of tables."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from serving.publish import publish
from tests.serving import warehouses

pytestmark = pytest.mark.slow

PUBLISHES = 8
ONE_LOOK = (
    "select (select count(*) from core.fct_contact),"
    " (select count(distinct generation) from core.fct_contact),"
    " (select max(generation) from core.fct_contact)"
    " - (select max(generation) from daily_voice.kpi_daily_contacts),"
    " (select count(*) from daily_voice.daily_contact_report)"
)
WHOLE = (1000, 1, 0, 1)

# A reader in a process of its own: connects anew for each look until its input closes.
READER = f"""
import sys, threading, time
import duckdb
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
looks = 0
generations = set()
while True:
    last = stop.is_set()
    with duckdb.connect(sys.argv[1], read_only=True) as connection:
        assert connection.execute("{ONE_LOOK}").fetchone() == {WHOLE}
        generations.add(connection.execute(
            "select max(generation) from core.fct_contact").fetchone()[0])
    looks += 1
    if looks == 1:
        print("looking", flush=True)
    if last:
        break
    time.sleep(0.01)
print(looks, len(generations), max(generations), flush=True)
"""


def start_reader(path: Path) -> subprocess.Popen[str]:
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline().strip() == "looking"
    return reader


def republish(home: Path, generation: int) -> Path:
    warehouses.build(home, generation=generation, rows=1000)
    return publish(home).path


def test_readers_in_other_processes_always_see_one_whole_publish(tmp_path: Path) -> None:
    path = republish(tmp_path, 0)
    readers = [start_reader(path) for _ in range(2)]
    for generation in range(1, PUBLISHES + 1):
        republish(tmp_path, generation)
    for reader in readers:
        out, err = reader.communicate("")
        assert reader.returncode == 0, err
        looks, generations, newest = map(int, out.split())
        assert looks > 1
        assert generations > 1
        assert newest == PUBLISHES


def test_readers_in_the_publishing_process_see_no_error(tmp_path: Path) -> None:
    path = republish(tmp_path, 0)
    done = threading.Event()
    failures: list[object] = []
    looks: list[int] = []

    def look() -> None:
        while not done.is_set():
            try:
                with duckdb.connect(path, read_only=True) as connection:
                    seen = connection.execute(ONE_LOOK).fetchone()
            except duckdb.Error as error:
                failures.append(error)
                return
            looks.append(1)
            done.wait(0.01)
            if seen != WHOLE:
                failures.append(seen)

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for generation in range(1, PUBLISHES + 1):
        republish(tmp_path, generation)
    done.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(looks) > len(threads)


def test_a_long_lived_reader_sees_each_new_publish_when_it_attaches_again(tmp_path: Path) -> None:
    path = republish(tmp_path, 0)
    seen = []
    with duckdb.connect() as connection:
        for generation in range(1, PUBLISHES + 1):
            connection.execute(f"attach '{path}' as marts (read_only)")
            row = connection.execute("select max(generation) from marts.core.fct_contact")
            seen.append(row.fetchall()[0][0])
            # While it holds the old file, publishing goes on.
            republish(tmp_path, generation)
            row = connection.execute("select max(generation) from marts.core.fct_contact")
            assert row.fetchall()[0][0] == generation - 1
            connection.execute("detach marts")
    assert seen == list(range(PUBLISHES))
