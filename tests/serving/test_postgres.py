"""The PostgreSQL copy, as far as it needs no server; tests/drills/test_postgres.py has one."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.redaction import without_secrets
from orchestration.settings import Settings
from serving.errors import NotPublishedError, ServingError
from serving.postgres import MARK, first, granted, publish, said, swapped
from serving.publish import publish as publish_file
from tests.serving import warehouses

NOBODY = "postgresql://joe:hunter2-hunter2@127.0.0.1:1/marts"


def test_old_schemas_leave_and_new_ones_take_their_names() -> None:
    assert list(swapped(["core", "main"], {"core": MARK})) == [
        'alter schema "core" rename to "core__old"',
        'alter schema "core__new" rename to "core"',
        'alter schema "main__new" rename to "main"',
    ]


def test_what_a_cut_off_publish_left_is_cleared_and_what_is_shown_is_not() -> None:
    cleared = [
        line for line in first(["core"], {"core": MARK, "core__new": MARK}) if "drop" in line
    ]
    assert cleared == ['drop schema "core__new" cascade']


@pytest.mark.parametrize("comment", [None, "the warehouse of finance"])
def test_a_schema_of_somebody_else_is_left_alone(comment: str | None) -> None:
    with pytest.raises(ServingError, match="core that Kontakti did not make"):
        list(first(["core"], {"core": comment}))


def test_comments_are_quoted_and_readers_only_read() -> None:
    texts = {("core", "fct", None): "It's all.", ("core", "fct", 'a"b'): "back\\slash"}
    assert list(said(texts)) == [
        "comment on table \"core__new\".\"fct\" is E'It''s all.'",
        'comment on column "core__new"."fct"."a""b" is E\'back\\\\slash\'',
    ]
    assert {line.split(" on ")[0] for line in granted(["core"], "bi")} == {
        "grant usage",
        "grant select",
    }


@pytest.mark.parametrize("url", [NOBODY, "postgresql://joe:hunter2-hunter2@host:no/marts"])
def test_a_server_that_is_not_there_is_said_plainly_and_without_the_password(
    tmp_path: Path, url: str
) -> None:
    warehouses.build(tmp_path)
    publish_file(tmp_path)
    with pytest.raises(ServingError, match="still shows") as raised:
        publish(tmp_path, url)
    assert "hunter2" not in str(raised.value)


def test_a_home_without_marts_has_nothing_for_postgresql(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError):
        publish(tmp_path, NOBODY)


def test_the_address_is_a_secret_and_an_empty_one_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KONTAKTI_POSTGRES_URL", NOBODY)
    settings = Settings(home=tmp_path)
    assert settings.postgres_url is not None
    assert "hunter2" not in repr(settings) + without_secrets(f"went to {NOBODY}")
    monkeypatch.setenv("KONTAKTI_POSTGRES_URL", "")
    assert Settings(home=tmp_path).postgres_url is None
