"""Every golden vector (section 10) and edge case (2.3) of the KPI catalogue is a dbt unit test.

The tests name them.
"""

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


def named(kind: str) -> set[str]:
    """What unit tests name under `config: meta:`."""
    return {
        name
        for test in unit_tests()
        for name in test.get("config", {}).get("meta", {}).get(kind, [])
    }


def test_every_golden_vector_is_a_unit_test() -> None:
    assert named("golden_vector") == VECTORS


def test_every_edge_case_is_a_unit_test() -> None:
    assert named("edge_case") == {f"E{number}" for number in range(11)}
