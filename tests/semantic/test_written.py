"""SQL that was written once is read again, until a definition changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from semantic.query import Question, SemanticLayer
from semantic.written import FOLDER, WrittenSql


def test_a_question_asked_before_needs_no_metricflow(
    database: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("semantic.written.FOLDER", tmp_path)  # nothing was ever asked there
    question = Question(["contacts_offered"], ["contact__channel"])
    first = SemanticLayer(database).ask(question)
    again = SemanticLayer(database)
    monkeypatch.setattr(SemanticLayer, "_engine", property(lambda self: pytest.fail("was loaded")))
    assert again.ask(question) == first


def test_a_changed_definition_has_its_sql_written_anew(tmp_path: Path) -> None:
    before, after = WrittenSql(tmp_path, "{}"), WrittenSql(tmp_path, "{changed}")
    before.keep("question", "select 1")
    assert (before.read("question"), after.read("question")) == ("select 1", None)
    after.keep("question", "select 2")
    assert (before.read("question"), after.read("question")) == (None, "select 2")
    assert len(list((tmp_path / FOLDER).iterdir())) == 1


def test_a_project_that_cannot_be_written_to_answers_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file where a folder should be")
    written = WrittenSql(tmp_path, "{}")
    written.keep("question", "select 1")
    assert written.read("question") is None
