"""Lands twelve days of a small centre at once.

Inputs: the sandbox, over HTTP. Outputs: the lake of a home, with two file drops besides.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb
import pytest

from ingestion.pipelines import DEFAULT_SOURCES, land
from sandbox.clock import FrozenClock
from sandbox.exports import write_exports
from sandbox.server import SandboxServer
from sandbox.vendors.wire import iso
from sandbox.world.simulate import UNTIL, simulate
from tests.dbt import exported_history

PROJECT = Path(__file__).resolve().parents[2]
# A centre with further systems left these for them five days before the end: what two systems know
# counts once, so that the new ones would have no contact of their own otherwise.
MOVED_AT = UNTIL - 5 * 86_400
LEFT = {
    "twilio/events": "occurred_at",
    "twilio/calls": "start_time",
    "zendesk/tickets": "created_at",
    "zendesk/ticket_events": "occurred_at",
}


def land_centre(home: Path, files: Path, also: Iterable[str] = ()) -> None:
    """Land the centre.

    Args:
        home: Home to land into.
        files: Folder to write the exports of its file drop to.
        also: Systems besides those of the demo, such as `genesys`, that the centre moved to.
    """
    world = simulate(seed=5, days=12, contacts_per_day=60, until=UNTIL)
    write_exports(world, files, UNTIL)
    more = tuple(also)
    with (
        SandboxServer(world, FrozenClock(UNTIL), also=more) as server,
        pytest.MonkeyPatch.context() as patch,
    ):
        settings = {
            **server.env(),
            "KONTAKTI_HOME": str(home),
            "KONTAKTI_FILES": str(PROJECT / "examples" / "sandbox" / "files.yml"),
            "KONTAKTI_DATA": str(files),
        }
        for name, value in settings.items():
            patch.setenv(name, value)
        for source in (*DEFAULT_SOURCES, *more):
            land(source)
    exported_history.export(home)
    if more:
        _move(home)


def _move(home: Path) -> None:
    with duckdb.connect() as connection:
        for table, at in LEFT.items():
            for file in (home / "lake" / table).glob("*/*.parquet"):
                # Read before the same file is written: it is gone from under the query otherwise.
                rows = connection.execute(
                    f"select * from read_parquet('{file}', hive_partitioning = false)"
                    f" where {at} < ?",
                    [iso(MOVED_AT).rstrip("Z")],
                ).fetch_arrow_table()
                connection.register("rows", rows)
                connection.execute(f"copy rows to '{file}' (format parquet)")
