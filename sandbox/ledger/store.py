"""Writes the ledger as Parquet, for people who want to read the truth row by row."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sandbox.ledger.digest import digest
from sandbox.ledger.truth import Truth, truth
from sandbox.world.records import World


def _time(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).replace(tzinfo=None)


def _contacts(known: Truth) -> list[dict[str, Any]]:
    rows = []
    for row in known.contacts:
        contact = row.contact
        fcr = known.fcr.get(contact.contact_no)
        rows.append(
            {
                "contact_id": row.contact_id,
                "contact_no": contact.contact_no,
                "issue_no": contact.issue_no,
                "sequence_in_issue": contact.sequence_in_issue,
                "parent_no": contact.parent_no,
                "customer_no": contact.customer_no,
                "is_identified": contact.is_identified,
                "channel": contact.channel,
                "queue_code": contact.queue_code,
                "true_reason_code": contact.true_reason_code,
                "arrived_at": _time(contact.arrived_at),
                "queued_at": _time(row.queued_at),
                "ended_at": _time(row.ended_at),
                "wait_seconds": row.wait_seconds,
                "first_response_seconds": row.first_response_seconds,
                "last_agent_no": row.last_agent_no,
                "is_offered": row.is_offered,
                "is_answered": row.is_answered,
                "is_connected": row.is_connected,
                "is_handled": row.is_handled,
                "is_abandoned": row.is_abandoned,
                "is_short_abandoned": row.is_short_abandoned,
                "is_flow_out": row.is_flow_out,
                "is_waiting": row.is_waiting,
                "is_spam": row.is_spam,
                "is_service_level_due": row.is_service_level_due,
                "is_service_level_met": row.is_service_level_met,
                "is_fcr_eligible": fcr is not None and fcr.is_eligible,
                "is_fcr_success": fcr is not None and fcr.is_success,
                "is_fcr_immature": fcr is not None and fcr.is_immature,
            }
        )
    return rows


def _legs(known: Truth) -> list[dict[str, Any]]:
    ids = {row.contact.contact_no: row.contact_id for row in known.contacts}
    return [
        {
            "leg_id": f"{ids[leg.contact_no]}:{leg.leg_no}",
            "contact_id": ids[leg.contact_no],
            "leg_no": leg.leg_no,
            "channel": leg.channel,
            "queue_code": leg.queue_code,
            "agent_no": leg.agent_no,
            "connected_at": _time(leg.connected_at),
            "talk_seconds": leg.talk_seconds,
            "hold_seconds": leg.hold_seconds,
            "acw_seconds": leg.acw_seconds,
            "handle_seconds": leg.handle_seconds,
        }
        for leg in known.legs
    ]


def _cases(known: Truth) -> list[dict[str, Any]]:
    return [
        {
            "case_id": f"zendesk:{case.ticket_id}",
            "contact_no": case.contact_no,
            "channel": case.channel,
            "queue_code": case.queue_code,
            "agent_no": case.agent_no,
            "status": case.status,
            "created_at": _time(case.created_at),
            "first_reply_at": _time(case.first_reply_at),
            "first_solved_at": _time(case.first_solved_at),
            "last_solved_at": _time(case.last_solved_at),
            "public_agent_replies": case.public_agent_replies,
            "reopens": len(case.reopened_at),
            "is_spam": case.is_spam,
            "full_resolution_seconds": case.full_resolution_seconds,
        }
        for case in known.cases
    ]


def _answers(known: Truth) -> list[dict[str, Any]]:
    ids = {row.contact.contact_no: row.contact_id for row in known.contacts}
    return [
        {
            "metric": answer.metric,
            "contact_id": None if answer.contact_no is None else ids[answer.contact_no],
            "response_no": answer.response_no,
            "answered_at": _time(answer.answered_at),
            "scale": answer.scale,
            "score": answer.score,
            "points": answer.points,
        }
        for answer in known.answers
    ]


def _digest(world: World, as_of: int) -> list[dict[str, Any]]:
    return [
        {"channel": channel, "metric": metric, "value": None if value is None else float(value)}
        for channel, metrics in digest(world, as_of).items()
        for metric, value in metrics.items()
    ]


def write(world: World, as_of: int, folder: Path) -> dict[str, int]:
    """Write contacts, legs, cases, survey_answers and digest as `<folder>/<name>.parquet`.

    Args:
        world: the simulated truth.
        as_of: unix second to look from.
        folder: created when missing; files of the same name are replaced.

    Returns:
        Rows written, by table name. Times are naive UTC.
    """
    known = truth(world, as_of)
    tables = {
        "contacts": _contacts(known),
        "legs": _legs(known),
        "cases": _cases(known),
        "survey_answers": _answers(known),
        "digest": _digest(world, as_of),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return {name: len(rows) for name, rows in tables.items()}
