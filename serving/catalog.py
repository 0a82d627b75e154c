"""What is published: reads a published file as any reader would.

Input: a home folder. Output: the rows of its `kontakti_publish`.
Run alone: `python -m serving tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from serving.errors import NotPublishedError
from serving.layout import Kind, published_path
from serving.publish import METADATA_TABLE, PublishedTable


@dataclass(frozen=True, slots=True)
class Catalog:
    """The content of one published file; the attributes are those of its metadata table."""

    path: Path
    as_of_at: datetime | None
    published_at: datetime
    version: str
    tables: tuple[PublishedTable, ...]


def read_catalog(home: Path, kind: Kind = "marts") -> Catalog:
    """What the published file holds.

    Raises:
        NotPublishedError: Nothing has been published yet.
    """
    path = published_path(home, kind)
    if not path.exists():
        raise NotPublishedError(
            f"{path} does not exist: run `python -m serving publish --kind {kind}` after a build."
        )
    with duckdb.connect(path, read_only=True) as connection:
        metadata = connection.table(METADATA_TABLE).order("table_name")
        columns = "table_name, row_count, is_view, as_of_at, published_at, version"
        rows = metadata.project(columns).fetchall()
    tables = tuple(PublishedTable(str(row[0]), row[1], bool(row[2])) for row in rows)
    return Catalog(path, rows[0][3], rows[0][4], str(rows[0][5]), tables)
