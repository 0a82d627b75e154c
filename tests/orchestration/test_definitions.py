"""The code location loads bare, and its assets, checks, jobs and schedules are the agreed ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from demo.progress import STAGES
from expectations.suites import raw_on_request
from ingestion.pipelines import VENDORS, declared_tables
from orchestration.defs import quality
from orchestration.defs.cadences import CRONS
from orchestration.defs.serving import MARTS_KEY
from orchestration.settings import DEFAULT_SOURCES, PROJECT_ROOT
from orchestration.translators import AUDIENCES, LIVE_KEY, MART_SCHEMAS, raw_key

SNAPSHOT = Path(__file__).parent / "assets.json"
LOAD = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("the code location opened a connection")
socket.socket.connect = refuse
from orchestration.definitions import defs
slow = [name for name in ("great_expectations", "dbt.cli.main", "pandas") if name in sys.modules]
assert not slow, slow
print(len(defs.resolve_all_job_defs()))
"""


def test_it_loads_without_network_secrets_or_settings_and_imports_nothing_slow() -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    loaded = subprocess.run(
        [sys.executable, "-c", LOAD],
        env=bare,
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr[-2000:]
    assert int(loaded.stdout.split()[-1]) >= len(CRONS)


def described(graph: AssetGraph) -> dict[str, list[str]]:
    """Group, owner and kinds of every asset, by key."""
    nodes = {key: graph.get(key) for key in graph.get_all_asset_keys()}
    return {
        key.to_user_string(): [str(node.group_name), *node.owners, *sorted(node.kinds)]
        for key, node in sorted(nodes.items())
    }


def test_keys_groups_owners_and_kinds_are_the_agreed_ones(graph: AssetGraph) -> None:
    """Renaming an asset loses its history: change tests/orchestration/assets.json on purpose only.

    To write it anew: KONTAKTI_WRITE_SNAPSHOT=1 pytest tests/orchestration/test_definitions.py
    """
    found = described(graph)
    if os.environ.get("KONTAKTI_WRITE_SNAPSHOT"):
        lines = ",\n".join(
            f"  {json.dumps(key)}: {json.dumps(said)}" for key, said in found.items()
        )
        SNAPSHOT.write_text(f"{{\n{lines}\n}}\n")
    assert found == json.loads(SNAPSHOT.read_text())


def test_every_asset_has_an_owner_and_a_description(graph: AssetGraph) -> None:
    bare = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not graph.get(key).owners or not graph.get(key).description
    ]
    assert bare == []


def test_every_check_says_what_must_hold(graph: AssetGraph) -> None:
    said = {key.name: graph.get_check_spec(key).description for key in graph.asset_check_keys}
    assert [name for name, words in said.items() if not words] == []
    assert said["unique_fct_contact_contact_id"] == "No two rows have the same contact_id."
    assert said["assert_offered_is_conserved"].startswith("Every offered contact is exactly one of")


def test_every_landed_table_has_a_check_that_can_block(graph: AssetGraph) -> None:
    blocking = {
        key.asset_key for key in graph.asset_check_keys if key.name == "blocking_expectations"
    }
    landed = {key for key in graph.get_all_asset_keys() if key.path[0] == "raw"}
    assert landed
    assert {key.to_user_string() for key in landed - blocking} == set()


def test_no_dbt_source_is_an_orphan(graph: AssetGraph) -> None:
    orphans = [
        key.to_user_string()
        for key in graph.get_all_asset_keys()
        if not graph.get(key).is_materializable
    ]
    assert orphans == [], "a dbt source names a table that nothing lands"


def test_the_demo_has_words_for_every_step_of_the_daily_run(defs: dg.Definitions) -> None:
    steps = {node.name for node in defs.resolve_job_def("daily").nodes}
    assert steps - STAGES.keys() == set()


@pytest.mark.parametrize("schema", MART_SCHEMAS)
def test_the_published_marts_descend_from_landed_tables(graph: AssetGraph, schema: str) -> None:
    marts = [k for k in graph.get_all_asset_keys() if k.path[:-1] == [schema]]
    assert marts
    published = graph.get(MARTS_KEY).parent_keys
    assert set(marts) <= published, "a mart is missing from what publishing waits for"
    upstream = dg.AssetSelection.groups(schema).upstream().resolve(graph)
    assert {key.path[1] for key in upstream if key.path[0] == "raw"}


def test_the_contact_fact_reaches_back_to_every_system_of_contact(graph: AssetGraph) -> None:
    selection = dg.AssetSelection.assets(["core", "fct_contact"]).upstream().resolve(graph)
    systems = {key.path[1] for key in selection if key.path[0] == "raw"}
    assert systems >= {"zendesk", "twilio", "files"}


