"""No definition of a metric changes unseen."""

from __future__ import annotations

import json

from semantic.definitions import SNAPSHOT, definitions, text
from semantic.manifest import manifest_text


def test_the_snapshot_of_definitions_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == text(), (
        "a definition changed: run `make metrics`, look at the difference, note it in CHANGELOG.md"
    )


def test_a_definition_names_measure_table_date_filter_and_offset() -> None:
    found = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert found["service_level"] == "service_level_met / service_level_n"
    assert found["service_level_n"] == "sum(is_service_level_due) of core.fct_contact by local_date"
    assert "'relationship'" in found["nps_relationship_n"]
    assert found["csat_change"].endswith("with csat_score_before = csat_score 1 month before")
    assert found["surveyed_contacts"].endswith("nothing is 0")
    assert found["closed_loop_time_p50"].startswith("percentile 0.5(reached_seconds)")


def test_a_changed_filter_or_column_shows() -> None:
    manifest = json.loads(manifest_text())
    before = definitions(manifest)
    for metric in manifest["metrics"]:
        if metric["name"] == "nps_n":
            metric["filter"]["where_filters"][0]["where_sql_template"] += " and true"
    for model in manifest["semantic_models"]:
        for measure in model["measures"]:
            if measure["name"] == "service_level_met":
                measure["expr"] = "is_answered_within_sl"
    changed = {name for name, line in definitions(manifest).items() if line != before[name]}
    assert changed == {"nps_n", "service_level_met"}
