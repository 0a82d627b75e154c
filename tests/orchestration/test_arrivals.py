"""A build leaves out exactly the models that nothing new descends to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from live.plan import TAIL
from orchestration.arrivals import CLOCK, Basis, has_tail, unchanged

MANIFEST: Mapping[str, Any] = {
    "sources": {
        "source.tickets": {"source_name": "zendesk", "name": "tickets"},
        "source.queues": {"source_name": "files", "name": "queues"},
    },
    "nodes": {
        key: {
            "resource_type": kind,
            "name": path[-1],
            "schema": "core",
            "alias": path[-1],
            "fqn": path,
        }
        for key, kind, path in (
            (CLOCK, "model", ["kontakti", "intermediate", "int_as_of"]),
            ("stg_tickets", "model", ["kontakti", "staging", "stg_tickets"]),
            ("stg_queues", "model", ["kontakti", "staging", "stg_queues"]),
            ("int_days", "model", ["kontakti", "intermediate", "int_days"]),
            ("int_contacts", "model", ["kontakti", "intermediate", "int_contacts"]),
            ("fct_contact", "model", ["kontakti", "marts", "core", "fct_contact"]),
            ("channels", "seed", ["kontakti", "channels"]),
        )
    },
    "child_map": {
        "source.tickets": ["stg_tickets"],
        "source.queues": ["stg_queues"],
        "stg_tickets": ["int_contacts"],
        "stg_queues": ["int_contacts"],
        CLOCK: ["int_contacts"],
        "int_contacts": ["fct_contact"],
    },
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "dbt"
    (folder / "models").mkdir(parents=True)
    (folder / "models" / "stg_tickets.sql").write_text("select 1")
    (folder / "dbt_project.yml").write_text("name: sample")
    land(tmp_path / "home", "zendesk", "tickets", "1.5")
    land(tmp_path / "home", "files_acme", "queues", "1.5")
    with duckdb.connect(str(tmp_path / "home" / "warehouse.duckdb")) as connection:
        connection.execute("create schema core")
        for node in MANIFEST["nodes"].values():
            connection.execute(f"create table core.{node['name']} (id integer)")
    return folder


def land(home: Path, dataset: str, table: str, load: str, *, complete: bool = True) -> None:
    """One file of a load; its mark says that the load is complete."""
    file = home / "lake" / dataset / table / "load_date=2026-01-01" / f"{load}.abc.parquet"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    if complete:
        mark = home / "lake" / dataset / "_dlt_loads" / f"{dataset}__{load}.jsonl"
        mark.parent.mkdir(exist_ok=True)
        mark.touch()


def left_out(project: Path, last: Basis | None, as_of: str = "") -> list[str]:
    home = project.parent / "home"
    now = Basis.of(project, home, MANIFEST, as_of)
    return unchanged(last, now, MANIFEST, home / "warehouse.duckdb")


def basis(project: Path, as_of: str = "") -> Basis:
    """What a complete build just now would note, through the file that it notes it in."""
    note = project.parent / "basis.json"
    Basis.of(project, project.parent / "home", MANIFEST, as_of).write(note)
    read = Basis.read(note)
    assert read is not None
    return read


def test_a_first_build_leaves_nothing_out(project: Path) -> None:
    assert left_out(project, Basis.read(project / "nowhere.json")) == []


def test_only_descendants_of_what_arrived_are_built(project: Path) -> None:
    last = basis(project)
    assert left_out(project, last) == [
        "int_as_of",
        "int_contacts",
        "int_days",
        "stg_queues",
        "stg_tickets",
    ]
    land(project.parent / "home", "zendesk", "tickets", "2.5")
    assert left_out(project, last) == ["int_as_of", "int_days", "stg_queues"]


def test_a_load_counts_from_its_mark_on(project: Path) -> None:
    land(project.parent / "home", "files_acme", "queues", "2.5", complete=False)
    last = basis(project)
    assert "stg_queues" in left_out(project, last)
    land(project.parent / "home", "files_acme", "queues", "2.5")
    assert "stg_queues" not in left_out(project, last)


def test_a_load_taken_away_counts_too(project: Path) -> None:
    last = basis(project)
    for file in (project.parent / "home" / "lake").rglob("tickets/**/*.parquet"):
        file.unlink()
    assert left_out(project, last) == ["int_as_of", "int_days", "stg_queues"]


def test_another_moment_counts_though_nothing_arrived(project: Path) -> None:
    night = "2026-04-14 21:00:00"
    assert "int_contacts" in left_out(project, basis(project, night), night)
    for last, now in ((night, ""), ("", night)):
        assert left_out(project, basis(project, last), now) == [
            "int_days",
            "stg_queues",
            "stg_tickets",
        ]


def test_a_table_that_is_gone_is_built(project: Path) -> None:
    last = basis(project)
    with duckdb.connect(str(project.parent / "home" / "warehouse.duckdb")) as connection:
        connection.execute("drop table core.int_days")
    assert "int_days" not in left_out(project, last)


def test_any_change_of_the_project_builds_everything(project: Path) -> None:
    last = basis(project)
    (project / "models" / "properties.yml").write_text("models: []")
    assert left_out(project, last) == []
    assert Basis.of(project, project.parent / "home", MANIFEST).sql == last.sql


CALLS, QUEUES = "source.kontakti.files.calls", "source.kontakti.files.queues"
MARKS = "source.kontakti.files.watermarks"
BUILT = Basis("project", "sql", {CALLS: "1", QUEUES: "1", MARKS: "1"})


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The file that was built of BUILT."""
    file = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create schema staging")
        connection.execute("create table staging.calls as select 1 as call_id")
    return file


