"""The list of all checks, without Great Expectations and without reading any data.

Output: `specs()`, from which the orchestration declares its asset checks in milliseconds.
Run alone: `python -m expectations list`.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from expectations.errors import NothingSelectedError
from expectations.model import CheckSpec
from expectations.suites import (
    core,
    daily_voice,
    monthly_planning,
    quarterly_strategy,
    raw_files,
    raw_genesys,
    raw_hubspot,
    raw_intercom,
    raw_mastodon,
    raw_on_request,
    raw_twilio,
    raw_typeform,
    raw_zendesk,
    realtime,
    weekly_team,
)

FILES_PREFIX = "files_"
_SUITES = (
    raw_zendesk,
    raw_twilio,
    raw_hubspot,
    raw_typeform,
    raw_intercom,
    raw_genesys,
    raw_mastodon,
    raw_on_request,
    core,
    realtime,
    daily_voice,
    weekly_team,
    monthly_planning,
    quarterly_strategy,
)


def specs(file_tables: Iterable[tuple[str, str]] = ()) -> list[CheckSpec]:
    """Every check there is.

    Args:
        file_tables: (dataset, entity) of the file drops to check too, such as
            ('files_acme', 'calls'): the mapping decides which exist (see `landed_file_tables`).
    """
    checks = [check for module in _SUITES for check in module.checks()]
    for dataset, entity in file_tables:
        checks.extend(raw_files.checks(dataset, entity))
    return checks


def landed_file_tables(home: Path) -> list[tuple[str, str]]:
    """(dataset, entity) of each file-drop table in the lake; quarantine tables are left out."""
    return [
        (dataset.name, table.name)
        for dataset in sorted((home / "lake").glob(f"{FILES_PREFIX}*"))
        for table in sorted(dataset.iterdir())
        if table.is_dir() and not table.name.startswith("_")
    ]


def select(checks: Iterable[CheckSpec], names: str | Iterable[str]) -> list[CheckSpec]:
    """The checks of the named layers ('raw', 'marts'), suites or tables, in their order.

    Raises:
        NothingSelectedError: A name is neither.
    """
    wanted = {names} if isinstance(names, str) else set(names)
    available = list(checks)
    known = {key for check in available for key in _names_of(check)} | {"raw", "marts", "raw_files"}
    unknown = sorted(wanted - known)
    if unknown:
        raise NothingSelectedError(
            f"No layer, suite or table is called {', '.join(unknown)}."
            " `python -m expectations list` shows what there is."
        )
    return [check for check in available if wanted & _names_of(check)]


def _names_of(check: CheckSpec) -> set[str]:
    return {check.layer, check.suite, check.table}
