"""Reads check results the way the tests speak of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from expectations.model import CheckResult
from expectations.runner import run


def failures(results: Iterable[CheckResult]) -> dict[str, str]:
    """Severity by name of each failed check."""
    return {result.name: result.severity for result in results if not result.success}


def failing(home: Path, names: str | list[str]) -> dict[str, str]:
    """Severity by name of each check that fails on the named tables, suites or layers."""
    return failures(run(names, home))


def result_of(home: Path, table: str, name: str) -> CheckResult:
    """The one result of a check."""
    return next(result for result in run(table, home) if result.name == name)
