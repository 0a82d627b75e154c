"""What one landing knows about itself while it runs, and what it reports in the end.

A `LandingRun` is shared by the resources of one source during one landing: they count what they
keep aside in it, note their watermark, and, when the run is tolerant, park a failure there so
that the other tables go on. A `LandingReport` is what is left of it for people and schedulers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ingestion.drift import Drift
from ingestion.errors import IngestionError


@dataclass(slots=True)
class LandingRun:
    """Collected while a source is extracted.

    Attributes:
        tolerant: Park a table's failure and go on with the others; otherwise raise it at once.
        frequent: Landed every few seconds: a source asks where its vendor allows that.
        failures: Parked failures, in the order met.
        quarantined: Rows kept aside, by table.
        watermarks: The vendor's clock as of each table's landing, naive UTC.
        served: Rows that the source handed over, by table and ISO day.
        drift: What the vendor has changed in the shape of its records.
    """

    tolerant: bool = False
    frequent: bool = False
    failures: list[IngestionError] = field(default_factory=list)
    quarantined: Counter[str] = field(default_factory=Counter)
    watermarks: dict[str, datetime] = field(default_factory=dict)
    served: dict[str, Counter[str]] = field(default_factory=dict)
    drift: list[Drift] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LandingReport:
    """What a landing brought.

    Attributes:
        source: Source name, as given to `land`.
        rows: New rows by table (for file drops by `dataset.table`), bookkeeping tables left out.
        quarantined: Rows kept aside, by table.
        seconds: Wall time.
        load_ids: dlt load ids of the packages loaded, oldest first.
        watermark_at: Everything up to here is landed (oldest over the tables); naive UTC.
        failures: One line for each table that stopped.
        resumed: Load ids of packages left by an earlier crash and loaded now.
        served: Rows that the source handed over, by table and ISO day.
        drift: What the vendor has changed in the shape of its records.
    """

    source: str
    rows: Mapping[str, int]
    quarantined: Mapping[str, int]
    seconds: float
    load_ids: tuple[str, ...] = ()
    watermark_at: datetime | None = None
    failures: tuple[str, ...] = ()
    resumed: tuple[str, ...] = ()
    served: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    drift: tuple[Drift, ...] = ()

    @property
    def load_id(self) -> str | None:
        """The newest load id, None when nothing was loaded."""
        return self.load_ids[-1] if self.load_ids else None

    @property
    def total_rows(self) -> int:
        """New rows over all tables."""
        return sum(self.rows.values())

    @property
    def total_quarantined(self) -> int:
        """Rows kept aside over all tables."""
        return sum(self.quarantined.values())


def combine(source: str, reports: Iterable[tuple[str, LandingReport]]) -> LandingReport:
    """One report over several datasets, tables named `dataset.table`."""
    parts = list(reports)
    marks = [r.watermark_at for _, r in parts if r.watermark_at is not None]
    return LandingReport(
        source=source,
        rows={f"{d}.{t}": n for d, r in parts for t, n in r.rows.items()},
        quarantined={f"{d}.{t}": n for d, r in parts for t, n in r.quarantined.items()},
        seconds=sum(r.seconds for _, r in parts),
        load_ids=tuple(sorted(i for _, r in parts for i in r.load_ids)),
        watermark_at=min(marks) if marks else None,
        failures=tuple(f for _, r in parts for f in r.failures),
        resumed=tuple(i for _, r in parts for i in r.resumed),
        served={f"{d}.{t}": days for d, r in parts for t, days in r.served.items()},
    )
