"""The lake of a home kept in a bucket, and a home made of what is kept there.

`mirror()` sends what is new or was rewritten since the last time and removes what is gone:

    rows of new loads ─▶ dlt's states ─▶ marks of complete loads ─▶ manifest.json ─▶ removals

so that whoever reads the bucket meets a load's mark only when all of its rows are there, and rows
that were merged twice for a moment rather than never. A mirror that is cut off leaves the last
manifest standing, with every file that it names; the next one goes on from there.

Mirrored are the complete loads of `<home>/lake` and the little besides that cannot be made of
them: alerts, the notes of past periods, the record of sizes. What was rewritten is told by size
and time of change, as rsync tells it, from the stamps in the manifest: an erasure may leave a file
as long as it was.

No home takes the lake of another away: one that lacks a load that the bucket has is refused, be
it an empty one, or an old one that runs on after a new one took over.

`fetch()` fills an empty home. In and out: `KONTAKTI_LAKE_BUCKET` (`ingestion.bucket`), the home.
Run alone: `python -m ingestion mirror`, `python -m ingestion fetch`.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

from ingestion.bucket import RUNBOOK, VARIABLE, Bucket, Manifest, Stamp, bucket_url
from ingestion.errors import IngestionError, SettingInvalid
from ingestion.home import home_folder
from ingestion.lake_files import datasets
from ingestion.lake_lock import reading

ALERTS: Final = "alerts.sqlite3"
BESIDES: Final = (ALERTS, "periods/*.loads.json", "sizes/*.parquet")
MARKS, STATES, SCHEMAS = "_dlt_loads", "_dlt_pipeline_state", "_dlt_version"
FETCHING: Final = ".fetching"
BUILT: Final = ("dlt", "warehouse.duckdb")
LOCK: Final = "bucket.lock"
# Files between two notes of how far it has got.
BATCH: Final = 200
PATIENCE_SECONDS: Final = 600.0
# A load's id begins the names of its files, and stands after `__` in those of dlt's own tables.
_LOAD = re.compile(r"(?:^|__)(\d+\.\d+)[._]")
Files = dict[str, Stamp]


@dataclass(frozen=True, slots=True)
class Mirrored:
    """What a mirror did.

    Attributes:
        sent: Files that were sent.
        sent_bytes: Their bytes.
        removed: Files that were removed.
        files: Files that the bucket has now.
        bytes: Their bytes.
        seconds: Wall time.
    """

    sent: int
    sent_bytes: int
    removed: int
    files: int
    bytes: int
    seconds: float


class MirrorBusy(IngestionError):  # noqa: N818 - says what happened
    """Another process mirrors this home."""

    def __init__(self) -> None:
        super().__init__("bucket", "another mirror is at work on this home", "Wait for it to end")


class LakeNotFetched(IngestionError):  # noqa: N818
    """The home is empty and the bucket is not."""

    def __init__(self, url: str) -> None:
        super().__init__(
            "bucket",
            f"{url} holds a lake and this home holds none",
            f"python -m ingestion fetch, then run again; {RUNBOOK}",
        )


class LakeBehind(IngestionError):  # noqa: N818
    """The bucket has loads that the home does not."""

    def __init__(self, url: str, loads: Sequence[str]) -> None:
        super().__init__(
            "bucket",
            f"{url} has {len(loads)} loads that this home lacks, such as {loads[0]}",
            "Another home goes on from it, or a part of this lake is lost: fetch into an empty"
            f" home, or name an empty folder for this one; {RUNBOOK}",
        )


class CannotFetch(IngestionError):  # noqa: N818
    """There is nothing to fetch, or no place for it."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__("bucket", what, f"{todo}; {RUNBOOK}")


