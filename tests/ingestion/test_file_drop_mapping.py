"""A mapping that is wrong says where (file, line, entry, key), what, and stops only its entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ingestion.file_drop.errors import MappingInvalid
from ingestion.file_drop.mapping import load_mapping
from ingestion.sources.files import DEFAULT_MAPPING
from tests.ingestion.file_drop_support import CALLS, FileDrop


def _problem(tmp_path: Path, **change: Any) -> str:
    drop = FileDrop(tmp_path)
    drop.map({**CALLS, **change}, CALLS)
    mapping = load_mapping(tmp_path / "files.yml")
    assert len(mapping.entries) == 1, "the good entry stays"
    (problem,) = mapping.problems
    assert str(problem).startswith("files.yml line 1 (")
    return str(problem)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entity": "call"}, "did you mean calls?"),
        ({"pth": "x"}, "pth: is no key here (did you mean path?)"),
        ({"path": "/etc/passwd"}, "not a path below the base folder"),
        ({"path": "../secret.csv"}, "not a path below the base folder"),
        ({"timezone": "Europe/Helsinky"}, "did you mean Europe/Helsinki?"),
        ({"options": {"sep": ";"}}, "options.sep: is no key here"),
        ({"options": {"encoding": "klingon"}}, "no encoding that Python knows"),
        ({"options": {"header": False}}, "give the column names as `names`"),
        ({"columns": {"call_id": "id"}}, "calls also needs queued_at, outcome"),
        ({"columns": {**CALLS["columns"], "talk": "1"}}, "columns.talk: calls has no such column"),
        ({"columns": {**CALLS["columns"], "agent": "case a"}}, "no usable SQL expression"),
        ({"columns": {**CALLS["columns"], "agent": "1) , (2"}}, "no usable SQL expression"),
        ({"columns": {**CALLS["columns"], "agent": "a; drop table raw"}}, "no usable SQL"),
        ({"columns": {**CALLS["columns"], "agent": "(select 1)"}}, "use `lookups`"),
        ({"columns": {**CALLS["columns"], "agent": "lag(a) over ()"}}, "window function"),
        ({"columns": {**CALLS["columns"], "agent": "*"}}, "a star"),
        ({"keep": "last"}, "keep and order_by go together"),
        ({"keep": "changes", "order_by": "at"}, "keep: changes is for case_events"),
        ({"dataset": "Acme Calls"}, "dataset"),
    ],
)
def test_a_bad_entry_is_named_with_its_key(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    assert said in _problem(tmp_path, **change)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- dataset: [", "no valid YAML"),
        ("dataset: acme", "no list"),
        ("- dataset: acme\n  dataset: other\n", "given twice"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "files.yml"
    path.write_text(text)
    with pytest.raises(MappingInvalid, match=said):
        load_mapping(path)


def test_a_mapping_that_is_not_there_is_named_with_the_setting(tmp_path: Path) -> None:
    with pytest.raises(MappingInvalid, match="KONTAKTI_FILES"):
        load_mapping(tmp_path / "none.yml")


def test_an_empty_mapping_is_fine(tmp_path: Path) -> None:
    (tmp_path / "files.yml").write_text("# nothing yet\n")
    assert load_mapping(tmp_path / "files.yml").entries == ()


def test_the_default_mapping_is_valid_and_empty() -> None:
    mapping = load_mapping(DEFAULT_MAPPING)
    assert (mapping.entries, mapping.problems) == ((), ())


def test_literals_may_be_written_as_yaml_scalars(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("m.csv", "id,at\n1,2026-01-01 10:00:00\n")
    drop.map(
        {
            "entity": "messages",
            "path": "m.csv",
            "columns": {
                "message_id": "id",
                "case_id": 7,
                "sent_at": "at",
                "author_role": "'agent'",
                "is_public": True,
                "author": None,
            },
        }
    )
    (row,) = drop.run().good["messages"]
    assert (row["case_id"], row["is_public"], row["author"]) == ("7", True, None)


def test_an_edited_entry_has_another_fingerprint(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.map(CALLS, {**CALLS, "timezone": "Europe/Helsinki"})
    one, two = (p.entry.fingerprint for p in load_mapping(tmp_path / "files.yml").entries)
    assert one != two
