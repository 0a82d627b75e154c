"""HTTP as every vendor source needs it: sign in, page, wait, retry, and fail in one clear line.

A `VendorClient` wraps dlt's `RESTClient` for one table of one source. It retries 429, 5xx,
time-outs, dropped connections and cut-off bodies with capped exponential back-off and full
jitter, waits as long as the vendor says when it says so, and never retries another 4xx. Limits
come from dlt's own settings: `RUNTIME__REQUEST_TIMEOUT`, `RUNTIME__REQUEST_MAX_ATTEMPTS`,
`RUNTIME__REQUEST_BACKOFF_FACTOR`, `RUNTIME__REQUEST_MAX_RETRY_DELAY`.

Credentials are sent to the configured host only: a link elsewhere is an error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import requests
from dlt.common import json
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.specs.runtime_configuration import RuntimeConfiguration
from dlt.sources.helpers.requests.session import Session
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.paginators import BasePaginator, JSONLinkPaginator
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result
from tenacity.wait import wait_random_exponential

from ingestion.errors import (
    CredentialRejected,
    RateLimitExhausted,
    UnexpectedResponse,
    VendorFailed,
    VendorUnreachable,
    safe_origin,
)
from ingestion.settings import VENDOR_PAGES, variable

log = logging.getLogger("kontakti.ingestion")

CONNECT_TIMEOUT_SECONDS: Final = 10.0
MAX_PAUSE_SECONDS: Final = 300.0  # a vendor that asks for more ends the run; the next one resumes
MAX_TOLD_PAUSES: Final = 20  # times one request waits as told before giving up

_RETRIED = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a source's API is and how to sign in to it.

    Attributes:
        source: Source name.
        base_url: Address without a trailing slash.
        auth: Signs requests; never printed.
        credentials: Settings behind `auth`, for messages.
        address: Setting behind `base_url`, for messages.
        headers: Sent with every request.
    """

    source: str
    base_url: str
    auth: AuthBase
    credentials: tuple[str, ...]
    address: str = "base_url"
    headers: Mapping[str, str] = field(default_factory=dict)


# Makes the client of an endpoint; a probe does not mind how patient it is.
ClientOf = Callable[[Endpoint], "VendorClient"]


class LinkUntil(JSONLinkPaginator):
    """Follows a link until a flag in the answer says that the end is reached.

    Zendesk goes on giving links at the end of a stream: `end_of_stream` and `meta.has_more`
    decide, not the link.
    """

    def __init__(self, link: str, *, flag: tuple[str, ...], ends_when: bool) -> None:
        super().__init__(next_url_path=link)
        self._flag = flag
        self._ends_when = ends_when

    def update_state(self, response: requests.Response, data: list[Any] | None = None) -> None:
        """Take the link, unless the flag says stop."""
        super().update_state(response, data)
        value: Any = response.json()
        for member in self._flag:
            value = value.get(member) if isinstance(value, Mapping) else None
        if bool(value) is self._ends_when:
            self._has_next_page = False


class Page(list[Any]):
    """Records of one page, and the whole answer they came in."""

    def __init__(self, records: list[Any], answer: dict[str, Any]) -> None:
        super().__init__(records)
        self.answer = answer


