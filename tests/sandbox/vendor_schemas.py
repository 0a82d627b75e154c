"""The vendors' published OpenAPI documents as JSON schemas; not part of the checkout.

Read from `../shared/specs`, or from the folder that KONTAKTI_SHARED names; a test that needs one
which is not there is skipped with its name.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml


@cache
def definition_of(file: str, schema: str) -> dict[str, Any]:
    """A schema of a document, with its references resolved."""
    document = document_of(file)
    definition: dict[str, Any] = open_schema(document["components"]["schemas"][schema], document)
    return definition


def document_of(file: str) -> dict[str, Any]:
    """A whole document, for schemas that refer to themselves."""
    path = schema_folder() / file
    if not path.exists():
        pytest.skip(f"the vendor's specification {file} is not beside the checkout")
    return _document(path)


@cache
def _document(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = (
        json.loads(path.read_text())
        if path.suffix == ".json"
        else yaml.load(path.read_text(), loader)  # noqa: S506 - a safe loader
    )
    return document


def schema_folder() -> Path:
    shared = os.environ.get("KONTAKTI_SHARED")
    root = Path(shared) if shared else Path(__file__).parents[3] / "shared"
    return root / "specs"


def open_schema(node: Any, document: dict[str, Any]) -> Any:
    """Resolve references and turn OpenAPI 3.0's `nullable` into a JSON schema type."""
    if isinstance(node, list):
        return [open_schema(item, document) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        return open_schema(target, document)
    node = {key: open_schema(value, document) for key, value in node.items()}
    if node.get("nullable"):
        if isinstance(node.get("type"), str):
            node["type"] = [node["type"], "null"]
        if isinstance(node.get("enum"), list):
            node["enum"] = [*node["enum"], None]
    return node
