"""Find the semantic manifest that dbt writes, and parse the project when it is missing or old.

Input: dbt_project/. Output: dbt_project/target/semantic_manifest.json, as text whose relations all
live in the database `warehouse`: the name under which every copy is attached here, whichever dbt
target wrote the manifest.

Run alone: `python -m semantic metrics`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from semantic.errors import SemanticError
from semantic.home import DBT_PROJECT_DIR

DATABASE = "warehouse"
PARSED_SUFFIXES = {".sql", ".yml", ".md", ".csv"}


def manifest_text(project_dir: Path = DBT_PROJECT_DIR) -> str:
    """The semantic manifest as JSON text, current with the project's files.

    Raises:
        SemanticError: There is no dbt project, or dbt cannot parse it.
    """
    path = project_dir / "target" / "semantic_manifest.json"
    if not path.exists() or path.stat().st_mtime < newest_change(project_dir):
        _parse(project_dir)
    return _in_one_database(json.loads(path.read_text(encoding="utf-8")))


def newest_change(project_dir: Path = DBT_PROJECT_DIR) -> float:
    """When a file of the project was last written, added or taken away, unix seconds."""
    newest = 0.0
    for folder, subfolders, names in os.walk(project_dir):
        subfolders[:] = [name for name in subfolders if name not in {"target", "logs"}]
        changed = [name for name in names if Path(name).suffix in PARSED_SUFFIXES]
        # a folder changes with what it lists, but dbt itself writes into the project's own
        changed += subfolders
        newest = max((newest, *((Path(folder) / name).stat().st_mtime for name in changed)))
    return newest


def _parse(project_dir: Path) -> None:
    if not (project_dir / "dbt_project.yml").exists():
        raise SemanticError(f"There is no dbt project at {project_dir}.")
    where = ["--project-dir", str(project_dir), "--profiles-dir", str(project_dir)]
    done = subprocess.run(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "dbt.cli.main", "--quiet", "parse", *where],
        cwd=project_dir,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SemanticError(f"dbt could not parse {project_dir}:\n{done.stdout}{done.stderr}")


def _in_one_database(manifest: dict[str, Any]) -> str:
    spines = manifest.get("project_configuration", {}).get("time_spines") or []
    for owner in [*manifest["semantic_models"], *spines]:
        relation = owner["node_relation"]
        relation["database"] = DATABASE
        relation["relation_name"] = (
            f'"{DATABASE}"."{relation["schema_name"]}"."{relation["alias"]}"'
        )
    return json.dumps(manifest)
