"""The ticket parity set lands whole, all nine tables, equal to its CSV files."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from ingestion.runs import LandingReport
from tests.ingestion.real_data import data_set, lake, land_example

DATASET = "files_ticket_parity"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ticket_parity")


@pytest.fixture(scope="module")
def report(home: Path) -> LandingReport:
    return land_example("ticket_parity", home)


def _table(name: str) -> duckdb.DuckDBPyRelation:
    return duckdb.read_csv(
        str(data_set("ticket_parity") / "input" / f"{name}.csv"), all_varchar=True
    )


@pytest.mark.parametrize(
    ("entity", "table"),
    [
        ("cases", "tickets"),
        ("case_events", "ticket_field_history"),
        ("messages", "ticket_comments"),
        ("case_schedules", "ticket_schedules"),
        ("schedules", "schedules"),
        ("schedule_holidays", "schedule_holidays"),
        ("sla_policies", "sla_policies"),
        ("queues", "groups"),
    ],
)
def test_every_row_of_a_table_lands(
    entity: str, table: str, home: Path, report: LandingReport
) -> None:
    assert report.quarantined == {}
    assert len(lake(home, DATASET, entity)) == len(_table(table))


def test_users_become_agents_and_customers(home: Path, report: LandingReport) -> None:
    agents, customers = (len(lake(home, DATASET, e)) for e in ("agents", "customers"))
    users = _table("users").aggregate("count_if(role <> 'end-user'), count_if(role = 'end-user')")
    assert users.fetchone() == (agents, customers)


@pytest.mark.parametrize(
    ("entity", "columns", "table", "written"),
    [
        (
            "case_events",
            "case_id, occurred_at, field, value, actor",
            "ticket_field_history",
            "ticket_id, changed_at::timestamp, field_name, value, changed_by",
        ),
        (
            "case_schedules",
            "case_id, schedule_id, valid_from, valid_to",
            "ticket_schedules",
            "ticket_id, schedule_id, valid_from::timestamp, valid_to::timestamp",
        ),
        (
            "messages",
            "message_id, case_id, sent_at, is_public",
            "ticket_comments",
            "comment_id, ticket_id, created_at::timestamp, is_public::boolean",
        ),
        (
            "sla_policies",
            "policy_id, metric, priority, target_minutes, in_business_hours",
            "sla_policies",
            "sla_policy_id, metric, priority, target_minutes::double, in_business_hours::boolean",
        ),
    ],
)
def test_values_land_as_written(
    entity: str, columns: str, table: str, written: str, home: Path, report: LandingReport
) -> None:
    landed, given = lake(home, DATASET, entity), _table(table)
    if entity == "case_events":
        # Who asked and what they wrote land as pseudonyms.
        personal = "('requester_id', 'satisfaction_comment')"
        landed = landed.filter(f"field not in {personal}")
        given = given.filter(f"field_name not in {personal}")
    landed, given = landed.project(columns), given.project(written)
    assert len(landed) == len(given)
    assert len(given.except_(landed)) == 0


def test_author_roles_come_from_the_users_table(home: Path, report: LandingReport) -> None:
    landed = lake(home, DATASET, "messages").aggregate("author_role, count(*)")
    users, comments = _table("users"), _table("ticket_comments")
    written = comments.join(users.set_alias("u"), "author_id = user_id").aggregate(
        "if(role = 'end-user', 'customer', 'agent') as author_role, count(*)"
    )
    assert sorted(landed.fetchall()) == sorted(written.fetchall())


def test_customers_are_the_same_pseudonym_in_every_table(home: Path, report: LandingReport) -> None:
    known = lake(home, DATASET, "customers").project("customer_key")
    asked = lake(home, DATASET, "cases").project("customer_key").distinct()
    changed = lake(home, DATASET, "case_events").filter("field = 'requester_id'").project("value")
    assert len(asked.except_(known)) == 0
    assert len(changed.distinct().except_(known)) == 0
