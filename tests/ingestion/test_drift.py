"""What a vendor changes in its records is told once, and done with as the policy says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion import undeclared
from ingestion.drift import Drift, Members, policy_of
from ingestion.errors import ContractViolation, SettingInvalid
from ingestion.home_search import find
from ingestion.pipelines import declared_tables, land
from ingestion.sources import zendesk
from sandbox.server import SandboxServer
from sandbox.vendors.faults import ALWAYS, Fault
from tests.ingestion.vendor_support import Lake


def after(*landings: list[dict[str, Any]]) -> list[str]:
    """What the last of several landings tells."""
    state: dict[str, Any] = {}
    told: list[Drift] = []
    for records in landings:
        members = Members("t", state, lambda member, *inner: not inner or member == "more")
        members.see(records)
        told = members.changes()
    return [str(change) for change in told]


def test_the_first_landing_has_nothing_to_compare_with() -> None:
    assert after([{"id": 1}]) == []


def test_a_member_that_appears_is_told_once_with_its_type() -> None:
    before, now = [{"id": 1}], [{"id": 2, "vip": True, "more": {"since": "2026"}}]
    assert after(before, now) == [
        "t.more appeared (object)", "t.more.since appeared (text)", "t.vip appeared (flag)",
    ]  # fmt: skip
    assert after(before, now, now) == []


def test_another_type_is_told_and_an_empty_value_is_none() -> None:
    assert after([{"a": 1}], [{"a": None}]) == []
    assert after([{"a": None}], [{"a": "x"}]) == []
    assert after([{"a": 1}], [{"a": "x"}]) == ["t.a changed (number to text)"]


def test_only_what_every_record_had_can_vanish() -> None:
    whole = [{"id": n, "name": "x"} for n in range(30)]
    without = [{"id": n} for n in range(30)]
    assert after(whole, without) == ["t.name vanished (text)"]
    assert after(whole, without, without) == []
    assert after([*whole, {"id": 31}], without) == [], "it came and went before"
    assert after(whole, without[:3]) == [], "three records say little"


def test_keys_that_may_be_data_are_no_members() -> None:
    wide = {"more": {f"d{day}": 1 for day in range(90)}}
    assert after([{"more": {}}], [wide]) == []
    assert after([{"by_name": {}}], [{"by_name": {"aino": 1}}]) == [], "nobody knows that object"


# Objects whose keys somebody at the centre makes up, by table.
OPEN_MAPS = (
    ("zendesk.users", "user_fields"),
    ("zendesk.ticket_events", "metadata"),
    ("zendesk.ticket_events", "child_events.custom_ticket_fields"),
    ("zendesk.organizations", "organization_fields"),
    ("twilio.events", "event_data.task_more"),
    ("hubspot.contacts", ""),  # the sandbox plants among the properties
    ("typeform.answers", "hidden"),
    ("typeform.answers", "variables"),
    ("intercom.conversations", "custom_attributes"),
    ("intercom.contacts", "custom_attributes"),
    ("intercom.companies", "custom_attributes"),
    ("genesys.segments", "participants.attributes"),
    ("genesys.segments", "participants.sessions.segments.scoredAgents"),
    ("mastodon.mentions", "status.more"),
)


@pytest.mark.parametrize(("name", "place"), OPEN_MAPS)
def test_a_map_whose_keys_are_names_of_people_lands_without_them(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch, name: str, place: str
) -> None:
    vendor, _, table = name.partition(".")
    monkeypatch.setattr(undeclared, "LEARNT", 0)  # all that nobody declared is new
    monkeypatch.setattr(undeclared, "MOST_COLUMNS", 1000)
    column = f"{place}.Aino_Uusi".lstrip(".")
    vendors.faults.order(Fault(vendor, "schema_new_column", times=ALWAYS, column=column))
    assert land(vendor, tables=[table]).rows[table]
    assert find(lake.home, ["Aino_Uusi", "aino_uusi", "Uusi", "uusi"]) == {}
    places = find(lake.home, [declared_tables(vendor)[table].columns[0].name])
    assert any(place.endswith(".parquet:schema") for place in places), "it looks at columns' names"


def test_a_landing_tells_lands_and_remembers_a_new_member(
    vendors: SandboxServer, lake: Lake
) -> None:
    assert land("intercom", tables=["contacts"]).drift == ()
    vendors.clock.advance(3600)
    vendors.faults.order(Fault("intercom", "schema_new_column", "search", times=ALWAYS))
    landed = "undeclared_sandbox_new_column_key"
    expected = Drift("contacts", "sandbox_new_column", "appeared", None, "text", landed)
    assert land("intercom", tables=["contacts"]).drift == (expected,)
    assert land("intercom", tables=["contacts"]).drift == ()
    (row,) = lake.rows("intercom", "_drift")
    assert (row["resource"], row["member"], row["change"], row["now"]) == (
        "contacts", "sandbox_new_column", "appeared", "text",
    )  # fmt: skip


def test_a_new_column_lands_beside_old_files_and_is_learnt_again(
    vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    land("zendesk", tables=["tickets"])
    vendors.clock.advance(24 * 3600)
    monkeypatch.setattr(zendesk, "EXPORT_PAGE", 20)
    # The second page has it first: files of one load differ too.
    planted = ["aino.uusi@example.org", 358407654321]
    for number, value in enumerate(planted):
        vendors.faults.order(
            Fault("zendesk", "schema_new_column", "tickets", times=3, skip=1 - number, value=value)
        )
    (told,) = [d for d in land("zendesk", tables=["tickets"]).drift if d.lands_as]
    assert str(told) == (
        "tickets.sandbox_new_column appeared (number or text);"
        " lands as undeclared_sandbox_new_column_key until it is declared"
    )
    assert find(lake.home, map(str, planted)) == {}, "neither as a text nor as a number"
    rows = lake.sql(
        "select count(*), count(undeclared_sandbox_new_column_key), count(id) from"
        " read_parquet('{lake}/zendesk/tickets/*/*.parquet', union_by_name = true)"
    )
    ((every, new, known),) = rows
    assert 0 < new < every == known


@pytest.mark.parametrize(
    ("fault", "column", "setting", "nulls", "aside"),
    [
        ("schema_missing_column", "email", "vanished: 'null'", True, 0),
        ("schema_type_change", "email", "changed: quarantine", False, None),  # a transform's fault
        ("schema_type_change", "created_at", "changed: quarantine", False, None),
    ],
)
def test_a_table_can_be_told_to_go_on(
    vendors: SandboxServer, lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    fault: str, column: str, setting: str, nulls: bool, aside: int | None,
) -> None:  # fmt: skip
    vendors.faults.order(Fault("intercom", fault, "search", times=ALWAYS, column=column))
    with pytest.raises(ContractViolation):
        land("intercom", tables=["contacts"])
    (tmp_path / "drift.yml").write_text(f"intercom.contacts: {{{setting}}}\n", encoding="utf-8")
    monkeypatch.setenv("KONTAKTI_DRIFT", str(tmp_path / "drift.yml"))
    report = land("intercom", tables=["contacts"])
    rows = lake.rows("intercom", "contacts")
    assert bool(rows) is nulls
    assert {row["email_key"] for row in rows} == ({None} if nulls else set())
    kept = report.quarantined.get("contacts", 0)
    assert kept == aside if aside is not None else kept > 50


@pytest.mark.parametrize(
    "text", ["zendesk.tickets: {new: stop}", "zendesk.tickets: 3", "default: {old: stop}", "[1"]
)
def test_a_policy_that_cannot_be_meant_names_the_variable(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drift.yml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("KONTAKTI_DRIFT", str(tmp_path / "drift.yml"))
    with pytest.raises(SettingInvalid, match="KONTAKTI_DRIFT"):
        policy_of("zendesk", "tickets")
