"""What dbt's page says in words."""

from __future__ import annotations

from serving.readable import readable


def test_metrics_are_listed_by_their_labels() -> None:
    metrics = {
        name: {"name": name, "label": label}
        for name, label in (("waits", "b wait"), ("nps", "C score"), ("aht", "A time"))
    }
    assert list(readable({"nodes": {}, "metrics": metrics})["metrics"]) == ["aht", "waits", "nps"]
