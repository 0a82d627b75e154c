"""What can go wrong while landing a source, as typed errors a person can act on.

Every error is one line: where it happened (source, table, path), what happened, and what to do.
`as_ingestion_error` finds that line inside whatever dlt wrapped around it. No message holds a
credential or a query string: paths are cut at the `?`, and known secrets are masked; what a library
says of an error nobody foresaw loses all that may be about a person.
"""

# ruff: noqa: N818 - the names say what happened; "Error" at the end of each would say nothing more

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlsplit

MASK = "***"
# An address with what is around it; a number as long as a telephone's; words in quotes.
_PERSONAL = re.compile(
    r"""[^\s'"<(]+@[^\s'">)]+|[+]?\d[\d ().-]{6,}\d|'[^']*[ ][^']*'|"[^"]*[ ][^"]*\""""
)


def safe_path(url: str) -> str:
    """The path of a URL, without host, user info, query or fragment: nothing secret is in it."""
    return urlsplit(url).path or "/"


def safe_origin(url: str) -> str:
    """Scheme, host and port of a URL, without user info."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}"


def redact(text: str, secrets: Iterable[str | None]) -> str:
    """`text` with every known secret masked and folded onto one line."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    return " ".join(text.split())


def impersonal(text: str) -> str:
    """`text` without what may be about somebody: addresses, long numbers, and quoted words.

    A library's message may quote the value that it stumbled over.
    """
    return _PERSONAL.sub(MASK, text)


class IngestionError(Exception):
    """Base of all landing errors: one line that says where, what, and what to do.

    Attributes:
        source: Source name, such as `zendesk`; a file drop uses its dataset.
        resource: Table or file concerned, empty when the whole source is.
        what: What happened.
        todo: What the reader should do about it.
        report: The report of what did land before the error, set by `pipelines.land`.
        stops_source: The other tables of the source would meet the same, so they are not tried.
    """

    stops_source = False

    def __init__(self, source: str, what: str, todo: str, *, resource: str = "") -> None:
        self.source = source
        self.resource = resource
        self.what = what
        self.todo = todo
        self.report: object | None = None
        super().__init__(source, what, todo)

    @property
    def where(self) -> str:
        """`zendesk.tickets`, or `zendesk` when the whole source is concerned."""
        return f"{self.source}.{self.resource}" if self.resource else self.source

    def __str__(self) -> str:
        return " ".join(f"{self.where}: {self.what}. {self.todo}".split())


class CredentialMissing(IngestionError):
    """A required setting is not there."""

    stops_source = True

    def __init__(
        self, source: str, variables: Sequence[str], vendor_page: str, *, resource: str = ""
    ) -> None:
        self.variables = tuple(variables)
        noun = "setting is" if len(self.variables) == 1 else "settings are"
        place = "in the environment"
        if all(v.startswith("SOURCES__") for v in self.variables):
            place += " or in .dlt/secrets.toml"
        super().__init__(
            source,
            f"required {noun} missing: {', '.join(self.variables)}",
            f"Set it {place}; {vendor_page}",
            resource=resource,
        )


class CredentialRejected(IngestionError):
    """The vendor answered 401 or 403. Never retried: trying again may lock the account."""

    def __init__(
        self,
        source: str,
        resource: str,
        url: str,
        *,
        status: int,
        variables: Sequence[str],
        vendor_page: str,
    ) -> None:
        self.status = status
        self.stops_source = status == 401  # 403 may be the scope of one table only
        meaning = "does not accept the credential" if status == 401 else "denies access"
        super().__init__(
            source,
            f"the vendor {meaning} ({status} on {safe_path(url)})",
            f"Check {', '.join(variables)}; {vendor_page}",
            resource=resource,
        )


class VendorUnreachable(IngestionError):
    """No connection, or none that lasted, after all retries."""

    def __init__(
        self,
        source: str,
        resource: str,
        url: str,
        *,
        cause: str,
        variable: str,
        is_down: bool = False,
    ) -> None:
        self.stops_source = is_down
        super().__init__(
            source,
            f"cannot reach {safe_origin(url)} ({cause}) for {safe_path(url)}",
            f"Check the network and {variable}; what already landed is kept and the next run"
            " resumes",
            resource=resource,
        )