def test_live_marts_come_from_the_same_landed_tables(graph: AssetGraph) -> None:
    upstream = dg.AssetSelection.assets(LIVE_KEY).upstream().resolve(graph)
    assert {key.path[0] for key in upstream} == {"raw", "live", "serving"}


def test_jobs_take_few_steps(defs: dg.Definitions) -> None:
    steps = {name: set(defs.resolve_job_def(name).graph.node_names()) for name in CRONS}
    landing = {f"land_{source}" for source in DEFAULT_SOURCES}
    checked = {"check_raw", "build_warehouse", "check_marts", "publish_marts"}
    assert steps["daily"] == landing | checked | {
        "evaluate_alerts",
        "build_docs",
        "write_daily_reports",
    }
    live = {"land_zendesk", "land_twilio", "build_live", "publish_live"}
    assert steps["realtime"] == live | {"write_realtime_reports"}
    for name in ("weekly", "monthly", "quarterly"):
        assert steps[name] == landing | checked | {f"write_{name}_reports"}


@pytest.mark.parametrize(("schema", "cadence"), [(s, a[1]) for s, a in AUDIENCES.items()])
def test_each_cadence_builds_the_marts_of_its_audience(
    defs: dg.Definitions, schema: str, cadence: str
) -> None:
    prefix = ["live", schema] if cadence == "realtime" else [schema]
    keys = defs.resolve_job_def(cadence).asset_layer.executable_asset_keys
    assert any(key.path[:-1] == prefix for key in keys)


def test_jobs_run_in_one_process(defs: dg.Definitions) -> None:
    executors = {defs.resolve_job_def(name).executor_def.name for name in CRONS}
    assert executors == {"one_process"}


def test_every_job_tries_a_step_again_and_ends_what_takes_too_long(defs: dg.Definitions) -> None:
    for job in map(defs.resolve_job_def, (*CRONS, "maintenance")):
        # Dagster has no public name for it.
        retries = job._op_retry_policy
        assert retries is not None, job.name
        assert (retries.max_retries, retries.backoff) == (2, dg.Backoff.EXPONENTIAL), job.name
        assert int(job.tags["dagster/max_runtime"]) > 0, job.name


def test_schedules_keep_the_business_clock_and_wait_to_be_started(defs: dg.Definitions) -> None:
    schedules = {
        s.job_name: s for s in map(defs.resolve_schedule_def, [f"{n}_schedule" for n in CRONS])
    }
    assert {name: s.cron_schedule for name, s in schedules.items()} == {
        "realtime": "*/5 * * * *",
        "daily": "15 5 * * *",
        "weekly": "0 6 * * 1",
        "monthly": "30 6 1 * *",
        "quarterly": "0 7 1 1,4,7,10 *",
    }
    assert {s.execution_timezone for s in schedules.values()} == {"Europe/Helsinki"}
    assert {s.default_status for s in schedules.values()} == {dg.DefaultScheduleStatus.STOPPED}


def test_writers_share_a_pool_with_whoever_needs_their_file(defs: dg.Definitions) -> None:
    graph = {node.name: node for job in CRONS for node in defs.resolve_job_def(job).all_node_defs}
    pools = Counter(
        {name: node.pool for name, node in graph.items() if getattr(node, "pool", None)}
    )
    assert dict(pools) == {
        **{f"land_{source}": f"dlt_{source}" for source in DEFAULT_SOURCES},
        "build_warehouse": "warehouse",
        "check_marts": "warehouse",
        "evaluate_alerts": "warehouse",
        "publish_marts": "warehouse",
        "build_docs": "dbt_docs",
        "build_live": "live_warehouse",
        "publish_live": "live_warehouse",
    }


def test_tables_on_request_have_checks_that_can_block_where_they_land(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    on_request = {
        f"{vendor}.{name}": vendor
        for vendor in VENDORS
        for name, table in declared_tables(vendor).items()
        if table.on_request
    }
    blocking = {spec.table for spec in raw_on_request.checks() if spec.severity == "blocking"}
    assert blocking == set(on_request)
    settings = SimpleNamespace(sources=VENDORS, home_dir=Path())
    for expected in (set(), blocking):
        defs = quality.build_definitions(settings, set())  # type: ignore[arg-type]
        keys = {key.asset_key for d in defs.asset_checks or () for key in d.check_keys}
        assert {name for name in blocking if raw_key(*name.split(".")) in keys} == expected
        for name, vendor in on_request.items():
            also = os.environ.get(f"SOURCES__{vendor.upper()}__ALSO", "")
            table = name.partition(".")[2]
            monkeypatch.setenv(f"SOURCES__{vendor.upper()}__ALSO", f"{also} {table}".strip())
