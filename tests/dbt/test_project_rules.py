"""The dbt project keeps the rules that dbt-project-evaluator checks, read from the manifest.

That package builds some forty models of its own to say this, and needs the network to install.
Each rule names what breaks it, so that a failure reads as a list of what to mend.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestration.translators import owner_of, team
from semantic.home import DBT_PROJECT_DIR
from semantic.parse import fingerprint, prepare_manifest

Node = Mapping[str, Any]
AUDIENCES = {"realtime", "daily_voice", "weekly_team", "monthly_planning", "quarterly_strategy"}
NAMES = {
    "staging": r"stg_{source}__\w+",
    "intermediate": r"int_\w+",
    "core": r"(fct|dim|bridge)_\w+|metricflow_time_spine",
    **dict.fromkeys(AUDIENCES, r"kpi_\w+|\w+_report"),
}
KEY_TESTS = {"unique", "unique_key", "unique_together"}
# As wide as the contact and whole in the next table too: a view costs less than a copy.
WIDE_VIEWS = {"int_contacts", "int_contacts_flagged"}
# Rows of files, for which a mapping names no key.
WITHOUT_KEY = {
    *WIDE_VIEWS,  # int_contacts_clocked has their rows, and the test of their key
    "stg_files__price_agreements", "stg_files__schedules", "stg_files__targets",
    "int_case_targets",  # as stg_files__targets
    "int_case_events", "int_planning_examples",  # ephemeral: no table to test
}  # fmt: skip
# Every vendor's watermarks are one table, as they are one question: how far do we know?
OF_SEVERAL_SOURCES = {"stg_kontakti__watermarks"}
# Targets run on the clocks of facts, and one fact judges them.
BEHIND_FACTS = {"int_case_targets"}
# Landed and typed for figures of people and customers, which no mart gives yet.
UNREAD = {
    "stg_files__agent_states", "stg_files__customer_periods", "stg_hubspot__owners",
    "stg_twilio__activities", "stg_twilio__tasks", "stg_typeform__forms",
    "int_planning_examples",  # there for its unit tests
}  # fmt: skip
MOST_LEAVES = 3


class Project:
    """dbt's manifest, by what the rules ask of it."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.manifest = manifest
        self.models: dict[str, Node] = {
            key: node for key, node in manifest["nodes"].items() if node["resource_type"] == "model"
        }
        self.tests: dict[str, set[str]] = defaultdict(set)
        for node in manifest["nodes"].values():
            if node["resource_type"] == "test":
                name = (node.get("test_metadata") or {"name": "singular"})["name"]
                self.tests[node.get("attached_node") or ""].add(name)

    def parents(self, key: str, kind: str) -> list[str]:
        """What a model reads, of one kind."""
        return [each for each in self.manifest["parent_map"][key] if each.startswith(kind)]

    def children(self, key: str, kind: str = "model.") -> list[str]:
        """What reads a node."""
        return [each for each in self.manifest["child_map"][key] if each.startswith(kind)]


@pytest.fixture(scope="module")
def project() -> Project:
    path = prepare_manifest()
    return Project(json.loads(path.read_text(encoding="utf-8")))


def misnamed(node: Node) -> bool:
    """Whether a model's name does not say its layer."""
    schema = node["schema"]
    folder = Path(node["original_file_path"]).parent.name
    wanted = NAMES[schema].format(source=folder)
    return re.fullmatch(wanted, node["name"]) is None


def test_a_models_name_says_its_layer_and_its_folder_too(project: Project) -> None:
    wrong = {node["name"] for node in project.models.values() if misnamed(node)}
    assert wrong == set()
    for node in project.models.values():
        parts = Path(node["original_file_path"]).parts
        assert node["schema"] in parts, f"{node['name']} is in another layer's folder"


def test_staging_reads_one_source_table_and_nothing_else(project: Project) -> None:
    for key, node in project.models.items():
        sources = project.parents(key, "source.")
        if node["schema"] == "staging":
            assert project.parents(key, "model.") == [], node["name"]
            assert len(sources) == 1 or node["name"] in OF_SEVERAL_SOURCES, node["name"]
        else:
            assert sources == [], f"{node['name']} reads raw tables past staging"


