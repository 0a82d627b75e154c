"""Files are found, opened, loaded once, and what they hold comes through unharmed."""

from __future__ import annotations

import csv
import gzip
import io
import os
import zipfile
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingestion.file_drop.reader import connection, lock
from tests.ingestion.file_drop_support import CALLS, FileDrop

CSV = "id,at,outcome\n1,2026-01-01 10:00:00,answered\n"
NAMES = {"queue_id": "id", "name": "name"}


def _queues(tmp_path: Path, path: str, **change: object) -> FileDrop:
    drop = FileDrop(tmp_path)
    drop.map({"entity": "queues", "path": path, "columns": NAMES, **change})
    return drop


def _zip(members: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return packed.getvalue()


def test_a_zip_is_opened_and_its_members_are_named(tmp_path: Path) -> None:
    drop = _queues(tmp_path, "*.zip")
    drop.write(
        "all.zip",
        _zip(
            {
                "in/q1.csv": "id,name\n1,a\n",
                "q2.csv": "id,name\n2,b\n",
                "readme.md": "x",
                "../../evil.csv": "id,name\n3,c\n",
            }
        ),
    )

    landed = drop.run()

    assert sorted(landed.values("queues", "queue_id")) == ["1", "2", "3"]
    assert "all.zip/in/q1.csv" in landed.values("queues", "source_file")
    assert not (tmp_path.parent / "evil.csv").exists()


def test_member_chooses_inside_a_zip(tmp_path: Path) -> None:
    drop = _queues(tmp_path, "all.zip", member="q1*")
    drop.write("all.zip", _zip({"in/q1.csv": "id,name\n1,a\n", "q2.csv": "id,name\n2,b\n"}))
    assert drop.run().values("queues", "queue_id") == ["1"]


@pytest.mark.parametrize("name", ["q.csv.gz", "q.json.gz"])
def test_a_gzip_is_opened(name: str, tmp_path: Path) -> None:
    drop = _queues(tmp_path, name)
    text = "id,name\n1,a\n" if "csv" in name else '[{"id": 1, "name": "a"}]'
    drop.write(name, gzip.compress(text.encode()))
    assert drop.run().values("queues", "name") == ["a"]


@pytest.mark.parametrize("name", ["q.zip", "q.csv.gz", "q.parquet"])
def test_a_damaged_file_is_a_problem_that_names_it(name: str, tmp_path: Path) -> None:
    drop = _queues(tmp_path, name)
    drop.write(name, b"\x1f\x8b nothing of the kind")
    (problem,) = drop.run().problems
    assert name in problem.what
    assert str(tmp_path) not in problem.what


def test_parquet_and_json_keep_their_types(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    with duckdb.connect() as con:
        con.execute(
            "copy (select 1 as id, timestamptz '2026-07-01 10:00:00+03' as \"at\","
            f" 'answered' as outcome) to '{tmp_path}/calls.parquet'"
        )
    drop.write("calls.json", '{"id": 2, "at": "2026-07-01T10:00:00Z", "outcome": "answered"}\n')
    drop.map({**CALLS, "path": "calls.*"})

    landed = drop.run()

    assert landed.problems == []
    assert sorted(landed.values("calls", "queued_at")) == [
        datetime(2026, 7, 1, 7),
        datetime(2026, 7, 1, 10),
    ]


@pytest.mark.parametrize(
    ("local", "utc"),
    [
        ("2026-01-15 10:00:00", datetime(2026, 1, 15, 8)),
        ("2026-07-15 10:00:00", datetime(2026, 7, 15, 7)),
        ("2026-03-29 02:59:59", datetime(2026, 3, 29, 0, 59, 59)),
        ("2026-03-29 04:00:00", datetime(2026, 3, 29, 1)),
        ("2026-03-29 03:30:00", datetime(2026, 3, 29, 1, 30)),  # skipped: an hour later
        ("2026-10-25 02:59:59", datetime(2026, 10, 24, 23, 59, 59)),
        ("2026-10-25 03:30:00", datetime(2026, 10, 25, 1, 30)),  # repeated: its second pass
        ("2026-10-25 04:00:00", datetime(2026, 10, 25, 2)),
        ("2026-07-15T10:00:00Z", datetime(2026, 7, 15, 10)),
        ("2026-07-15 10:00:00+05:30", datetime(2026, 7, 15, 4, 30)),
        ("2026-07-15 10:00:00.25-02", datetime(2026, 7, 15, 12, 0, 0, 250000)),
        ("2026-01-05", datetime(2026, 1, 4, 22)),
    ],
)
def test_a_timestamp_without_a_zone_is_local_and_one_with_a_zone_keeps_its_instant(
    local: str, utc: datetime, tmp_path: Path
) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", f"id,at,outcome\n1,{local},answered\n")
    drop.map({**CALLS, "timezone": "Europe/Helsinki"})
    assert drop.run().values("calls", "queued_at") == [utc]


def test_other_encodings_and_names_without_a_header_are_read(tmp_path: Path) -> None:
    drop = _queues(
        tmp_path,
        "q.csv",
        options={"encoding": "cp1252", "header": False, "names": ["id", "name"], "delim": ";"},
    )
    drop.write("q.csv", "1;Jäätelö €\n".encode("cp1252"))
    assert drop.run().values("queues", "name") == ["Jäätelö €"]


def test_a_file_in_another_encoding_than_said_is_never_read_as_garbage(tmp_path: Path) -> None:
    drop = _queues(tmp_path, "q.csv")
    drop.write("q.csv", "id,name\n1,plain\n2,Jäätelö\n".encode("latin-1"))

    landed = drop.run()

    assert "Jäätelö" not in landed.values("queues", "name")
    assert landed.problems or landed.bad["queues"]


def test_a_column_name_that_occurs_twice_gets_a_number(tmp_path: Path) -> None:
    drop = _queues(tmp_path, "q.csv", columns={"queue_id": "id", "name": "id_1"})
    drop.write("q.csv", "id,ID\n1,second\n")
    assert drop.run().values("queues", "name") == ["second"]


def test_a_file_is_loaded_once_and_again_when_it_changes(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    path = drop.write("calls.csv", CSV)
    drop.map(CALLS)
    assert drop.run().values("calls", "call_id") == ["1"]

    again = drop.run()
    assert again.good["calls"] == []
    assert again.reports[0].unchanged == 1
    assert again.watermarks == []

    os.utime(path, (1, 1))  # touched, same content
    assert drop.run().good["calls"] == []

    drop.write("calls.csv", CSV + "2,2026-01-02 10:00:00,abandoned\n")
    assert drop.run().values("calls", "call_id") == ["1", "2"]


def test_a_new_file_lands_alone_and_an_edited_entry_lands_its_files_again(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls_1.csv", CSV)
    drop.map({**CALLS, "path": "calls_*.csv"})
    drop.run()

    drop.write("calls_2.csv", CSV.replace("\n1,", "\n2,"))
    assert drop.run().values("calls", "source_file") == ["calls_2.csv"]

    drop.map({**CALLS, "path": "calls_*.csv", "timezone": "Europe/Helsinki"})
    assert drop.run().values("calls", "source_file") == ["calls_1.csv", "calls_2.csv"]


def test_a_vanished_file_is_reported_once(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    path = drop.write("calls.csv", CSV)
    drop.map(CALLS)
    drop.run()
    path.unlink()

    landed = drop.run()

    assert landed.problems == []
    assert landed.reports[0].gone == ["calls.csv"]
    assert "calls.csv is gone" in landed.reports[0].warnings[0]
    assert drop.run().reports[0].gone == []


@pytest.mark.parametrize("text", ["", "\n\n", "id,at,outcome\n"])
def test_an_empty_file_lands_no_rows_and_warns(text: str, tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", text)
    drop.map(CALLS)

    landed = drop.run()

    assert landed.problems == []
    assert landed.good["calls"] == []
    assert landed.reports[0].warnings == ["calls.csv is empty: no rows"]


def test_no_file_at_all_is_a_problem_unless_the_entry_is_optional(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.map(CALLS)
    assert "no file fits calls.csv" in drop.run().problems[0].what

    drop.map({**CALLS, "optional": True})
    assert drop.run().problems == []


def test_a_missing_column_stops_only_its_file_and_is_named(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls_1.csv", "id,when_,outcome\n1,2026-01-01 10:00:00,answered\n")
    drop.write("calls_2.csv", CSV)
    drop.write("q.csv", "id,name\n1,a\n")
    drop.map(
        {**CALLS, "path": "calls_*.csv"}, {"entity": "queues", "path": "q.csv", "columns": NAMES}
    )

    landed = drop.run()

    (problem,) = landed.problems
    assert problem.what == (
        "columns.queued_at: calls_1.csv has no column at; it has id, when_, outcome"
    )
    assert landed.values("calls", "source_file") == ["calls_2.csv"]
    assert landed.values("queues", "name") == ["a"]

    drop.write("calls_1.csv", CSV.replace("\n1,", "\n3,"))
    assert drop.run().values("calls", "call_id") == ["3"]


def test_an_expression_of_the_wrong_type_says_what_to_write(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", CSV)
    drop.map({**CALLS, "columns": {**CALLS["columns"], "queued_at": "id::int"}})
    assert "gives INTEGER, but a timestamp is needed" in drop.run().problems[0].what


@pytest.mark.parametrize(
    "expression",
    ["read_text('/etc/hostname')", "getenv('HOME')", "(from glob('/*'))", "nonsense(id)"],
)
def test_an_expression_can_only_compute(expression: str, tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", CSV)
    drop.map({**CALLS, "columns": {**CALLS["columns"], "agent": expression}})

    landed = drop.run()

    assert landed.problems[0].what.startswith("columns.agent")
    assert landed.good.get("calls", []) == []


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_text('{file}')",
        "select * from '{file}'",
        "copy (select 1) to '{file}.copy'",
        "attach '{file}.duckdb'",
        "set enable_external_access = true",
        "set memory_limit = '64GB'",
        "select * from drop_of_this_test",
    ],
)
def test_a_locked_connection_reaches_no_file_no_setting_and_no_python_object(
    statement: str, tmp_path: Path
) -> None:
    file = tmp_path / "calls.csv"
    file.write_text(CSV)
    drop_of_this_test = duckdb.sql("select 1 as reached").to_arrow_table()
    assert drop_of_this_test.num_rows == 1
    with connection(tmp_path) as con:
        lock(con)
        with pytest.raises(duckdb.Error):
            con.execute(statement.format(file=file)).fetchall()


def test_later_files_win_over_earlier_ones_in_one_landing(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls_2.csv", CSV.replace("answered", "abandoned"))
    drop.write("calls_1.csv", CSV)
    drop.map({**CALLS, "path": "calls_*.csv"})

    landed = drop.run()

    assert landed.values("calls", "outcome") == ["abandoned"]
    assert "1 rows of calls give way" in landed.reports[0].warnings[0]


def test_a_lookup_joins_another_file_and_a_changed_lookup_lands_the_files_again(
    tmp_path: Path,
) -> None:
    drop = FileDrop(tmp_path)
    drop.write("m.csv", "id,by,at\n1,u1,2026-01-01 10:00:00\n2,u2,2026-01-01 11:00:00\n")
    drop.write("users.csv", "user,role\nu1,end-user\nu2,staff\n")
    drop.map(
        {
            "entity": "messages",
            "path": "m.csv",
            "lookups": {"person": {"path": "users.csv", "key": "user", "match": "by"}},
            "columns": {
                "message_id": "id",
                "case_id": "'1'",
                "sent_at": "at",
                "author_role": "if(person.role = 'staff', 'agent', 'customer')",
                "is_public": "true",
                "author": "by",
            },
        }
    )

    landed = drop.run()

    assert landed.values("messages", "author_role") == ["customer", "agent"]
    customer, agent = landed.values("messages", "author")
    assert agent == "u2"
    assert len(customer) == 32
    drop.write("users.csv", "user,role\nu1,staff\nu2,staff\n")
    assert drop.run().values("messages", "author_role") == ["agent", "agent"]
    drop.write("users.csv", "user,role\nu1,staff\nu1,end-user\n")
    assert "occur more than once" in drop.run().problems[0].what


def test_watermarks_follow_the_policy_of_the_entry(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", CSV)
    path = drop.write("m.csv", "id,at\n1,2026-01-03 10:00:00\n")
    os.utime(path, (1_800_000_000, 1_800_000_000))
    messages = {
        "entity": "messages",
        "path": "m.csv",
        "columns": {
            "message_id": "id",
            "case_id": "id",
            "sent_at": "at",
            "author_role": "'agent'",
            "is_public": "true",
        },
    }

    def marks(calls: str | None, of_messages: str | None) -> dict[str, datetime]:
        drop.state.clear()
        one = {"watermark": calls} if calls else {}
        two = {"watermark": of_messages} if of_messages else {}
        drop.map({**CALLS, **one}, {**messages, **two})
        return {w.entity: w.at for w in drop.run().watermarks}

    first, last = datetime(2026, 1, 1, 10), datetime(2026, 1, 3, 10)
    assert marks(None, None) == {"calls": first, "messages": last}
    assert marks("dataset", "dataset") == {"calls": last, "messages": last}
    assert marks(None, "mtime") == {"calls": first, "messages": datetime(2027, 1, 15, 8)}
    assert marks("2026-02-01T00:00:00Z", None)["calls"] == datetime(2026, 2, 1)


@pytest.mark.parametrize("policy", ["data", "mtime"])
def test_an_export_written_anew_that_says_the_same_is_known_by_its_time(
    tmp_path: Path, policy: str
) -> None:
    drop = FileDrop(tmp_path)
    path = drop.write("calls.csv", CSV)
    drop.map({**CALLS, "watermark": policy})

    def marks(second: int) -> list[tuple[datetime, int]]:
        os.utime(path, (second, second))
        return [(w.at, w.rows) for w in drop.run().watermarks]

    ((_, rows),) = marks(1_800_000_000)
    assert rows > 0
    moved = [(datetime(2027, 1, 15, 9), 0)] if policy == "mtime" else []
    assert [marks(1_800_003_600), marks(1_800_003_600), marks(1_800_000_000)] == [moved, [], []]


def test_customers_match_by_contact_data_across_datasets_but_not_by_bare_number(
    tmp_path: Path,
) -> None:
    drop = FileDrop(tmp_path)
    drop.write("c.csv", "who\nAnna@Example.org \n+358 40 123 4567\n1001\n")
    entry = {"entity": "customers", "path": "c.csv", "columns": {"customer_id": "who"}}
    drop.map(entry, {**entry, "dataset": "other"})

    keys = drop.run().values("customers", "customer_key")

    assert keys[:2] == keys[3:5]
    assert keys[2] != keys[5]
    drop.write("c.csv", "who\nanna@example.org\n040 1234567\n")
    assert drop.run().values("customers", "customer_key")[:2] == keys[:2]


_CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufeff"), max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(st.tuples(_CELL, _CELL), min_size=1, max_size=8))
def test_any_text_comes_through_a_csv_unharmed(rows: list[tuple[str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "name", "site"])
    writer.writerows([(n, *row) for n, row in enumerate(rows)])
    with TemporaryDirectory() as folder:
        drop = FileDrop(Path(folder))
        drop.write("q.csv", text.getvalue())
        columns = {"queue_id": "id", "name": "name", "brand": "site"}
        drop.map({"entity": "queues", "path": "q.csv", "columns": columns})

        landed = drop.run()

        assert landed.bad["queues"] == []
        found = {r["queue_id"]: (r["name"], r["brand"]) for r in landed.good["queues"]}
    # A blank cell is no value; everything else comes back as it was.
    assert found == {str(n): (a or None, b or None) for n, (a, b) in enumerate(rows)}
