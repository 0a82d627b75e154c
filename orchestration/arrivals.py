"""What a dbt build may leave as it is, because nothing that it is made of has changed.

Inputs: the lake's file names, the dbt manifest, and a note of what the last complete build of a
target was made of. Output: the models to leave out of the next build, whether its facts follow
arrivals, and whether incremental models must be built anew.

Where only such tables had loads whose rows the facts follow, contacts that cannot differ from
what was built stay too: the build writes the tail of the facts (macro `tail` of the project).

A model is left out when the project is the same, no table it descends from has a new complete load
(or lost one), it stands for the same moment, and its table is there. Cost then follows what
arrived: of a contact centre's tables most are reference lists that change once a month. Marts and
seeds are always built: Dagster skips the steps behind an asset that a run did not make, and
publishing stands behind them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self

import duckdb

from live.loads import complete_loads, load_of
from live.plan import TAIL
from semantic.parse import fingerprint
from serving.quoting import identifier

# Source `files` of the dbt project stands for every dataset of a file drop.
DATASETS: Mapping[str, str] = {"files": "files_*"}
# The model that everything asks which moment it stands for.
CLOCK = "model.kontakti.int_as_of"
# Set for a build whose facts may follow arrivals (dbt_project/macros/tail/bounds.sql).
TAIL_VARIABLE = "KONTAKTI_TAIL"
# Landed tables of which int_tail can tell how far back a new row reaches.
FOLLOWED = frozenset({"source.kontakti.files.calls"})


@dataclass(frozen=True)
class Basis:
    """What a target is made of: hashes of the project, of its SQL, and of each landed table.

    And the moment that it was told to stand for, empty where it stands for the oldest watermark.
    `stands` tells the database as this build left it: empty while a build is at work on it.
    """

    project: str
    sql: str
    tables: Mapping[str, str]
    as_of: str = ""
    stands: str = ""

    @classmethod
    def of(
        cls, project_dir: Path, home: Path, manifest: Mapping[str, Any], as_of: str = ""
    ) -> Self:
        """The basis as it is now."""
        tables = {
            unique_id: _loads(home / "lake", source["source_name"], source["name"])
            for unique_id, source in manifest["sources"].items()
        }
        return cls(fingerprint(project_dir), fingerprint(project_dir, {".sql"}), tables, as_of)

    @classmethod
    def read(cls, path: Path) -> Self | None:
        """The basis that `write` noted, None where there is none."""
        if not path.exists():
            return None
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def standing(self, database: Path) -> Self:
        """This basis as that of the database file as it is now."""
        return replace(self, stands=_mark(database))

    def write(self, path: Path) -> None:
        """Note this basis."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def unchanged(
    last: Basis | None, now: Basis, manifest: Mapping[str, Any], database: Path
) -> list[str]:
    """Names of the models before the marts that a build may leave as they are, in order."""
    if last is None or last.project != now.project:
        return []
    arrived = [key for key, loads in now.tables.items() if last.tables.get(key) != loads]
    if last.as_of != now.as_of:
        arrived.append(CLOCK)
    touched = set(_descendants(arrived, manifest["child_map"]))
    built = _relations(database)
    return sorted(
        node["name"]
        for key, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and "marts" not in node["fqn"]
        and key not in touched
        # It is of one build.
        and key != TAIL
        and (node["schema"], node["alias"]) in built
    )


def has_tail(last: Basis | None, now: Basis, database: Path) -> bool:
    """Whether older contacts may stand as the last complete build made them.

    Not after a change of a list, an identity or a case: any contact may have been of those. Nor
    where somebody else has written to the database since.
    """
    if last is None or not last.stands or last.project != now.project:
        return False
    if last.stands != _mark(database):
        return False
    arrived = {key for key, loads in now.tables.items() if last.tables.get(key) != loads}
    return all(key in FOLLOWED or key.endswith(".watermarks") for key in arrived)


def _mark(database: Path) -> str:
    """Tells a database by the rows of what facts are made of; empty where it cannot be read.

    Facts that somebody built anew of the same are the same. The file's time would say too much:
    alerts are written beside the facts.
    """
    if not database.exists():
        return ""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables()"
                " where schema_name in ('staging', 'intermediate') order by all"
            ).fetchall()
            rows = [
                (*table, *connection.table(".".join(map(identifier, table))).shape)
                for table in tables
            ]
    except duckdb.Error:
        return ""
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _loads(lake: Path, source: str, table: str) -> str:
    """Hash of the files of a table that belong to complete loads: what dbt reads of it."""
    names = []
    for dataset in sorted(lake.glob(DATASETS.get(source, source))):
        complete = complete_loads(dataset)
        for file in sorted((dataset / table).rglob("*.parquet")):
            load = load_of(file)
            if load is None or load in complete:
                names.append(str(file.relative_to(lake)))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()


def _descendants(keys: list[str], children: Mapping[str, list[str]]) -> Iterator[str]:
    seen: set[str] = set()
    while keys:
        key = keys.pop()
        if key not in seen:
            seen.add(key)
            yield key
            keys.extend(children.get(key, []))


def _relations(database: Path) -> set[tuple[str, str]]:
    """Schema and name of every table that stands in a database file."""
    if not database.exists():
        return set()
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    return {(str(schema), str(name)) for schema, name in rows}
