"""Taking one customer out of the lake: who it is, which rows are theirs, and their removal.

A person is named by what they are known by: an e-mail address, a phone number, a customer number
or a pseudonym. Tables declare the columns that tie a row to a customer (`Table.person`); rows that
share an id are of one person, so the search goes from the address to the helpdesk user, to the
user's tickets, to the tickets' events. A pseudonym that another person holds too (a family's
number) is not followed from one person to the next: it is reported, and has to be named.

Everything that was made of the rows must be made again: `python -m orchestration.erase` does both,
and searches every file of the home afterwards. Run alone: `python -m ingestion erase <who>`.
"""

from __future__ import annotations

import base64
import json
import shutil
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ingestion.columns import Table
from ingestion.file_drop.entities import ENTITIES
from ingestion.home import dlt_folder, lake_folder
from ingestion.home_search import unpacked_state
from ingestion.lake_files import blank, datasets, remove_rows, table_files
from ingestion.pipelines import QUARANTINE_PREFIX, VENDORS, alone, declared_tables
from ingestion.privacy import PSEUDONYM_LENGTH, person_key, pseudonymiser
from ingestion.undeclared import is_pseudonym

FILES_PREFIX: Final = "files_"
KEY: Final = "key"  # ids of this kind are pseudonyms and mean the same in every dataset
_SHORTEST_ID: Final = 6  # in states and proofs a shorter id could be any number

Ids = dict[str, set[str]]  # kind of id -> ids


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure took away.

    Attributes:
        rows: Rows removed, by `dataset.table`.
        values: What must be found nowhere any more: the identifiers as given, pseudonyms, ids.
        shared: Pseudonyms of the person that somebody else has too, and that were not followed.
    """

    rows: Mapping[str, int]
    values: frozenset[str]
    shared: frozenset[str] = frozenset()

    @property
    def total(self) -> int:
        """Rows over all tables."""
        return sum(self.rows.values())


@dataclass(slots=True)
class _Person:
    ids: Ids = field(default_factory=lambda: defaultdict(set))
    shared: set[str] = field(default_factory=set)

    def knows(self, kind: str, value: str | None) -> bool:
        return value is not None and value in self.ids[kind]


def tables_of(dataset: str) -> dict[str, Table]:
    """The declared tables of a landed dataset, by name; none for a folder that is no dataset."""
    if dataset in VENDORS:
        return declared_tables(dataset)
    if dataset.startswith(FILES_PREFIX):
        return {name: entity.raw_table for name, entity in ENTITIES.items()}
    return {}


def erase(*identifiers: str) -> Erased:
    """Remove every landed row of one person, and their ids from dlt's states.

    Args:
        identifiers: E-mail addresses, phone numbers, pseudonyms, or the customer number of a file
            drop with its namespace in front: `acme:1001`.

    Raises:
        CredentialMissing: There is no pseudonym key to find the person by.
        LandingBusy: A dataset is being landed right now; nothing was removed.
    """
    lake = lake_folder()
    person = _Person()
    for text in identifiers:
        own = (_as_key(text), person_key(text), pseudonymiser().digest(text.strip()))
        person.ids[KEY] |= {key for key in own if key}
    given = set(person.ids[KEY])
    with ExitStack() as locks:
        for dataset in datasets(lake):
            locks.enter_context(alone(dataset))
        while _widen(lake, person, given):
            pass
        rows: dict[str, int] = {}
        for dataset, table, path in _files(lake):
            name = f"{dataset}.{table.name}"
            removed = remove_rows(
                path, partial(_theirs, dataset=dataset, table=table, person=person)
            )
            if removed:
                rows[name] = rows.get(name, 0) + removed
        known = {v for values in person.ids.values() for v in values if len(v) >= _SHORTEST_ID}
        _blank_undeclared(lake, person.ids[KEY])
        for dataset in datasets(lake):
            _clean_states(lake / dataset, known)
            shutil.rmtree(dlt_folder() / f"kontakti_{dataset}", ignore_errors=True)
    return Erased(rows, frozenset({*identifiers, *known}), frozenset(person.shared))


def _as_key(text: str) -> str | None:
    """The text itself where it already is a pseudonym."""
    is_key = len(text) == PSEUDONYM_LENGTH and all(c in "0123456789abcdef" for c in text)
    return text if is_key else None


def _files(lake: Path) -> Iterator[tuple[str, Table, Path]]:
    """Every landed file that can hold rows of a person, or rows kept aside from such a table."""
    for dataset in datasets(lake):
        for table in tables_of(dataset).values():
            if not table.person:
                continue
            for path in table_files(lake, dataset, table.name):
                yield dataset, table, path
            for path in table_files(lake, dataset, f"{QUARANTINE_PREFIX}{table.name}"):
                yield dataset, table, path


def _kind(dataset: str, kind: str) -> str:
    return kind if kind == KEY else f"{dataset}.{kind}"


def _texts(rows: pa.Table, column: str) -> list[str | None]:
    values: list[str | None] = rows.column(column).cast(pa.string()).to_pylist()
    return values


def _theirs(rows: pa.Table, dataset: str, table: Table, person: _Person) -> pa.Array:
    """Which rows of a file are the person's."""
    if "row_key" in rows.column_names:  # kept aside: only the key is known
        ids = set().union(*(person.ids[_kind(dataset, k)] for k in table.person.values()))
        keys = _texts(rows, "row_key")
        return pa.array([not ids.isdisjoint((key or "").split(":")) for key in keys])
    found = pa.array([False] * rows.num_rows)
    for column, kind in table.person.items():
        ids = person.ids[_kind(dataset, kind)]
        if ids and column in rows.column_names:
            values = pa.array(_texts(rows, column), pa.string())
            found = pc.or_(found, pc.is_in(values, pa.array(sorted(ids), pa.string())))
    return found


