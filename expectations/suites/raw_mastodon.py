"""Expectations on what landed from Mastodon: mentions and statuses once each, and of the past."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_mastodon", "blocking")
_HORIZON = common.horizon("mastodon")


def _posts(name: str, *key: str) -> Table:
    posts = _TABLE(f"mastodon.{name}")
    common.feed(posts, *key)
    posts.not_null("created_at")
    posts.past("created_at", _HORIZON)
    return posts


def checks() -> list[CheckSpec]:
    """All checks of dataset `mastodon`."""
    mentions, statuses, tagged = (
        _posts("mentions", "id"),
        _posts("statuses", "id"),
        _posts("tagged", "tag", "id"),
    )
    mentions.pseudonyms("account_key")
    tagged.pseudonyms("account_key")
    watermarks = _TABLE("mastodon.watermarks")
    common.watermarks(watermarks)
    return [c for table in (mentions, statuses, tagged, watermarks) for c in table.checks]