class VendorClient:
    """Asks one vendor for one table.

    With `is_patient` false it asks once and says at once what went wrong.

    Attributes:
        first_response_at: The vendor's clock at the first answer, naive UTC; None before it.
        now: The vendor's clock at the latest answer.
        known_until: Up to when a vendor that runs behind its clock has data, where it says so.
        defined: The vendor's own list of a record's members with their types, where it has one.
        watch: Looks at the records of each page as they came.
    """

    def __init__(self, endpoint: Endpoint, resource: str, *, is_patient: bool = True) -> None:
        self.endpoint = endpoint
        self.resource = resource
        self.first_response_at: datetime | None = None
        self.now: datetime | None = None
        self.known_until: datetime | None = None
        self.defined: Mapping[str, str] | None = None
        self.watch: Callable[[list[Any]], None] = lambda records: None
        config = resolve_configuration(RuntimeConfiguration())
        self._max_attempts = config.request_max_attempts if is_patient else 1
        self._client = RESTClient(
            endpoint.base_url,
            headers=dict(endpoint.headers),
            auth=endpoint.auth,
            session=self._session(config),
            config=config,
        )

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One answer, as a JSON object."""
        return self._object(self._client.get(path, params=dict(params or {})))

    def post(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: dict[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """The answer to a JSON body or a form, as a JSON object."""
        asked = self._client.post(path, params=dict(params or {}), json=body, data=form)
        return self._object(asked)

    def pages(
        self,
        path: str,
        *,
        member: str | None,
        paginator: BasePaginator,
        params: Mapping[str, Any] | None = None,
        body: dict[str, Any] | None = None,
    ) -> Iterator[Page]:
        """Walk a paged list.

        Args:
            path: Relative to the base address.
            member: Where the records are in the answer; None where they are all of it.
            paginator: Finds the next page.
            params: Query parameters of the first request.
            body: JSON body; makes it a POST.

        Yields:
            The records of a page with the answer around them.

        Raises:
            IngestionError: After retries, or at once for what retrying cannot mend.
        """
        for page in self._client.paginate(
            path,
            method="GET" if body is None else "POST",
            params=dict(params or {}),
            json=body,
            paginator=paginator,
            data_selector="$",
            hooks={"response": []},  # statuses are checked below; dlt's hook would name the URL
        ):
            answer = {} if member is None else self._object(page.response)
            records = page.response.json() if member is None else answer.get(member)
            if not isinstance(records, list):
                raise self._unexpected(page.response, f"no list named {member}")
            self.watch(records)
            yield Page(records, answer)

    def _object(self, response: requests.Response) -> dict[str, Any]:
        answer = response.json()
        if not isinstance(answer, dict):
            raise self._unexpected(response, "no JSON object")
        return answer

    def _unexpected(self, response: requests.Response, what: str) -> UnexpectedResponse:
        url = response.url or self.endpoint.base_url
        return UnexpectedResponse(
            self.endpoint.source, self.resource, url, what, status=response.status_code
        )

    def _session(self, config: RuntimeConfiguration) -> Session:
        session = Session(
            timeout=(CONNECT_TIMEOUT_SECONDS, config.request_timeout), raise_for_status=False
        )
        for scheme in ("http://", "https://"):
            session.mount(scheme, _ParseOnceAdapter())
        back_off = wait_random_exponential(
            multiplier=config.request_backoff_factor, max=config.request_max_retry_delay
        )
        retrying = Retrying(
            wait=lambda state: _wait(state, back_off),
            retry=retry_if_exception_type(_RETRIED) | retry_if_result(_is_worth_retrying),
            stop=self._gives_up,
            sleep=pause,
            before_sleep=self._note,
            retry_error_callback=lambda state: state.outcome and state.outcome.result(),
        )
        plain_send = session.send

        def send(request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            url = request.url or ""
            if safe_origin(url) != safe_origin(self.endpoint.base_url):
                raise UnexpectedResponse(
                    self.endpoint.source,
                    self.resource,
                    url,
                    f"a link to another host, {safe_origin(url)}",
                )
            state = retrying.copy()
            try:
                response: requests.Response = state(plain_send, request, **kwargs)
            except requests.RequestException as error:
                raise self._unreachable(url, error) from None
            self._check(response, url, int(state.statistics.get("attempt_number", 1)))
            return response

        session.send = send  # type: ignore[method-assign] # as dlt's own retrying client does
        return session

    def _gives_up(self, state: RetryCallState) -> bool:
        told = told_pause(_response(state))
        if told is not None:
            most = MAX_TOLD_PAUSES if self._max_attempts > 1 else 1
            return told > MAX_PAUSE_SECONDS or state.attempt_number >= most
        return state.attempt_number >= self._max_attempts

    def _note(self, state: RetryCallState) -> None:
        response = _response(state)
        what = str(response.status_code) if response is not None else "no answer"
        log.warning(
            "%s.%s: %s, trying again in %.1f s",
            self.endpoint.source,
            self.resource,
            what,
            state.upcoming_sleep,
        )

    def _unreachable(self, url: str, error: requests.RequestException) -> VendorUnreachable:
        if isinstance(error, requests.ReadTimeout):
            cause, is_down = "it did not answer in time", False
        elif isinstance(error, requests.ConnectTimeout):
            cause, is_down = "no connection in time", True
        elif isinstance(error, requests.exceptions.SSLError):
            cause, is_down = "its certificate is not accepted", True
        elif isinstance(error, requests.exceptions.ChunkedEncodingError):
            cause, is_down = "it broke off its answer", False
        else:
            is_down = "NewConnectionError" in repr(error) or "NameResolution" in repr(error)
            cause = "no connection" if is_down else "the connection was lost"
        return VendorUnreachable(
            self.endpoint.source,
            self.resource,
            url,
            cause=cause,
            variable=variable(self.endpoint.source, self.endpoint.address),
            is_down=is_down,
        )

    def _check(self, response: requests.Response, url: str, attempts: int) -> None:
        source, status = self.endpoint.source, response.status_code
        self.now = vendor_clock(response) or self.now
        if self.first_response_at is None and response.ok:
            self.first_response_at = self.now
        if status in {401, 403}:
            raise CredentialRejected(
                source,
                self.resource,
                url,
                status=status,
                variables=[variable(source, name) for name in self.endpoint.credentials],
                vendor_page=VENDOR_PAGES[source],
            )
        if status == 429:
            told = told_pause(response)
            raise RateLimitExhausted(source, self.resource, url, told, attempts)
        if status >= 500:
            raise VendorFailed(source, self.resource, url, status, attempts)
        if status >= 400:
            raise self._unexpected(response, f"status {status}")
        if not _is_json(response):
            raise self._unexpected(response, "the body is no JSON, or cut off")


class _ParsedOnce(requests.Response):
    """A response that parses its body once: paginator, selector and source all read it."""

    _parsed: Any = None

    def json(self, **kwargs: Any) -> Any:
        """The body as JSON, parsed by dlt's fast parser and kept."""
        del kwargs
        if self._parsed is None:
            self._parsed = json.loadb(self.content)
        return self._parsed


