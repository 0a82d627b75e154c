"""Expectations on what landed from Genesys Cloud: segments in order, of known staff and queues."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_genesys", "blocking")
_HORIZON = common.horizon("genesys")


def _segments() -> Table:
    segments = _TABLE("genesys.segments")
    common.feed(segments, "session_id", "segment_no", "read_at")
    common.no_gaps(segments, "conversation_start")
    segments.not_null("conversation_id", "purpose", "media_type", "segment_type", "segment_start")
    segments.past("segment_start", _HORIZON)
    segments.in_order("segment_start", "segment_end")
    segments.pseudonyms("customer_key")
    segments.refers_to("queue_id", "genesys.queues", "id")
    return segments


def _list(name: str) -> Table:
    table = _TABLE(f"genesys.{name}")
    common.snapshot(table, "id")
    return table


def _watermarks() -> Table:
    watermarks = _TABLE("genesys.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `genesys`."""
    lists = (_list("queues"), _list("users"), _list("wrap_up_codes"))
    tables = (_segments(), *lists, _watermarks())
    return [check for table in tables for check in table.checks]