def test_every_source_table_is_read_by_one_model_or_lands_on_request_for_nobody(
    project: Project,
) -> None:
    for key, node in project.manifest["sources"].items():
        readers = 0 if node["config"]["meta"].get("on_request") else 1
        assert len(project.children(key)) == readers, key


def test_layers_build_on_those_before_them(project: Project) -> None:
    order = {"staging": 0, "intermediate": 1, "core": 2, **dict.fromkeys(AUDIENCES, 3)}
    wrong = [
        (project.models[parent]["name"], node["name"])
        for key, node in project.models.items()
        for parent in project.parents(key, "model.")
        if order[project.models[parent]["schema"]] > order[node["schema"]]
        # what is given, such as targets, may be a dimension first
        and not project.models[parent]["name"].startswith("dim_")
        and node["name"] not in BEHIND_FACTS
    ]
    assert wrong == []


def test_an_audience_reads_facts_and_not_what_they_are_made_of(project: Project) -> None:
    # The floor has no time for facts: the live path builds what they are made of, over a window.
    wrong = [
        (project.models[parent]["name"], node["name"])
        for key, node in project.models.items()
        if node["schema"] in set(AUDIENCES) - {"realtime"}
        for parent in project.parents(key, "model.")
        if project.models[parent]["schema"] not in {"core", node["schema"]}
        and project.models[parent]["name"] not in {"int_as_of", "int_tail"}
    ]
    assert wrong == []


def test_no_model_hangs_in_the_air(project: Project) -> None:
    roots = {
        node["name"] for key, node in project.models.items()
        if not project.manifest["parent_map"][key]
    }  # fmt: skip
    assert roots <= {"int_planning_examples", "dim_time_interval"}, "reads nothing"
    unused = {
        node["name"] for key, node in project.models.items()
        if node["schema"] in {"staging", "intermediate"} and not project.children(key)
    }  # fmt: skip
    assert unused <= UNREAD, "nothing reads it"


def spelled_out(node: Node) -> Iterator[str]:
    """Tables that SQL names instead of referring to them."""
    code = re.sub(r"--.*", "", node["raw_code"])
    yield from re.findall(r"\b(?:from|join)\s+([a-z_]+\.[a-z_]+)", code)


def test_no_model_names_a_table_past_dbt(project: Project) -> None:
    found = {node["name"]: list(spelled_out(node)) for node in project.models.values()}
    assert {name: tables for name, tables in found.items() if tables} == {}


def test_every_model_has_a_test_of_its_key(project: Project) -> None:
    bare = {
        node["name"] for key, node in project.models.items()
        if not project.tests[key] & KEY_TESTS
    }  # fmt: skip
    assert bare <= WITHOUT_KEY


def test_only_the_star_fans_out(project: Project) -> None:
    """A model below the facts that many last models read repeats logic that is missing above."""
    for key, node in project.models.items():
        if node["schema"] in {"staging", "intermediate"}:
            leaves = [each for each in project.children(key) if not project.children(each)]
            last = [project.models[each]["name"] for each in leaves]
            assert len([name for name in last if not name.startswith(("fct_", "dim_"))]) <= (
                MOST_LEAVES
            ), (node["name"], last)


def test_views_stand_on_tables(project: Project) -> None:
    views = {
        key for key, node in project.models.items() if node["config"]["materialized"] == "view"
    }
    for key in views:
        name = project.models[key]["name"]
        assert name.endswith("_report") or name in WIDE_VIEWS, "a table, if read often"
        assert not views & set(project.parents(key, "model.")), project.models[key]["name"]


def test_marts_have_contracts(project: Project) -> None:
    for node in project.models.values():
        if node["schema"] not in {"staging", "intermediate"}:
            assert node["config"]["contract"]["enforced"], node["name"]
            assert all(column["data_type"] for column in node["columns"].values()), node["name"]


def test_every_mart_of_an_audience_says_who_reads_it(project: Project) -> None:
    exposures = project.manifest["exposures"].values()
    shown = {node for each in exposures for node in each["depends_on"]["nodes"]}
    marts = {key for key, node in project.models.items() if node["schema"] in AUDIENCES}
    assert {project.models[key]["name"] for key in marts - shown} == set()
    for key in shown:
        if key.startswith("model."):
            assert project.models[key]["schema"] not in {"staging", "intermediate"}, key


