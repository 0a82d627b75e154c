"""dbt as assets: the warehouse (target dev) and the live marts (target live), one step each.

Inputs: the manifest (`semantic.parse`), the lake. Outputs: `<home>/warehouse.duckdb` and
`<home>/live.duckdb`, each behind a pool of its own because a DuckDB file has one writer.

dbt tests become asset checks. Row counts and column metadata are not fetched: that would keep a
connection open and lock the next dbt step out.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
import json
import os
import shutil
import signal
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets
from packaging.version import Version

from ingestion.lake_lock import reading
from live.plan import SELECTION
from live.plan import TARGET as LIVE_TARGET
from orchestration.arrivals import TAIL_VARIABLE, Basis, has_tail, unchanged
from orchestration.hand_to_dbt import KILLED
from orchestration.live_supervisor import refuse_beside_live
from orchestration.periods import (
    AS_OF_VARIABLE,
    decide,
    environment_of,
    noting_loads,
    settings_of,
)
from orchestration.settings import DBT_PROJECT_DIR, Settings
from orchestration.translators import DbtTranslator
from orchestration.waiting_dbt import waiting_dbt
from semantic.parse import (
    PARSE_CACHE,
    WAREHOUSE_TARGET,
    dbt_executable,
    parsed_folder,
    prepare_manifest,
)

WAREHOUSE_POOL, LIVE_POOL = "warehouse", "live_warehouse"
SHOWN_FAILURES = 5
# What the last complete build of a target was made of.
BASIS_NAME = "basis.json"
DATABASES: Mapping[str, str] = {
    WAREHOUSE_TARGET: "warehouse.duckdb",
    LIVE_TARGET: "live.duckdb",
}


class Dbt(DbtCliResource):
    """dagster-dbt's resource without two costs of some 6 s each that nothing here needs."""

    @cached_property
    def _cli_version(self) -> Version:
        # The base class starts `dbt --version`, a whole cold start, to learn what the environment
        # already knows: dbt is installed beside this interpreter.
        return Version(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Any) -> Any:
        # Only row counts and column metadata use the adapter; it imports dbt into this process.
        return None

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Generator[Any, None, None]:
        """For a run: with a dbt that loads while the steps before the build land and check."""
        project = Path(self.project_dir)
        if self.target != WAREHOUSE_TARGET:
            with super().yield_for_execution(context) as ready:
                yield ready
            return
        with waiting_dbt(parsed_folder(project) / PARSE_CACHE) as executable:
            handing_over = Dbt(
                project_dir=str(project), dbt_executable=executable, target=self.target
            )
            with super(Dbt, handing_over).yield_for_execution(context) as ready:
                yield ready


def load_manifest(project_dir: Path = DBT_PROJECT_DIR) -> Mapping[str, Any]:
    """The current manifest as a dictionary, parsed first if the project changed."""
    manifest: dict[str, Any] = json.loads(prepare_manifest(project_dir).read_text())
    return manifest


def lend_parse_cache(project_dir: Path, target_dir: Path) -> None:
    """Spare a build the parsing that `prepare_manifest` has just done; dbt checks that it fits."""
    ours, theirs = parsed_folder(project_dir) / PARSE_CACHE, target_dir / PARSE_CACHE
    if ours.exists() and (not theirs.exists() or theirs.stat().st_mtime < ours.stat().st_mtime):
        target_dir.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ours, theirs)


def failure_text(run_results: Mapping[str, Any], log_path: Path) -> str:
    """Say in a few lines which nodes failed and why, from dbt's run_results.json."""
    bad = [r for r in run_results["results"] if r["status"] in {"error", "fail", "runtime error"}]
    skipped = sum(r["status"] == "skipped" for r in run_results["results"])
    lines = [f"dbt: {len(bad)} of {len(run_results['results'])} nodes failed, {skipped} skipped."]
    for result in bad[:SHOWN_FAILURES]:
        kind, _, name = result["unique_id"].partition(".")
        message = " ".join(str(result.get("message") or result["status"]).split())
        lines.append(f"- {kind} {name.removeprefix('kontakti.')}: {message}")
    if len(bad) > SHOWN_FAILURES:
        lines.append(f"- and {len(bad) - SHOWN_FAILURES} more")
    lines.append(f"What is published stays as it was. Full log: {log_path}")
    return "\n".join(lines)


