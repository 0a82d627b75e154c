"""Apache Superset on the published marts: a chart is right while a run goes on, and then newer.

Superset pins older libraries than ours, so it lives in a venv of its own, which `SUPERSET_VENV`
names; `docs/guide/bi.md` says how it was made. Everything is said over Superset's own REST API.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
import requests

from tests.drills.small_centre import free_port, served
from tests.end_to_end.conftest import DAY

VENV = os.environ.get("SUPERSET_VENV", "")
SEEN_WITHIN_SECONDS = 60
START_LIMIT_SECONDS, REQUEST_LIMIT_SECONDS = 300, 120
USER = {"username": "drill", "password": "drill"}
CONFIG = """
import os
SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_METADATA"]
# SQLite and DuckDB are files on the server: Superset asks before it opens one.
PREVENT_UNSAFE_DB_CONNECTIONS = False
"""
QUERY = (
    "select channel, sum(offered) as offered from daily_voice.kpi_daily_contacts"
    " group by 1 order by 1"
)

Figures = list[tuple[str, int]]


class Superset:
    """A session with a running Superset."""

    def __init__(self, root: str) -> None:
        self.root = root
        self.session = requests.Session()
        login = {**USER, "provider": "db", "refresh": True}
        token = self.post("security/login", login)["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        self.session.headers["Referer"] = root
        self.session.headers["X-CSRFToken"] = self.get("security/csrf_token/")["result"]

    def post(self, path: str, content: dict[str, Any]) -> dict[str, Any]:
        url = f"{self.root}/api/v1/{path}"
        return self._said(self.session.post(url, json=content, timeout=REQUEST_LIMIT_SECONDS))

    def get(self, path: str) -> dict[str, Any]:
        url = f"{self.root}/api/v1/{path}"
        return self._said(self.session.get(url, timeout=REQUEST_LIMIT_SECONDS))

    def _said(self, answer: requests.Response) -> dict[str, Any]:
        assert answer.ok, f"{answer.status_code} {answer.text[:500]}"
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def running(folder: Path) -> Iterator[Superset]:
    """A new Superset with one user; its metadata in SQLite, its server with threads."""
    if not VENV:
        pytest.skip("SUPERSET_VENV names no venv with Superset: see docs/guide/bi.md")
    config = folder / "superset_config.py"
    config.write_text(CONFIG)
    env = {
        **os.environ,
        "SUPERSET_CONFIG_PATH": str(config),
        "SUPERSET_SECRET_KEY": "of this drill only, and of nothing else",
        "SUPERSET_METADATA": f"sqlite:///{folder / 'superset.sqlite3'}",
        "FLASK_APP": "superset.app:create_app()",
    }
    program = str(Path(VENV) / "bin" / "superset")
    log = (folder / "superset.log").open("wb")
    said = {"stdout": log, "stderr": log}
    named = ["--firstname", "D", "--lastname", "D", "--email", "drill@example.org"]
    user = ["--username", USER["username"], "--password", USER["password"]]
    for command in (["db", "upgrade"], ["fab", "create-admin", *user, *named], ["init"]):
        subprocess.run([program, *command], env=env, check=True, **said)  # type: ignore[call-overload]
    port = str(free_port())
    server = subprocess.Popen(
        [program, "run", "--port", port, "--with-threads"],
        env=env,
        **said,  # type: ignore[call-overload]
    )
    try:
        limit = time.monotonic() + START_LIMIT_SECONDS
        root = f"http://127.0.0.1:{port}"
        while True:
            try:
                requests.get(f"{root}/health", timeout=5)
                break
            except requests.RequestException:
                assert server.poll() is None, (folder / "superset.log").read_text()[-2000:]
                assert time.monotonic() < limit
                time.sleep(1)
        yield Superset(root)
    finally:
        server.terminate()
        server.wait(timeout=30)
        log.close()


def chart_of(superset: Superset, marts: Path) -> int:
    """A database, a dataset and a chart, as an analyst clicks them together."""
    database = superset.post(
        "database/",
        {
            "database_name": "Kontakti",
            "sqlalchemy_uri": f"duckdb:///{marts}",
            "extra": json.dumps({"engine_params": {"connect_args": {"read_only": True}}}),
        },
    )["id"]
    dataset = superset.post(
        "dataset/",
        {"database": database, "schema": "daily_voice", "table_name": "kpi_daily_contacts"},
    )["id"]
    offered = {
        "expressionType": "SIMPLE",
        "column": {"column_name": "offered"},
        "aggregate": "SUM",
        "label": "offered",
    }
    query = {
        "datasource": {"id": dataset, "type": "table"},
        "queries": [{"columns": ["channel"], "metrics": [offered], "row_limit": 100}],
    }
    chart = {
        "slice_name": "Offered by channel",
        "viz_type": "table",
        "datasource_id": dataset,
        "datasource_type": "table",
        "params": json.dumps({"datasource": f"{dataset}__table", "viz_type": "table"}),
        "query_context": json.dumps(query),
    }
    number: int = superset.post("chart/", chart)["id"]
    return number


def shown(superset: Superset, chart: int) -> Figures:
    """What the chart draws."""
    (result,) = superset.get(f"chart/{chart}/data/")["result"]
    return sorted((row["channel"], int(row["offered"])) for row in result["data"])


def direct(marts: Path) -> Figures:
    """The same from the file."""
    with duckdb.connect(str(marts), read_only=True) as connection:
        return [
            (channel, int(offered)) for channel, offered in connection.execute(QUERY).fetchall()
        ]


def test_a_chart_is_right_during_a_run_and_shows_the_next_publish_without_a_restart(
    tmp_path: Path,
) -> None:
    with served(tmp_path / "exports") as centre, running(tmp_path) as superset:
        home = centre.home(tmp_path / "home")
        first = home.daily()
        assert first.returncode == 0, first.stdout
        chart = chart_of(superset, home.marts)
        before = direct(home.marts)
        assert shown(superset, chart) == before
        centre.clock.advance(DAY)
        looks: list[tuple[float, Figures]] = []
        failures: list[object] = []
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                began = time.monotonic()
                try:
                    looks.append((began, shown(superset, chart)))
                except (AssertionError, requests.RequestException) as error:
                    failures.append(error)
                done.wait(0.5)

        reader = threading.Thread(target=look)
        reader.start()
        inode, swapped_at = home.marts.stat().st_ino, None
        runner = threading.Thread(target=home.daily)
        runner.start()
        while runner.is_alive():
            if swapped_at is None and home.marts.stat().st_ino != inode:
                swapped_at = time.monotonic()
            time.sleep(0.1)
        time.sleep(5)
        done.set()
        reader.join()
        after = direct(home.marts)
        assert swapped_at is not None
        newer = [at for at, figures in looks if figures == after]
        print(
            f"{len(looks)} looks, {len(failures)} errors; the new publish was first shown"
            f" {newer[0] - swapped_at:.1f} s after the swap"
        )
        assert failures == []
        assert after != before
        assert {tuple(figures) for _, figures in looks} == {tuple(before), tuple(after)}
        assert newer[0] - swapped_at < SEEN_WITHIN_SECONDS
        assert all(figures == after for at, figures in looks if at > newer[0])