def kept(home: Path) -> Files:
    """What of a home belongs into a bucket now: complete loads, and what goes with them."""
    found: list[Path] = []
    for dataset in datasets(home / "lake"):
        folder = home / "lake" / dataset
        # Looked up first: a load that is marked by now has all its files, however long this takes.
        complete = {_load_of(mark) for mark in (folder / MARKS).glob("*.jsonl")}
        states: list[Path] = []
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            load = _load_of(path)
            # A schema may be of a load that failed, and is that of the loads after it.
            if load is not None and load not in complete and path.parent.name != SCHEMAS:
                continue
            (states if load and path.parent.name == STATES else found).append(path)
        # dlt reads the newest one only, and removes old ones whenever it lands.
        found += sorted(states, key=lambda path: float(_load_of(path) or 0))[-1:]
    for pattern in BESIDES:
        found += home.glob(pattern)
    # Hidden ones are being written.
    return {
        path.relative_to(home).as_posix(): Stamp.of(path)
        for path in found
        if not path.name.startswith(".")
    }


def _load_of(path: Path) -> str | None:
    load = _LOAD.search(path.name)
    return load[1] if load else None


def mirror(patience: float = PATIENCE_SECONDS) -> Mirrored:
    """Make the bucket hold what the home holds.

    Args:
        patience: Seconds to wait for another mirror of this home.

    Raises:
        SettingInvalid: No bucket is named, or not well.
        BucketUnreachable: It did not answer to the end; the next mirror goes on.
        BucketRefused: It does not let us in, or holds other files.
        LakeNotFetched: The home is empty and the bucket is not.
        LakeBehind: The bucket has loads that the home lacks.
        MirrorBusy: Another mirror of this home took longer than the patience.
    """
    bucket, home, began = _configured(), home_folder(), time.monotonic()
    with _alone(home, patience), reading(home):
        before = bucket.manifest()
        there = bucket.sizes()
        if before is None and there:
            raise CannotFetch(
                f"{bucket.url} holds files that no mirror put there", "Name an empty folder"
            )
        refuse_other_lake(bucket.url, before)
        here = kept(home)
        if before is None:
            before = Manifest()
            # Says from now on whose files these are, should this be cut off.
            bucket.note(before)
        new = [
            name
            for name, stamp in here.items()
            if (before.files.get(name), there.get(name)) != (stamp, stamp.size)
        ]
        _send(bucket, home, before, here, new)
        bucket.note(Manifest(datetime.now(UTC), here))
        gone = there.keys() - here.keys()
        bucket.remove(gone)
    return Mirrored(
        sent=len(new),
        sent_bytes=sum(here[name].size for name in new),
        removed=len(gone),
        files=len(here),
        bytes=sum(stamp.size for stamp in here.values()),
        seconds=time.monotonic() - began,
    )


def _send(bucket: Bucket, home: Path, before: Manifest, here: Files, new: list[str]) -> None:
    """Rows first, then states, marks last; notes after each batch of rows how far it has got."""
    noted = dict(before.files)
    with _consistent(home) as copies:
        for batch in _batches([name for name in new if _turn(name) == 0]):
            bucket.send({name: copies.get(name, home / name) for name in batch})
            noted |= {name: here[name] for name in batch}
            bucket.note(Manifest(before.mirrored_at, noted))
    for turn in (1, 2):
        bucket.send({name: home / name for name in new if _turn(name) == turn})


def _batches(names: list[str]) -> Iterator[list[str]]:
    return (names[at : at + BATCH] for at in range(0, len(names), BATCH))


def _turn(name: str) -> int:
    """When a file is sent: a state moves on the cursors, and a mark makes a load count."""
    return 2 if f"/{MARKS}/" in name else int(f"/{STATES}/" in name)


