"""Any subset of systems builds the marts, and two systems for one channel double nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sandbox.clock import FrozenClock
from sandbox.server import MORE, SandboxServer
from sandbox.vendors.hubspot_records import HubSpotRecords
from sandbox.vendors.intercom import SOURCE_TYPES
from sandbox.vendors.wire import iso
from sandbox.world.public_posts import public_posts
from sandbox.world.simulate import UNTIL, simulate
from semantic.home import DBT_PROJECT_DIR
from tests.dbt import raw_lake
from tests.dbt.raw_lake import watermark

WRITTEN = ("email", "web_form", "social_private")
LIVE = ("voice", "callback", "chat")
# Both telephonies know this instant: Genesys's store runs ten minutes behind.
AS_OF = iso(UNTIL - 900)
# The staff call their own line on Twilio only.
FIGURES = """
    select
        channel, outcome, count(*), count(distinct customer_id), sum(pre_queue_seconds),
        sum(wait_seconds), sum(talk_seconds), sum(hold_seconds), sum(acw_seconds),
        sum(is_transferred), sum(is_answered_within_sl), sum(is_abandoned), sum(is_flow_out),
        count(first_response_at), count(reason_id), count(case_id), count(parent_contact_id),
        count(distinct first_agent_id)
    from core.fct_contact where channel in {channels} and is_test = 0 and is_internal = 0
    group by all order by all
"""
LEGS = """
    select left_reason, transfer_type, count(*), sum(wait_seconds), sum(hold_seconds)
    from core.fct_contact_leg where channel in {channels} and contact_id in
        (select contact_id from core.fct_contact where is_test = 0 and is_internal = 0)
    group by all order by all
"""
MENTIONS = "select count(*), sum(is_own), sum(is_competitor) from core.fct_social_mention"
LIMIT_SECONDS = 600


@pytest.fixture(scope="module")
def centre() -> Iterator[SandboxServer]:
    world = simulate(seed=11, days=4, contacts_per_day=100, until=UNTIL, after_days=1)
    with SandboxServer(world, FrozenClock(UNTIL), also=MORE) as server:
        yield server


ANSWERS = """
    select source_system, count(*) from core.fct_survey_response
    where source_system = 'hubspot' and is_valid = 1 group by all
"""
BY_SYSTEM = """
    select channel, source_system, count(*) from core.fct_contact
    where channel in {channels} group by all order by all
"""


def built(centre: SandboxServer, home: Path, sources: str, *, as_of: str = "") -> Path:
    """Land and build with these sources, with every data test: the warehouse."""
    env = {**os.environ, **centre.env(), "KONTAKTI_SOURCES": sources, "KONTAKTI_HOME": str(home)}
    env["SOURCES__HUBSPOT__ALSO"] = "feedback_submissions"
    env["KONTAKTI_AS_OF"] = as_of.rstrip("Z").replace("T", " ")
    done([sys.executable, "-m", "ingestion", "land"], env)
    build(home, env, "--exclude", "resource_type:unit_test")
    return home / "warehouse.duckdb"


def build(home: Path, env: dict[str, str], *more: str) -> None:
    """Build with dbt."""
    project = ["--project-dir", str(DBT_PROJECT_DIR), "--profiles-dir", str(DBT_PROJECT_DIR)]
    paths = ["--target-path", str(home / "target"), "--log-path", str(home / "logs")]
    dbt = str(Path(sys.executable).with_name("dbt"))
    done([dbt, "--quiet", "build", *more, *project, *paths], env)


def done(command: list[str], env: dict[str, str]) -> None:
    """Run a command, which must succeed."""
    ran = subprocess.run(
        command, cwd=DBT_PROJECT_DIR, env=env | {"PYTHONPATH": str(DBT_PROJECT_DIR.parent)},
        capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, (ran.stdout[-3000:], ran.stderr[-1000:])


def asked(warehouse: Path, query: str, channels: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """Rows of a query over some channels."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute(query.format(channels=channels)).fetchall()


def written_contacts(centre: SandboxServer, home: Path, sources: str) -> list[tuple[Any, ...]]:
    """The written contacts by system."""
    return asked(built(centre, home, sources), BY_SYSTEM, WRITTEN)


@pytest.mark.parametrize(
    "system", ["zendesk", "twilio", "hubspot", "typeform", "intercom", "genesys", "mastodon"]
)
def test_a_system_alone_builds_every_mart(
    centre: SandboxServer, tmp_path: Path, system: str
) -> None:
    warehouse = built(centre, tmp_path / "home", system)
    query = "select distinct source_system from core.fct_contact"
    assert {name for (name,) in asked(warehouse, query, ())} <= {system}
    assert asked(warehouse, "select count(*) from core.fct_source_watermark", ()) != [(0,)]