class VendorFailed(IngestionError):
    """The vendor kept answering 5xx after all retries."""

    def __init__(self, source: str, resource: str, url: str, status: int, attempts: int) -> None:
        self.status = status
        super().__init__(
            source,
            f"the vendor failed {attempts} times in a row ({status} on {safe_path(url)})",
            "See the vendor's status page and run again later; what already landed is kept and"
            " the next run resumes",
            resource=resource,
        )


class RateLimitExhausted(IngestionError):
    """The vendor kept answering 429, or asks for a longer pause than a run may take."""

    def __init__(
        self, source: str, resource: str, url: str, wait_seconds: float | None, attempts: int
    ) -> None:
        self.wait_seconds = wait_seconds
        pause = f", asking for {wait_seconds:.0f} s of pause" if wait_seconds else ""
        super().__init__(
            source,
            f"the rate limit is used up (429 on {safe_path(url)} after {attempts} attempts{pause})",
            "Run again later or less often, or ask the vendor for a higher limit; what already"
            " landed is kept and the next run resumes",
            resource=resource,
        )


class UnexpectedResponse(IngestionError):
    """An answer outside the vendor's documented shape: another 4xx, no JSON, a missing member."""

    def __init__(
        self, source: str, resource: str, url: str, what: str, *, status: int | None = None
    ) -> None:
        self.status = status
        super().__init__(
            source,
            f"unexpected answer from {safe_path(url)}: {what}",
            "Compare the vendor's API changelog with the source module; nothing of this page was"
            " landed",
            resource=resource,
        )


class ContractViolation(IngestionError):
    """A table no longer has the declared shape: a column vanished or changed its type."""

    def __init__(
        self, source: str, resource: str, column: str, what: str, example: str = ""
    ) -> None:
        self.column = column
        shown = f", for example {example}" if example else ""
        super().__init__(
            source,
            f"column {column} {what}{shown}",
            "Compare the vendor's API changelog with the declared columns; this table stops and"
            " keeps what landed, the other tables go on",
            resource=resource,
        )


class SettingInvalid(IngestionError):
    """A setting is there but cannot be used."""

    stops_source = True

    def __init__(self, source: str, variable: str, what: str, todo: str) -> None:
        self.variable = variable
        super().__init__(source, f"{variable} {what}", todo)


class UnknownSource(IngestionError):
    """A name that is none of the sources."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(name, "no such source", f"Known sources: {', '.join(known)}")


class LandingBusy(IngestionError):
    """Another process lands the same source right now; dlt must never run one pipeline twice."""

    def __init__(self, source: str) -> None:
        super().__init__(
            source, "another run is landing this source right now", "Wait for it to end"
        )


class LandingFailed(IngestionError):
    """Anything not foreseen, reduced to one redacted line."""

    def __init__(
        self, source: str, step: str, cause: BaseException, secrets: Iterable[str]
    ) -> None:
        text = impersonal(redact(str(cause), secrets))[:300] or "no message"
        super().__init__(
            source,
            f"landing failed in step {step}: {type(cause).__name__}: {text}",
            "What already landed is kept; run again, and report it if it stays",
        )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it wraps, and what caused it, outermost first."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        current = todo.pop(0)
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = getattr(current, "exception", None)
        todo += [inner if isinstance(inner, BaseException) else None]
        todo += [current.__cause__, current.__context__]


def as_ingestion_error(
    error: BaseException, source: str, secrets: Iterable[str] = ()
) -> IngestionError:
    """The one clear error inside `error`, however deep dlt has wrapped it.

    Args:
        error: What a dlt step raised, usually `PipelineStepFailed`.
        source: Source being landed, named in the message when nothing clearer is inside.
        secrets: Values that must not be shown.

    Returns:
        The innermost `IngestionError` raised by our own code, or a `LandingFailed` around the
        root cause.
    """
    chain = list(_chain(error))
    for candidate in chain:
        if isinstance(candidate, IngestionError):
            return candidate
    step = next((str(e.step) for e in chain if hasattr(e, "step")), "run")
    return LandingFailed(source, step, chain[-1], secrets)