@contextmanager
def _consistent(home: Path) -> Iterator[Mapping[str, Path]]:
    """Copies of databases that others may be writing to."""
    if not (home / ALERTS).exists():
        yield {}
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / ALERTS
        with (
            closing(sqlite3.connect(home / ALERTS)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            source.backup(target)
        yield {ALERTS: copy}


def refuse_unfetched() -> None:
    """Check that a home is not begun afresh while the bucket has a lake for it.

    Asks the bucket only where nothing has landed yet.

    Raises:
        LakeNotFetched: It is.
        BucketUnreachable: Nobody can tell.
    """
    if bucket_url() is not None and not datasets(home_folder() / "lake"):
        bucket = _configured()
        refuse_other_lake(bucket.url, bucket.manifest())


def refuse_other_lake(url: str, manifest: Manifest | None) -> None:
    """Check that the home has every load that the bucket has.

    Raises:
        LakeNotFetched: It has none at all.
        LakeBehind: It lacks some.
    """
    home = home_folder()
    ours = {path.relative_to(home).as_posix() for path in home.glob(f"lake/*/{MARKS}/*.jsonl")}
    theirs = {name for name in (manifest.files if manifest else ()) if f"/{MARKS}/" in name}
    if lacking := sorted(theirs - ours):
        raise (
            LakeBehind(url, [Path(name).stem for name in lacking]) if ours else LakeNotFetched(url)
        )


def fetch() -> Mirrored:
    """Fill an empty home with what the bucket keeps.

    Whole or not at all: files are collected beside, where a fetch that was cut off goes on, and the
    lake appears last.

    Returns:
        As of a mirror, with the files that came as `sent`.

    Raises:
        CannotFetch: The home has a lake, the bucket none, or not all of it.
        BucketUnreachable: It did not answer to the end; run it again.
        BucketRefused: It does not let us in.
    """
    bucket, home, began = _configured(), home_folder(), time.monotonic()
    with _alone(home, 0):
        # dlt's folder may be ahead of what comes, and a warehouse too: both would go on from there.
        if datasets(home / "lake") or any((home / name).exists() for name in BUILT):
            raise CannotFetch(f"{home} is no empty home", "Fetch into one, or empty this one")
        manifest = bucket.manifest()
        if manifest is None or not manifest.files:
            raise CannotFetch(f"{bucket.url} holds no lake", "Is it the one you mean?")
        there = bucket.sizes()
        if lost := sorted(manifest.files.keys() - there.keys()):
            raise CannotFetch(
                f"{bucket.url} lacks {len(lost)} files of its manifest, such as {lost[0]}",
                "Restore them there",
            )
        came = _collect(bucket, home / FETCHING, manifest.files, there)
        _install(home / FETCHING, home)
    return Mirrored(
        sent=len(came),
        sent_bytes=sum(there[name] for name in came),
        removed=0,
        files=len(manifest.files),
        bytes=sum(there[name] for name in manifest.files),
        seconds=time.monotonic() - began,
    )


def _collect(
    bucket: Bucket, folder: Path, files: Mapping[str, Stamp], there: Mapping[str, int]
) -> list[str]:
    """Get what is not there yet, with the times of the old home: nothing need be sent again."""
    for path in folder.rglob("*"):
        # Of an earlier fetch that was cut off, and merged or erased since.
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    wanted = [
        name
        for name, stamp in files.items()
        if not (folder / name).exists() or Stamp.of(folder / name) != stamp
    ]
    for batch in _batches(wanted):
        bucket.fetch({name: folder / name for name in batch})
        for name in batch:
            # One that a mirror which was cut off has replaced is sent once more instead.
            if there[name] == files[name].size:
                os.utime(folder / name, ns=(files[name].modified_ns,) * 2)
    return wanted


def _install(collected: Path, home: Path) -> None:
    for path in sorted(collected.rglob("*")):
        name = path.relative_to(collected)
        if path.is_file() and name.parts[0] != "lake":
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            path.replace(home / name)
    (collected / "lake").rename(home / "lake")
    shutil.rmtree(collected)


def _configured() -> Bucket:
    url = bucket_url()
    if url is None:
        raise SettingInvalid("bucket", VARIABLE, "is not set", "Name it: s3://bucket/folder")
    return Bucket(url)


@contextmanager
def _alone(home: Path, patience: float) -> Iterator[None]:
    """One mirror a home: an older one must not put back what an erasure has taken out."""
    home.mkdir(parents=True, exist_ok=True)
    lock = FileLock(home / LOCK)
    try:
        lock.acquire(timeout=patience)
    except Timeout as error:
        raise MirrorBusy from error
    try:
        yield
    finally:
        lock.release()
