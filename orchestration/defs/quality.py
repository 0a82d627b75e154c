"""Great Expectations checks as asset checks: landed tables block, marts alert.

Inputs: the check specs of `expectations` (plain data; Great Expectations takes seconds to import
and is loaded when a check runs). Outputs: at most two asset checks a table, one of its blocking and
one of its alerting rules, with every rule's counts in a table and never a row of data.

One asset check a rule was tried: 600 of them made the UI unreadable, and the events that Dagster
keeps for each cost more than the checks themselves.

Two steps a run: `check_raw` after landing, in front of dbt; `check_marts` after dbt.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import dagster as dg

from expectations import registry, runner
from expectations.model import CheckResult, CheckSpec, Layer
from expectations.settled import Settled
from ingestion.file_drop.entities import ENTITIES
from ingestion.lake_lock import reading
from ingestion.pipelines import WATERMARKS, wanted_tables
from orchestration.defs.ingestion import FILES, FILES_PREFIX
from orchestration.defs.transformation import WAREHOUSE_POOL
from orchestration.periods import settings_of, tags_of
from orchestration.settings import Settings
from orchestration.translators import raw_key

SHOWN_FAILURES = 5
CHECK_NAMES: Mapping[str, str] = {
    "blocking": "blocking_expectations",
    "alerting": "alerting_expectations",
}
Run = Callable[[set[dg.AssetKey], Mapping[str, str]], Iterable[CheckResult]]


def checked_asset(table: str, layer: Layer) -> dg.AssetKey:
    """Asset that a check's '<dataset>.<table>' stands for; file datasets share their entity's."""
    schema, _, name = table.partition(".")
    if layer == "marts":
        return dg.AssetKey([schema, name])
    return raw_key(FILES if schema.startswith(FILES_PREFIX) else schema, name)


def check_key(check: CheckSpec | CheckResult, layer: Layer) -> dg.AssetCheckKey:
    """Key of the asset check that a rule, or its result, is part of."""
    return dg.AssetCheckKey(checked_asset(check.table, layer), CHECK_NAMES[check.severity])


def check_specs(specs: Sequence[CheckSpec], layer: Layer) -> list[dg.AssetCheckSpec]:
    """One asset check for the rules of one severity on one asset."""
    rules: dict[dg.AssetCheckKey, list[CheckSpec]] = {}
    for spec in specs:
        rules.setdefault(check_key(spec, layer), []).append(spec)
    return [
        dg.AssetCheckSpec(
            name=key.name,
            asset=key.asset_key,
            description="\n".join(f"- **{rule.name}**: {rule.description}" for rule in group),
            blocking=group[0].severity == "blocking",
            metadata={"rules": len(group), "suite": group[0].suite},
        )
        for key, group in rules.items()
    ]


def check_results(
    results: Iterable[CheckResult], layer: Layer
) -> Iterator[tuple[dg.AssetCheckKey, dg.AssetCheckResult]]:
    """One asset check result for the rules of one severity on one asset, passed when all hold."""
    groups: dict[dg.AssetCheckKey, list[CheckResult]] = {}
    for result in results:
        groups.setdefault(check_key(result, layer), []).append(result)
    for key, group in groups.items():
        failed = [result for result in group if not result.success]
        blocking = group[0].severity == "blocking"
        yield (
            key,
            dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=not failed,
                severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
                description="\n".join(told(result) for result in failed) or None,
                metadata={
                    "rules": len(group),
                    "rules_failed": len(failed),
                    "rules_skipped": sum(result.skipped is not None for result in group),
                    "rows": max((result.rows or 0) for result in group),
                    "outcome": dg.MetadataValue.md(outcome_table(group)),
                },
            ),
        )


def told(result: CheckResult) -> str:
    """A failed rule in one line: where, which, how many, and what to do."""
    return f"{result.table}: {result.name} ({result.observed}). {result.message}".strip()


def outcome_table(group: Sequence[CheckResult]) -> str:
    """Every rule's outcome as a Markdown table, the failed ones first."""
    ordered = sorted(group, key=lambda result: result.success)
    lines = ["| rule | table | holds | unexpected |", "|---|---|---|---|"]
    lines += [
        f"| {r.name} | {r.table} | {'yes' if r.success else 'NO'} | {r.observed} |" for r in ordered
    ]
    return "\n".join(lines)


