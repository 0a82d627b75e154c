"""Opens archives: turns one dropped file into parts that DuckDB can read as they are.

In: a CSV, Parquet or JSON file, bare, gzipped, or in a zip archive. Out: one `Part` a data file,
plain and, for text, in UTF-8. What has to be unpacked or re-encoded goes to a scratch folder.
"""

# ruff: noqa: N818 - the names say what happened, as in ingestion.errors

from __future__ import annotations

import codecs
import gzip
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Protocol

from ingestion.file_drop.mapping import Format

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
}
_CHUNK = 1 << 20


class Unreadable(ValueError):
    """A file or a part of it cannot be read; the message says which and why."""


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Part:
    """One readable data file.

    Attributes:
        path: A plain file on disk.
        name: How messages and `source_file` call it: the dropped file, and the member of a zip.
        format: What it is.
    """

    path: Path
    name: str
    format: Format


def parts_of(
    path: Path, name: str, *, declared: Format | None, member: str, encoding: str, scratch: Path
) -> Iterator[Part]:
    """Yield the data files inside one dropped file.

    Args:
        path: The dropped file.
        name: Its path below the base folder.
        declared: Format given by the mapping; by the ending when None.
        member: Glob over the members of a zip archive.
        encoding: Encoding of text files.
        scratch: Existing folder for what is unpacked.

    Raises:
        Unreadable: No data in it, an unknown ending, a damaged archive, another encoding.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".zip":
            yield from _members(path, name, declared, member, encoding, scratch)
        elif suffix == ".gz":
            inner = Path(path.stem)
            plain = scratch / f"unpacked{inner.suffix.lower()}"
            with gzip.open(path) as packed:
                _copy(packed, plain)
            yield _part(plain, name, declared, inner.suffix, encoding)
        else:
            yield _part(path, name, declared, suffix, encoding, scratch)
    except (zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Unreadable(f"{name} is a damaged archive ({error})") from error
    except OSError as error:
        raise Unreadable(f"{name} cannot be read ({error.strerror or error})") from error


def _members(
    path: Path, name: str, declared: Format | None, member: str, encoding: str, scratch: Path
) -> Iterator[Part]:
    with zipfile.ZipFile(path) as archive:
        chosen = [info for info in archive.infolist() if _is_data(info, declared, member)]
        if not chosen:
            raise Unreadable(f"{name} holds no file that fits member {member!r}")
        for number, info in enumerate(sorted(chosen, key=lambda info: info.filename)):
            suffix = PurePosixPath(info.filename).suffix
            # A name of our own: what the archive calls its members never chooses a path.
            plain = scratch / f"member_{number}{suffix.lower()}"
            try:
                with archive.open(info) as packed:
                    _copy(packed, plain)
            except RuntimeError as error:
                raise Unreadable(f"{name} cannot be opened ({error})") from error
            yield _part(plain, f"{name}/{info.filename}", declared, suffix, encoding)
            plain.unlink(missing_ok=True)


def _is_data(info: zipfile.ZipInfo, declared: Format | None, member: str) -> bool:
    path = PurePosixPath(info.filename)
    if info.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts:
        return False
    known = declared is not None or path.suffix.lower() in _FORMATS
    return known and (fnmatch(info.filename, member) or fnmatch(path.name, member))


def _part(
    path: Path,
    name: str,
    declared: Format | None,
    suffix: str,
    encoding: str,
    scratch: Path | None = None,
) -> Part:
    """A plain file as a part; `scratch` is given when `path` is not ours to rewrite."""
    kind = declared or _FORMATS.get(suffix.lower())
    if kind is None:
        raise Unreadable(
            f"{name} has an ending that tells no format (known: {', '.join(_FORMATS)},"
            " with .gz or in a .zip); give `format`"
        )
    if kind == "parquet" or codecs.lookup(encoding).name == "utf-8":
        return Part(path, name, kind)
    target = (scratch or path.parent) / f"{path.stem}.utf8"
    try:
        with (
            path.open(encoding=encoding, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as copy,
        ):
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
    except UnicodeError as error:
        raise Unreadable(
            f"{name} is not in encoding {encoding} ({error}); set options.encoding"
        ) from error
    return Part(target, name, kind)


def _copy(source: _Readable, target: Path) -> None:
    with target.open("wb") as out:
        shutil.copyfileobj(source, out, _CHUNK)
