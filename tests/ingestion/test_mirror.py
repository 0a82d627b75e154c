"""The bucket holds what the home holds, a new home is made of it, and no reader is misled."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Timer
from typing import Any

import pyarrow as pa
import pytest
from filelock import FileLock

from ingestion import bucket as buckets
from ingestion import mirror as mirrors
from ingestion.bucket import MANIFEST, Bucket, BucketRefused, BucketUnreachable, bucket_url
from ingestion.compaction import SETTLED_SECONDS, compact
from ingestion.errors import SettingInvalid
from ingestion.lake_files import remove_rows
from ingestion.mirror import (
    CannotFetch,
    LakeBehind,
    LakeNotFetched,
    MirrorBusy,
    fetch,
    mirror,
    refuse_unfetched,
)
from ingestion.pipelines import land
from live import loads
from sandbox.server import SandboxServer
from tests.ingestion.test_compaction import NOW, files, rows
from tests.ingestion.test_compaction import land as put_load

HIDDEN = "hunter2"


class CutOff(Exception):  # noqa: N818
    """The machine went away."""


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that stands for a bucket."""
    folder = tmp_path / "bucket"
    monkeypatch.setenv("KONTAKTI_LAKE_BUCKET", f"file://{folder}")
    return folder


@pytest.fixture
def landed(home: Path, bucket: Path) -> Path:
    """Five old loads with their states, and what else belongs to a home."""
    for number in range(5):
        add_load(home, number)
    (home / "periods" / "daily-2023-11-01").mkdir(parents=True)
    (home / "periods" / "daily-2023-11-01" / "warehouse.duckdb").touch()
    (home / "periods" / "daily-2023-11-01.loads.json").write_text("{}")
    with sqlite3.connect(home / "alerts.sqlite3") as alerts:
        alerts.execute("create table alert (id integer)")
    alerts.close()
    return home


def add_load(home: Path, number: int) -> str:
    """A load of one row, its state and its mark; returns its id."""
    file = put_load(home, number, f"{number} as id, 'note {number}' as note")
    load = loads.load_of(file)
    assert load is not None
    states = home / "lake" / "acme" / "_dlt_pipeline_state"
    states.mkdir(exist_ok=True)
    (states / f"kontakti_acme__{load}__abc.jsonl").write_text(load)
    return load


def tree(folder: Path, *, of: str = "lake") -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted((folder / of).rglob("*"))
        if path.is_file()
    }


