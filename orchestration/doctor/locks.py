"""Who holds the files that one process at a time may hold.

Nothing is tried or taken: a reader of the warehouse, for a moment even, would turn a build away.
Linux says in /proc/locks which process holds which file; elsewhere `lsof` says who has it open.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from orchestration.doctor.finding import Finding, ok, warn
from orchestration.settings import Settings

PROC_LOCKS = Path("/proc/locks")
HELD = {
    "warehouse.duckdb": "A build, or somebody's client: the copy serving/marts.duckdb is for those",
    "live.duckdb": "The realtime job. Wait for it",
    "serving/.marts.lock": "A publish. Wait for it",
    "serving/.live.lock": "A publish. Wait for it",
}


def locks(settings: Settings) -> Iterator[Finding]:
    """One finding for each file that is held, or one that none is."""
    home = settings.home_dir
    wanted = {home / name: todo for name, todo in HELD.items()}
    wanted |= {
        path: f"A landing of {path.stem}. Wait for it" for path in (home / "dlt").glob("*.lock")
    }
    found = False
    for path, todo in wanted.items():
        if pids := holders(path):
            found = True
            names = ", ".join(f"process {pid} ({program(pid)})" for pid in pids)
            held = path.relative_to(home)
            yield warn("locks", f"{held} is held by {names}", todo, "warehouse-locked")
    if not found:
        yield ok("locks", "nobody holds the warehouse, a source or a publish")


def holders(path: Path) -> list[int]:
    """Ids of the processes that hold a file; empty where none does, or it is not there."""
    if not path.exists():
        return []
    if not PROC_LOCKS.exists():
        return _open_by(path)
    number = path.stat().st_ino
    held = (line.split() for line in PROC_LOCKS.read_text(encoding="utf-8").splitlines())
    # `1: FLOCK ADVISORY WRITE <pid> <major>:<minor>:<inode> 0 EOF`; `->` marks who waits.
    return sorted(
        {
            int(parts[4])
            for parts in held
            if parts[1] != "->" and parts[5].rpartition(":")[2] == str(number)
        }
    )


def program(pid: int) -> str:
    """What a process runs, without its arguments: these may hold anything."""
    try:
        return (Path("/proc") / str(pid) / "comm").read_text(encoding="utf-8").strip()
    except OSError:
        return "unknown"


def _open_by(path: Path) -> list[int]:
    lsof = shutil.which("lsof")
    if lsof is None:
        return []
    said = subprocess.run([lsof, "-t", str(path)], capture_output=True, text=True, check=False)  # noqa: S603
    return sorted(int(pid) for pid in said.stdout.split())
