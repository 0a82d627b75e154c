"""A table that held every check is checked again when it, or a table it joins, has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations import runner
from expectations.settled import Settled
from tests.expectations.homes import CLEAN_LAKE, clean_lake, write_lake
from tests.expectations.outcomes import failures

TABLES = ["zendesk.tickets", "zendesk.groups", "zendesk.users", "zendesk.watermarks"]


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that Great Expectations was asked about, as they come."""
    asked: list[str] = []
    check = runner._check_table

    def noting(datasource, connection, table, checks, views):  # type: ignore[no-untyped-def]
        asked.append(table)
        return check(datasource, connection, table, checks, views)

    monkeypatch.setattr(runner, "_check_table", noting)
    return asked


def test_only_what_changed_and_what_joins_it_is_checked_again(
    tmp_path: Path, checked: list[str]
) -> None:
    clean_lake(tmp_path)
    first = runner.run(TABLES, tmp_path, settled=Settled(tmp_path))
    assert sorted(checked) == sorted(TABLES)
    checked.clear()
    assert runner.run(TABLES, tmp_path, settled=Settled(tmp_path)) == first
    assert checked == ["zendesk.watermarks"]
    checked.clear()
    more = CLEAN_LAKE["zendesk.groups"].replace("20::bigint", "21::bigint")
    write_lake(tmp_path, {"zendesk.groups": [CLEAN_LAKE["zendesk.groups"], more]})
    runner.run(TABLES, tmp_path, settled=Settled(tmp_path))
    assert sorted(checked) == ["zendesk.groups", "zendesk.tickets", "zendesk.watermarks"]


def test_a_table_that_failed_is_checked_again_and_fails_again(
    tmp_path: Path, checked: list[str]
) -> None:
    clean_lake(tmp_path)
    runner.run("zendesk.groups", tmp_path, settled=Settled(tmp_path))
    write_lake(tmp_path, {"zendesk.groups": [CLEAN_LAKE["zendesk.groups"]] * 2})
    for _ in range(2):
        results = runner.run("zendesk.groups", tmp_path, settled=Settled(tmp_path))
        assert failures(results)
    assert checked == ["zendesk.groups"] * 3
