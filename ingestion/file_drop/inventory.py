"""Which files an entry names, and which of them are new, changed, unchanged or gone.

In: the base folder, a glob, and what earlier loads remembered (plain JSON in dlt's state). Out: a
`Changes` with the files to load. A file is loaded once: an unchanged size and modification time
are enough to skip it; otherwise its content hash decides.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20
HASH_LENGTH = 32


@dataclass(frozen=True)
class FileVersion:
    """One file as it was when it was looked at.

    Attributes:
        path: Where it is.
        name: Its path below the base folder, with forward slashes; lands as `source_file`.
        size: Bytes.
        mtime_ns: Modification time, nanoseconds since 1970.
        hash: First 32 hex digits of the content's SHA-256.
    """

    path: Path
    name: str
    size: int
    mtime_ns: int
    hash: str

    @property
    def modified_at(self) -> datetime:
        """Modification time, naive UTC."""
        return datetime.fromtimestamp(self.mtime_ns / 1e9, UTC).replace(tzinfo=None)

    def remembered(self) -> dict[str, Any]:
        """What the state keeps of a loaded file."""
        return {"size": self.size, "mtime_ns": self.mtime_ns, "hash": self.hash}


@dataclass(frozen=True)
class Changes:
    """What is to do about the files of one entry.

    Attributes:
        found: Number of files that the glob names now.
        to_load: New and changed files, in name order.
        unchanged: Files loaded before, to be remembered as they now stand.
        gone: Names loaded before that are not there any more, reported once.
    """

    found: int
    to_load: tuple[FileVersion, ...]
    unchanged: tuple[FileVersion, ...]
    gone: tuple[str, ...]


def find_files(base: Path, pattern: str) -> list[Path]:
    """Files below `base` that the glob names, sorted; hidden files are left out."""
    return sorted(
        path
        for path in base.glob(pattern)
        if path.is_file() and not path.name.startswith((".", "~"))
    )


def look_at(path: Path, base: Path, remembered: dict[str, Any] | None = None) -> FileVersion:
    """Take a file's version, hashing it only where size or time differ from what is remembered."""
    stat = path.stat()
    name = path.relative_to(base).as_posix()
    known = remembered or {}
    if known.get("size") == stat.st_size and known.get("mtime_ns") == stat.st_mtime_ns:
        digest = str(known["hash"])
    else:
        digest = content_hash(path)
    return FileVersion(path, name, stat.st_size, stat.st_mtime_ns, digest)


def content_hash(path: Path) -> str:
    """First 32 hex digits of the SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:HASH_LENGTH]


def compare(base: Path, pattern: str, loaded: dict[str, dict[str, Any]]) -> Changes:
    """Compare the files that are there with the files that were loaded.

    Args:
        base: Base folder.
        pattern: Glob below it.
        loaded: By file name: size, mtime_ns, hash, and `gone` once a file was reported as such.
    """
    to_load: list[FileVersion] = []
    unchanged: list[FileVersion] = []
    for path in find_files(base, pattern):
        name = path.relative_to(base).as_posix()
        known = loaded.get(name)
        version = look_at(path, base, known)
        if known is not None and known["hash"] == version.hash:
            unchanged.append(version)
        else:
            to_load.append(version)
    present = {version.name for version in (*to_load, *unchanged)}
    gone = [n for n, known in loaded.items() if n not in present and not known.get("gone")]
    return Changes(len(present), tuple(to_load), tuple(unchanged), tuple(sorted(gone)))
