"""Every golden vector of the KPI catalogue (its section 10) has a dbt unit test that names it."""

from __future__ import annotations

from typing import Any

import yaml

from semantic.home import DBT_PROJECT_DIR

VECTORS = {
    "Service level, ICMI example", "Averaging trap", "Wilson 95 %", "NPS", "Erlang C",
    "WAPE/MAPE/bias", "Attrition (ICMI)", "CSAT zero", "FCR maturity", "Transfer", "Callback",
    "Short abandon", "Threshold edge", "DST spring", "DST autumn", "Business clock",
    "Overdue open", "Re-answer", "Merged ticket", "E-mail pivot", "Complaint growth",
}  # fmt: skip


def unit_tests() -> list[dict[str, Any]]:
    """Every unit test as its file spells it."""
    files = sorted((DBT_PROJECT_DIR / "models").rglob("test_*.yml"))
    return [test for file in files for test in yaml.safe_load(file.read_text())["unit_tests"]]


def test_every_golden_vector_is_a_unit_test() -> None:
    named = {
        vector
        for test in unit_tests()
        for vector in test.get("config", {}).get("meta", {}).get("golden_vector", [])
    }
    assert named == VECTORS
