"""dbt's documentation: built from the published copy, served on loopback, kept when dbt fails."""

from __future__ import annotations

import threading
import urllib.request
from pathlib import Path

import pytest

from serving import docs
from serving.docs import build_docs, docs_server
from serving.errors import DocsError, NotPublishedError
from serving.publish import publish
from tests.serving import warehouses

PROFILE = """
kontakti:
  target: dev
  outputs:
    serving:
      type: duckdb
      path: ":memory:"
      database: warehouse
      schema: core
      attach:
        - path: "{{ env_var('KONTAKTI_HOME') }}/serving/marts.duckdb"
          alias: warehouse
          read_only: true
"""
PROJECT = """
name: tiny
version: "1.0"
profile: kontakti
model-paths: [models]
"""
MODEL = """
models:
  - name: fct_contact
    config: {schema: core, meta: {semantic: {columns: {contact_id: {contacts: is_open = 1}}}}}
    description: One row a contact, said once and found in the page.
    columns:
      - {name: contact_id, description: Key of the contact.}
"""
SCHEMA_MACRO = """
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "dbt_project"
    for name, text in {
        "profiles.yml": PROFILE,
        "dbt_project.yml": PROJECT,
        "models/fct_contact.sql": "select 1 as contact_id -- {{ env_var('KONTAKTI_HOME') }}/lake",
        "models/fct_contact.yml": MODEL,
        "macros/schema.sql": SCHEMA_MACRO,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    warehouses.build(tmp_path / "home")
    publish(tmp_path / "home")
    return tmp_path / "home"


@pytest.mark.slow
def test_the_page_carries_descriptions_and_published_types_until_the_project_changes(
    home: Path, project: Path
) -> None:
    report = build_docs(home, project)
    assert report.page == home / "serving" / "docs" / "index.html"
    page = report.page.read_text()
    assert "said once and found in the page" in page
    # What meta says is said in words.
    assert "[contacts](metrics.html#contacts) where is_open = 1 |" in page
    # What the page asks for is there.
    assert "favicon.ico" not in page
    # Names of several words keep the space at which the tree cuts them.
    assert ".filename-ellip + .filename-normal {white-space: pre !important}" in page
    # The code that it shows names no folder of the machine that built it.
    assert "KONTAKTI_HOME/lake" in page
    assert str(home.parent) not in page
    assert (report.page.parent / "metrics.html").read_text().startswith("<!doctype html>")
    assert report.size_bytes == report.page.stat().st_size
    catalog = (report.page.parent / "catalog.json").read_text()
    assert '"generation"' in catalog
    assert sorted(file.name for file in report.page.parent.iterdir()) == [
        "catalog.json",
        "index.html",
        "manifest.json",
        "metrics.html",
    ]

    # Kept until the project changes.
    again = build_docs(home, project)
    assert (report.is_unchanged, again.is_unchanged) == (False, True)
    (project / "models" / "fct_contact.yml").write_text(
        MODEL.replace("said once", "said anew"), encoding="utf-8"
    )
    changed = build_docs(home, project)
    assert not changed.is_unchanged
    assert "said anew" in changed.page.read_text(encoding="utf-8")


def test_the_page_is_another_when_the_code_that_writes_it_is(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = tmp_path / "code" / "catalogue.py"
    code.parent.mkdir()
    monkeypatch.setattr(docs, "HERE", code.parent)
    found = []
    for text in ("before", "after"):
        code.write_text(text)
        found.append(docs._fingerprint(project, "serving"))
    assert found[0] != found[1]


def test_when_dbt_fails_its_words_are_told_and_the_old_page_stays(
    home: Path, project: Path
) -> None:
    page = home / "serving" / "docs" / "index.html"
    page.parent.mkdir(parents=True)
    page.write_text("the old page")
    (project / "models" / "fct_contact.sql").write_text("select * from {{ ref('nowhere') }}")
    with pytest.raises(DocsError, match="nowhere"):
        build_docs(home, project)
    assert page.read_text() == "the old page"


def test_documentation_before_the_first_publish_says_what_to_do(
    tmp_path: Path, project: Path
) -> None:
    with pytest.raises(NotPublishedError, match="publish the marts first"):
        build_docs(tmp_path / "empty", project)


def test_the_page_is_served_on_loopback_only(tmp_path: Path) -> None:
    folder = tmp_path / "serving" / "docs"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text("hello")
    with docs_server(tmp_path, 0) as server:
        assert server.server_address[0] == "127.0.0.1"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            url = f"http://127.0.0.1:{server.server_port}/"
            with urllib.request.urlopen(url) as answer:
                assert answer.read() == b"hello"
        finally:
            server.shutdown()
            thread.join()


def test_there_is_nothing_to_serve_before_the_page_is_built(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="serving docs"):
        docs_server(tmp_path, 0)
