"""The machine: Python, the installed packages against the lock, the disk."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

from orchestration.doctor.finding import Finding, fail, ok, warn
from orchestration.settings import PROJECT_ROOT, Settings

LOCK = PROJECT_ROOT / "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 13)
SHOWN = 3
# A publish writes a second copy of the marts, and a build rewrites much of the warehouse.
LEAST_FREE = 200 * 2**20


def python(settings: Settings) -> Iterator[Finding]:
    """Whether this is a Python that the lock was made for."""
    del settings
    said = sys.version.split()[0]
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        yield ok("python", said)
    else:
        yield fail("python", f"{said}; 3.11 to 3.13 are tried", "make install PYTHON=python3.12")


def packages(settings: Settings) -> Iterator[Finding]:
    """Whether what is installed is what the lock names."""
    del settings
    wanted = dict(locked(LOCK.read_text(encoding="utf-8")))
    other = [
        f"{name} {_installed(name) or 'missing'} for {number}"
        for name, number in wanted.items()
        if _installed(name) != number
    ]
    if other:
        shown = ", ".join(other[:SHOWN])
        said = f"{len(other)} differ from requirements.lock, such as {shown}"
        yield fail("packages", said, "make install")
    else:
        yield ok("packages", f"{len(wanted)} as in requirements.lock")


def disk(settings: Settings) -> Iterator[Finding]:
    """Whether another build and another copy of the marts fit."""
    home = settings.home_dir
    free = shutil.disk_usage(nearest(home)).free
    built = sum(file.stat().st_size for file in home.glob("*.duckdb"))
    said = f"{size(free)} free, the databases take {size(built)}"
    todo = f"Make room: {home}/dbt, dlt and reports may go while nothing runs; the lake never"
    if free < max(LEAST_FREE, built):
        yield fail("disk", said, todo, "publish-failed")
    elif free < 3 * max(LEAST_FREE, built):
        yield warn("disk", said, todo, "publish-failed")
    else:
        yield ok("disk", said)


def locked(text: str) -> Iterator[tuple[str, str]]:
    """Names and versions of a lock's packages that this machine needs."""
    for line in text.splitlines():
        if not line[:1].isalnum():
            continue
        requirement = Requirement(line.removesuffix("\\").strip())
        pinned = [clause.version for clause in requirement.specifier if clause.operator == "=="]
        if pinned and (requirement.marker is None or requirement.marker.evaluate()):
            yield requirement.name, pinned[0]


def nearest(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def size(count: float) -> str:
    """A number of bytes for people."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
