"""Every entity of the file drop lands from a tiny file, with every declared column."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from ingestion.file_drop.entities import ENTITIES
from ingestion.file_drop.mapping import Entry
from ingestion.file_drop.pseudonymise import needs_key
from ingestion.file_drop.vocabulary import Entity, Personal, Type
from tests.ingestion.file_drop_support import PROVENANCE, FileDrop

_SAMPLES: dict[Type, tuple[str, Any]] = {
    Type.TEXT: ("some text", "some text"),
    Type.INTEGER: ("42", 42),
    Type.NUMBER: ("4.5", 4.5),
    Type.BOOLEAN: ("true", True),
    Type.YES_NO: ("yes", "yes"),
    Type.TIMESTAMP: ("2026-03-02 08:00:00", datetime(2026, 3, 2, 8)),
    Type.DATE: ("2026-03-02", date(2026, 3, 2)),
    Type.MONTH: ("2026-03", date(2026, 3, 1)),
    Type.CLOCK: ("8:00", "08:00"),
    Type.TIMEZONE: ("Europe/Helsinki", "Europe/Helsinki"),
}
# Where a rule ties columns together, the sample must meet it.
_SPECIAL = {
    ("schedules", "weekday"): ("0", 0),
    ("schedules", "close_time"): ("16:30", "16:30"),
    ("schedules", "start_week_minute"): ("1920", 1920),
    ("schedule_holidays", "close_time"): ("12:00", "12:00"),
    ("schedules", "end_week_minute"): ("2400", 2400),
}

SPECIFIED = [
    "calls",
    "cases",
    "case_events",
    "messages",
    "survey_responses",
    "survey_invitations",
    "closed_loop_tasks",
    "customers",
    "customer_periods",
    "agents",
    "agent_states",
    "queues",
    "schedules",
    "schedule_holidays",
    "case_schedules",
    "sla_policies",
    "orders",
    "campaigns",
    "finance_months",
    "benchmarks",
    "price_agreements",
    "targets",
    "reasons",
]


def _sample(entity: Entity, name: str) -> tuple[str, Any]:
    column = entity.column(name)
    if column.values:
        return column.values[0], column.values[0]
    return _SPECIAL.get((entity.name, name), _SAMPLES[column.type])


def test_every_specified_entity_is_declared() -> None:
    assert sorted(ENTITIES) == sorted(SPECIFIED)


@pytest.mark.parametrize("name", SPECIFIED)
def test_entity_lands_from_a_file_with_all_its_columns(name: str, tmp_path: Path) -> None:
    entity = ENTITIES[name]
    drop = FileDrop(tmp_path)
    names = entity.column_names
    drop.write(
        "in.csv", ",".join(names) + "\n" + ",".join(_sample(entity, c)[0] for c in names) + "\n"
    )
    drop.map({"entity": name, "path": "in.csv", "columns": {c: f'"{c}"' for c in names}})

    landed = drop.run()

    assert landed.problems == []
    assert landed.bad[name] == []
    (row,) = landed.good[name]
    assert list(row) == [*(c.landed_name for c in entity.columns), *PROVENANCE]
    for column in entity.columns:
        given, expected = _sample(entity, column.name)
        if column.personal in (Personal.CUSTOMER, Personal.FREE_TEXT):
            assert len(row[column.landed_name]) == 32
            assert given not in row[column.landed_name]
        elif column.personal is not Personal.CUSTOMER_AUTHOR:
            assert row[column.landed_name] == expected
    assert (row["source_file"], row["source_row"]) == ("in.csv", 1)


@pytest.mark.parametrize("name", SPECIFIED)
def test_entity_lands_with_its_required_columns_alone(name: str, tmp_path: Path) -> None:
    entity = ENTITIES[name]
    names = list(entity.mandatory_names)
    if name == "schedules":
        names += ["weekday", "open_time", "close_time"]
    drop = FileDrop(tmp_path)
    drop.write(
        "in.csv", ",".join(names) + "\n" + ",".join(_sample(entity, c)[0] for c in names) + "\n"
    )
    drop.map({"entity": name, "path": "in.csv", "columns": {c: f'"{c}"' for c in names}})

    landed = drop.run()

    (row,) = landed.good[name]
    unmapped = [c.landed_name for c in entity.columns if c.name not in names]
    assert [row[c] for c in unmapped] == [None] * len(unmapped)


def test_keys_and_rules_name_columns_of_their_entity() -> None:
    for entity in ENTITIES.values():
        assert set(entity.key) <= set(entity.column_names)
        assert {rule.column for rule in entity.rules} <= set(entity.column_names)
        mandatory = [c.must_be_mapped for c in entity.columns]
        assert mandatory == sorted(mandatory, reverse=True) or entity.name == "targets"


def test_only_entries_with_personal_columns_need_a_pseudonym_key() -> None:
    columns = {"queue_id": "id"}
    queues = Entry(dataset="acme", entity="queues", path="q.csv", columns=columns)
    agents = Entry(dataset="acme", entity="agents", path="a.csv", columns={"agent_id": "id"})

    assert not needs_key(queues)
    assert needs_key(agents)
