"""Rewrites a landed history as twenty loads a dataset that come in any order, as a seed says.

Inputs: the lake of a home. Outputs: a lake of the same layout in which
- every record lies in a load drawn at random, so that the end of a story may come before its start;
- some come twice, and some also in other versions: older, newer, of the same age, or deleted;
- reference tables land whole, in some loads only, and miss a row now and then.
A load arrives when its mark is written: a lake may hold it before, and nobody may look at it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

LOADS = 20
Row = dict[str, Any]
Key = tuple[Any, ...]


@dataclass(frozen=True)
class Records:
    """How the records of a table are told apart, and how two versions of one may differ."""

    keys: tuple[str, ...]
    changes: tuple[str, ...] = ()
    version: str | None = None
    deleted: Mapping[str, Any] = field(default_factory=dict)


ARCHIVED = {"archived": True}
RECORDS = {
    "zendesk.tickets": Records(
        ("id",),
        ("status", "priority", "group_id", "reason_code"),
        "updated_at",
        {"status": "deleted"},
    ),
    "zendesk.ticket_events": Records(("id",), ("via_channel",)),
    "zendesk.users": Records(
        ("id",), ("role", "email_key", "phone_key"), "updated_at", {"active": False}
    ),
    "zendesk.user_identities": Records(("identity_key",), ("user_id",), "user_updated_at"),
    "zendesk.satisfaction_ratings": Records(("id",), ("score",), "updated_at"),
    "twilio.calls": Records(("sid",), ("status", "end_time"), "date_updated"),
    "twilio.events": Records(("sid",), ("reason_code", "hold_seconds")),
    "hubspot.contacts": Records(
        ("id", "updated_at"), ("segment", "phone_key"), "updated_at", ARCHIVED
    ),
    "hubspot.companies": Records(("id",), ("industry",), "updated_at", ARCHIVED),
    "hubspot.deals": Records(("id",), ("amount", "contact_id"), "updated_at", ARCHIVED),
    "typeform.answers": Records(("response_id", "field_id"), ("number_value",), "submitted_at"),
    "genesys.segments": Records(
        ("session_id", "segment_no"), ("queue_id", "segment_end", "wrap_up_code_id"), "read_at"
    ),
    "genesys.adherence": Records(("user_id", "day_start"), ("actual_seconds",), "read_at"),
    "intercom.conversations": Records(("id",), ("state", "team_assignee_id"), "updated_at"),
    "intercom.contacts": Records(("id",), ("role", "email_key", "phone_key"), "updated_at"),
    "mastodon.mentions": Records(("id",), ("visibility",)),
    "mastodon.statuses": Records(("id",), ("visibility",)),
    "mastodon.tagged": Records(("tag", "id"), ("replies_count",)),
    "files.calls": Records(("call_id",), ("outcome", "csat_score", "talk_seconds")),
    "files.cases": Records(
        ("case_id",), ("status", "priority", "channel"), "updated_at", {"status": "deleted"}
    ),
    "files.case_events": Records(("case_id", "occurred_at", "field", "value", "sequence")),
    "files.messages": Records(("message_id",), ("is_public", "author_role")),
    "files.survey_responses": Records(("response_id", "metric"), ("score",), "answered_at"),
    "files.survey_invitations": Records(("invitation_id", "reminder_no"), ("channel", "sent_at")),
    "files.closed_loop_tasks": Records(("task_id",), ("agent", "cause", "reached_at")),
}
LANDS_WHOLE = {
    "zendesk": {"groups", "schedules", "schedule_holidays", "sla_policies"},
    "twilio": {"workers", "task_queues", "activities", "tasks"},
    "hubspot": {"owners"},
    "typeform": {"forms"},
    "genesys": {"queues", "users", "wrap_up_codes", "management_units", "activity_codes",
                "agent_schedules"},
    "intercom": {"admins", "teams"},
    "mastodon": set(),
    "files": {"agents", "queues", "schedules", "schedule_holidays", "campaigns", "reasons",
              "targets", "price_agreements", "finance_months", "benchmarks"},
}  # fmt: skip
WATERMARKS = Records(("resource",))


@dataclass
class ShuffledLake:
    """The rewritten lake and what of it has arrived.

    Attributes:
        home: Whose lake it is.
        load_ids: Of every dataset, in the order of their arrival.
        newest: By dataset and table that has keys: the load that holds the version that counts.
    """

    home: Path
    load_ids: dict[str, list[str]]
    newest: dict[tuple[str, str], dict[Key, str]] = field(default_factory=dict)

    def arrive(self, dataset: str, loads: int) -> None:
        """Let a dataset's first so many loads have arrived."""
        marks = self.home / "lake" / dataset / "_dlt_loads"
        marks.mkdir(parents=True, exist_ok=True)
        for load_id in self.load_ids[dataset][:loads]:
            (marks / f"{dataset}__{load_id}.jsonl").write_text("{}\n", encoding="utf-8")


