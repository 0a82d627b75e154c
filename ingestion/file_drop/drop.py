"""Works through the entries of one dataset: finds new files, evaluates them, collects the rows.

In: the checked entries, the base folder, and the state of earlier landings. Out: rows in a
`Collector`, a report an entry, the problems that stopped entries or files, and the watermarks.
A problem stops its entry or its file, never the others; a file is remembered as loaded only when
all of it was evaluated.

State (plain JSON): `entries` by entity, path and fingerprint → files by name; `watermarks` by
entity.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from ingestion.file_drop import inventory
from ingestion.file_drop.collect import Collector, Origin
from ingestion.file_drop.errors import Problem
from ingestion.file_drop.evaluate import Unusable, evaluate
from ingestion.file_drop.inventory import FileVersion
from ingestion.file_drop.mapping import Entry, Lookup, PlacedEntry
from ingestion.file_drop.pseudonymise import Hider
from ingestion.file_drop.reader import RawTable, connection, lock, read, unite
from ingestion.file_drop.report import EntryReport
from ingestion.file_drop.unpack import Part, Unreadable, parts_of
from ingestion.file_drop.vocabulary import Entity
from ingestion.privacy import Pseudonymiser

State = dict[str, Any]


@dataclass(frozen=True)
class Watermark:
    """How far an entity's files reach.

    Attributes:
        entity: Entity name.
        at: Everything up to here is in the files, naive UTC.
        rows: Good rows landed now.
        is_initial: Nothing of this entity landed before.
    """

    entity: str
    at: datetime
    rows: int
    is_initial: bool


class DatasetDrop:
    """One landing of one dataset; `run` does the work once."""

    def __init__(
        self,
        entries: Sequence[PlacedEntry],
        base: Path,
        scratch: Path,
        collected: Collector,
        pseudonymiser: Pseudonymiser | None,
    ) -> None:
        """Prepare.

        Args:
            entries: Entries of one dataset, in mapping order.
            base: Folder that paths are relative to.
            scratch: Existing folder for unpacked files.
            collected: Where the rows go.
            pseudonymiser: Needed when an entry maps personal columns.
        """
        self._entries = entries
        self._base = base
        self._scratch = scratch
        self._pseudonymiser = pseudonymiser
        self._mtimes: dict[str, datetime] = {}
        self._has_run = False
        self.collected = collected
        self.reports: list[EntryReport] = []
        self.problems: list[Problem] = []
        self.watermarks: list[Watermark] = []

    @property
    def entities(self) -> list[Entity]:
        """Entities of the dataset, each once, in mapping order."""
        named = {placed.entry.entity: placed.entry.kind for placed in self._entries}
        return list(named.values())

    def run(self, state: State) -> None:
        """Evaluate what is new, unless that was done already.

        Args:
            state: What earlier landings remembered; changed in place.
        """
        if self._has_run:
            return
        self._has_run = True
        before: State = state.get("entries", {})
        after: State = {}
        for placed in self._entries:
            report = EntryReport(placed.label, placed.entry.dataset, placed.entry.entity)
            self.reports.append(report)
            try:
                name = self._state_name(placed.entry)
                files = dict(before.get(name, {}))
                after[name] = files
                self._load(placed, files, report)
            except (Unreadable, Unusable) as error:
                self._stop(placed, str(error))
            except (duckdb.Error, OSError) as error:
                self._stop(placed, f"{type(error).__name__}: {str(error).splitlines()[0]}")
        for report in self.reports:
            report.warnings += [f"{name} is gone; its rows stay landed" for name in report.gone]
        for entity in self.entities:
            replaced = self.collected.settle(entity)
            if replaced:
                first = next(r for r in self.reports if r.entity == entity.name)
                first.warnings.append(
                    f"{replaced} rows of {entity.name} give way to the same keys in later files"
                )
        state["entries"] = after
        self._note_watermarks(state)

    def _stop(self, placed: PlacedEntry, what: str) -> None:
        self.problems.append(
            Problem(placed.label, what, "Mend the mapping or the file and run again")
        )

    def _load(self, placed: PlacedEntry, files: State, report: EntryReport) -> None:
        """Load the new and changed files of an entry, remembering each in `files`."""
        entry = placed.entry
        changes = inventory.compare(self._base, entry.path, files)
        if changes.found == 0 and not files and not entry.optional:
            raise Unreadable(
                f"path: no file fits {entry.path} below {self._base};"
                " if the first one is still to come, say `optional: true`"
            )
        report.unchanged = len(changes.unchanged)
        report.gone = list(changes.gone)
        for version in changes.unchanged:
            files[version.name] = version.remembered()
            self._note_time(entry, version)
        for name in changes.gone:
            files[name] = {**files[name], "gone": True}
        for version in changes.to_load:
            try:
                self._load_file(entry, version, report)
            except (Unreadable, Unusable) as error:
                self._stop(placed, str(error))
                continue
            files[version.name] = version.remembered()
            report.loaded.append(version.name)
            self._note_time(entry, version)

    def _note_time(self, entry: Entry, version: FileVersion) -> None:
        """An export that was written anew and says the same is known up to then all the same."""
        newest = self._mtimes.get(entry.entity, version.modified_at)
        self._mtimes[entry.entity] = max(newest, version.modified_at)

    def _load_file(self, entry: Entry, version: FileVersion, report: EntryReport) -> None:
        hide = Hider(entry, self._pseudonymiser)
        with TemporaryDirectory(dir=self._scratch) as unpacked:
            for part in self._parts(version.path, version.name, entry, Path(unpacked)):
                with connection(self._scratch) as con:
                    raw = read(con, part, entry.options, "raw")
                    lookups = {
                        name: self._read_lookup(con, lookup, name)
                        for name, lookup in entry.lookups.items()
                    }
                    lock(con)
                    outcome = evaluate(con, entry, raw, lookups, part.name)
                    report.add(outcome)
                    if outcome.read == 0:
                        report.warnings.append(f"{part.name} is empty: no rows")
                    origin = Origin(part.name, version.hash)
                    self.collected.take(con, entry.kind, origin, hide)

    def _parts(
        self, path: Path, name: str, reading: Entry | Lookup, scratch: Path
    ) -> Iterator[Part]:
        return parts_of(
            path,
            name,
            declared=reading.format,
            member=reading.member,
            encoding=reading.options.encoding,
            scratch=scratch,
        )

    def _read_lookup(self, con: duckdb.DuckDBPyConnection, lookup: Lookup, name: str) -> RawTable:
        """Read all files of a lookup into one table."""
        tables = []
        for number, path in enumerate(inventory.find_files(self._base, lookup.path)):
            with TemporaryDirectory(dir=self._scratch) as unpacked:
                relative = path.relative_to(self._base).as_posix()
                for count, part in enumerate(self._parts(path, relative, lookup, Path(unpacked))):
                    table = f"lookup_{name}_{number}_{count}"
                    tables.append(table)
                    read(con, part, lookup.options, table)
        return unite(con, tables, f"lookup_{name}")

    def _state_name(self, entry: Entry) -> str:
        """Changes when the entry or a looked-up file does: then its files land again."""
        digest = hashlib.sha256(entry.fingerprint.encode())
        for name, lookup in entry.lookups.items():
            found = inventory.find_files(self._base, lookup.path)
            if not found:
                raise Unreadable(
                    f"lookups.{name}.path: no file fits {lookup.path} below {self._base}"
                )
            for path in found:
                digest.update(inventory.content_hash(path).encode())
        return f"{entry.entity}:{entry.path}:{digest.hexdigest()[:16]}"

    def _note_watermarks(self, state: State) -> None:
        """Note how far each entity with event times reaches, when anything is new."""
        is_loaded = any(report.loaded for report in self.reports)
        known: dict[str, str] = dict(state.get("watermarks", {}))
        latest = {e.name: self._reach(e, known) for e in self.entities if e.has_events}
        shared = [at for name, at in latest.items() if at and "dataset" in self._policies(name)]
        for entity in self.entities:
            at = latest.get(entity.name)
            if entity.has_events and "dataset" in self._policies(entity.name) and shared:
                at = max(shared)
            if at is None or (not is_loaded and known.get(entity.name) == at.isoformat()):
                continue
            good, _ = self.collected.counts(entity)
            self.watermarks.append(Watermark(entity.name, at, good, entity.name not in known))
        for watermark in self.watermarks:
            known[watermark.entity] = watermark.at.isoformat()
        state["watermarks"] = known

    def _policies(self, entity: str) -> list[str | datetime]:
        return [p.entry.watermark for p in self._entries if p.entry.entity == entity]

    def _reach(self, entity: Entity, known: dict[str, str]) -> datetime | None:
        """How far an entity's files reach by its own policy; never back, unless all landed anew."""
        policies = self._policies(entity.name)
        stated = [p for p in policies if isinstance(p, datetime)]
        if stated:
            return max(_as_utc(moment) for moment in stated)
        reach = (
            self._mtimes.get(entity.name) if "mtime" in policies else self.collected.latest(entity)
        )
        kept_some = any(r.unchanged or r.gone for r in self.reports if r.entity == entity.name)
        before = datetime.fromisoformat(known[entity.name]) if entity.name in known else None
        if before is None or (reach is not None and not kept_some):
            return reach
        return before if reach is None else max(before, reach)


def _as_utc(moment: datetime) -> datetime:
    """Naive UTC; a naive instant is UTC already."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
