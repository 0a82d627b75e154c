"""Genesys Cloud: segments of conversations, and the lists of queues, users and wrap-up codes.

    conversations/details/jobs  ─▶ segments   by stretches of activity, as far as the store knows
    routing/queues, users, routing/wrapupcodes  ─▶ small lists, landed when they change
    schedules and adherence on request: `ingestion.sources.genesys_workforce`

Details are asked for by jobs: a question about an interval, polled until it is answered, whose
results page by a cursor. An answer holds every conversation with activity in the interval, so each
run goes on where the store ended (`dataAvailabilityDate`, which is the watermark), reads the last
stretch again for after-call work and late records, and leaves out the conversations it knows as
they are. A conversation lands as one row a segment, in its state at `read_at`.

Names, notes and subjects are never read; numbers and addresses become pseudonyms. Of the
attributes of a participant only those named in `ATTRIBUTES` are read.

Source of the rules: developer.genesys.cloud, Analytics detail queries, Rate limits, Client
credentials, and the vendor's published SDK.
Run alone: `python -m ingestion land genesys`
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
import requests
from dlt.common import json
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.paginators import JSONResponseCursorPaginator
from requests.auth import AuthBase, HTTPBasicAuth

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.errors import CredentialRejected, UnexpectedResponse
from ingestion.privacy import email_key, person_key
from ingestion.recent import Recent, State, from_epoch, second_of, to_epoch
from ingestion.resources import Fetch, landing
from ingestion.rest import ClientOf, Endpoint, VendorClient
from ingestion.runs import LandingRun
from ingestion.sources import genesys_workforce as workforce
from ingestion.sources.genesys_api import NAME, finished, numbered, plain

API: Final = "https://api.mypurecloud.com"
LOGIN: Final = "https://login.mypurecloud.com"
CREDENTIALS: Final = ("client_id", "client_secret")
DETAILS: Final = "/api/v2/analytics/conversations/details/jobs"
FIRST_DAY: Final = datetime(2017, 1, 1)  # noqa: DTZ001 - naive UTC, as everywhere in the lake
STRETCH: Final = timedelta(days=7)
OVERLAP: Final = timedelta(hours=2)
RESULTS_PAGE = 1000
RENEW_BEFORE_SECONDS: Final = 60.0
# Of a participant's attributes; a centre sets them in its flows and scripts.
ATTRIBUTES: Final = ("language", "outcome", "case", "twilio_sid")


def _customer(address: Any) -> str | None:
    """`tel:+358…`, `sip:…`, or an address as it stands."""
    text = str(address)
    return person_key(text.partition(":")[2] if text.startswith(("tel:", "sip:")) else text)


def _time(name: str, member: str, *, required: bool = False) -> Column:
    return Column(name, "timestamp", path=(member,), format="iso", required=required)


SEGMENTS = Table(
    "segments",
    (
        Column("conversation_id", path=("conversationId",), required=True),
        _time("conversation_start", "conversationStart", required=True),
        _time("conversation_end", "conversationEnd"),
        Column("participant_id", path=("participantId",)),
        Column("purpose", required=True),
        Column("user_id", path=("userId",)),
        Column("session_id", path=("sessionId",), required=True),
        Column("media_type", path=("mediaType",), required=True),
        Column("direction"),
        Column("customer_key", path=("address",), transform=_customer),
        Column("flow_out_type", path=("flowOutType",)),
        Column("segment_no", "int"),
        Column("segment_type", path=("segmentType",), required=True),
        _time("segment_start", "segmentStart", required=True),
        _time("segment_end", "segmentEnd"),
        Column("queue_id", path=("queueId",)),
        Column("disconnect_type", path=("disconnectType",)),
        Column("wrap_up_code_id", path=("wrapUpCode",)),
        Column("abandoned_after_ms", "bigint", path=("tAbandon",)),
        Column("flowed_out_after_ms", "bigint", path=("tFlowOut",)),
        Column("first_engagement_ms", "bigint", path=("tFirstEngagement",)),
        Column("blind_transfers", "int", path=("nBlindTransferred",)),
        Column("consult_transfers", "int", path=("nConsultTransferred",)),
        *(Column("case_id" if name == "case" else name, path=(name,)) for name in ATTRIBUTES),
        Column("read_at", "timestamp"),
    ),
    key=("session_id", "segment_no"),
    description="One row a segment and version of its conversation; newest by read_at.",
    person={"conversation_id": "conversation", "customer_key": "key"},
)

QUEUES = Table(
    "queues",
    (Column("id", required=True), Column("name", required=True)),
    description="Queues; the whole list at each landing.",
)

USERS = Table(
    "users",
    (
        Column("id", required=True),
        Column("employee_id", path=("employerInfo", "employeeId")),
        Column("email_key", path=("email",), transform=email_key),
        Column("state"),
    ),
    description="Staff; the whole list at each landing.",
)

WRAP_UP_CODES = Table(
    "wrap_up_codes",
    (Column("id", required=True), Column("name", required=True)),
    description="Wrap-up codes, which are the contact reasons; the whole list at each landing.",
)

TABLES: Final = (SEGMENTS, QUEUES, USERS, WRAP_UP_CODES, *workforce.TABLES)
_NOT_YET: Final = 1 << 40
_METRICS: Final = frozenset(
    {"tAbandon", "tFlowOut", "tFirstEngagement", "nBlindTransferred", "nConsultTransferred"}
)


def source(run: LandingRun) -> DltSource:
    """All tables of Genesys Cloud. Credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)

    @dlt.source(name=NAME)
    def genesys() -> Any:
        return [
            one(SEGMENTS, _segments),
            one(QUEUES, _list("/api/v2/routing/queues"), is_snapshot=True),
            one(USERS, _list("/api/v2/users", "employerInfo"), is_snapshot=True),
            one(WRAP_UP_CODES, _list("/api/v2/routing/wrapupcodes"), is_snapshot=True),
            one(workforce.MANAGEMENT_UNITS, workforce.units, is_snapshot=True),
            one(workforce.ACTIVITY_CODES, workforce.activity_codes, is_snapshot=True),
            one(workforce.AGENT_SCHEDULES, _since_start(workforce.agent_schedules)),
            one(workforce.ADHERENCE, _since_start(workforce.adherence)),
        ]

    return genesys()


