"""Every text that a home folder holds, whatever it is packed in, so that a search misses nothing.

`texts(home)` yields each file decoded: Parquet and DuckDB by column, SQLite by row (Dagster keeps
some compressed), dlt's packed states, archives, and the plain bytes of everything else. `find`
looks for values in it: it is how an erasure proves itself, and how the tests know that nobody's
name has landed.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import json
import re
import sqlite3
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_SQLITE: Final = b"SQLite format 3\x00"
# Written beside a database while it is open, and of no format that can be read alone.
_SIDECARS: Final = ("-shm",)


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the home: where it is, and the distinct values there, one a line."""

    place: str
    content: str


def texts(home: Path) -> Iterator[Text]:
    """Everything readable below a folder, decoded.

    Args:
        home: Home folder; no run may be writing its databases.
    """
    for path in sorted(p for p in home.rglob("*") if p.is_file()):
        if path.name.endswith(_SIDECARS):
            continue
        place = str(path.relative_to(home))
        if path.suffix == ".parquet":
            yield from _parquet(place, path)
            continue
        content = path.read_bytes()
        yield Text(place, content.decode("utf-8", "replace"))
        if path.suffix == ".duckdb":
            yield from _duckdb(place, path)
        elif content.startswith(_SQLITE):
            yield from _sqlite(place, path)
        elif path.suffix == ".gz":
            yield Text(place, gzip.decompress(content).decode("utf-8", "replace"))
        elif path.suffix == ".zip":
            yield from _zip(place, path)
        elif path.suffix == ".jsonl":
            yield from _dlt_state(place, content)


def find(home: Path, values: Iterable[str]) -> dict[str, set[str]]:
    """Where values occur as whole words: place to the values found there.

    Args:
        home: Home folder.
        values: Pseudonyms, ids or clear texts.
    """
    wanted = sorted({value for value in values if value})
    found: dict[str, set[str]] = {}
    for text in texts(home):
        for value in wanted:
            if value in text.content and _as_word(value, text.content):
                found.setdefault(text.place, set()).add(value)
    return found


def _as_word(value: str, content: str) -> bool:
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", content) is not None


def _columns(place: str, rows: pa.Table) -> Iterator[Text]:
    """The distinct values of each column that can hold a text or an id."""
    for name, column in zip(rows.column_names, rows.columns, strict=True):
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)  # noqa: PLW2901
        if pa.types.is_integer(column.type):
            column = column.cast(pa.string())  # noqa: PLW2901
        if pa.types.is_string(column.type) or pa.types.is_nested(column.type):
            values = pc.unique(column) if pa.types.is_string(column.type) else column
            text = "\n".join(str(v) for v in values.to_pylist() if v is not None)
            yield Text(f"{place}:{name}", text)


def _parquet(place: str, path: Path) -> Iterator[Text]:
    file = pq.ParquetFile(path)
    schema = file.schema_arrow
    yield Text(f"{place}:schema", "\n".join([*schema.names, str(schema.metadata or "")]))
    yield from _columns(place, file.read())


def _duckdb(place: str, path: Path) -> Iterator[Text]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables"
            " where table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, table in tables:
            rows = connection.table(f'"{schema}"."{table}"').to_arrow_table()
            yield from _columns(f"{place}:{schema}.{table}", rows)


def _sqlite(place: str, path: Path) -> Iterator[Text]:
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        for (table,) in tables.fetchall():
            rows = connection.execute(f'select * from "{table}"')  # noqa: S608
            yield Text(f"{place}:{table}", "\n".join(_plain(v) for row in rows for v in row if v))
    finally:
        connection.close()


def _plain(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    with contextlib.suppress(zlib.error):
        value = zlib.decompress(value)
    return str(value, "utf-8", "replace")


def _zip(place: str, path: Path) -> Iterator[Text]:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            yield Text(f"{place}:{name}", archive.read(name).decode("utf-8", "replace"))


def unpacked_state(packed: str) -> Mapping[str, Any]:
    """What dlt keeps of a pipeline: JSON, compressed and written in base64."""
    state: Mapping[str, Any] = json.loads(zlib.decompress(base64.b64decode(packed)))
    return state


def _dlt_state(place: str, content: bytes) -> Iterator[Text]:
    for line in content.splitlines():
        try:
            state = unpacked_state(json.loads(line)["state"])
        except (KeyError, TypeError, ValueError, binascii.Error, zlib.error):
            continue
        yield Text(f"{place}:state", json.dumps(state, ensure_ascii=False, indent=0))
