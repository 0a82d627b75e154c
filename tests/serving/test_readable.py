"""What dbt's page says in words."""

from __future__ import annotations

from serving.readable import readable, with_sources


def test_metrics_are_listed_by_their_labels() -> None:
    metrics = {
        name: {"name": name, "label": label}
        for name, label in (("waits", "b wait"), ("nps", "C score"), ("aht", "A time"))
    }
    assert list(readable({"nodes": {}, "metrics": metrics})["metrics"]) == ["aht", "waits", "nps"]


def test_a_landed_table_shows_its_declared_types_and_that_it_lies_in_the_lake() -> None:
    table = {
        "schema": "zendesk", "name": "tickets", "database": "warehouse",
        "columns": {"id": {"name": "id", "data_type": "bigint"}},
        "meta": {"live_key": "id"}, "config": {"meta": {"live_key": "id"}},
    }  # fmt: skip
    manifest = {"nodes": {}, "sources": {"source.tickets": table}}
    catalog = with_sources({"nodes": {}, "sources": {}}, manifest)
    assert catalog["sources"]["source.tickets"]["columns"]["id"]["type"] == "bigint"
    shown = readable(manifest)["sources"]["source.tickets"]
    assert (shown["database"], shown["meta"], shown["config"]) == ("lake", {}, {"meta": {}})