def new_home(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another machine's empty home, from now on the one in use."""
    other = home.with_name("other")
    monkeypatch.setenv("KONTAKTI_HOME", str(other))
    return other


def cut_off_after(calls: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bucket take so many files, or notes or removals, and then the machine goes away."""
    left = iter(range(calls))

    def taken(does: Callable[..., None]) -> Callable[..., None]:
        def act(self: Bucket, what: Any) -> None:
            if isinstance(what, Mapping):
                for name, path in what.items():
                    act_once(self, {name: path})
            else:
                act_once(self, what)

        def act_once(self: Bucket, what: Any) -> None:
            if next(left, None) is None:
                raise CutOff
            does(self, what)

        return act

    for name in ("send", "note", "remove"):
        monkeypatch.setattr(Bucket, name, taken(getattr(Bucket, name)))


def whole_loads(bucket: Path) -> set[str]:
    """Loads that a reader of the bucket takes for complete; their rows have to be there."""
    marked = loads.complete_loads(bucket / "lake" / "acme")
    found = {row[2] for row in rows(bucket)} if marked else set()
    assert marked <= found, "a mark without its rows"
    states = [path.read_text() for path in bucket.glob("lake/*/_dlt_pipeline_state/*__*")]
    assert max(marked, default="") <= max(states, default=""), "a mark without its state"
    return marked


def test_a_home_made_of_the_bucket_is_the_old_one_and_sends_nothing_again(
    landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = mirror()
    assert (done.removed, done.sent) == (0, done.files)
    assert mirror().sent == 0
    home = new_home(landed, monkeypatch)
    assert fetch().sent == done.files
    lake = tree(landed)
    # dlt reads its newest state only.
    old = [name for name in lake if "_dlt_pipeline_state" in name][:-1]
    assert tree(home) == {name: content for name, content in lake.items() if name not in old}
    assert (home / "periods" / "daily-2023-11-01.loads.json").exists()
    assert not (home / "periods" / "daily-2023-11-01").exists(), "built of the lake"
    assert not (home / ".fetching").exists()
    assert (mirror().sent, mirror().removed) == (0, 0)


def test_what_is_new_or_rewritten_is_sent_and_what_is_gone_is_removed(
    landed: Path, bucket: Path
) -> None:
    mirror()
    first, second, *_ = files(landed)
    assert remove_rows(first, lambda rows: pa.array([True] * rows.num_rows)) == 1
    size = second.stat().st_size
    second.write_bytes(second.read_bytes().replace(b"note 3", b"blank!"))
    assert second.stat().st_size == size, "told by its time alone"
    (landed / "periods" / "daily-2023-11-01.loads.json").unlink()
    load = add_load(landed, 5)
    done = mirror()
    # Two files rewritten, and rows, state and mark of the new load; the state before it goes.
    assert (done.sent, done.removed) == (5, 2)
    assert load in loads.complete_loads(bucket / "lake" / "acme")
    there = tree(bucket)
    assert there == {name: content for name, content in tree(landed).items() if name in there}
    assert b"note 3" not in b"".join(there.values())


def test_a_load_under_way_and_its_state_stay_at_home(landed: Path, bucket: Path) -> None:
    load = add_load(landed, 5)
    mark = landed / "lake" / "acme" / "_dlt_loads" / f"acme__{load}.jsonl"
    mark.unlink()
    mirror()
    assert [name for name in tree(bucket) if load in name] == []
    mark.touch()
    mirror()
    assert len([name for name in tree(bucket) if load in name]) == 3


@pytest.mark.parametrize("after", range(12))
def test_a_mirror_that_is_cut_off_leaves_a_lake_that_was(
    landed: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    for number in range(4):
        add_load(landed, number)
    mirror()
    old, old_rows = whole_loads(bucket), rows(landed)
    # Four loads are merged, and three come.
    merged = compact("acme", loads, NOW + 2 * SETTLED_SECONDS)
    assert merged
    for number in range(10, 13):
        add_load(landed, number)
    new, new_rows = loads.complete_loads(landed / "lake" / "acme"), rows(landed)
    with monkeypatch.context() as patch:
        cut_off_after(after, patch)
        try:
            mirror()
            is_cut = False
        except CutOff:
            is_cut = True
    assert is_cut == (after < 11), "the cuts cover the whole mirror"
    assert old <= whole_loads(bucket), "no load is lost, whoever reads the bucket"
    assert set(old_rows) <= set(rows(bucket))
    with monkeypatch.context() as patch:
        home = new_home(landed, patch)
        fetch()
        assert loads.complete_loads(home / "lake" / "acme") in (old, new)
        complete = loads.complete_loads(home / "lake" / "acme")
        counted = {row for row in rows(home) if row[2] in complete}
        assert counted == set(old_rows if complete == old else new_rows)
        state = max(path.read_text() for path in home.glob("lake/*/_dlt_pipeline_state/*__*"))
        assert state == max(complete), "dlt goes on where the rows end"
    mirror()
    assert sorted(rows(bucket)) == sorted(new_rows)
    assert mirror().sent == 0


def test_an_empty_home_and_one_that_was_left_behind_take_nothing_away(
    landed: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_unfetched()
    mirror()
    before = tree(bucket)
    with monkeypatch.context() as patch:
        home = new_home(landed, patch)
        for begin in (mirror, refuse_unfetched):
            with pytest.raises(LakeNotFetched, match="python -m ingestion fetch"):
                begin()
        assert tree(bucket) == before
        fetch()
        refuse_unfetched()
        add_load(home, 5)
        mirror()
    add_load(landed, 6)
    with pytest.raises(LakeBehind, match="has 1 loads that this home lacks"):
        mirror()
    assert len(whole_loads(bucket)) == 6


def test_a_home_that_lost_a_dataset_does_not_take_it_from_the_bucket(
    landed: Path, bucket: Path
) -> None:
    shutil.copytree(landed / "lake" / "acme", landed / "lake" / "other")
    mirror()
    shutil.rmtree(landed / "lake" / "other")
    with pytest.raises(LakeBehind):
        mirror()
    assert (bucket / "lake" / "other").exists()


def test_a_folder_of_somebody_elses_is_left_alone(landed: Path, bucket: Path) -> None:
    theirs = bucket / "lake" / "theirs.parquet"
    theirs.parent.mkdir(parents=True)
    theirs.touch()
    with pytest.raises(CannotFetch, match="files that no mirror put there"):
        mirror()
    theirs.unlink()
    beside = bucket / "reports" / "theirs.csv"
    beside.parent.mkdir()
    beside.touch()
    mirror()
    mirror()
    assert beside.exists()
    (bucket / MANIFEST).write_text("{}")
    with pytest.raises(BucketRefused, match="that no mirror wrote"):
        mirror()


def test_alerts_are_copied_whole_while_somebody_writes_them(landed: Path, bucket: Path) -> None:
    writer = sqlite3.connect(
        landed / "alerts.sqlite3", isolation_level=None, check_same_thread=False
    )
    writer.execute("begin")
    writer.executemany("insert into alert values (?)", ((0,) for _ in range(50_000)))
    writer.execute("commit")
    writer.execute("pragma cache_size = 1")  # what is not committed yet is in the file already
    writer.execute("begin immediate")
    writer.execute("update alert set id = 1")
    later = Timer(0.5, lambda: writer.execute("commit"))
    later.start()
    mirror()
    later.join()
    writer.close()

    def changed() -> int:
        with closing(sqlite3.connect(bucket / "alerts.sqlite3")) as copy:
            return int(copy.execute("select sum(id) from alert").fetchone()[0])

    assert changed() in {0, 50_000}
    mirror()
    assert changed() == 50_000


def test_a_fetch_goes_on_where_it_was_cut_off_and_keeps_nothing_that_is_gone(
    landed: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror()
    monkeypatch.setattr(mirrors, "BATCH", 4)
    whole, calls = Bucket.fetch, iter(range(2))

    def some(self: Bucket, what: Mapping[str, Path]) -> None:
        if next(calls, None) is None:
            raise CutOff
        whole(self, what)

    with monkeypatch.context() as patch:
        home = new_home(landed, patch)
        patch.setattr(Bucket, "fetch", some)
        with pytest.raises(CutOff):
            fetch()
        assert not (home / "lake").exists(), "half a lake is none"
    compact("acme", loads, NOW + 2 * SETTLED_SECONDS)
    mirror()
    new_home(landed, monkeypatch)
    came = fetch()
    assert 0 < came.sent < came.files
    assert sorted(rows(home)) == sorted(rows(landed))
    assert len(files(home)) == len(files(landed))


def test_only_an_empty_home_is_filled_and_only_with_a_whole_lake(
    landed: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(CannotFetch, match="is no empty home"):
        fetch()
    home = new_home(landed, monkeypatch)
    with pytest.raises(CannotFetch, match="holds no lake"):
        fetch()
    monkeypatch.setenv("KONTAKTI_HOME", str(landed))
    mirror()
    monkeypatch.setenv("KONTAKTI_HOME", str(home))
    (home / "dlt").mkdir(parents=True)
    with pytest.raises(CannotFetch, match="is no empty home"):
        fetch()
    (home / "dlt").rmdir()
    files(bucket)[0].unlink()
    with pytest.raises(CannotFetch, match="lacks 1 files of its manifest"):
        fetch()


def test_one_mirror_at_a_time(landed: Path) -> None:
    with FileLock(landed / "bucket.lock"), pytest.raises(MirrorBusy):
        mirror(patience=0)


@pytest.mark.parametrize(
    ("raised", "error", "said"),
    [
        (TimeoutError("key AKIA-hunter2"), BucketUnreachable, "cannot reach"),
        (PermissionError("key AKIA-hunter2"), BucketRefused, "denies access"),
        (FileNotFoundError("hunter2"), BucketRefused, "is not there"),
        (OSError(28, "hunter2"), BucketRefused, "no room is left"),
    ],
)
def test_what_a_store_says_becomes_one_line_without_a_secret(
    landed: Path,
    bucket: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    error: type[Exception],
    said: str,
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(buckets.LocalFileSystem, "put", refuse)
    with pytest.raises(error, match=said) as caught:
        mirror()
    assert str(bucket) in str(caught.value)
    assert "docs/runbook/bucket.md" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_store_whose_package_is_not_installed(
    landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KONTAKTI_LAKE_BUCKET", "gs://lake")
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(BucketRefused, match="not installed: gcsfs"):
        mirror()


def test_a_store_that_does_not_remove_is_told(
    landed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror()
    (landed / "periods" / "daily-2023-11-01.loads.json").unlink()
    monkeypatch.setattr(buckets.LocalFileSystem, "rm", lambda *_, **__: None)
    with pytest.raises(BucketRefused, match="keeps 1 files that have to go"):
        mirror()


@pytest.mark.parametrize("url", ["lake", "s3://", "sss://lake", f"s3://key:{HIDDEN}@bucket/lake"])
def test_a_setting_that_cannot_be_meant(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTAKTI_LAKE_BUCKET", url)
    with pytest.raises(SettingInvalid, match="KONTAKTI_LAKE_BUCKET") as caught:
        bucket_url()
    assert "hunter2" not in str(caught.value)


def test_a_new_home_lands_what_the_old_one_would_have(
    vendors: SandboxServer, home: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("twilio")
    mirror()
    with monkeypatch.context() as patch:
        other = new_home(home, patch)
        fetch()
        again = land("twilio")
        assert again.total_rows == 0, "dlt's cursors came along"
    vendors.clock.advance(86_400)
    expected = land("twilio")
    monkeypatch.setenv("KONTAKTI_HOME", str(other))
    assert land("twilio").rows == expected.rows
    assert expected.total_rows > 0


def test_the_manifest_says_when_and_what(landed: Path, bucket: Path) -> None:
    mirror()
    said = json.loads((bucket / MANIFEST).read_text())
    assert said["mirrored_at"]
    for name, (size, modified) in said["files"].items():
        now = os.stat(landed / name)
        assert (now.st_size, now.st_mtime_ns) == (size, modified)
