"""The marts in a real PostgreSQL: equal to the file, described, swapped under its readers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgresql
import duckdb
import pytest

from serving.errors import PublishRunningError, ServingError
from serving.postgres import publish
from serving.publish import publish as publish_file
from tests.drills.postgresql import server
from tests.drills.small_centre import served
from tests.end_to_end.conftest import Home
from tests.serving import warehouses

PUBLISHES, ROWS, READERS = 25, 20_000, 4
# Rows, and whether all are of one publish: a table that is being filled would show it.
ONE_LOOK = (
    "select count(*), min(generation) = max(generation), max(generation) from core.fct_contact"
)


@pytest.fixture
def url() -> Iterator[str]:
    with server() as address:
        yield address


def asked(url: str, query: str, role: str | None = None) -> list[tuple[Any, ...]]:
    with postgresql.connect(url) as connection, connection.cursor() as cursor:
        if role:
            cursor.execute(f"set role {role}")
        cursor.execute(query)
        return list(cursor.fetchall()) if cursor.description else []


def republish(home: Path, url: str, generation: int) -> None:
    warehouses.build(home, generation=generation, rows=ROWS)
    publish_file(home)
    publish(home, url)


def test_a_daily_run_puts_the_same_rows_and_words_into_postgresql(tmp_path: Path, url: str) -> None:
    with served(tmp_path / "exports") as centre:
        home = Home(tmp_path / "home", {**centre.env, "KONTAKTI_POSTGRES_URL": url})
        home.path.mkdir()
        done = home.daily()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "publish_postgres" in done.stdout
    with duckdb.connect(str(home.path / "serving" / "marts.duckdb"), read_only=True) as file:
        columns = file.execute(
            "select schema_name, table_name, column_name, comment from duckdb_columns()"
            " where not internal order by 1, 2, 3"
        ).fetchall()
        there = asked(
            url,
            "select table_schema::text, table_name::text, column_name::text,"
            " col_description(format('%I.%I', table_schema, table_name)::regclass,"
            " ordinal_position) from information_schema.columns where table_schema not in"
            " ('pg_catalog', 'information_schema') order by 1, 2, 3",
        )
        assert set(there) == set(columns)
        assert sum(comment is not None for *_, comment in there) > 500
        for schema, table in dict.fromkeys((schema, table) for schema, table, *_ in columns):
            query = f"select * from {schema}.{table}"
            rows = file.execute(query).fetchall()
            assert sorted(map(repr, asked(url, query))) == sorted(map(repr, rows)), table
    with pytest.raises(postgresql.Error, match="permission denied"):
        asked(url, "delete from core.fct_contact", role="kontakti_reader")
    assert asked(url, "select count(*) from core.fct_contact", role="kontakti_reader")[0][0] > 100


def test_readers_see_one_whole_publish_after_another_and_never_an_error(
    tmp_path: Path, url: str
) -> None:
    republish(tmp_path, url, 0)
    done, failures = threading.Event(), list[object]()
    seen: list[set[int]] = [set() for _ in range(READERS)]
    waits: list[float] = []

    def look(number: int) -> None:
        # One connection for all its looks, as a pool keeps it.
        with postgresql.connect(url, autocommit=True) as connection:
            while not done.is_set():
                began = time.monotonic()
                try:
                    with connection.cursor() as cursor:
                        cursor.execute(ONE_LOOK)
                        count, is_whole, generation = cursor.fetchone()
                except postgresql.Error as error:
                    failures.append(error)
                    return
                waits.append(time.monotonic() - began)
                seen[number].add(generation)
                if count != ROWS or not is_whole:
                    failures.append((count, is_whole, generation))

    threads = [threading.Thread(target=look, args=(number,)) for number in range(READERS)]
    for thread in threads:
        thread.start()
    for generation in range(1, PUBLISHES + 1):
        republish(tmp_path, url, generation)
    time.sleep(0.5)
    done.set()
    for thread in threads:
        thread.join()
    waits.sort()
    print(f"{len(waits)} looks at {PUBLISHES} publishes, slowest {waits[-1] * 1000:.0f} ms")
    assert failures == []
    for generations in seen:
        assert max(generations) == PUBLISHES
        assert len(generations) > PUBLISHES / 2
    assert asked(url, "select count(*) from pg_namespace where nspname like '%\\_\\_%'") == [(0,)]


def test_a_reader_in_the_middle_keeps_its_rows_and_the_next_publish_says_who_is_in_the_way(
    tmp_path: Path, url: str
) -> None:
    republish(tmp_path, url, 1)
    with postgresql.connect(url) as reader, reader.cursor() as cursor:
        cursor.execute("select max(generation) from core.fct_contact")
        assert cursor.fetchall() == [(1,)]
        # Its transaction stays open and holds the table: the swap does not wait for it.
        warehouses.build(tmp_path, generation=2, rows=ROWS)
        publish_file(tmp_path)
        assert publish(tmp_path, url).kept == ("core__old",)
        cursor.execute("select max(generation) from core.fct_contact")
        assert cursor.fetchall() == [(2,)]
        with pytest.raises(ServingError, match="still reads core__old"):
            publish(tmp_path, url)
    assert publish(tmp_path, url).kept == ()


def test_one_publisher_at_a_time_and_what_one_left_half_loaded_is_cleared(
    tmp_path: Path, url: str
) -> None:
    republish(tmp_path, url, 1)
    with postgresql.connect(url, autocommit=True) as other, other.cursor() as cursor:
        cursor.execute("select pg_advisory_lock(726683841)")
        with pytest.raises(PublishRunningError):
            publish(tmp_path, url)
    mark = "comment on schema core__new is 'Published by Kontakti; each publish replaces it whole.'"
    with postgresql.connect(url, autocommit=True) as died, died.cursor() as cursor:
        for statement in ("create schema core__new", mark, "create table core__new.fct_contact ()"):
            cursor.execute(statement)
    republish(tmp_path, url, 2)
    assert asked(url, ONE_LOOK) == [(ROWS, True, 2)]
