"""The shapes that land, as dlt knows them, in a file under review.

`ingestion/schemas.json` holds every vendor table with each column's dlt type, its key, and whether
a landing stops when the vendor drops the column. A test compares it with the declarations, so a
change of shape shows in the diff. Write it anew: `python -m ingestion schemas`
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from ingestion.pipelines import VENDORS, declared_tables

FILE: Final = Path(__file__).resolve().parent / "schemas.json"


def declared() -> dict[str, Any]:
    """Key and columns of every declared table, by `dataset.table`."""
    return {
        f"{vendor}.{name}": {
            "key": list(table.key),
            "columns": {
                c.name: {k: v for k, v in c.dlt_hint().items() if k not in {"name", "nullable"}}
                | ({"required": True} if c.required else {})
                for c in table.columns
            },
        }
        for vendor in VENDORS
        for name, table in declared_tables(vendor).items()
    }


def write() -> Path:
    """Write the file anew, one column a line."""
    lines = []
    for name, table in declared().items():
        columns = [f'   "{c}": {json.dumps(hint)}' for c, hint in table["columns"].items()]
        body = ",\n".join(columns)
        key = json.dumps(table["key"])
        lines.append(f' "{name}": {{\n  "key": {key},\n  "columns": {{\n{body}\n  }}\n }}')
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    return FILE
