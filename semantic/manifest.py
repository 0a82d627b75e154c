"""The semantic manifest that dbt writes, current with the project's files.

Input: dbt_project/, parsed when it must be (`semantic.parse`). Output: the manifest as text whose
relations all live in the database `warehouse`: the name under which every copy is attached here,
whichever dbt target wrote it.

Run alone: `python -m semantic metrics`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from semantic.errors import SemanticError
from semantic.home import DBT_PROJECT_DIR
from semantic.parse import SEMANTIC_MANIFEST, ManifestError, prepare_manifest

DATABASE = "warehouse"


def manifest_text(project_dir: Path = DBT_PROJECT_DIR) -> str:
    """The semantic manifest as JSON text, current with the project's files.

    Raises:
        SemanticError: There is no dbt project, or dbt cannot parse it.
    """
    try:
        path = prepare_manifest(project_dir).with_name(SEMANTIC_MANIFEST)
    except ManifestError as error:
        raise SemanticError(str(error)) from error
    return _in_one_database(json.loads(path.read_text(encoding="utf-8")))


def _in_one_database(manifest: dict[str, Any]) -> str:
    spines = manifest.get("project_configuration", {}).get("time_spines") or []
    for owner in [*manifest["semantic_models"], *spines]:
        relation = owner["node_relation"]
        relation["database"] = DATABASE
        relation["relation_name"] = (
            f'"{DATABASE}"."{relation["schema_name"]}"."{relation["alias"]}"'
        )
    return json.dumps(manifest)
