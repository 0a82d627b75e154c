"""Whatever a file drop lets land, the build takes: odd rows are counted among the exclusions.

Files of every entity are written at random from the entities' own declarations: values that fit
each column by itself and contradict each other, in any order of time, with few names so that rows
meet. Other files: `KONTAKTI_FILE_SEEDS=1,2,3 python -m pytest tests/dbt/test_any_file.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb
import pytest
import yaml

from ingestion.file_drop.entities import ENTITIES
from ingestion.file_drop.vocabulary import Column, Entity, Type
from ingestion.pipelines import land
from semantic.home import TARGETS
from tests.dbt.in_process import Dbt

pytestmark = pytest.mark.slow

SEEDS = [int(seed) for seed in os.environ.get("KONTAKTI_FILE_SEEDS", "1").split(",")]
ROWS = 300
FIRST = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 45
# Columns whose words are not in the declaration, as any text may land in them.
WORDS = {
    "channel": ("phone", "email", "chat", "web", "facebook", "pigeon"),
    "scale": ("csat_5", "csat_2", "nps_11", "ces2_7", "csat_5"),
    "metric_id": (
        "service_level",
        "response_within_target_rate",
        "nps",
        "first_contact_resolution",
    ),
    "field": ("status", "assignee_id", "group_id", "priority", "merged_into", "tags"),
    "timezone": ("Europe/Helsinki", "Europe/Stockholm", "UTC"),
}
FEW = 40
# Models that sort only what is out of the ordinary (`is_plain`); odd rows are where that matters.
NUMBERED_AS_THEY_COME = ("fct_contact_event", "fct_contact_state_interval")


def _value(rng: Random, entity: Entity, column: Column) -> object:
    if not column.required and rng.random() < 0.2:
        return None
    if column.values:
        return rng.choice(column.values)
    if column.name in WORDS:
        return rng.choice(WORDS[column.name])
    at = FIRST + timedelta(seconds=rng.randrange(DAYS * 86_400))
    of_type: dict[Type, Callable[[], object]] = {
        Type.TEXT: lambda: f"{column.name[:4]}{rng.randrange(FEW)}",
        Type.INTEGER: lambda: rng.choice([0, 1, 2, 5, 60, 10_080, -1]),
        Type.NUMBER: lambda: rng.choice([0, 0.4, 1, 5, 12.5, 300, 90_000, -3, 1e9]),
        Type.BOOLEAN: lambda: rng.random() < 0.5,
        Type.YES_NO: lambda: rng.choice(["yes", "no"]),
        Type.TIMESTAMP: at.isoformat,
        Type.DATE: lambda: at.date().isoformat(),
        Type.MONTH: lambda: at.date().replace(day=1).isoformat(),
        Type.CLOCK: lambda: f"{rng.randrange(24):02d}:00",
        Type.TIMEZONE: lambda: rng.choice(WORDS["timezone"]),
    }
    return of_type[column.type]()


def _row(rng: Random, entity: Entity, number: int) -> dict[str, object]:
    row = {column.name: _value(rng, entity, column) for column in entity.columns}
    for name in entity.key[:1]:
        # A record's own number comes once in a while again; a name in a list of names comes often.
        if name.endswith("_id") and len(entity.key) == 1:
            row[name] = f"{entity.name[:4]}{number}"
    if row.get("field") == "status":
        row["value"] = rng.choice(["new", "open", "pending", "hold", "solved", "closed", "deleted"])
    return row


def write_files(folder: Path, seed: int) -> Path:
    """Two datasets of every entity, and their mapping."""
    rng = Random(seed)
    mapping = []
    for dataset in ("odd", "even"):
        for entity in ENTITIES.values():
            rows = [_row(rng, entity, number) for number in range(ROWS)]
            path = folder / f"{dataset}_{entity.name}.json"
            path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
            mapping.append(
                {
                    "dataset": dataset,
                    "entity": entity.name,
                    "path": path.name,
                    "keep": "last",
                    "order_by": [entity.column_names[0]],
                    "columns": {name: f'"{name}"' for name in entity.column_names},
                }
            )
    files = folder / "files.yml"
    files.write_text(yaml.safe_dump(mapping), encoding="utf-8")
    return files


@pytest.mark.parametrize("seed", SEEDS)
def test_what_lands_can_be_built(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, home = tmp_path / "data", tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("KONTAKTI_HOME", str(home))
    monkeypatch.setenv("KONTAKTI_FILES", str(write_files(folder, seed)))
    monkeypatch.setenv("KONTAKTI_DATA", str(folder))
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "a key for odd rows only")
    land("files")
    dbt = Dbt(tmp_path / "target")
    dbt("build", "--exclude", "resource_type:unit_test")
    for model in NUMBERED_AS_THEY_COME:
        compiled = dbt.target / "compiled/kontakti/models/marts/core" / f"{model}.sql"
        assert _differences(home, model, compiled.read_text(encoding="utf-8")) == []


def _differences(home: Path, model: str, sql: str) -> list[tuple[object, ...]]:
    """Rows of a model that come out otherwise, or not, where every contact's rows are sorted."""
    plain, sorting = "as is_plain", "* 0 as is_plain"
    assert sql.count(plain) == 1
    with duckdb.connect(str(home / TARGETS["dev"]), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        others = f"({sql.replace(plain, sorting)})"
        return connection.execute(
            f"(from core.{model} except all from {others})"
            f" union all (from {others} except all from core.{model})"
        ).fetchall()