def test_two_helpdesks_at_once_count_each_contact_once(
    centre: SandboxServer, tmp_path: Path
) -> None:
    alone = written_contacts(centre, tmp_path / "alone", "zendesk,twilio,hubspot,typeform")
    both = written_contacts(centre, tmp_path / "both", "zendesk,twilio,hubspot,typeform,intercom")
    assert {system for _, system, _ in both} == {"zendesk"}
    assert both == alone


def test_what_a_merged_lead_had_and_wrote_is_the_users_that_is_kept(tmp_path: Path) -> None:
    at = "2026-03-0{} 08:00:00".format
    people = [
        {"id": "user", "role": "user", "email_key": "mail-1", "updated_at": at(1)},
        {"id": "lead", "role": "lead", "email_key": "mail-2", "phone_key": "phone-2",
         "updated_at": at(1)},
    ]  # fmt: skip
    written = [
        {"id": lead, "contact_id": lead, "source_type": "email", "created_at": at(2)}
        for lead in ("lead", "unknown")
    ]
    merges = [
        {"id": lead, "role": "lead", "merged_into": "user", "updated_at": at(3)}
        for lead in ("lead", "unknown")
    ]
    known = [watermark(table, at(4)) for table in ("contacts", "conversations")]
    tables = {"contacts": people, "conversations": written, "watermarks": known}
    raw_lake.land(tmp_path, "1700000001.1", "intercom", tables)
    raw_lake.land(tmp_path, "1700000002.1", "intercom", {"contacts": merges})
    env = {**os.environ, "KONTAKTI_SOURCES": "intercom", "KONTAKTI_HOME": str(tmp_path)}
    build(tmp_path, env, "--exclude", "resource_type:unit_test", "--select",
          "+int_contacts__intercom", "--indirect-selection", "cautious")  # fmt: skip
    warehouse = tmp_path / "warehouse.duckdb"
    keys = asked(warehouse, "select person_key, customer_id from intermediate.int_identity_keys")
    assert dict(keys) == dict.fromkeys(("mail-1", "mail-2", "phone-2"), "person:mail-1")
    wrote = asked(warehouse, "select customer_id from intermediate.int_contacts__intercom")
    assert wrote == [("person:mail-1",)] * 2


def test_a_centre_without_zendesk_has_its_written_contacts_from_others(
    centre: SandboxServer, tmp_path: Path
) -> None:
    warehouse = built(centre, tmp_path / "home", "twilio,intercom,mastodon")
    found = asked(warehouse, BY_SYSTEM, WRITTEN)
    cases = [
        c for c in centre.world.cases if c.via_channel in SOURCE_TYPES and c.created_at <= UNTIL
    ]
    assert {system for _, system, _ in found} == {"intercom"}
    assert sum(count for _, _, count in found) == len(cases)
    begun = [
        post
        for post in public_posts(centre.world)
        if post.mentions_company and post.in_reply_to is None and post.at <= UNTIL
    ]
    said = {
        post.post_id
        for post in public_posts(centre.world)
        if (post.mentions_company or post.is_tagged) and post.at <= UNTIL
    }
    assert asked(warehouse, MENTIONS, ()) == [(len(said), len(said), 0)]
    public = asked(warehouse, BY_SYSTEM, ("social_public", "none"))
    assert public == [("social_public", "mastodon", len(begun))]


def test_a_centre_on_another_telephony_has_the_same_live_contacts(
    centre: SandboxServer, tmp_path: Path
) -> None:
    twilio = built(centre, tmp_path / "twilio", "zendesk,twilio,hubspot", as_of=AS_OF)
    genesys = built(centre, tmp_path / "genesys", "zendesk,genesys,hubspot", as_of=AS_OF)
    both = built(centre, tmp_path / "both", "zendesk,twilio,genesys,hubspot", as_of=AS_OF)
    systems = {system for _, system, _ in asked(genesys, BY_SYSTEM, LIVE)}
    assert systems - {"zendesk"} == {"genesys"}, "the helpdesk has the bot's chats"
    assert asked(genesys, FIGURES, LIVE) == asked(twilio, FIGURES, LIVE)
    assert asked(genesys, LEGS, LIVE) == asked(twilio, LEGS, LIVE)
    feedback = HubSpotRecords(centre.world).types["feedback_submissions"]
    answers = list(feedback.versions.current(UNTIL - 900))
    assert asked(genesys, ANSWERS, ()) == [("hubspot", len(answers))]
    assert asked(both, BY_SYSTEM, LIVE) == asked(twilio, BY_SYSTEM, LIVE), "nothing counts twice"
