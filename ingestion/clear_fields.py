"""The list of what lands in clear: every text column that is no pseudonym, by table.

Numbers, times and flags name nobody; a text might. So each text column of a vendor is listed here
by what the declarations say, and a test holds the list against `docs/guide/privacy.md`: a new text
column must be written down there, with why it is no personal data.
"""

from __future__ import annotations

from collections.abc import Mapping

from ingestion.file_drop.entities import ENTITIES
from ingestion.file_drop.vocabulary import Personal
from ingestion.pipelines import VENDORS, declared_tables


def clear_texts() -> Mapping[str, tuple[str, ...]]:
    """Text columns that land as their vendor or file has them, by `dataset.table`."""
    found = {
        f"{vendor}.{name}": tuple(
            c.name for c in table.columns if c.kind == "text" and not c.name.endswith("_key")
        )
        for vendor in VENDORS
        for name, table in declared_tables(vendor).items()
    }
    for name, entity in ENTITIES.items():
        found[f"files.{name}"] = tuple(
            c.landed_name
            for c in entity.columns
            if c.raw.kind == "text" and c.personal is Personal.NO
        )
    return {table: columns for table, columns in found.items() if columns}