def _list(path: str, expand: str = "") -> Fetch:
    return lambda client, state: numbered(client, path, expand=expand)


def _since_start(fetch: Callable[..., Iterator[list[Row]]]) -> Fetch:
    """With the first day that is asked for, which is not known before credentials are."""
    return lambda client, state: fetch(client, state, start=settings.start_date(NAME, FIRST_DAY))


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential, behind the sign-in, and one for downloads."""
    api = _connect(client_of)
    client_of(api).get("/api/v2/routing/queues", {"pageSize": 1})
    named = settings.also(NAME, [table.name for table in TABLES if table.on_request])
    if named & {workforce.AGENT_SCHEDULES.name, workforce.ADHERENCE.name}:
        workforce.try_downloads(api, client_of)


class ClientCredentials(AuthBase):
    """Signs requests with a token that is asked for when it is needed, and again before it ends."""

    def __init__(self, client: VendorClient) -> None:
        self._client = client
        self._token = ""
        self._renew_at = 0.0

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the token to a request."""
        if time.monotonic() >= self._renew_at:
            self._sign_in()
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request

    def _sign_in(self) -> None:
        asked_at = time.monotonic()
        try:
            answer = self._client.post("/oauth/token", form={"grant_type": "client_credentials"})
        except UnexpectedResponse as error:
            if error.status != 400:
                raise
            # A client id that the vendor does not know.
            endpoint = self._client.endpoint
            raise CredentialRejected(
                NAME,
                self._client.resource,
                endpoint.base_url,
                status=401,
                variables=[settings.variable(NAME, name) for name in CREDENTIALS],
                vendor_page=settings.VENDOR_PAGES[NAME],
            ) from None
        self._token = str(answer["access_token"])
        settings.keep_secret(self._token)
        self._renew_at = asked_at + float(answer["expires_in"]) - RENEW_BEFORE_SECONDS