def test_facts_follow_what_arrived_where_only_calls_did(database: Path) -> None:
    last = BUILT.standing(database)
    assert has_tail(last, BUILT, database)
    assert has_tail(last, replace(BUILT, as_of="2026-04-14 21:00:00"), database)
    arrived = replace(BUILT, tables={CALLS: "2", QUEUES: "1", MARKS: "2"})
    assert has_tail(last, arrived, database)


@pytest.mark.parametrize(
    "now",
    [
        replace(BUILT, project="another"),
        replace(BUILT, tables={**BUILT.tables, QUEUES: "2"}),
        replace(BUILT, tables={**BUILT.tables, "source.kontakti.zendesk.tickets": "1"}),
    ],
    ids=["other project", "other list", "another system"],
)
def test_facts_are_built_whole_where_any_contact_may_differ(now: Basis, database: Path) -> None:
    assert not has_tail(BUILT.standing(database), now, database)


def test_facts_are_built_whole_where_they_do_not_stand(database: Path) -> None:
    last = BUILT.standing(database)
    assert not has_tail(None, BUILT, database), "nothing was built"
    assert not has_tail(replace(last, stands=""), BUILT, database), "a build was broken off"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table alerts as select 1 as alert_id")
    assert has_tail(last, BUILT, database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("insert into staging.calls values (2)")
    assert not has_tail(last, BUILT, database)
    database.unlink()
    assert not has_tail(last, BUILT, database)
    assert not has_tail(replace(last, stands=""), BUILT, database)


def test_what_the_tail_is_found_by_is_always_built(project: Path) -> None:
    tail = {**MANIFEST["nodes"][CLOCK], "name": "int_days", "alias": "int_days"}
    manifest = {**MANIFEST, "nodes": {**MANIFEST["nodes"], TAIL: tail}}
    last = basis(project)
    home = project.parent / "home"
    kept = unchanged(last, Basis.of(project, home, manifest), manifest, home / "warehouse.duckdb")
    assert kept.count("int_days") == 1


def test_a_note_of_an_older_version_does_not_stand(tmp_path: Path) -> None:
    note = tmp_path / "basis.json"
    note.write_text('{"project": "p", "sql": "s", "tables": {}, "as_of": ""}')
    assert Basis.read(note) == Basis("p", "s", {}, stands="")
