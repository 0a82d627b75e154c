"""Great Expectations checks as asset checks: landed tables block, marts alert.

Inputs: the check specs of `expectations` (plain data; Great Expectations takes seconds to import and
is loaded when a check runs). Outputs: one asset check a rule, with counts and never a row.

Two steps a run: `check_landed` after landing, in front of dbt; `check_marts` after dbt.
"""

# No `from __future__ import annotations` here: Dagster reads a step's annotations as they are.
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import dagster as dg

from expectations import registry, runner
from expectations.model import CheckResult, CheckSpec, Layer
from ingestion.file_drop.entities import ENTITIES
from ingestion.pipelines import WATERMARKS
from orchestration.defs.ingestion import FILES, FILES_PREFIX
from orchestration.defs.transformation import WAREHOUSE_POOL
from orchestration.settings import Settings
from orchestration.translators import raw_key

SHOWN_FAILURES = 5
Run = Callable[[set[dg.AssetKey]], Iterable[CheckResult]]


def checked_asset(table: str, layer: Layer) -> dg.AssetKey:
    """Asset that a check's '<dataset>.<table>' stands for; file datasets share their entity's."""
    schema, _, name = table.partition(".")
    if layer == "marts":
        return dg.AssetKey([schema, name])
    return raw_key(FILES if schema.startswith(FILES_PREFIX) else schema, name)


def check_key(table: str, name: str, layer: Layer) -> dg.AssetCheckKey:
    """Key of the asset check of a rule."""
    return dg.AssetCheckKey(checked_asset(table, layer), name)


def check_specs(specs: Sequence[CheckSpec], layer: Layer) -> list[dg.AssetCheckSpec]:
    """One asset check a rule; a rule of several file datasets is one check of their entity."""
    found: dict[dg.AssetCheckKey, dg.AssetCheckSpec] = {}
    for spec in specs:
        key = check_key(spec.table, spec.name, layer)
        found.setdefault(
            key,
            dg.AssetCheckSpec(
                name=spec.name,
                asset=key.asset_key,
                description=spec.description,
                blocking=spec.severity == "blocking",
                metadata={"suite": spec.suite, "columns": ", ".join(spec.columns)},
            ),
        )
    return list(found.values())


def check_results(
    results: Iterable[CheckResult], layer: Layer
) -> Iterator[tuple[dg.AssetCheckKey, dg.AssetCheckResult]]:
    """One asset check result a rule: it passes when it holds in every dataset."""
    by_key: dict[dg.AssetCheckKey, list[CheckResult]] = {}
    for result in results:
        by_key.setdefault(check_key(result.table, result.name, layer), []).append(result)
    for key, parts in by_key.items():
        skipped = [part.skipped for part in parts if part.skipped]
        metadata: dict[str, Any] = {
            "rows": sum(part.rows or 0 for part in parts),
            "unexpected": sum(part.unexpected or 0 for part in parts),
            "expectation": parts[0].expectation,
        }
        if len(skipped) == len(parts):
            metadata["skipped"] = skipped[0]
        yield (
            key,
            dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=all(part.success for part in parts),
                severity=severity_of(parts),
                description=" ".join(part.message for part in parts if part.message) or None,
                metadata=metadata,
            ),
        )


def severity_of(parts: Sequence[CheckResult]) -> dg.AssetCheckSeverity:
    """ERROR stops what comes after, WARN tells people."""
    blocking = any(part.severity == "blocking" for part in parts)
    return dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN


def blocked_message(results: Sequence[CheckResult]) -> str:
    """Why the build must not run; empty when nothing blocks it."""
    blocking = [result for result in results if result.blocks]
    if not blocking:
        return ""
    lines = [f"{len(blocking)} blocking checks on landed tables failed, so dbt does not run:"]
    lines += [
        f"- {r.table}: {r.name}: {r.message or r.observed}" for r in blocking[:SHOWN_FAILURES]
    ]
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
        results = list(run({key.asset_key for key in wanted}))
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


def runner_on(home: Path, layer: Layer) -> Run:
    """Runs the checks of some assets of a layer; Great Expectations is imported by the call."""

    def run(assets: set[dg.AssetKey]) -> list[CheckResult]:
        known = registry.specs(registry.landed_file_tables(home))
        tables = {
            spec.table
            for spec in known
            if spec.layer == layer and checked_asset(spec.table, layer) in assets
        }
        return runner.run(sorted(tables), home) if tables else []

    return run


def build_definitions(settings: Settings, built: set[dg.AssetKey]) -> dg.Definitions:
    """The two check steps: landed tables of the named sources, and the marts that dbt builds.

    Args:
        settings: Which sources land, and the home whose data is checked.
        built: Keys of the dbt assets; a mart without one has no check.
    """
    every = registry.specs([(FILES, entity) for entity in [*ENTITIES, WATERMARKS]])
    raw = [s for s in every if s.layer == "raw" and s.table.partition(".")[0] in settings.sources]
    marts = [s for s in every if s.layer == "marts" and checked_asset(s.table, "marts") in built]
    steps = [
        check_step("check_landed", "raw", raw, runner_on(settings.home_dir, "raw")),
        check_step(
            "check_marts",
            "marts",
            marts,
            runner_on(settings.home_dir, "marts"),
            # Reading the warehouse shuts its one writer out for that long.
            pool=WAREHOUSE_POOL,
        ),
    ]
    return dg.Definitions(asset_checks=steps)
