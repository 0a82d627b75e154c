"""Landed tables that held every check, and the files that they were made of then.

A table that nothing arrived for holds what it held: its results are given again, and the cost of
checking follows what arrived. Load logs are always checked, since they are compared with others.

Input: a home. Output: `<home>/expectations/settled.json`; without it everything is checked again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from expectations.model import CheckResult, CheckSpec

NOTE = Path("expectations") / "settled.json"


class Settled:
    """Results of tables that held every check, by table."""

    def __init__(self, home: Path) -> None:
        """Read what earlier runs on this home noted."""
        self._home = home
        self._noted: dict[str, dict[str, Any]] = {}
        if (home / NOTE).exists():
            self._noted = json.loads((home / NOTE).read_text(encoding="utf-8"))

    def results(self, table: str, checks: Sequence[CheckSpec]) -> list[CheckResult] | None:
        """The results of a table whose files and checks are as they were, else None."""
        noted = self._noted.get(table)
        if noted is None or noted["basis"] != self._basis(table, checks):
            return None
        return [
            CheckResult(**{**result, "columns": tuple(result["columns"]), "loads": ()})
            for result in noted["results"]
        ]

    def note(self, table: str, checks: Sequence[CheckSpec], results: Sequence[CheckResult]) -> None:
        """Note a table if every check ran and held, else forget it."""
        self._noted.pop(table, None)
        held = all(result.success and result.skipped is None for result in results)
        if held and not table.endswith(".watermarks"):
            self._noted[table] = {
                "basis": self._basis(table, checks),
                "results": [asdict(result) for result in results],
            }

    def write(self) -> None:
        """Keep what was noted for the next run."""
        path = self._home / NOTE
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(self._noted), encoding="utf-8")
        new.replace(path)

    def _basis(self, table: str, checks: Sequence[CheckSpec]) -> str:
        read = sorted({table, *(other for check in checks for other in check.tables)})
        folders = [self._home / "lake" / each.replace(".", "/", 1) for each in read]
        files = [
            (str(file.relative_to(self._home)), file.stat().st_size, file.stat().st_mtime_ns)
            for folder in folders
            for file in sorted(folder.rglob("*.parquet"))
        ]
        return hashlib.sha256(repr((files, checks)).encode()).hexdigest()