def shuffle(landed: Path, home: Path, seed: int) -> ShuffledLake:
    """Write the lake of `landed` anew into `home`; nothing of it has arrived yet.

    Raises:
        KeyError: A table landed of which RECORDS and LANDS_WHOLE do not say how it behaves.
    """
    rng = Random(seed)
    tables = sorted(_landed_tables(landed), key=lambda table: table[:2])
    datasets = sorted({dataset for dataset, _, _ in tables})
    lake = ShuffledLake(home, {name: _load_ids(rng, i) for i, name in enumerate(datasets)})
    for dataset, table, rows in tables:
        system = dataset.partition("_")[0]
        load_ids = lake.load_ids[dataset]
        if table in LANDS_WHOLE[system]:
            deliveries = list(_snapshots(rows.to_pylist(), rng))
        else:
            kind = WATERMARKS if table == "watermarks" else RECORDS[f"{system}.{table}"]
            deliveries = list(_deliveries(rows.to_pylist(), kind, rng))
            lake.newest[dataset, table] = _newest(deliveries, kind, load_ids)
        by_load = defaultdict(list)
        for load, row in deliveries:
            by_load[load].append(row)
        for load, delivered in by_load.items():
            write_load(home, dataset, table, load_ids[load], delivered, rows.schema)
    return lake


def write_load(
    home: Path, dataset: str, table: str, load_id: str, rows: list[Row], schema: pa.Schema
) -> None:
    """Write one table of one load."""
    folder = home / "lake" / dataset / table / "load_date=2026-03-31"
    folder.mkdir(parents=True, exist_ok=True)
    made = pa.Table.from_pylist(rows, schema=schema)
    made = made.append_column("_dlt_load_id", pa.array([load_id] * len(rows), pa.string()))
    pq.write_table(made, folder / f"{load_id}.0.parquet")


def _landed_tables(landed: Path) -> Iterator[tuple[str, str, pa.Table]]:
    for folder in (landed / "lake").glob("*/*"):
        files = sorted(folder.glob("*/*.parquet"))
        if files and not folder.name.startswith("_dlt"):
            with duckdb.connect() as connection:
                rows = connection.sql(
                    "select * exclude _dlt_load_id from read_parquet("
                    f"'{folder}/*/*.parquet', union_by_name = true, hive_partitioning = false)"
                    " order by all"
                ).to_arrow_table()
            yield folder.parent.name, folder.name, rows


def _load_ids(rng: Random, place: int) -> list[str]:
    # As dlt names them: the second and a fraction without trailing zeros. Datasets take turns.
    return [
        f"{1_700_000_000 + 600 * load + place}.{rng.randrange(1, 10_000_000)}"
        for load in range(LOADS)
    ]


def _deliveries(rows: list[Row], kind: Records, rng: Random) -> Iterator[tuple[int, Row]]:
    for row in rows:
        yield rng.randrange(LOADS), row
        if rng.random() < 0.15:
            yield rng.randrange(LOADS), row
        while rng.random() < 0.25:
            yield rng.randrange(LOADS), _another_version(row, rows, kind, rng)


def _another_version(row: Row, rows: list[Row], kind: Records, rng: Random) -> Row:
    other = row | {column: rng.choice(rows)[column] for column in kind.changes}
    if rng.random() < 0.2:
        other |= kind.deleted
    if kind.version is not None and row[kind.version] is not None:
        other[kind.version] += timedelta(hours=rng.choice((-30, -2, 0, 2, 30)))
    return other


def _snapshots(rows: list[Row], rng: Random) -> Iterator[tuple[int, Row]]:
    loads = rng.sample(range(LOADS), 4)
    for load in loads:
        missing = rng.randrange(len(rows)) if rng.random() < 0.5 else None
        yield from ((load, row) for number, row in enumerate(rows) if number != missing)


def _newest(
    deliveries: list[tuple[int, Row]], kind: Records, load_ids: list[str]
) -> dict[Key, str]:
    """By key the load of the greatest version, of several such the last to arrive."""
    best: dict[Key, tuple[Any, ...]] = {}
    for load, row in deliveries:
        version = row[kind.version] if kind.version is not None else None
        rank = (version is not None, version, load)
        key = tuple(row[name] for name in kind.keys)
        best[key] = max(best.get(key, rank), rank)
    return {key: load_ids[rank[-1]] for key, rank in best.items()}
