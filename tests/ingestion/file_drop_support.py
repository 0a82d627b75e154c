"""A file drop in a temporary folder, run without dlt: write files and a mapping, look at rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from ingestion.file_drop.collect import collector
from ingestion.file_drop.drop import DatasetDrop, Watermark
from ingestion.file_drop.errors import Problem
from ingestion.file_drop.mapping import load_mapping
from ingestion.file_drop.report import EntryReport
from ingestion.privacy import Pseudonymiser

KEY = "a key for tests only"
PROVENANCE = ("source_dataset", "source_file", "source_row", "file_hash")


@dataclass
class Landed:
    """What one run brought."""

    good: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    bad: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    reports: list[EntryReport] = field(default_factory=list)
    watermarks: list[Watermark] = field(default_factory=list)

    def values(self, entity: str, column: str) -> list[Any]:
        """One column of the good rows."""
        return [row[column] for row in self.good.get(entity, [])]

    def reasons(self, entity: str) -> list[tuple[int, str, str]]:
        """Row, column and reason of the bad rows."""
        return [
            (row["source_row"], row["column_name"], row["reason"])
            for row in self.bad.get(entity, [])
        ]


class FileDrop:
    """A base folder with a mapping, and the state that runs leave."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.state: dict[str, Any] = {}

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def map(self, *entries: dict[str, Any]) -> None:
        complete = [{"dataset": "acme", **entry} for entry in entries]
        self.write("files.yml", yaml.safe_dump(complete, sort_keys=False))

    def run(self) -> Landed:
        mapping = load_mapping(self.base / "files.yml")
        landed = Landed(problems=list(mapping.problems))
        for dataset in mapping.datasets:
            chosen = [p for p in mapping.entries if p.entry.dataset == dataset]
            with TemporaryDirectory() as scratch, collector(Path(scratch), dataset) as collected:
                drop = DatasetDrop(chosen, self.base, Path(scratch), collected, Pseudonymiser(KEY))
                drop.run(self.state.setdefault(dataset, {}))
                for entity in drop.entities:
                    for into, tables in (
                        (landed.good, collected.good(entity)),
                        (landed.bad, collected.bad(entity)),
                    ):
                        rows = into.setdefault(entity.name, [])
                        for table in tables:
                            rows += table.to_pylist()
                landed.problems += drop.problems
                landed.reports += drop.reports
                landed.watermarks += drop.watermarks
        return landed


CALLS = {
    "entity": "calls",
    "path": "calls.csv",
    "columns": {"call_id": "id", "queued_at": "at", "outcome": "outcome"},
}
