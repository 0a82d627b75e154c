"""Publishing: what the copy holds, and that a failed publish leaves the old copy alone."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from serving.catalog import read_catalog
from serving.errors import (
    NothingToPublishError,
    NotPublishedError,
    PublishRunningError,
    ServingError,
    SourceUnavailableError,
)
from serving.publish import publish
from tests.serving import warehouses


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(path, read_only=True) as connection:
        return connection.execute(query).fetchall()


def relations(path: Path) -> set[tuple[object, ...]]:
    found = rows(
        path,
        "select table_schema || '.' || table_name, table_type from information_schema.tables",
    )
    return set(found)


def test_the_copy_holds_core_and_the_audience_marts_and_nothing_from_inside(
    tmp_path: Path,
) -> None:
    warehouses.build(tmp_path)
    report = publish(tmp_path)
    assert report.path == tmp_path / "serving" / "marts.duckdb"
    assert relations(report.path) == {
        ("core.fct_contact", "BASE TABLE"),
        ("daily_voice.kpi_daily_contacts", "BASE TABLE"),
        ("daily_voice.daily_contact_report", "VIEW"),
        ("main.kontakti_publish", "BASE TABLE"),
    }


def test_the_report_says_what_was_published(tmp_path: Path) -> None:
    warehouses.build(tmp_path, rows=5)
    report = publish(tmp_path)
    assert [(t.name, t.rows, t.is_view) for t in report.tables] == [
        ("core.fct_contact", 5, False),
        ("daily_voice.daily_contact_report", None, True),
        ("daily_voice.kpi_daily_contacts", 1, False),
    ]
    assert report.rows == 6
    assert str(report.as_of_at) == warehouses.AS_OF
    assert report.size_bytes == report.path.stat().st_size


def test_descriptions_of_tables_views_and_columns_travel_along(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    columns = rows(
        path,
        "select table_name, column_name, comment from duckdb_columns()"
        " where comment is not null order by 1",
    )
    assert columns == [
        ("daily_contact_report", "contacts_offered", "Offered"),
        ("fct_contact", "contact_id", "Key"),
    ]
    assert rows(path, "select comment from duckdb_tables() where table_name = 'fct_contact'") == [
        ("One row a contact; it's all.",)
    ]
    views = "select comment from duckdb_views() where schema_name = 'daily_voice'"
    assert rows(path, views) == [("A report",)]


def test_what_dbt_says_of_a_column_stands_in_the_file(tmp_path: Path) -> None:
    def node(schema: str, name: str, **columns: str) -> dict[str, object]:
        described = {key: {"name": key, "description": text} for key, text in columns.items()}
        return {"resource_type": "model", "schema": schema, "alias": name, "columns": described,
                "description": f"It's {name}."}  # fmt: skip

    warehouses.build(tmp_path)
    manifest = tmp_path / "dbt" / "dev" / "manifest.json"
    manifest.parent.mkdir(parents=True)
    nodes = [
        node("core", "fct_contact", contact_id="Less than the table's own comment", generation=""),
        node("daily_voice", "kpi_daily_contacts", offered="Came\n  in", newer="Not built yet"),
        node("daily_voice", "daily_contact_report", local_date="Day"),
        node("staging", "stg_zendesk__users", email="Not published"),
        node("core", "not_built", key="Not there"),
    ]
    manifest.write_text(json.dumps({"nodes": {str(at): each for at, each in enumerate(nodes)}}))
    path = publish(tmp_path).path
    columns = rows(
        path,
        "select table_name, column_name, comment from duckdb_columns()"
        " where comment is not null order by 1, 2",
    )
    assert columns == [
        ("daily_contact_report", "contacts_offered", "Offered"),
        ("daily_contact_report", "local_date", "Day"),
        ("fct_contact", "contact_id", "Key"),
        ("kpi_daily_contacts", "offered", "Came in"),
    ]
    assert rows(
        path, "select comment from duckdb_tables() where table_name = 'kpi_daily_contacts'"
    ) == [("It's kpi_daily_contacts.",)]


@pytest.mark.parametrize("name", ["warehouse", "marts", "anything"])
def test_views_answer_under_whatever_name_the_file_is_attached(tmp_path: Path, name: str) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as {name} (read_only)")
        found = connection.execute(
            f"select contacts_offered from {name}.daily_voice.daily_contact_report"
        ).fetchall()
    assert [float(value) for (value,) in found] == [3.0]


def test_views_may_read_each_other_in_any_order(tmp_path: Path) -> None:
    with duckdb.connect(warehouses.build(tmp_path)) as connection:
        connection.execute("create view core.z_first as select * from warehouse.core.fct_contact")
        connection.execute("create view core.a_second as select * from warehouse.core.z_first")
    path = publish(tmp_path).path
    assert rows(path, "select count(*) from core.a_second") == [(3,)]


def test_a_view_over_what_is_not_published_is_stored_as_a_table(tmp_path: Path) -> None:
    with duckdb.connect(warehouses.build(tmp_path)) as connection:
        connection.execute(
            "create view core.inner_view as select * from warehouse.intermediate.int_as_of"
        )
    path = publish(tmp_path).path
    assert ("core.inner_view", "BASE TABLE") in relations(path)
    assert rows(path, "select as_of_at::varchar from core.inner_view") == [(warehouses.AS_OF,)]


def test_the_metadata_table_names_rows_moment_and_version(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    publish(tmp_path)
    catalog = read_catalog(tmp_path)
    assert str(catalog.as_of_at) == warehouses.AS_OF
    assert {t.name: t.rows for t in catalog.tables} == {
        "core.fct_contact": 3,
        "daily_voice.daily_contact_report": None,
        "daily_voice.kpi_daily_contacts": 1,
    }
    assert catalog.version


def test_two_publishes_of_one_warehouse_hold_the_same_rows(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    hashes = "select sum(hash(t)) from core.fct_contact as t"
    first = rows(publish(tmp_path).path, hashes)
    assert rows(publish(tmp_path).path, hashes) == first


def test_clients_from_duckdb_1_1_can_open_the_file(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    # Byte 12 of a DuckDB file is its storage version; 64 is the one that 1.0 and 1.1 write.
    assert int.from_bytes(path.read_bytes()[12:20], "little") == 64


def test_the_live_marts_are_published_beside_the_daily_ones(tmp_path: Path) -> None:
    warehouses.build(tmp_path, generation=7, file="live.duckdb")
    path = publish(tmp_path, "live").path
    assert path == tmp_path / "serving" / "live.duckdb"
    assert rows(path, "select max(generation) from core.fct_contact") == [(7,)]
    found = rows(path, "select contacts_offered::int from daily_voice.daily_contact_report")
    assert found == [(3,)]


def test_a_missing_warehouse_says_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailableError, match=r"warehouse\.duckdb does not exist"):
        publish(tmp_path)


def test_a_warehouse_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    path = warehouses.build(tmp_path)
    writer = subprocess.Popen(
        [
            sys.executable,
            "-c",
            f"import duckdb; c = duckdb.connect({str(path)!r}); print('open', flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert writer.stdout is not None
        writer.stdout.readline()
        with pytest.raises(SourceUnavailableError, match="after the build has finished"):
            publish(tmp_path)
    finally:
        writer.communicate(b"\n")


def test_an_empty_warehouse_replaces_nothing(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    before = path.read_bytes()
    (tmp_path / "warehouse.duckdb").unlink()
    duckdb.connect(tmp_path / "warehouse.duckdb").close()
    with pytest.raises(NothingToPublishError, match="dbt build"):
        publish(tmp_path)
    assert path.read_bytes() == before


def test_a_publish_that_fails_half_way_keeps_the_old_copy_and_leaves_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    before = path.read_bytes()

    def full_disk(*_: object) -> None:
        raise duckdb.IOException("No space left on device")

    monkeypatch.setattr("serving.publish._write_metadata", full_disk)
    with pytest.raises(ServingError, match=r"No space left.*stays as it was"):
        publish(tmp_path)
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir() if "fresh" in file.name] == []


def test_what_a_crashed_publisher_left_behind_is_swept(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    serving = tmp_path / "serving"
    serving.mkdir()
    (serving / ".marts.0123.fresh.duckdb").write_bytes(b"half a file")
    (serving / ".marts.0123.fresh.duckdb.wal").write_bytes(b"its log")
    (serving / ".live.0123.fresh.duckdb").write_bytes(b"somebody else's")
    publish(tmp_path)
    assert {file.name for file in serving.iterdir()} == {
        "marts.duckdb",
        ".marts.lock",
        ".live.0123.fresh.duckdb",
    }


def test_two_publishers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    warehouses.build(tmp_path)
    path = publish(tmp_path).path
    with (path.parent / ".marts.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(PublishRunningError, match="Another process is publishing"):
            publish(tmp_path)
    publish(tmp_path)


def test_listing_before_the_first_publish_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotPublishedError, match="serving publish"):
        read_catalog(tmp_path)


# A limit on the size of files stands for a disk that is full: a write fails in the middle.
ON_A_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from serving.errors import ServingError
from serving.publish import publish
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
room = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
try:
    publish(Path(sys.argv[1]))
except ServingError as error:
    print(error)
"""


@pytest.mark.parametrize("room", [100_000, 400_000])
def test_a_full_disk_is_said_in_one_line_and_the_old_copy_stays(tmp_path: Path, room: int) -> None:
    warehouses.build(tmp_path, generation=1, rows=10)
    report = publish(tmp_path)
    warehouses.build(tmp_path, generation=2, rows=200_000)
    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(tmp_path), str(room)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "could not be written" in done.stdout
    assert "check the free space of the disk" in done.stdout
    assert rows(report.path, "select max(generation), count(*) from core.fct_contact") == [(1, 10)]
    left = {path.name for path in report.path.parent.iterdir()}
    assert left == {"marts.duckdb", ".marts.lock"}
