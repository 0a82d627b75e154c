"""The models of docs/guide/add-a-source.md build, in a copy of the project that follows it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from semantic.home import DBT_PROJECT_DIR
from tests.dbt import raw_lake
from tests.docs.guide_blocks import GUIDE, files_of_the_guide


def test_the_vendor_of_the_page_is_in_the_marts(tmp_path: Path) -> None:
    project, home = tmp_path / "dbt_project", tmp_path / "home"
    skipped = shutil.ignore_patterns("target", "logs")
    shutil.copytree(DBT_PROJECT_DIR, project, ignore=skipped)
    for name, text in files_of_the_guide().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    switches = project / "dbt_project.yml"
    text = switches.read_text(encoding="utf-8")
    line = re.search(r"```yaml\n( +murmur: .*\n)```", GUIDE.read_text(encoding="utf-8"))
    assert line is not None
    text = text.replace("  more_systems:\n", f"  more_systems:\n{line[1]}")
    once_more = re.compile(r" +(?:int_contacts__)?intercom:\n +\+enabled: .*\n")
    text = once_more.sub(lambda m: m[0] + m[0].replace("intercom", "murmur"), text)
    switches.write_text(text, encoding="utf-8")
    thread = {"opened_at": "2026-03-02 08:00:00", "changed_at": "2026-03-02 09:00:00",
              "inbox": "help", "writer_key": "a" * 32}  # fmt: skip
    rows = [
        {**thread, "id": "t1", "first_answer_at": "2026-03-02 08:10:00"},
        {**thread, "id": "t2"},
    ]
    marks = [raw_lake.watermark("threads", "2026-03-20 12:00:00")]
    old = raw_lake.DBT_PROJECT_DIR
    try:
        raw_lake.DBT_PROJECT_DIR = project
        raw_lake.declared.cache_clear()
        raw_lake.land(home, "1700000001.1", "murmur", {"threads": rows, "watermarks": marks})
    finally:
        raw_lake.DBT_PROJECT_DIR = old
        raw_lake.declared.cache_clear()
    done = subprocess.run(
        [Path(sys.executable).with_name("dbt"), "--quiet", "build", "--exclude",
         "resource_type:unit_test", "--project-dir", str(project), "--profiles-dir", str(project)],
        cwd=project,
        env={**os.environ, "KONTAKTI_HOME": str(home), "KONTAKTI_SOURCES": "murmur"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        found = connection.execute(
            "select contact_id, channel, is_offered, is_answered, is_waiting"
            " from core.fct_contact order by 1"
        ).fetchall()
        queues = connection.execute("select queue_id, queue_name from core.dim_queue").fetchall()
    assert found == [
        ("murmur:t1", "messaging", 1, 1, 0),
        ("murmur:t2", "messaging", 1, 0, 1),
    ]
    assert queues == [("murmur:help", "help")]
