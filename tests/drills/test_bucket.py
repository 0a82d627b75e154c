"""A home that keeps its lake in a bucket is lost, and another one goes on as if it had not been.

The bucket is one of moto's, a server that speaks S3, in an environment of its own (as the clients
of `test_other_clients`). What is left of the bucket at each moment is read by s3fs.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import requests
from s3fs import S3FileSystem

from ingestion.home_search import find
from ingestion.privacy import Pseudonymiser
from sandbox.credentials import PSEUDONYM_KEY
from tests.drills.small_centre import Centre, free_port, served, start
from tests.drills.test_other_clients import environment
from tests.end_to_end.conftest import DAY, Home

START_LIMIT_SECONDS = 60
NAME = "lake/centre"
HIDDEN = "of this drill, and of nothing else"


class Store:
    """The S3 server, and what its bucket holds."""

    def __init__(self, python: Path, log: Path) -> None:
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self.env = {
            "AWS_ACCESS_KEY_ID": "drill",
            "AWS_SECRET_ACCESS_KEY": HIDDEN,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": self.endpoint,
            "KONTAKTI_LAKE_BUCKET": f"s3://{NAME}",
        }
        program = [str(python.parent / "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)]
        with log.open("wb") as said:
            self.process = subprocess.Popen(program, stdout=said, stderr=said)
        limit = time.monotonic() + START_LIMIT_SECONDS
        while True:
            try:
                requests.get(self.endpoint, timeout=5)
                break
            except requests.RequestException:
                assert self.process.poll() is None, log.read_text()[-2000:]
                assert time.monotonic() < limit
                time.sleep(0.2)
        self.files = S3FileSystem(
            key="drill",
            secret=HIDDEN,
            endpoint_url=self.endpoint,
            use_listings_cache=False,
        )
        self.files.mkdir(NAME.partition("/")[0])

    def names(self) -> set[str]:
        return {path.removeprefix(f"{NAME}/") for path in self.files.find(NAME)}

    def copied(self, folder: Path) -> Path:
        """Everything that the bucket holds."""
        for name in self.names():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(self.files.cat_file(f"{NAME}/{name}"))
        return folder

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = os.environ.get("KONTAKTI_CLIENTS")
    folder = Path(kept) if kept else tmp_path / "clients"
    store = Store(environment(folder, "requirements-bucket"), tmp_path / "store.log")
    yield store
    if store.process.poll() is None:
        store.end()


def done(home: Home, *module: str, **env: str) -> str:
    """What a command says that succeeds."""
    process = start(home, *module, **env)
    said, _ = process.communicate()
    assert process.returncode == 0, said
    return said


def killed_half_way(home: Home, store: Store) -> tuple[int, int]:
    """Kill a mirror when about half of it is there; files before and after."""
    before = store.names()
    wanted = len(list(home.path.glob("lake/**/*.*"))) - len(before)
    process = start(home, "ingestion", "mirror", **store.env)
    while process.poll() is None and len(store.names()) < len(before) + wanted // 2:
        time.sleep(0.01)
    assert process.poll() is None, "it was too quick to be killed"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return len(before), len(store.names())


def test_a_lost_home_is_made_of_the_bucket_and_goes_on_from_there(
    tmp_path: Path, store: Store
) -> None:
    with served(tmp_path / "exports") as centre:
        old = centre.home(tmp_path / "old")
        print(done(old, "orchestration.run", "daily", **store.env), flush=True)
        first = store.names()
        centre.clock.advance(DAY)
        # The second day is built, and not yet in the bucket, when its mirror dies with the disk.
        assert old.daily().returncode == 0
        expected = old.fingerprints()
        before, after = killed_half_way(old, store)
        print(f"killed: {before} files in the bucket before, {after} after", flush=True)
        shutil.rmtree(old.path)

        new = centre.home(tmp_path / "new")
        refused = start(new, "orchestration.run", "daily", **store.env)
        said, _ = refused.communicate()
        assert refused.returncode != 0
        assert "python -m ingestion fetch" in said
        print(done(new, "ingestion", "fetch", **store.env), flush=True)
        kept = {path for path in first if path.startswith("lake/")}
        there = {path.relative_to(new.path).as_posix() for path in new.path.glob("lake/**/*")}
        assert kept <= there
        print(done(new, "orchestration.run", "daily", **store.env), flush=True)
        found = new.fingerprints()
        assert {name for name in expected if expected[name] != found.get(name)} == set()
        assert "0 files sent" in done(new, "ingestion", "mirror", **store.env)

        erase_somebody(centre, new, store, tmp_path)
        the_bucket_is_away(centre, new, store)


def erase_somebody(centre: Centre, home: Home, store: Store, tmp_path: Path) -> None:
    world, now = centre.server.world, centre.clock.now()
    called = {c.customer_no for c in world.contacts if c.call_sid and c.arrived_at < now - 7200}
    wrote = {c.customer_no for c in world.cases if c.created_at < now - 7200}
    person = next(c for c in world.customers if c.hubspot_id and c.customer_no in called & wrote)
    keyed = Pseudonymiser(PSEUDONYM_KEY)
    known = {keyed.email(person.email) or "", keyed.phone(person.phone) or ""}
    assert find(store.copied(tmp_path / "before"), known)
    print(done(home, "orchestration.erase", person.email, **store.env), flush=True)
    assert find(store.copied(tmp_path / "after"), known) == {}


def the_bucket_is_away(centre: Centre, home: Home, store: Store) -> None:
    store.end()
    centre.clock.advance(DAY)
    known = known_until(home)
    run = start(home, "orchestration.run", "daily", **store.env)
    said, _ = run.communicate()
    print(said, flush=True)
    assert run.returncode == 1
    assert f"cannot reach s3://{NAME}" in said
    assert HIDDEN not in said
    assert known_until(home) > known
    doctor = start(home, "orchestration.doctor", **store.env)
    said, _ = doctor.communicate()
    assert f"cannot reach s3://{NAME}" in said
    assert doctor.returncode == 1


def known_until(home: Home) -> object:
    with duckdb.connect(str(home.marts), read_only=True) as connection:
        row = connection.execute("select max(as_of_at) from main.kontakti_publish").fetchone()
    return row[0] if row else None
