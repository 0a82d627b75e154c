"""What the docs say of models and metrics in words, where dbt's page would print JSON.

Input: dbt's manifest. Output: the manifest of the page, in which `meta` has become the end of the
description: of a mart, which metric says the same as a column; of a metric, its names, formula,
owner and the rest, with a link to the KPI catalogue.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

_SAID = {
    "label_fi": "Finnish",
    "label_sv": "Swedish",
    "formula": "Formula",
    "unit": "Unit",
    "direction": "Direction",
    "population": "Population",
    "anchor": "Counted by",
    "cadence": "Cadence",
    "owner": "Owner",
    "alert": "Alert",
    "min_n": "Least n",
    "differs": "Elsewhere",
    "not_by": "Not by",
    "model": "Made of",
    "source": "Source",
}


def readable(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest for the page, a copy."""
    page: dict[str, Any] = copy.deepcopy(dict(manifest))
    # The page lists metrics by their labels, in the order that it finds them in.
    metrics = page.get("metrics", {})
    page["metrics"] = dict(sorted(metrics.items(), key=lambda each: _label(each[1]).lower()))
    for node in page["nodes"].values():
        if semantic := _take(node).get("semantic"):
            _add(node, _of_columns(semantic))
    for metric in page["metrics"].values():
        name, meta = metric["name"], _take(metric)
        if meta:
            _add(metric, [f"[KPI catalogue](metrics.html#{name})", "", *_table(meta)])
    for source in page.get("sources", {}).values():
        _take(source)  # what the live path is told of it
        source["database"] = "lake"  # dbt thinks of a table in the warehouse
    for query in page.get("saved_queries", {}).values():
        if meta := _take(query):
            _add(query, _table(meta))
    return page


def with_sources(catalog: Mapping[str, Any], manifest: Mapping[str, Any]) -> dict[str, Any]:
    """The catalog with the types of landed columns, which are declared and in no database."""
    declared = {
        unique_id: {
            "unique_id": unique_id,
            "metadata": {"type": "Parquet", **{key: source[key] for key in ("schema", "name")}},
            "columns": {
                name: {"name": name, "type": column.get("data_type") or "", "index": at}
                for at, (name, column) in enumerate(source["columns"].items(), start=1)
            },
            "stats": {},
        }
        for unique_id, source in manifest.get("sources", {}).items()
    }
    return {**catalog, "sources": {**declared, **catalog.get("sources", {})}}


def _label(metric: Mapping[str, Any]) -> str:
    return str(metric.get("label") or metric["name"])


def _take(node: dict[str, Any]) -> dict[str, Any]:
    """The node's meta, which the page then no longer has."""
    config = node.get("config") or {}
    meta = config.get("meta") or node.get("meta") or {}
    if isinstance(config.get("meta"), dict):
        config["meta"] = {}
    if isinstance(node.get("meta"), dict):
        node["meta"] = {}
    return dict(meta)


def _add(node: dict[str, Any], lines: list[str]) -> None:
    node["description"] = "\n".join([(node.get("description") or "").rstrip(), "", *lines])


def _table(meta: Mapping[str, Any]) -> list[str]:
    rows = [
        f"| {_SAID.get(key, key)} | {_cell(meta[key])} |"
        for key in (*_SAID, *(key for key in meta if key not in _SAID))
        if meta.get(key) not in (None, "", [])
    ]
    return ["| | |", "| --- | --- |", *rows]


def _cell(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_cell, value))
    return str(value).replace("|", "\\|").replace("\n", " ")


def _of_columns(semantic: Mapping[str, Any]) -> list[str]:
    """Which metric says the same as which column, and what only the mart has."""
    lines = ["| Column | In the semantic layer |", "| --- | --- |"]
    lines += [f"| `{column}` | by `{cut}` |" for column, cut in semantic.get("cut", {}).items()]
    for kind, words in (("columns", ""), ("today", " of today"), ("longest", "")):
        for column, metric in semantic.get(kind, {}).items():
            lines += [f"| `{column}` | {said}{words} |" for said in _metrics(metric)]
    lines += [
        f"| `{column}` | {_cell(why)} |" for column, why in semantic.get("differs", {}).items()
    ]
    lines += [f"| `{column}` | only here |" for column in semantic.get("only_here", ())]
    return lines


def _metrics(metric: str | Mapping[str, str]) -> Iterator[str]:
    if isinstance(metric, str):
        yield _link(metric)
        return
    for name, where in metric.items():
        yield f"{_link(name)} where {_cell(where)}"


def _link(metric: str) -> str:
    return f"[{metric}](metrics.html#{metric})"