class _ParseOnceAdapter(HTTPAdapter):
    def build_response(self, req: Any, resp: Any) -> requests.Response:
        """Build the usual response, of the class that parses once."""
        response = super().build_response(req, resp)
        response.__class__ = _ParsedOnce
        return response


def pause(seconds: float) -> None:
    """Wait; here so that tests can do without waiting."""
    time.sleep(seconds)


def vendor_clock(response: requests.Response) -> datetime | None:
    """The `Date` header as naive UTC, None when missing or unreadable."""
    moment = _http_date(response.headers.get("Date"))
    return moment.replace(tzinfo=None) if moment else None


def told_pause(response: requests.Response | None) -> float | None:
    """Seconds the vendor asks to wait, from whichever header it uses; None when it does not say.

    `Retry-After` holds seconds or a date (RFC 9110 10.2.3); Zendesk's account limit sends
    `ratelimit-reset` in seconds, Intercom `X-RateLimit-Reset` as a unix second and Mastodon as an
    ISO time; HubSpot tells only the length of its window, and that nothing is left of it.
    """
    if response is None or response.status_code not in {429, 503}:
        return None
    headers = response.headers
    retry_after = headers.get("Retry-After", "").strip()
    if retry_after.replace(".", "", 1).isdigit():
        return float(retry_after)
    moment = _http_date(retry_after)
    sent = _http_date(headers.get("Date"))
    if moment and sent:
        return max(0.0, (moment - sent).total_seconds())
    return _told_by_window(headers)


def _told_by_window(headers: Mapping[str, str]) -> float | None:
    """The rest of the window whose limit is used up, in each vendor's own header."""
    reset = headers.get("ratelimit-reset", "").strip()
    if reset.isdigit():
        return float(reset)
    ends_at = headers.get("X-RateLimit-Reset", "").strip()
    if ends_at.isdigit():
        return max(0.0, float(ends_at) - time.time())
    if ends_at[:4].isdigit() and "T" in ends_at:
        return max(0.0, datetime.fromisoformat(ends_at).timestamp() - time.time())
    interval = headers.get("X-HubSpot-RateLimit-Interval-Milliseconds", "").strip()
    if interval.isdigit() and headers.get("X-HubSpot-RateLimit-Remaining") == "0":
        return int(interval) / 1000
    return None


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def _response(state: RetryCallState) -> requests.Response | None:
    outcome = state.outcome
    if outcome is None or outcome.failed:
        return None
    result = outcome.result()
    return result if isinstance(result, requests.Response) else None


def _wait(state: RetryCallState, back_off: wait_random_exponential) -> float:
    told = told_pause(_response(state))
    return told if told is not None else float(back_off(state))


def _is_worth_retrying(response: requests.Response) -> bool:
    if response.status_code == 429 or response.status_code >= 500:
        return True
    return response.ok and not _is_json(response)


def _is_json(response: requests.Response) -> bool:
    try:
        response.json()
    except ValueError:
        return False
    return True
