"""Write what every metric is, compiled, one a line: a changed definition then shows in a review.

Input: the semantic manifest, in which dbt has put measures, filters and models together. Output:
`dbt_project/metric_definitions.json`, which a test keeps current. A line that changes is a change
of a definition, and goes into CHANGELOG.md. Run alone: `python -m semantic.definitions`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from semantic.home import DBT_PROJECT_DIR
from semantic.intervals import hand_written
from semantic.manifest import manifest_text

SNAPSHOT = DBT_PROJECT_DIR / "metric_definitions.json"
Part = Mapping[str, Any]


def definitions(manifest: Part) -> dict[str, str]:
    """Every metric's definition by name.

    Args:
        manifest: dbt's semantic manifest.
    """
    measures = {
        measure["name"]: _measure(measure, model)
        for model in manifest["semantic_models"]
        for measure in model["measures"]
    }
    found = {each["name"]: _metric(each, measures) for each in manifest["metrics"]}
    return dict(sorted(found.items()))


def _metric(metric: Part, measures: Mapping[str, str]) -> str:
    made_of = metric["type_params"]
    if metric["type"] == "simple":
        measure = made_of["measure"]
        text = measures[measure["name"]] + _where(measure["filter"])
        if measure["fill_nulls_with"] is not None:
            text += f", nothing is {measure['fill_nulls_with']}"
    elif metric["type"] == "ratio":
        text = f"{_input(made_of['numerator'])} / {_input(made_of['denominator'])}"
    else:
        moved = [_input(each) for each in made_of["metrics"] or () if each["offset_window"]]
        text = _one_line(made_of["expr"] or json.dumps(made_of, sort_keys=True))
        text += f" with {', '.join(moved)}" if moved else ""
    return text + _where(metric["filter"])


def _measure(measure: Part, model: Part) -> str:
    table = model["node_relation"]
    anchor = measure["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
    days = {each["name"]: each["expr"] or each["name"] for each in model["dimensions"]}
    how = measure["agg"]
    if measure["agg_params"]:
        how += f" {measure['agg_params']['percentile']}"
    text = f"{how}({_one_line(measure['expr'] or measure['name'])})"
    text += f" of {table['schema_name']}.{table['alias']} by {days[anchor]}"
    apart = measure["non_additive_dimension"]
    return text + (f", {apart['window_choice']} over {apart['name']}" if apart else "")


def _input(part: Part) -> str:
    text = str(part["name"])
    if part["offset_window"]:
        window = part["offset_window"]
        text = f"{part['alias']} = {text} {window['count']} {window['granularity']} before"
    return text + _where(part["filter"])


def _where(found: Part | None) -> str:
    filters = found["where_filters"] if found else ()
    return "".join(f" where {_one_line(each['where_sql_template'])}" for each in filters)


def _one_line(text: str) -> str:
    return " ".join(str(text).split())


def text() -> str:
    """The snapshot of the project's metrics."""
    # bounds are generated, and their file is reviewed as it is
    written = hand_written()
    every = definitions(json.loads(manifest_text()))
    found = {name: line for name, line in every.items() if name in written}
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SNAPSHOT.write_text(text(), encoding="utf-8")
