"""The bucket that keeps a home's lake: which it is, what lies there, and what is wrong with it.

In: `KONTAKTI_LAKE_BUCKET`, a URL that fsspec knows (`s3://`, `gs://`, `az://`, `file://`), and the
credentials that its packages read from the environment by themselves: none passes through here,
and no message repeats what a package says of a failure. Out: files of a home under their own
paths, and `manifest.json`, which says what of them belongs together.

`ingestion.mirror` fills it from a home and makes a home of it.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from fsspec.core import url_to_fs
from fsspec.implementations.local import LocalFileSystem
from fsspec.registry import known_implementations

from ingestion.errors import IngestionError, SettingInvalid

VARIABLE: Final = "KONTAKTI_LAKE_BUCKET"
MANIFEST: Final = "manifest.json"
# What a mirror may put here, and remove: whatever else lies in the folder is somebody else's.
OURS: Final = ("lake/", "periods/", "sizes/", "alerts.sqlite3")
RUNBOOK: Final = "see docs/runbook/bucket.md"
# Files on their way at once; each may be in memory whole, and a merged one has 128 MiB.
AT_ONCE: Final = 8
_NO_CREDENTIAL: Final = ("Credential", "Auth")  # as the packages' own exceptions are called


class BucketUnreachable(IngestionError):  # noqa: N818 - says what happened
    """It did not answer, or not to the end: worth another try."""

    def __init__(self, url: str, cause: BaseException) -> None:
        super().__init__(
            "bucket",
            f"cannot reach {url} ({type(cause).__name__})",
            f"Check the network and its settings: the next mirror sends what is missing; {RUNBOOK}",
        )


class BucketRefused(IngestionError):  # noqa: N818
    """It answered, or there is nobody to ask: trying again changes nothing."""

    def __init__(self, url: str, what: str, todo: str) -> None:
        super().__init__("bucket", f"{url} {what}", f"{todo}; {RUNBOOK}")


class Stamp(NamedTuple):
    """What a file of the home was like when it was sent; a rewritten one has another."""

    size: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """The stamp of a file as it is now."""
        now = path.stat()
        return cls(now.st_size, now.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What belongs together in the bucket.

    Attributes:
        mirrored_at: When a mirror was last complete, UTC; None before the first.
        files: Stamp of each file, by its path below the home.
    """

    mirrored_at: datetime | None = None
    files: Mapping[str, Stamp] = field(default_factory=dict)

    def as_json(self) -> bytes:
        """As it lies in the bucket."""
        at = self.mirrored_at.isoformat() if self.mirrored_at else None
        return json.dumps({"mirrored_at": at, "files": self.files}).encode()

    @classmethod
    def of_json(cls, text: bytes) -> Manifest:
        """As it was written.

        Raises:
            ValueError, KeyError, TypeError: It was not written by `as_json`.
        """
        said = json.loads(text)
        at = said["mirrored_at"]
        files = {name: Stamp(*stamp) for name, stamp in said["files"].items()}
        return cls(datetime.fromisoformat(at) if at else None, files)


def bucket_url() -> str | None:
    """Where the lake is kept; None where it is kept nowhere else.

    Raises:
        SettingInvalid: It is no URL that fsspec knows, or holds a password.
    """
    url = os.environ.get(VARIABLE, "").strip().rstrip("/")
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in known_implementations or not (parts.netloc or parts.path):
        raise SettingInvalid(
            "bucket", VARIABLE, "is no URL of a store", "Write it like s3://bucket/folder"
        )
    if parts.password is not None:
        raise SettingInvalid(
            "bucket", VARIABLE, "holds a password", "Give credentials to the environment instead"
        )
    return url


class Bucket:
    """The folder of a bucket that keeps one lake."""

    def __init__(self, url: str) -> None:
        self.url = url
        with self._asked():
            # Nothing remembered from an earlier look: other processes write here too.
            options = {"use_listings_cache": False, "skip_instance_cache": True}
            self._files, self._root = url_to_fs(url, **options)
        self._files.batch_size = AT_ONCE
        self._is_local = isinstance(self._files, LocalFileSystem)

    def manifest(self) -> Manifest | None:
        """What belongs together here; None where no mirror ever began.

        Raises:
            BucketUnreachable: No answer.
            BucketRefused: No credential, no access, or somebody else's file.
        """
        with self._asked():
            try:
                text: bytes = self._files.cat_file(self._path(MANIFEST))
            except FileNotFoundError:
                return None
        try:
            return Manifest.of_json(text)
        except (KeyError, TypeError, ValueError):
            raise BucketRefused(
                self.url, f"holds a {MANIFEST} that no mirror wrote", "Name another folder"
            ) from None

    def note(self, manifest: Manifest) -> None:
        """Write the manifest anew, whole or not at all."""
        with self._asked():
            if not self._is_local:
                self._files.pipe_file(self._path(MANIFEST), manifest.as_json())
                return
            # Stores put a file whole; a disk does not.
            beside = self._path(f".{MANIFEST}")
            self._files.makedirs(self._root, exist_ok=True)
            self._files.pipe_file(beside, manifest.as_json())
            self._files.mv(beside, self._path(MANIFEST))

    def sizes(self) -> dict[str, int]:
        """Bytes of every file here that a mirror may have put here, by its name."""
        with self._asked():
            try:
                found: dict[str, Any] = self._files.find(self._root, detail=True)
            except FileNotFoundError:
                return {}
        names = {path[len(self._root) :].lstrip("/"): info for path, info in found.items()}
        return {name: int(info["size"]) for name, info in names.items() if name.startswith(OURS)}

    def send(self, files: Mapping[str, Path]) -> None:
        """Put files here, several at once; one of the same name is replaced."""
        with self._asked():
            if self._is_local:
                for folder in {self._path(name).rpartition("/")[0] for name in files}:
                    self._files.makedirs(folder, exist_ok=True)
            if files:
                self._files.put(list(map(str, files.values())), list(map(self._path, files)))

    def fetch(self, files: Mapping[str, Path]) -> None:
        """Get files from here, several at once."""
        with self._asked():
            for path in files.values():
                path.parent.mkdir(parents=True, exist_ok=True)
            if files:
                self._files.get(list(map(self._path, files)), list(map(str, files.values())))

    def remove(self, names: Collection[str]) -> None:
        """Take files away.

        Raises:
            BucketRefused: Some are still there: stores tell of that in no other way.
        """
        if not names:
            return
        with self._asked():
            self._files.rm([self._path(name) for name in names])
        if left := self.sizes().keys() & set(names):
            raise BucketRefused(
                self.url, f"keeps {len(left)} files that have to go", "Allow deleting there"
            )

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Turn what a package says into one line that shows nothing of it but its name."""
        try:
            yield
        except IngestionError:
            raise
        except ImportError:
            package = known_implementations[urlsplit(self.url).scheme]["class"].partition(".")[0]
            raise BucketRefused(
                self.url, f"needs a package that is not installed: {package}", "Install it"
            ) from None
        except FileNotFoundError:
            raise BucketRefused(self.url, "is not there", "Make the bucket, or name it") from None
        except PermissionError as error:
            raise BucketRefused(
                self.url, f"denies access ({type(error).__name__})", "Check its credential"
            ) from None
        except Exception as error:
            name = type(error).__name__
            if any(word in name for word in _NO_CREDENTIAL):
                raise BucketRefused(
                    self.url, f"denies access ({name})", "Check its credential"
                ) from None
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise BucketRefused(
                    self.url, "cannot be copied: no room is left on the disk", "Make room"
                ) from None
            raise BucketUnreachable(self.url, error) from None