def build_dbt(
    context: dg.AssetExecutionContext, dbt: Dbt, settings: Settings, manifest: Mapping[str, Any]
) -> Iterator[Any]:
    """Run `dbt build` for the selected assets, streaming each node; one clear Failure at the end.

    Models that nothing arrived for are left out; when the project's SQL is not the one that last
    built this target, incremental models are built anew from the lake (`orchestration.arrivals`).

    Args:
        context: The step's context; its selection becomes dbt's.
        dbt: Resource of the target.
        settings: Names the home. Artefacts and the log go to one folder a target, used again by
            every run (the pool keeps runs apart), so that dbt's partial parse stays warm.
        manifest: The manifest that the assets were made of.

    Raises:
        dagster.Failure: dbt could not run, or a node or test failed.
    """
    target = dbt.target or WAREHOUSE_TARGET
    target_dir = settings.dbt_target_dir(target)
    results_path, log_path = target_dir / "run_results.json", target_dir / "dbt.log"
    results_path.unlink(missing_ok=True)
    if target == WAREHOUSE_TARGET:
        lend_parse_cache(Path(dbt.project_dir), target_dir)
    # A test that joins a model outside the selection waits for the job that builds both: in the
    # live file, or on a new home, the other model does not exist. In the environment and not an
    # argument, so that Dagster can still ask for no tests at all.
    os.environ.setdefault("DBT_INDIRECT_SELECTION", "cautious")
    note = target_dir / BASIS_NAME
    last = Basis.read(note)
    as_of = os.environ.get(AS_OF_VARIABLE, "")
    now = Basis.of(Path(dbt.project_dir), settings.home_dir, manifest, as_of)
    # Unit tests prove the SQL, not the data: `make test` runs them, a load does not.
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    # The live target is made of a window that moves on: what has left it must go.
    if target == LIVE_TARGET or last is None or last.sql != now.sql:
        # Rows that an older version of an incremental model wrote are not what this one would.
        arguments.append("--full-refresh")
    database = settings.home_dir / DATABASES[target]
    if kept := unchanged(last, now, manifest, database):
        context.log.info(f"{len(kept)} models are left as they are: nothing of theirs arrived.")
        arguments += ["--exclude", " ".join(kept)]
    tail = target == WAREHOUSE_TARGET and has_tail(last, now, database)
    if tail:
        context.log.info("Only calls arrived: contacts that cannot differ are left as they are.")
    if last is not None:
        # Until this build is complete, some tables are of it and others of the one before.
        replace(last, stands="").write(note)
    with environment_of({TAIL_VARIABLE: "1"} if tail else {}):
        invocation = dbt.cli(
            arguments, context=context, target_path=target_dir, raise_on_error=False
        )
    try:
        with reading(settings.home_dir):
            yield from invocation.stream()
    except KeyError as error:
        raise dg.Failure(
            f"dbt ran {error}, which this code location does not know: the dbt project changed "
            "after it was loaded. Reload the code location, or start the run again.",
            allow_retries=False,
        ) from None
    if invocation.process.wait() == 0:
        if not context.is_subset:
            now.standing(database).write(note)
        return
    if invocation.process.returncode in {KILLED, -signal.SIGKILL}:
        text = (
            "dbt was killed in the middle of the build, most likely by the system for want of"
            " memory: stop what else runs, or lower KONTAKTI_BUILD_MEMORY (8GB). What is published"
            f" stays as it was. Full log: {log_path}"
        )
    elif results_path.exists():
        text = failure_text(json.loads(results_path.read_text()), log_path)
    else:
        text = f"dbt did not start to build: {invocation.get_error()}"
    raise dg.Failure(description=text, allow_retries=False)


def build_definitions(
    settings: Settings, manifest: Mapping[str, Any], project_dir: Path = DBT_PROJECT_DIR
) -> dg.Definitions:
    """Both sets of dbt assets and the dbt resources they use."""

    @dbt_assets(
        manifest=manifest,
        name="build_warehouse",
        project=DbtProject(project_dir, target=WAREHOUSE_TARGET),
        dagster_dbt_translator=DbtTranslator(),
        pool=WAREHOUSE_POOL,
    )
    def warehouse(context: dg.AssetExecutionContext, dbt: Dbt) -> Iterator[Any]:
        """Staging, intermediate and marts, with their tests."""
        tags = decide(context, settings)
        with settings_of(tags, settings) as own, noting_loads(tags, settings, own):
            if own is not settings:
                context.log.info(f"A period that is over is built apart, in {own.home_dir}.")
            yield from build_dbt(context, dbt, own, manifest)

    @dbt_assets(
        manifest=manifest,
        name="build_live",
        # The report of the floor asks the semantic layer, which reads the contact fact.
        select=" ".join([*SELECTION, "+fct_contact"]),
        project=DbtProject(project_dir, target=LIVE_TARGET),
        dagster_dbt_translator=DbtTranslator(live=True),
        pool=LIVE_POOL,
    )
    def live(context: dg.AssetExecutionContext, dbt_live: Dbt) -> Iterator[Any]:
        """The real-time marts and what they need, in a file of their own."""
        refuse_beside_live(settings)
        yield from build_dbt(context, dbt_live, settings, manifest)

    return dg.Definitions(
        assets=[warehouse, live],
        resources={
            "dbt": Dbt(
                project_dir=str(project_dir),
                dbt_executable=dbt_executable(),
                target=WAREHOUSE_TARGET,
            ),
            "dbt_live": Dbt(
                project_dir=str(project_dir),
                dbt_executable=dbt_executable(),
                target=LIVE_TARGET,
            ),
        },
    )
