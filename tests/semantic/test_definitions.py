"""No definition of a metric changes unseen."""

from __future__ import annotations

import json
import subprocess

import pytest

from semantic.definitions import SNAPSHOT, definitions, text
from semantic.home import PROJECT
from semantic.manifest import manifest_text

MAIN = ("origin/main", "main")


def test_the_snapshot_of_definitions_is_current() -> None:
    assert SNAPSHOT.read_text(encoding="utf-8") == text(), (
        "a definition changed: run `make metrics`, look at the difference, note it in CHANGELOG.md"
    )


def test_a_definition_names_measure_table_date_filter_and_offset() -> None:
    found = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    assert found["service_level"] == "service_level_met / service_level_n"
    assert found["service_level_n"] == "sum(is_service_level_due) of core.fct_contact by local_date"
    assert "'relationship'" in found["nps_relationship_n"]
    assert found["csat_change"].endswith("with csat_score_before = csat_score 1 month before")
    assert found["surveyed_contacts"].endswith("nothing is 0")
    assert found["closed_loop_time_p50"].startswith("percentile 0.5(reached_seconds)")


def test_a_changed_filter_or_column_shows() -> None:
    manifest = json.loads(manifest_text())
    before = definitions(manifest)
    for metric in manifest["metrics"]:
        if metric["name"] == "nps_n":
            metric["filter"]["where_filters"][0]["where_sql_template"] += " and true"
    for model in manifest["semantic_models"]:
        for measure in model["measures"]:
            if measure["name"] == "service_level_met":
                measure["expr"] = "is_answered_within_sl"
    changed = {name for name, line in definitions(manifest).items() if line != before[name]}
    assert changed == {"nps_n", "service_level_met"}


def git(*arguments: str) -> str | None:
    """What git says; None where it does not know."""
    done = subprocess.run(
        ["git", *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def base() -> str | None:
    """The commit that a change is looked at from: where it left main, or the one before."""
    head = git("rev-parse", "HEAD")
    left = next(filter(None, (git("merge-base", "HEAD", name) for name in MAIN)), None)
    return git("rev-parse", "--verify", "HEAD~1") if left in (None, head) else left


def lines_of_definitions(changelog: str) -> set[str]:
    """The lines of the changelog that tell of changed definitions."""
    parts = changelog.split("### ")
    return {
        line
        for part in parts
        if part.startswith("Definitions")
        for line in part.splitlines()[1:]
        if line
    }


def is_untold(before: str, now: str, log_before: str, log_now: str) -> bool:
    """Whether definitions changed and the changelog has no new line about definitions."""
    told = lines_of_definitions(log_now) - lines_of_definitions(log_before)
    return json.loads(before) != json.loads(now) and not told


def test_a_changed_definition_has_a_line_in_the_changelog() -> None:
    commit = base()
    snapshot, log = SNAPSHOT.relative_to(PROJECT).as_posix(), "CHANGELOG.md"
    before, log_before = (git("show", f"{commit}:{name}") for name in (snapshot, log))
    if before is None or log_before is None:
        pytest.skip("no history to compare with")
    now, log_now = SNAPSHOT.read_text(encoding="utf-8"), (PROJECT / log).read_text(encoding="utf-8")
    assert not is_untold(before, now, log_before, log_now), (
        f"definitions changed since {commit}: say so in CHANGELOG.md, under Definitions"
    )


def test_a_line_elsewhere_in_the_changelog_does_not_tell_of_a_definition() -> None:
    log = "### Added\n- a\n\n### Definitions\n- x counts all.\n"
    was, now = '{"x": "sum(a)"}', '{"x": "sum(b)"}'
    assert is_untold(was, now, log, log)
    assert is_untold(was, now, log, log.replace("- a", "- a\n- b"))
    assert not is_untold(was, now, log, log + "- x counts some.\n")
    assert not is_untold(was, was, log, log)
