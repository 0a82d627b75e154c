"""What a landing of the file drop did, entry by entry, in numbers and in words.

In: outcomes of files as they are evaluated. Out: `EntryReport` for people and tests, and
`FileLandingReport`, the landing's report with one of these an entry.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingestion.file_drop.evaluate import Finding, Outcome
from ingestion.runs import LandingReport


@dataclass(slots=True)
class EntryReport:
    """One entry of the mapping, counted.

    Attributes:
        label: How messages call the entry.
        dataset: Its dataset.
        entity: Its entity.
        loaded: Names of files loaded now.
        unchanged: Number of files loaded before and left alone.
        gone: Names of files that are not there any more.
        read: Rows read.
        good: Rows that passed.
        bad: Rows quarantined.
        filtered: Rows that `where` leaves out.
        not_kept: Rows that `keep` passes over.
        repeated: Identical duplicates dropped.
        findings: Why rows were quarantined.
        warnings: What to know, though nothing failed.
    """

    label: str
    dataset: str
    entity: str
    loaded: list[str] = field(default_factory=list)
    unchanged: int = 0
    gone: list[str] = field(default_factory=list)
    read: int = 0
    good: int = 0
    bad: int = 0
    filtered: int = 0
    not_kept: int = 0
    repeated: int = 0
    findings: list[Finding] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Add the counts of one file."""
        self.read += outcome.read
        self.good += outcome.good
        self.bad += outcome.bad
        self.filtered += outcome.filtered
        self.not_kept += outcome.not_kept
        self.repeated += outcome.repeated
        self.findings += outcome.findings

    def lines(self) -> list[str]:
        """What happened, in plain sentences."""
        said = [
            f"{self.label}: {len(self.loaded)} files loaded, {self.unchanged} unchanged;"
            f" {self.read} rows read, {self.good} good, {self.bad} quarantined,"
            f" {self.repeated} identical duplicates, {self.not_kept} older versions,"
            f" {self.filtered} filtered"
        ]
        said += [f"{self.label}: quarantined {finding}" for finding in self.findings]
        said += [f"{self.label}: warning: {warning}" for warning in self.warnings]
        return said


@dataclass(frozen=True, slots=True)
class FileLandingReport(LandingReport):
    """The landing of a whole file drop.

    Attributes:
        entries: One report an entry, in the order of the mapping.
    """

    entries: tuple[EntryReport, ...] = ()
