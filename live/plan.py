"""What the live process runs: dbt's live models and their tests, as dbt compiled them.

Inputs: the dbt project, its target `live`. Output: a `LivePlan`, kept in `<home>/live/plan.json`
until the project changes, so that a process that is started again begins within a second.

dbt compiles with var `lake_schema`: every model then reads the lake's rows from a schema that the
live process keeps (`live.store`), instead of from files.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

# The SQL files only: by the whole folder, the tests in its YAML would be meant too.
SELECTION = ("+path:models/marts/realtime/*.sql", "+dim_queue")
TARGET = "live"
# Says what a build of the warehouse may leave as it is; here everything is built, of a window.
TAIL = "model.kontakti.int_tail"
# The name that the project's parse gives the database; it is in memory here.
DATABASE = "warehouse"
# With the database: publishing looks at another one for a moment.
LAKE_SCHEMA = f"{DATABASE}.lake"


class PlanError(RuntimeError):
    """dbt could not compile the live models; the message carries dbt's own words."""


@dataclass(frozen=True, slots=True)
class Column:
    """A declared column of a landed table or a contracted model."""

    name: str
    data_type: str
    description: str = ""
    not_null: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """A landed table that live models read.

    Attributes:
        key: dbt's unique id.
        dataset: Dataset in the lake; `files` stands for every dataset of a file drop.
        table: The vendor's table.
        columns: Declared columns.
        window: Condition that rows are kept by, with `{since}` and `{<table>}`; empty keeps all.
        record: Column that tells records apart; empty where the table is read whole each time.
    """

    key: str
    dataset: str
    table: str
    columns: tuple[Column, ...]
    window: str
    record: str

    @property
    def name(self) -> str:
        """Its name where the live process keeps its rows."""
        return f"{self.dataset}__{self.table}"


@dataclass(frozen=True, slots=True)
class Model:
    """A model or seed.

    Attributes:
        key: dbt's unique id.
        schema: dbt schema.
        name: Relation name.
        relation: Qualified name, as the compiled queries write it.
        parents: Unique ids of what it reads.
        sql: Compiled query; of a seed, a query of its file.
        unique_key: Of an incremental model, what tells its rows apart.
        columns: Columns of its contract; empty where it has none.
        description: What dbt's documentation says of it.
    """

    key: str
    schema: str
    name: str
    relation: str
    parents: tuple[str, ...]
    sql: str
    unique_key: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    description: str = ""


@dataclass(frozen=True, slots=True)
class DataTest:
    """A dbt test: its query returns the rows that fail."""

    name: str
    model: str
    sql: str


@dataclass(frozen=True, slots=True)
class LivePlan:
    """Models in the order they are built, the tables they read, the tests on them.

    Attributes:
        fingerprint: Changes whenever the project or the vars do.
        landed: Tables that the models read.
        models: In the order they are built.
        tests: dbt's data tests on them.
        variables: dbt's vars, those of the project and those of the run.
    """

    fingerprint: str
    landed: tuple[Landed, ...]
    models: tuple[Model, ...]
    tests: tuple[DataTest, ...]
    variables: Mapping[str, Any]


def live_plan(
    project_dir: Path,
    home: Path,
    fingerprint: str,
    dbt: Sequence[str],
    settings: Mapping[str, Any],
) -> LivePlan:
    """The plan for the project as it is, compiled when the kept one is of another.

    Args:
        project_dir: The dbt project.
        home: Home folder; `<home>/live` receives the plan and dbt's artefacts.
        fingerprint: Changes whenever the project does.
        dbt: What to start as dbt, best with a parse of the project at hand: parsing anew takes half
            a minute, which a live process started again after a change cannot wait for.
        settings: dbt vars to compile with.

    Raises:
        PlanError: dbt could not compile.
    """
    kept = home / "live" / "plan.json"
    own = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    marked = f"{fingerprint} {own} {json.dumps(dict(settings), sort_keys=True)}"
    if kept.exists():
        plan = _read(kept)
        if plan is not None and plan.fingerprint == marked:
            return plan
    plan = plan_of(
        _compile(project_dir, home / "live", dbt, settings), project_dir, marked, settings
    )
    fresh = kept.with_suffix(".fresh")
    fresh.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    fresh.replace(kept)
    return plan