def _connect(client_of: ClientOf | None = None) -> Endpoint:
    address = settings.base_url(NAME, default=API)
    login = settings.base_url(NAME, "login_url", default=LOGIN)
    client_id, secret = settings.required(NAME, *CREDENTIALS)
    door = Endpoint(NAME, login, HTTPBasicAuth(client_id, secret), CREDENTIALS, "login_url")
    client = client_of(door) if client_of else VendorClient(door, "sign-in")
    return Endpoint(NAME, address, ClientCredentials(client), CREDENTIALS)


def _segments(client: VendorClient, state: State) -> Iterator[list[Row]]:
    recent = Recent(state)
    until = _available_at(client)
    since = to_epoch(settings.start_date(NAME, FIRST_DAY))
    if "until" in state:
        since = state["until"] - int(OVERLAP.total_seconds())
    while since < until:
        end = min(since + int(STRETCH.total_seconds()), until)
        read_at = from_epoch(until)
        for page in client.pages(
            f"{DETAILS}/{_answered(client, since, end)}/results",
            member="conversations",
            params={"pageSize": RESULTS_PAGE},
            paginator=JSONResponseCursorPaginator("cursor", cursor_param="cursor"),
        ):
            new = recent.fresh(page, key=lambda c: c["conversationId"], at=_last_known,
                               version=_version)  # fmt: skip
            yield [row for conversation in new for row in _flat(conversation, read_at)]
            recent.keep()
        since = state["until"] = end
        recent.forget_before(end - int(OVERLAP.total_seconds()))
    client.known_until = from_epoch(until)


def _available_at(client: VendorClient) -> int:
    told = client.get(f"{DETAILS}/availability")["dataAvailabilityDate"]
    return second_of(told)


def _answered(client: VendorClient, since: int, until: int) -> str:
    """Ask about an interval, and wait until there is an answer: the job's id."""
    interval = f"{from_epoch(since).isoformat()}Z/{from_epoch(until).isoformat()}Z"
    question = {"interval": interval, "order": "asc", "orderBy": "conversationStart"}
    job = str(client.post(DETAILS, body=question)["jobId"])

    def look() -> Mapping[str, Any]:
        told: Mapping[str, Any] = client.get(f"{DETAILS}/{job}")
        return told

    finished(
        client,
        DETAILS,
        look(),
        look,
        about=interval,
        state_of=lambda told: str(told["state"]),
        done="FULFILLED",
        lost={"FAILED", "CANCELLED", "EXPIRED"},
    )
    return job


def _last_known(conversation: Mapping[str, Any]) -> int:
    """When it last did something, for as long as it has to be remembered; open ones are recent."""
    end = conversation.get("conversationEnd")
    return second_of(end) if end else _NOT_YET


def _version(conversation: Mapping[str, Any]) -> str:
    return hashlib.blake2b(json.dumpb(conversation, sort_keys=True), digest_size=8).hexdigest()


def _flat(conversation: Mapping[str, Any], read_at: datetime) -> Iterator[Row]:
    """A row a segment, with what its session, participant and conversation say."""
    for participant in conversation["participants"]:
        attributes = participant.get("attributes") or {}
        for session in participant["sessions"]:
            address = session.get("ani") or session.get("addressFrom")
            for other in session.get("callbackNumbers") or ():
                address = address or other
            is_customer = participant["purpose"] in {"customer", "external"}
            common: dict[str, Any] = {
                **{name: attributes[name] for name in ATTRIBUTES if name in attributes},
                **{
                    m["name"]: m["value"]
                    for m in session.get("metrics") or ()
                    if m["name"] in _METRICS
                },
                **plain(session),
                **plain(participant),
                **plain(conversation),
                "address": address if is_customer else None,
                "read_at": read_at,
            }
            for number, segment in enumerate(session["segments"]):
                yield common | segment | {"segment_no": number}