def _widen(lake: Path, person: _Person, given: set[str]) -> bool:
    """Follow the ids once through the whole lake; whether anything new was found."""
    before = sum(len(ids) for ids in person.ids.values())
    for dataset, table, path in _files(lake):
        if path.parent.parent.name != table.name:
            continue
        names = set(pq.read_schema(path).names)
        columns = [column for column in table.person if column in names]
        rows = pq.read_table(path, columns=columns)
        own = rows.filter(_theirs(rows, dataset, table, person))
        for column in columns:
            kind = _kind(dataset, table.person[column])
            found = {value for value in _texts(own, column) if value}
            if kind == KEY:
                found -= person.ids[KEY] | person.shared
                held_by_others = {key for key in found - given if _is_shared(lake, key, person)}
                person.shared |= held_by_others
                found -= held_by_others
            person.ids[kind] |= found
    return sum(len(ids) for ids in person.ids.values()) > before


def _is_shared(lake: Path, key: str, person: _Person) -> bool:
    """Whether somebody with another first key (their e-mail address) has this key too."""
    for dataset in datasets(lake):
        for table in tables_of(dataset).values():
            keys = [column for column, kind in table.person.items() if kind == KEY]
            if len(keys) < 2:
                continue
            for path in table_files(lake, dataset, table.name):
                for row in pq.read_table(path, columns=keys).to_pylist():
                    held = [row[column] for column in keys]
                    if key in held and held[0] not in {None, key, *person.ids[KEY]}:
                        return True
    return False


def _blank_undeclared(lake: Path, keys: set[str]) -> None:
    """Take the person's pseudonyms out of columns that nobody declared, in other people's rows."""
    for path in lake.glob("*/*/load_date=*/*.parquet"):
        if columns := [name for name in pq.read_schema(path).names if is_pseudonym(name)]:
            blank(path, columns, keys)


def _clean_states(folder: Path, ids: set[str]) -> None:
    """Take ids out of dlt's states, which remember the rows of the last minutes."""
    for path in (folder / "_dlt_pipeline_state").glob("*.jsonl"):
        lines = []
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            state = _without(unpacked_state(record["state"]), ids)
            packed = zlib.compress(json.dumps(state, ensure_ascii=False).encode(), level=9)
            # The version's hash stays: dlt takes the change for one of its own and keeps it.
            lines.append(json.dumps({**record, "state": base64.b64encode(packed).decode()}))
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _without(value: Any, ids: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {k: _without(v, ids) for k, v in value.items() if k not in ids}
    if isinstance(value, list):
        return [_without(v, ids) for v in value if str(v) not in ids]
    return value
