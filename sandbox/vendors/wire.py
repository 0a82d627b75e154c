"""What the vendor servers share on the wire: times, tokens, URLs and JSON responses.

Inputs are unix seconds and requests; outputs are vendor-shaped texts and Starlette responses.
Formatting is on the hot path of 180,000 events, so days are formatted once and kept.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import Response

_DAY = 86_400


class Clock(Protocol):
    """The only thing a vendor needs to know about time."""

    def now(self) -> int:
        """Return the sandbox's present as a unix second."""


class BadInputError(ValueError):
    """A request parameter the vendor would refuse; the text names parameter and value."""


@lru_cache(maxsize=8192)
def _iso_day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%Y-%m-%d")


@lru_cache(maxsize=8192)
def _rfc_day(day: int) -> str:
    return datetime.fromtimestamp(day * _DAY, UTC).strftime("%a, %d %b %Y")


def iso(at: int) -> str:
    """Format a unix second as `2026-04-15T15:30:00Z`."""
    day, rest = divmod(at, _DAY)
    return f"{_iso_day(day)}T{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}Z"


def iso_or_none(at: int | None) -> str | None:
    """Format a unix second that may be missing."""
    return None if at is None else iso(at)


def rfc2822(at: int, zone: str = "+0000") -> str:
    """Format a unix second as `Wed, 15 Apr 2026 15:30:00 +0000` (HTTP dates: zone `GMT`)."""
    day, rest = divmod(at, _DAY)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{_rfc_day(day)} {clock} {zone}"


def parse_instant(text: str, parameter: str) -> int:
    """Read unix seconds, unix milliseconds, an ISO date or an ISO timestamp as a unix second.

    Raises:
        BadInputError: when the text is none of these.
    """
    value = text.strip()
    if value.lstrip("-").isdigit():
        number = int(value)
        # Seconds stay below 1e11 until the year 5138; anything above is milliseconds.
        return number // 1000 if abs(number) >= 100_000_000_000 else number
    try:
        parsed = datetime.fromisoformat(value.replace(" ", "+"))
    except ValueError as error:
        raise BadInputError(f"{parameter}: '{text}' is not a time") from error
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=UTC)
    return int(parsed.timestamp())


def parse_size(request: Request, parameter: str, default: int, maximum: int) -> int:
    """Read a page size, silently cut to the vendor's maximum as the vendors do.

    Raises:
        BadInputError: when it is not a positive number.
    """
    text = request.query_params.get(parameter)
    if text is None:
        return default
    if not text.isdigit() or int(text) == 0:
        raise BadInputError(f"{parameter}: '{text}' is not a page size")
    return min(int(text), maximum)


def pack(*parts: int | str) -> str:
    """Make an opaque token of a position."""
    return base64.urlsafe_b64encode("|".join(map(str, parts)).encode()).decode().rstrip("=")


def unpack(token: str, parameter: str) -> list[str]:
    """Read a token made by `pack`.

    Raises:
        BadInputError: when it was not made here.
    """
    try:
        padded = token + "=" * (-len(token) % 4)
        return base64.urlsafe_b64decode(padded.encode()).decode().split("|")
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise BadInputError(f"{parameter}: '{token}' is not one of our tokens") from error


def absolute_url(request: Request, path: str, params: Mapping[str, object] | None = None) -> str:
    """Return a full URL of this mounted vendor: scheme, host, mount, path and query."""
    root = f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"
    query = f"?{urlencode(params)}" if params else ""
    return f"{root}{path}{query}"


def json_response(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Serialise a body the fast way."""
    return Response(orjson.dumps(body), status, dict(headers or {}), media_type="application/json")