def plan_of(
    manifest: Mapping[str, Any],
    project_dir: Path,
    fingerprint: str,
    settings: Mapping[str, Any],
) -> LivePlan:
    """The plan that a compiled manifest holds: the nodes with compiled code, and the seeds."""
    nodes: Mapping[str, Any] = manifest["nodes"]
    wanted = _selected(nodes)
    seeds = {p for key in wanted for p in nodes[key]["depends_on"]["nodes"] if p.startswith("seed")}
    order = TopologicalSorter(
        {key: [p for p in nodes[key]["depends_on"]["nodes"] if p in wanted] for key in wanted}
    )
    models = [_seed(nodes[key], project_dir) for key in sorted(seeds)]
    models += [_model(nodes[key]) for key in order.static_order()]
    read = {parent for model in models for parent in model.parents if parent.startswith("source")}
    landed = tuple(_landed(manifest["sources"][key], key) for key in sorted(read))
    built = wanted | seeds
    tests = tuple(
        DataTest(node["name"], node.get("attached_node") or "", node["compiled_code"])
        for node in nodes.values()
        if node["resource_type"] == "test"
        and node.get("compiled_code")
        and set(node["depends_on"]["nodes"]) <= built
    )
    project = yaml.safe_load((project_dir / "dbt_project.yml").read_text(encoding="utf-8"))
    return LivePlan(fingerprint, landed, tuple(models), tests, {**project["vars"], **settings})


def _selected(nodes: Mapping[str, Any]) -> set[str]:
    """What SELECTION means, since a manifest may hold other compiled models too."""
    waiting = [
        key
        for key, node in nodes.items()
        if node["resource_type"] == "model"
        and (node["path"].startswith("marts/realtime/") or node["name"] == "dim_queue")
    ]
    found: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += [p for p in _parents(nodes[key]) if p.startswith("model.")]
    return found


def _parents(node: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(parent for parent in node["depends_on"]["nodes"] if parent != TAIL)


def _compile(
    project_dir: Path, folder: Path, dbt: Sequence[str], settings: Mapping[str, Any]
) -> Mapping[str, Any]:
    # In a home of its own: compiling opens the target's database file, which a build may hold.
    home = folder / "compile"
    home.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(  # noqa: S603 - a fixed command line, no shell
        [
            *(*dbt, "--quiet", "compile", "--target", TARGET, "--select", *SELECTION),
            *("--indirect-selection", "cautious"),
            *("--vars", json.dumps({**settings, "lake_schema": LAKE_SCHEMA})),
            *("--project-dir", str(project_dir), "--profiles-dir", str(project_dir)),
            *("--target-path", str(folder / "dbt"), "--log-path", str(folder / "dbt")),
        ],
        cwd=Path(__file__).resolve().parent.parent,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KONTAKTI_HOME": str(home)},
    )
    if result.returncode != 0:
        raise PlanError(f"dbt could not compile the live models:\n{result.stdout}{result.stderr}")
    manifest: Mapping[str, Any] = json.loads((folder / "dbt" / "manifest.json").read_text())
    return manifest


def _model(node: Mapping[str, Any]) -> Model:
    enforced = node["config"].get("contract", {}).get("enforced", False)
    return Model(
        key=node["unique_id"],
        schema=node["schema"],
        name=node["alias"],
        relation=node["relation_name"],
        parents=_parents(node),
        sql=node["compiled_code"],
        unique_key=tuple(node["config"].get("unique_key") or ()),
        columns=_columns(node) if enforced else (),
        description=node["description"],
    )


def _seed(node: Mapping[str, Any], project_dir: Path) -> Model:
    path = str(project_dir / node["original_file_path"]).replace("'", "''")
    types = node["config"].get("column_types")
    typed = f", types = {types}" if types else ""
    return Model(
        key=node["unique_id"],
        schema=node["schema"],
        name=node["alias"],
        relation=node["relation_name"],
        parents=(),
        sql=f"select * from read_csv('{path}', header = true{typed})",  # noqa: S608
    )


def _landed(source: Mapping[str, Any], key: str) -> Landed:
    meta = source["config"].get("meta", {})
    return Landed(
        key=key,
        dataset=source["source_name"],
        table=source["name"],
        columns=_columns(source),
        window=meta.get("live_window", ""),
        record=meta.get("live_key", ""),
    )


def _columns(node: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(
        Column(
            name=column["name"],
            data_type=column["data_type"],
            description=column["description"],
            not_null=any(c["type"] == "not_null" for c in column.get("constraints", [])),
        )
        for column in node["columns"].values()
    )


def _read(path: Path) -> LivePlan | None:
    """The kept plan; None where it was written by another version of this module."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return LivePlan(
            fingerprint=kept["fingerprint"],
            landed=tuple(Landed(**{**t, "columns": _kept(t)}) for t in kept["landed"]),
            models=tuple(
                Model(
                    **{
                        **m,
                        "columns": _kept(m),
                        "parents": tuple(m["parents"]),
                        "unique_key": tuple(m["unique_key"]),
                    }
                )
                for m in kept["models"]
            ),
            tests=tuple(DataTest(**test) for test in kept["tests"]),
            variables=kept["variables"],
        )
    except (KeyError, TypeError, ValueError):
        return None


def _kept(item: Mapping[str, Any]) -> tuple[Column, ...]:
    return tuple(Column(**column) for column in item["columns"])
