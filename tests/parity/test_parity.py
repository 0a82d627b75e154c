"""Comparison with reference answers: what counts as equal, what as a reason, and a whole set."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from parity.compare import compare, same, why
from tests.ingestion.real_data import ROOT, data_set
from tests.parity.invented_set import invent
from tests.parity.write_set import write

# Ids far from those of the reference set.
BASE = 5_000_000
ANSWER = {
    "ticket_id": "1",
    "metric": "agent_work_time",
    "applied_at": "2026-03-02 08:00:00",
    "target_minutes": "240",
    "in_business_hours": "1",
    "is_breached": "0",
    "elapsed_minutes": "200.0",
    "reference_minutes": "260.0",
    "schedules_passed": "1",
}


@pytest.mark.parametrize(
    ("column", "expected", "ours", "verdict"),
    [
        ("first_reply_business_minutes", "10.0", "10.1", True),
        ("first_reply_business_minutes", "10.0", "10.11", False),
        ("count_reopens", "1", "1.0", True),
        ("count_reopens", "1", "2", False),
        ("count_reopens", None, "0", False),
        ("is_breached", "true", "1", True),
        ("is_breached", "f", "1", False),
        ("status", "closed", "solved", False),
        ("status", None, None, True),
    ],
)
def test_minutes_may_differ_by_a_tenth_and_nothing_else(
    column: str, expected: str | None, ours: str | None, verdict: bool
) -> None:
    assert same(column, expected, ours) is verdict


def test_a_breach_counted_in_closed_time_has_a_reason_only_if_that_count_breaches() -> None:
    assert "counts 260.0" in why("sla_breaches_closed", "is_breached", "true", ANSWER)
    less = ANSWER | {"reference_minutes": "239.0"}
    assert why("sla_breaches_closed", "is_breached", "true", less) == ""
    assert why("sla_breaches_closed", "target_minutes", "true", ANSWER) == ""


def test_a_missing_row_and_a_row_too_many_are_found() -> None:
    expected = [{"ticket_id": "1", "status": "open"}, {"ticket_id": "2", "status": "open"}]
    ours = [{"ticket_id": "1", "status": "open"}, {"ticket_id": "3", "status": "open"}]
    (status,), extra = compare("ticket_metrics", expected, ours)
    assert (status.cells, status.equal, status.unexplained) == (2, 1, 1)
    assert extra == [("3",)]


def test_a_count_by_day_ends_where_the_reference_ends() -> None:
    expected = [{"date_day": "2026-06-30", "status": "open", "n": "2"}]
    ours = [*expected, {"date_day": "2026-07-01", "status": "open", "n": "9"}]
    (count,), extra = compare("backlog_daily_by_status", expected, ours)
    assert (count.equal, extra) == (1, [])


@pytest.mark.slow
def test_every_expected_cell_is_met_or_has_a_reason(tmp_path: Path) -> None:
    """A reference set with a hundred invented tickets behind it, in one build."""
    invented = invent(seed=3, tickets=100, base=BASE)
    write(invented, tmp_path / "set", behind=data_set("ticket_parity"))
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "parity", str(tmp_path / "set"), "--home", str(home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with (home / "differences.csv").open(encoding="utf-8") as handle:
        differing = [(row["table"], row["column"], row["key"]) for row in csv.DictReader(handle)]
    assert {each[:2] for each in differing} <= {("sla_breaches_closed", "is_breached")}
    # The reference has habits, plain Python has none.
    numbers = {str(each.number) for each in invented.tickets}
    assert [each for each in differing if each[2].split()[0] in numbers] == []


def test_an_invented_set_holds_what_makes_sets_odd() -> None:
    tickets = invent(seed=3, tickets=100, base=BASE).tickets
    merged = [each for each in tickets if each.merged_into]
    chains = {sum(1 for _ in each.began()) - 1 for each in tickets if not each.merged_into}
    assert len(merged) >= 5
    assert max(chains) >= 3
    restored = [each for each in tickets if any(s == "deleted" for _, s in each.statuses[:-1])]
    assert {"solved", "closed"} & {each.status for each in restored}
    assert any(len(each.solves()) > 2 for each in tickets)
    assert any(len(each.stretches) > 2 for each in tickets)
    assert {each.status for each in tickets} >= {"new", "open", "pending", "hold", "deleted"}
