"""The folder of the live path, `<home>/live`: its lake, its lock, its heartbeat, its record.

Inputs: a home folder. Outputs: small files that say whether a live process works, and on what.
Every file is replaced whole, so that a reader never sees half of one.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

# Cycles kept in the record; a day of them, one every six seconds.
KEPT_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """The last sign of life.

    Attributes:
        pid: Process id.
        at: Unix seconds.
        phase: What it was at.
        cycles: Cycles since it started.
    """

    pid: int
    at: float
    phase: str
    cycles: int


class LiveHome:
    """Paths and small records of the live path."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "live"
        self.lake = self.folder / "lake"
        self.lock = self.folder / "worker.lock"
        self.heartbeat_file = self.folder / "heartbeat.json"
        self.cycles_file = self.folder / "cycles.jsonl"
        self.supervised_file = self.folder / "supervised"
        self.log = self.folder / "worker.log"

    def beat(self, phase: str, cycles: int) -> None:
        """Give a sign of life."""
        self._write(self.heartbeat_file, asdict(Heartbeat(os.getpid(), time.time(), phase, cycles)))

    def touch(self) -> None:
        """Give a sign of life that takes no room: the phase stays the last one that was told."""
        os.utime(self.heartbeat_file)

    def heartbeat(self) -> Heartbeat | None:
        """The last sign of life, None when there never was one."""
        try:
            beat = Heartbeat(**json.loads(self.heartbeat_file.read_text(encoding="utf-8")))
            touched = self.heartbeat_file.stat().st_mtime
        except (FileNotFoundError, TypeError, ValueError):
            return None
        return replace(beat, at=max(beat.at, touched))

    def note(self, line: dict[str, Any]) -> None:
        """Add a cycle to the record; the older half goes when it grows too long."""
        if self.cycles_file.exists() and self.cycles_file.stat().st_size > KEPT_BYTES:
            self.cycles_file.replace(self.cycles_file.with_suffix(".old.jsonl"))
        with self.cycles_file.open("a", encoding="utf-8") as record:
            record.write(json.dumps(line) + "\n")

    def turn_log(self) -> None:
        """Keep the last stretch of a long log as `worker.old.log`, and begin it again.

        The process goes on writing to the file it was started with, at its end: so its text is
        copied and the file emptied, where a rename would take the file along.
        """
        if self.log.exists() and self.log.stat().st_size > KEPT_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".old.log"))
            os.truncate(self.log, 0)

    def last_cycle(self) -> dict[str, Any] | None:
        """The newest cycle of the record."""
        try:
            with self.cycles_file.open("rb") as record:
                record.seek(max(0, record.seek(0, os.SEEK_END) - 20_000))
                lines = record.read().splitlines()
        except FileNotFoundError:
            return None
        for line in reversed(lines):
            try:
                last: dict[str, Any] = json.loads(line)
            except ValueError:
                # The process died while it wrote the line.
                continue
            return last
        return None

    def begin(self, known_until: datetime) -> None:
        """Note where the live lake begins."""
        self._write(self.folder / "begun.json", {"known_until": known_until.isoformat()})

    def begun_at(self) -> datetime | None:
        """Where the live lake begins; None when there is none."""
        try:
            said = json.loads((self.folder / "begun.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return datetime.fromisoformat(said["known_until"])

    def forget(self) -> None:
        """Drop what was landed here; it lands again from where the lake of the home has got to."""
        (self.folder / "begun.json").unlink(missing_ok=True)
        for folder in (self.lake, self.folder / "dlt"):
            shutil.rmtree(folder, ignore_errors=True)

    def _write(self, path: Path, content: dict[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.write_text(json.dumps(content) + "\n", encoding="utf-8")
        fresh.replace(path)
