"""From a vendor's pages to a dlt resource: Arrow pages, quarantine, watermark, parked failures.

A source module says how to walk its pages (`fetch`); this module makes the rest alike for all:
pages become Arrow tables of the declared schema with the vendor's new columns beside, rows that do
not fit go to `_quarantine_<table>`, changes of shape to `_drift`, a row about the landing to
`watermarks`, a reference table lands only when its content changed, and in a tolerant run a failing
table stops alone.
"""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Final, cast

import dlt
import pyarrow as pa
from dlt.extract import DltResource

from ingestion.columns import Column, Page, Rejected, Row, Table
from ingestion.drift import Follows, Members, policy_of, rows_of
from ingestion.errors import ContractViolation, IngestionError
from ingestion.privacy import pseudonymiser
from ingestion.recent import State
from ingestion.reconciliation import by_day
from ingestion.rest import Endpoint, VendorClient
from ingestion.runs import LandingRun
from ingestion.undeclared import NewColumns

WATERMARKS: Final = Table(
    "watermarks",
    (
        Column("resource"),
        Column("watermark_at", "timestamp"),
        Column("rows_landed", "bigint"),
        Column("is_initial", "bool"),
    ),
    key=("resource",),
    description="One row a table and landing: everything up to `watermark_at` is landed.",
)

DRIFT: Final = Table(
    "_drift",
    (
        Column("resource"),
        Column("member"),
        Column("change"),
        Column("before"),
        Column("now"),
        Column("lands_as"),
    ),
    key=("resource", "member"),
    description="One row a change that a landing met in the shape of the vendor's records.",
)

Fetch = Callable[[VendorClient, State], Iterator[list[Row]]]


def quarantine_table(table: str) -> Table:
    """Where rows of a table are kept aside; they hold no values, as those may be personal."""
    return Table(
        f"_quarantine_{table}",
        (Column("row_key"), Column("column_name"), Column("reason")),
        key=("row_key",),
    )


def landing(
    table: Table,
    fetch: Fetch,
    *,
    connect: Callable[[], Endpoint],
    run: LandingRun,
    hold_back: timedelta = timedelta(0),
    is_snapshot: bool = False,
) -> DltResource:
    """A dlt resource that lands one table.

    Args:
        table: What to land.
        fetch: Yields pages of records, and moves its cursor in the state it is given.
        connect: Resolves address and credentials; called when extraction starts, not before.
        run: Shared by all tables of one landing.
        hold_back: The newest stretch of time the vendor does not show yet.
        is_snapshot: The table is read whole; it lands only when its content changed.

    Returns:
        A resource with append write disposition, named as the table.
    """

    def rows() -> Iterator[Any]:
        if any(f.stops_source for f in run.failures):
            return
        try:
            yield from _land(table, fetch, connect(), run, hold_back, is_snapshot)
        except IngestionError as error:
            error.resource = error.resource or table.name
            if not run.tolerant:
                raise
            run.failures.append(error)

    resource = dlt.resource(rows, name=table.name, write_disposition="append", max_table_nesting=0)
    return cast(DltResource, resource)


def _land(
    table: Table,
    fetch: Fetch,
    endpoint: Endpoint,
    run: LandingRun,
    hold_back: timedelta,
    is_snapshot: bool,
) -> Iterator[Any]:
    emit = _Emitter()
    people = pseudonymiser(endpoint.source)  # a missing key stops it before anything is asked for
    client = VendorClient(endpoint, table.name)
    state: State = dlt.current.resource_state()
    is_initial = not state.get("completed", False)
    policy = policy_of(endpoint.source, table.name)
    follows = _follows(table, client)
    members = Members(table.name, state, follows)
    new = NewColumns(table, state, people, follows, is_whole=is_snapshot)
    if policy.new != "ignore":
        client.watch = members.see
    read = _of_known_shape(fetch(client, state), endpoint.source, table.name)
    pages: Iterator[Page] = (table.build(endpoint.source, rows, policy) for rows in read)
    if policy.new == "land":
        pages = map(new.beside, pages)
    if is_snapshot:
        pages = _when_changed(pages, state)
    landed = 0
    for page in pages:
        if page.data.num_rows:
            landed += page.data.num_rows
            run.served.setdefault(table.name, Counter()).update(by_day(table, page.data))
            yield emit(table, page.data)
        if page.rejected:
            run.quarantined[table.name] += len(page.rejected)
            yield emit(quarantine_table(table.name), _rejected(page.rejected))
    if client.first_response_at is None:
        return
    changes = new.told(members.changes(client.defined))
    new.remember()
    if changes:
        run.drift.extend(changes)
        yield emit(DRIFT, rows_of(changes))
    state["completed"] = True
    watermark_at = client.known_until or client.first_response_at - hold_back
    run.watermarks[table.name] = watermark_at
    row = [
        {
            "resource": table.name,
            "watermark_at": watermark_at,
            "rows_landed": landed,
            "is_initial": is_initial,
        }
    ]
    yield emit(WATERMARKS, pa.Table.from_pylist(row, schema=WATERMARKS.arrow_schema))


def _follows(table: Table, client: VendorClient) -> Follows:
    """Whether a member's name may be told: the vendor gave it, to a record or an object in it.

    Where the vendor lists what its objects can have, what is not listed is not told either.
    """
    objects = table.known_objects

    def follows(member: str, inner: str | None = None) -> bool:
        if inner is None:
            return True
        return member in objects and f"{member}.{inner}" in (
            client.defined or {f"{member}.{inner}"}
        )

    return follows


def _of_known_shape(pages: Iterator[list[Row]], source: str, table: str) -> Iterator[list[Row]]:
    """The pages as they come; what a source stumbles over on the way is the vendor's new shape.

    Raises:
        ContractViolation: A record lacks a member that its walk needs, or has it in another type.
    """
    try:
        yield from pages
    except KeyError as error:
        raise ContractViolation(
            source, table, str(error.args[0]), "vanished: a record does not have it any more"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise ContractViolation(
            source, table, "(unknown)", f"changed its type: {place.name} cannot read a record"
        ) from error


class _Emitter:
    """Addresses Arrow data to its table; the first item of a table carries its column hints.

    One resource feeds up to three tables (its own, its quarantine, the watermarks), and dlt keeps
    their hints apart only as table variants.
    """

    def __init__(self) -> None:
        self._hinted: set[str] = set()

    def __call__(self, table: Table, data: pa.Table) -> Any:
        if table.name in self._hinted:
            return dlt.mark.with_table_name(data, table.name)
        self._hinted.add(table.name)
        hints = dlt.mark.make_hints(
            table_name=table.name,
            write_disposition="append",
            columns=table.dlt_columns(),
        )
        return dlt.mark.with_hints(data, hints, create_table_variant=True)


def _when_changed(pages: Iterator[Page], state: State) -> Iterator[Page]:
    """All pages as one, if the content differs from the last landed."""
    read = list(pages)
    if not read:
        return
    data = pa.concat_tables([page.data for page in read], promote_options="default")
    digest = hashlib.sha256()
    for line in sorted(repr(row) for row in data.to_pylist()):
        digest.update(line.encode())
    rejected = [r for page in read for r in page.rejected]
    if state.get("content") == digest.hexdigest():
        return
    state["content"] = digest.hexdigest()
    yield Page(data, rejected)


def _rejected(rows: list[Rejected]) -> pa.Table:
    return pa.table(
        {
            "row_key": pa.array([r.key for r in rows], pa.string()),
            "column_name": pa.array([r.column for r in rows], pa.string()),
            "reason": pa.array([r.reason for r in rows], pa.string()),
        }
    )