def blocked_message(results: Sequence[CheckResult]) -> str:
    """Why the build must not run; empty when nothing blocks it."""
    blocking = [result for result in results if result.blocks]
    if not blocking:
        return ""
    checks = "1 blocking check" if len(blocking) == 1 else f"{len(blocking)} blocking checks"
    lines = [f"{checks} on landed tables failed, so dbt does not run:"]
    lines += [f"- {told(r)}" for r in blocking[:SHOWN_FAILURES]]
    if len(blocking) > SHOWN_FAILURES:
        lines.append(f"- and {len(blocking) - SHOWN_FAILURES} more, each in the asset's checks")
    lines.append("The marts that are published stay as they were.")
    return "\n".join(lines)


def check_step(
    name: str, layer: Layer, specs: Sequence[CheckSpec], run: Run, pool: str | None = None
) -> dg.AssetChecksDefinition:
    """One step that runs the checks of the selected assets of a layer.

    Raises:
        dagster.Failure: A blocking check does not hold.
    """

    @dg.multi_asset_check(name=name, specs=check_specs(specs, layer), can_subset=True, pool=pool)
    def step(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = set(context.selected_asset_check_keys)
        results = list(run({key.asset_key for key in wanted}, tags_of(context)))
        for key, result in check_results(results, layer):
            if key in wanted:
                wanted.remove(key)
                yield result
        for key in wanted:
            yield not_landed(key)
        if message := blocked_message(results):
            raise dg.Failure(message, allow_retries=False)

    return step


def not_landed(key: dg.AssetCheckKey) -> dg.AssetCheckResult:
    """Result of a rule on a file-drop entity that no dataset of this home maps to."""
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=True,
        metadata={"skipped": "no file dataset maps to this entity"},
    )


def runner_on(settings: Settings, layer: Layer) -> Run:
    """Runs the checks of some assets of a layer; Great Expectations is imported by the call.

    Landed tables are those of the home; marts those of the period that the run is for.
    """

    def run(assets: set[dg.AssetKey], tags: Mapping[str, str]) -> list[CheckResult]:
        with settings_of(tags if layer == "marts" else {}, settings) as own:
            return in_home(assets, own.home_dir)

    def in_home(assets: set[dg.AssetKey], home: Path) -> list[CheckResult]:
        known = registry.specs(registry.landed_file_tables(home))
        tables = {
            spec.table
            for spec in known
            if spec.layer == layer and checked_asset(spec.table, layer) in assets
        }
        if not tables:
            return []
        with reading(home):
            return runner.run(sorted(tables), home, settled=Settled(home))

    return run


def build_definitions(settings: Settings, built: set[dg.AssetKey]) -> dg.Definitions:
    """The two check steps: landed tables of the named sources, and the marts that dbt builds.

    Args:
        settings: Which sources land, and the home whose data is checked.
        built: Keys of the dbt assets; a mart without one has no check.
    """
    every = registry.specs([(FILES, entity) for entity in [*ENTITIES, WATERMARKS]])
    landed = {
        f"{source}.{table}"
        for source in settings.sources
        for table in ([*ENTITIES] if source == FILES else wanted_tables(source)) + [WATERMARKS]
    }
    raw = [s for s in every if s.layer == "raw" and s.table in landed]
    marts = [s for s in every if s.layer == "marts" and checked_asset(s.table, "marts") in built]
    steps = [
        check_step("check_raw", "raw", raw, runner_on(settings, "raw")),
        check_step(
            "check_marts",
            "marts",
            marts,
            runner_on(settings, "marts"),
            # Reading the warehouse shuts its one writer out for that long.
            pool=WAREHOUSE_POOL,
        ),
    ]
    return dg.Definitions(asset_checks=steps)
