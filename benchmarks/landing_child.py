"""The measured processes of `landing_rate`: prints its figures as JSON on the last line.

python -m benchmarks.landing_child landing           # zendesk's events, as a centre lands them
python -m benchmarks.landing_child bare              # the same pages, fetched and written
python -m benchmarks.landing_child history 100000    # that many made-up records
python -m benchmarks.landing_child increment 100000  # seven times 100 more on top of those
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import requests

VENDOR, NAME = "zendesk", "ticket_events"
PAGE = 1000
INCREMENT, INCREMENTS = 100, 7
START = datetime(2026, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake


def landing() -> dict[str, Any]:
    """The product's own landing of one table."""
    from ingestion.pipelines import land  # noqa: PLC0415 - imports are not what is measured

    watch = Watch()
    report = land(VENDOR, tables=[NAME])
    return watch.told(report.rows[NAME])


def bare() -> dict[str, Any]:
    """The same pages and the same rows, with requests and pyarrow alone."""
    out = Path(os.environ["KONTAKTI_HOME"])
    out.mkdir(parents=True)
    user = os.environ["SOURCES__ZENDESK__EMAIL"] + "/token"
    session = requests.Session()
    session.auth = (user, os.environ["SOURCES__ZENDESK__API_TOKEN"])
    start = datetime.fromisoformat(os.environ["SOURCES__ZENDESK__START_DATE"]).timestamp()
    url = (
        os.environ["SOURCES__ZENDESK__BASE_URL"] + "/api/v2/incremental/ticket_events.json"
        f"?start_time={int(start)}&include=comment_events&per_page={PAGE}"
    )
    rows, number = 0, 0
    watch = Watch()
    while url:
        page = session.get(url, timeout=30).json()
        children = [
            {"ticket_id": event["ticket_id"], "at": event["created_at"], **_flat(child)}
            for event in page["ticket_events"]
            for child in event["child_events"]
        ]
        pq.write_table(pa.Table.from_pylist(children), out / f"{number}.parquet")
        rows, number = rows + len(children), number + 1
        url = "" if page["end_of_stream"] else page["next_page"]
    return watch.told(rows)


def _flat(child: dict[str, Any]) -> dict[str, str | None]:
    return {k: v if isinstance(v, str) or v is None else json.dumps(v) for k, v in child.items()}


def history(size: int, first: int = 0) -> dict[str, Any]:
    """Made-up records through the machinery that every source uses."""
    import dlt  # noqa: PLC0415

    from ingestion import pipelines, resources  # noqa: PLC0415
    from ingestion.columns import Column, Table  # noqa: PLC0415
    from ingestion.runs import LandingRun  # noqa: PLC0415

    table = Table(
        "records",
        (
            Column("id", "bigint", required=True),
            Column("at", "timestamp", format="iso", required=True),
            *(Column(f"text_{n}") for n in range(8)),
        ),
    )

    def pages(client: Any, state: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
        client.first_response_at = datetime.now(UTC).replace(tzinfo=None)
        for start in range(first, first + size, PAGE):
            yield [_record(number) for number in range(start, min(start + PAGE, first + size))]
            state["until"] = start

    run = LandingRun()
    source = dlt.source(
        lambda: [resources.landing(table, pages, connect=partial(_nowhere), run=run)], name="made"
    )()
    watch = Watch()
    pipelines.land_source("made", source, run)
    return watch.told(size)


def increments(on: int) -> dict[str, Any]:
    """Several increments in one process; the middle one, as the first also warms up."""
    done = [history(INCREMENT, on + n * INCREMENT) for n in range(INCREMENTS)]
    return {name: median(one[name] for one in done) for name in ("seconds", "cpu_seconds")}


def _record(number: int) -> dict[str, Any]:
    at = (START + timedelta(seconds=number)).isoformat() + "Z"
    return {"id": number, "at": at, **{f"text_{n}": f"value {number % 997} {n}" for n in range(8)}}


def _nowhere() -> Any:
    from requests.auth import HTTPBasicAuth  # noqa: PLC0415

    from ingestion.rest import Endpoint  # noqa: PLC0415

    return Endpoint("made", "http://127.0.0.1:9", HTTPBasicAuth("", ""), ())


class Watch:
    """Seconds by the clock and of the processor since it was made."""

    def __init__(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()

    def told(self, rows: int) -> dict[str, Any]:
        """What so many records took."""
        seconds = time.perf_counter() - self._began
        return {
            "records": rows,
            "seconds": round(seconds, 3),
            "cpu_seconds": round(time.process_time() - self._cpu, 3),
            "records_per_second": round(rows / seconds),
        }


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    kind, *more = arguments
    done = {
        "landing": landing,
        "bare": bare,
        "history": lambda: history(int(more[0])),
        "increment": lambda: increments(int(more[0])),
    }[kind]()
    sys.stdout.write(json.dumps(done) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
