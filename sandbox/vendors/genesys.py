"""Genesys Cloud over HTTP: client credentials, jobs of conversation details, queues, users, codes.

Facts from the vendor's public documentation and its published SDK. Details are read by a job: it is
asked for with an interval, polled until it is FULFILLED, and paged by a cursor; it shows every
conversation that had activity in the interval, as known up to `dataAvailabilityDate`. Lists page by
number. Adherence is a job too, whose answer is fetched from signed addresses, without the token.
Sign-in and downloads are hosts of their own at the vendor; here they are the same one.

Inputs: a World and a clock. Output: an ASGI app. Try it: `python -m sandbox serve --also genesys`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import GENESYS_CLIENT_ID, GENESYS_CLIENT_SECRET
from sandbox.vendors.gate import Doorman
from sandbox.vendors.genesys_records import (
    Conversation,
    ConversationRecords,
    agent_id,
    guid,
    instant,
    queue_id,
    wrap_up_code_id,
)
from sandbox.vendors.genesys_workforce import WorkforceRecords
from sandbox.vendors.limits import Limit
from sandbox.vendors.wire import (
    BadInputError,
    Clock,
    absolute_url,
    json_response,
    pack,
    parse_instant,
    parse_size,
    unpack,
)
from sandbox.world.calendar import HELSINKI
from sandbox.world.records import World

TOKEN = guid("token", GENESYS_CLIENT_ID)
TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
DOWNLOADS = "/historicalAdherence/results/"
RESULTS_MAX, LIST_MAX = 1000, 500
LONGEST_ADHERENCE = 31 * 86_400
LAG_SECONDS = 600  # the vendor's store of details runs behind its telephony
REQUEST_LIMIT = Limit("requests", 300, 60.0)


def _error(status: int, code: str, message: str) -> Response:
    body = {"message": message, "code": code, "status": status, "contextId": guid("context"),
            "details": [], "errors": []}  # fmt: skip
    return json_response(body, status)


class GenesysDoorman(Doorman):
    """Basic sign-in for a token, the token for all else; 300 requests a minute."""

    vendor = "genesys"
    default_column = "conversationStart"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the client's secret, or the token, with the sandbox's."""
        given = headers.get("authorization")
        if path == TOKEN_PATH:
            pair = f"{GENESYS_CLIENT_ID}:{GENESYS_CLIENT_SECRET}".encode()
            if given == f"Basic {base64.b64encode(pair).decode()}":
                return None
            body = {"error": "invalid_client", "description": "client not found or secret wrong"}
            return json_response(body, 401)
        if path.startswith(DOWNLOADS):
            if given is None:
                return None  # the address is signed
            return _error(400, "bad.request", "Only one way to sign a request is allowed.")
        return None if given == f"Bearer {TOKEN}" else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return error `bad.credentials`."""
        return _error(401, "bad.credentials", "Invalid login credentials.")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the token's limit."""
        del method
        return [] if path == TOKEN_PATH or path.startswith(DOWNLOADS) else [REQUEST_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return 429 with the seconds to wait."""
        del limit
        answer = _error(429, "too.many.requests", "Rate limit exceeded the maximum.")
        answer.headers["Retry-After"] = str(math.ceil(wait_seconds or 1))
        return answer

    def failure(self, status: int) -> Response:
        """Return a server error."""
        return _error(status, "internal.server.error", "The server had a problem.")

    def limit_headers(self, limit: Limit, remaining: int) -> Mapping[str, str]:
        """Return how much of the minute is used."""
        return {
            "inin-ratelimit-allowed": str(limit.requests),
            "inin-ratelimit-count": str(limit.requests - remaining),
            "inin-ratelimit-reset": str(int(limit.seconds)),
        }


@dataclass
class Job:
    """A question under way: what it found when it was asked, and whether it was polled yet."""

    available_at: int
    found: list[Conversation]
    is_done: bool = False


@dataclass
class AdherenceJob:
    """A question about adherence: for each unit its answer, and whether it was polled yet."""

    answers: list[dict[str, Any]]
    is_done: bool = False


class GenesysApi:
    """The handlers."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self.world = world
        self.records = ConversationRecords(world)
        self.workforce = WorkforceRecords(world)
        self._jobs: dict[str, Job] = {}
        self._adherence: dict[str, AdherenceJob] = {}

    def app(self) -> Starlette:
        """Return the routes."""
        details = "/api/v2/analytics/conversations/details/jobs"
        wfm = "/api/v2/workforcemanagement"
        bulk = f"{wfm}/adherence/historical/bulk"
        return Starlette(
            routes=[
                Route(TOKEN_PATH, self.token, methods=["POST"]),
                Route(details, self.ask, methods=["POST"]),
                Route(f"{details}/availability", self.availability, methods=["GET"]),
                Route(f"{details}/{{job}}", self.status, methods=["GET"]),
                Route(f"{details}/{{job}}/results", self.results, methods=["GET"]),
                Route("/api/v2/routing/queues", self.queues, methods=["GET"]),
                Route("/api/v2/routing/wrapupcodes", self.wrap_up_codes, methods=["GET"]),
                Route("/api/v2/users", self.users, methods=["GET"]),
                Route(f"{wfm}/managementunits", self.units, methods=["GET"]),
                Route(f"{wfm}/businessunits/{{unit}}/activitycodes", self.codes, methods=["GET"]),
                Route(
                    f"{wfm}/managementunits/{{unit}}/agentschedules/search",
                    self.schedules,
                    methods=["POST"],
                ),
                Route(bulk, self.ask_adherence, methods=["POST"]),
                Route(f"{bulk}/jobs/{{job}}", self.adherence_status, methods=["GET"]),
                Route(f"{DOWNLOADS}{{job}}/{{number}}", self.download, methods=["GET"]),
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def token(self, request: Request) -> Response:
        """Hand out the token."""
        asked = (await request.body()).decode()
        if "grant_type=client_credentials" not in asked:
            raise BadInputError(f"grant_type: '{asked}' is not client_credentials")
        return json_response(
            {"access_token": TOKEN, "token_type": "bearer", "expires_in": 86_399}
        )  # fmt: skip

    def _available_at(self) -> int:
        return self.clock.now() - LAG_SECONDS

    async def availability(self, request: Request) -> Response:
        """Tell up to when details are known."""
        del request
        return json_response({"dataAvailabilityDate": instant(self._available_at())})

    async def ask(self, request: Request) -> Response:
        """Take a question in."""
        asked = await _asked(request)
        since, _, until = str(asked.get("interval", "")).partition("/")
        available_at = self._available_at()
        found = self.records.active(
            parse_instant(since, "interval"), parse_instant(until, "interval"), available_at
        )
        job_id = guid("job", len(self._jobs))
        self._jobs[job_id] = Job(available_at, found)
        return json_response({"jobId": job_id}, 202)

    async def status(self, request: Request) -> Response:
        """Tell how a question stands: at the first poll it is not answered yet."""
        job = self._job(request)
        state = "FULFILLED" if job.is_done else "PENDING"
        job.is_done = True
        return json_response({"state": state, "submissionDate": instant(self.clock.now())})

    async def results(self, request: Request) -> Response:
        """Serve a page of an answer."""
        job = self._job(request)
        size = parse_size(request, "pageSize", RESULTS_MAX, RESULTS_MAX)
        cursor = request.query_params.get("cursor")
        start = int(unpack(cursor, "cursor")[0]) if cursor else 0
        page = job.found[start : start + size]
        body: dict[str, Any] = {
            "conversations": [self.records.json(one, job.available_at) for one in page],
            "dataAvailabilityDate": instant(job.available_at),
        }
        if start + size < len(job.found):
            body["cursor"] = pack(start + size)
        return json_response(body)

    def _job(self, request: Request) -> Job:
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            raise BadInputError("jobId: there is no such job, or its results have expired")
        return job

    async def queues(self, request: Request) -> Response:
        """Serve the queues of live channels."""
        rows = [
            {"id": queue_id(queue), "name": queue.name, "memberCount": 0}
            for queue in self.world.queues
            if queue.system == "twilio"
        ]
        return _listed(request, rows)

    async def wrap_up_codes(self, request: Request) -> Response:
        """Serve the wrap-up codes, which are the contact reasons."""
        rows = [{"id": wrap_up_code_id(r.code), "name": r.code} for r in self.world.reasons]
        return _listed(request, rows)

    async def users(self, request: Request) -> Response:
        """Serve the agents employed now."""
        now = self.clock.now()
        rows = [
            {
                "id": agent_id(agent),
                "name": agent.name,
                "email": agent.email,
                "state": "active",
                "employerInfo": {"employeeId": agent.employee_id, "dateHire": None},
            }
            for agent in self.world.agents
            if agent.hired_at <= now and (agent.left_at is None or now < agent.left_at)
        ]
        return _listed(request, rows)

    async def units(self, request: Request) -> Response:
        """Serve the management units."""
        return _listed(request, self.workforce.units())

    async def codes(self, request: Request) -> Response:
        """Serve the activity codes of the business unit."""
        self._known(request.path_params["unit"], [self.workforce.business_unit])
        return json_response({"entities": self.workforce.activity_codes()})

    async def schedules(self, request: Request) -> Response:
        """Serve the published shifts of a unit: a short question is answered at once."""
        unit = self._known(request.path_params["unit"], [u["id"] for u in self.workforce.units()])
        since, until = _stretch(await _asked(request))
        found = self.workforce.schedules(unit, since, until, self.clock.now())
        result = {"agentSchedules": found, "businessUnitTimeZone": HELSINKI}
        return json_response({"status": "Complete", "result": result})

    async def ask_adherence(self, request: Request) -> Response:
        """Take a question about several units in; an answer for each is ready to be fetched."""
        units = [unit["id"] for unit in self.workforce.units()]
        answers = []
        for item in (await _asked(request)).get("items") or ():
            unit = self._known(str(item.get("managementUnitId")), units)
            since, until = _stretch(item)
            if until - since > LONGEST_ADHERENCE:
                raise BadInputError("endDate: more than 31 days after startDate")
            answers.append(
                {
                    "startDate": instant(since),
                    "endDate": instant(until),
                    "managementUnitId": unit,
                    "userResults": self.workforce.adherence(
                        unit, since, min(until, self.clock.now())
                    ),
                }
            )
        job_id = guid("adherence job", len(self._adherence))
        self._adherence[job_id] = AdherenceJob(answers)
        return json_response({"job": {"id": job_id, "status": "Processing"}}, 202)

    async def adherence_status(self, request: Request) -> Response:
        """Tell how a question stands, and where its answers lie."""
        job_id = request.path_params["job"]
        job = self._adherence[self._known(job_id, list(self._adherence))]
        body: dict[str, Any] = {"job": {"id": job_id, "status": "Processing"}}
        if job.is_done:
            body["job"]["status"] = "Complete"
            body["downloadUrls"] = [
                absolute_url(
                    request, f"{DOWNLOADS}{job_id}/{number}", {"Signature": guid(job_id, number)}
                )
                for number in range(len(job.answers))
            ]
        job.is_done = True
        return json_response(body)

    async def download(self, request: Request) -> Response:
        """Serve an answer to whoever has its signed address."""
        job_id, number = request.path_params["job"], int(request.path_params["number"])
        if request.query_params.get("Signature") != guid(job_id, number):
            return _error(403, "forbidden", "The signature is wrong or has expired.")
        return json_response(self._adherence[job_id].answers[number])

    @staticmethod
    def _known(given: str, known: list[str]) -> str:
        if given not in known:
            raise BadInputError(f"there is no '{given}'")
        return given


async def _asked(request: Request) -> dict[str, Any]:
    try:
        asked: dict[str, Any] = orjson.loads(await request.body() or b"{}")
    except orjson.JSONDecodeError as error:
        raise BadInputError("the body is not JSON") from error
    return asked


def _stretch(asked: Mapping[str, Any]) -> tuple[int, int]:
    return (
        parse_instant(str(asked.get("startDate", "")), "startDate"),
        parse_instant(str(asked.get("endDate", "")), "endDate"),
    )


def _listed(request: Request, rows: list[dict[str, Any]]) -> Response:
    """One page of a list, by number."""
    size = parse_size(request, "pageSize", 25, LIST_MAX)
    number = int(request.query_params.get("pageNumber", "1"))
    return json_response(
        {
            "entities": rows[(number - 1) * size : number * size],
            "pageSize": size,
            "pageNumber": number,
            "total": len(rows),
            "pageCount": -(-len(rows) // size),
        }
    )


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(400, "bad.request", str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _error(404, "not.found", "The requested resource was not found.")
