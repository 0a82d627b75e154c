"""Every column of the KPI catalogue's section 8 is in its fact's contract, or has a reason."""

from __future__ import annotations

import yaml

from semantic.home import DBT_PROJECT_DIR
from tests.dbt.catalogue_columns import asked


def test_every_column_of_the_catalogue_is_in_its_fact() -> None:
    contracts = {}
    for file in sorted((DBT_PROJECT_DIR / "models" / "marts" / "core").glob("*.yml")):
        for model in yaml.safe_load(file.read_text()).get("models", []):
            contracts[model["name"]] = {column["name"] for column in model.get("columns", [])}
    missing = {
        f"{fact}.{column}"
        for fact, columns in asked().items()
        for column in columns.values()
        if not column.startswith("-") and column not in contracts[fact]
    }
    assert missing == set()