def undescribed(project: Project) -> Iterator[str]:
    """Everything a reader of the docs meets that says nothing of itself."""
    manifest = project.manifest
    described = [
        *project.models.values(), *manifest["sources"].values(), *manifest["exposures"].values(),
        *manifest["metrics"].values(), *manifest["saved_queries"].values(),
        *manifest["semantic_models"].values(),
        *(node for node in manifest["nodes"].values() if node["resource_type"] == "seed"),
    ]  # fmt: skip
    for node in described:
        if not (node["description"] or "").strip():
            yield node["name"]
        for column in (node.get("columns") or {}).values():
            if not column["description"].strip():
                yield f"{node['name']}.{column['name']}"
    for model in manifest["semantic_models"].values():
        for dimension in model["dimensions"]:
            if not dimension["description"]:
                yield f"{model['name']}.{dimension['name']}"


def test_everything_in_the_docs_is_described(project: Project) -> None:
    """Columns that no YAML names are found where tables are: tests/end_to_end/test_described.py."""
    assert list(undescribed(project)) == []


def test_everything_has_an_owner_and_every_owner_is_described(project: Project) -> None:
    """One list of owners, models/owners.yml, for all that can have one, and for Dagster."""
    manifest = project.manifest
    owners = {each["owner"]["name"].lower(): each for each in manifest["groups"].values()}
    assert {name for name, each in owners.items() if not each["description"]} == set()
    assert {each["name"] for each in owners.values()} == {name.replace(" ", "_") for name in owners}
    for node in project.models.values():
        assert team(node["config"]["group"]) == owner_of(node["schema"]), node["name"]
    for each in manifest["exposures"].values():
        assert each["owner"]["name"].lower() in owners, each["name"]
        assert each["label"], each["name"]
    named = set()
    for each in [*manifest["metrics"].values(), *manifest["saved_queries"].values()]:
        named |= set(each["config"]["meta"]["owner"].split(", "))
    models = {node["config"]["group"].replace("_", " ") for node in project.models.values()}
    assert named | models == owners.keys()
    overview = manifest["docs"]["doc.kontakti.__overview__"]["block_contents"]
    assert [name for name in owners if f"| {name} |" not in overview] == []


def test_the_overview_names_every_report_at_its_cadence(project: Project) -> None:
    overview = project.manifest["docs"]["doc.kontakti.__overview__"]["block_contents"]
    _, found, after = overview.partition("## The five cadences")
    assert found
    rows = [line.split("|") for line in after.split("\n## ")[0].splitlines() if "`" in line]
    shown = {
        cells[1].split(",")[0].replace(" ", ""): set(re.findall(r"`(\w+)`", cells[-2]))
        for cells in rows
    }
    wanted: dict[str, set[str]] = defaultdict(set)
    for query in project.manifest["saved_queries"].values():
        wanted[query["config"]["meta"]["cadence"]].add(query["name"])
    assert shown == wanted


# They say where a run stands and what it reads, not what is counted how.
OF_A_RUN = {
    "as_of", "live_window_days", "lake_schema", "calendar_start_date", "more_systems",
    "systems_with_legs",
}  # fmt: skip


def test_what_is_switched_on_asks_for_another_parse(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KONTAKTI_SOURCES", "SOURCES__GENESYS__ALSO"):
        monkeypatch.delenv(name, raising=False)
    parses = [fingerprint(DBT_PROJECT_DIR)]
    for name, value in (("KONTAKTI_SOURCES", "genesys"), ("SOURCES__GENESYS__ALSO", "adherence")):
        monkeypatch.setenv(name, value)
        parses.append(fingerprint(DBT_PROJECT_DIR))
    assert len(set(parses)) == 3


def test_every_parameter_is_read_and_part_of_the_version_of_parameters() -> None:
    parameters = set(yaml.safe_load((DBT_PROJECT_DIR / "dbt_project.yml").read_text())["vars"])
    texts = {
        path.stem: path.read_text(encoding="utf-8")
        for folder in ("models", "macros")
        for path in (DBT_PROJECT_DIR / folder).rglob("*.sql")
    }
    named = set(re.findall(r"'(\w+)'", texts.pop("version_of_vars")))
    read = set(re.findall(r"""['"](\w+)['"]""", "\n".join(texts.values())))
    assert parameters - read == set(), "nothing reads it"
    assert named == parameters - OF_A_RUN
