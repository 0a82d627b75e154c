"""Typeform over HTTP: forms and their responses, Bearer auth, about two requests a second.

Facts from the vendor's public documentation. Responses come newest first; `before=<token>` goes
on towards the past and `after=<token>` towards the present (oldest of those first). `since` and
`until` include their instant. A page holds at most 1,000 responses.

The world's answers name the survey they belong to: a transactional survey has one form a
language, a relationship survey one form in all. Title, language and questions are read off the
answers. A question's `ref` is the scale code (`csat_5`, `nps_11`, `fcr_2`).

Inputs: a World and a clock. Output: an ASGI app. Runs within `python -m sandbox serve`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import TYPEFORM_ACCESS_TOKEN
from sandbox.vendors.gate import Doorman
from sandbox.vendors.limits import Limit
from sandbox.vendors.timeline import window
from sandbox.vendors.twilio_events import sid
from sandbox.vendors.wire import (
    BadInputError,
    Clock,
    absolute_url,
    iso,
    json_response,
    parse_instant,
    parse_size,
)
from sandbox.world.records import LIVE_CHANNELS, SurveyAnswer, World

PAGE_SIZE = 25
PAGE_SIZE_MAX = 1000
FORMS_PAGE_SIZE = 10
FORMS_PAGE_SIZE_MAX = 200
ACCOUNT_LIMIT = Limit("account", 2, 1.0)
_FORM_AGE_SECONDS = 200 * 86_400
_SECONDS_TO_ANSWER = 45
_QUESTION_TYPES = {"nps_11": "nps", "fcr_2": "yes_no"}


def _error(status: int, code: str, description: str) -> Response:
    return json_response({"code": code, "description": description}, status)


class TypeformDoorman(Doorman):
    """Bearer token; two requests a second an account."""

    vendor = "typeform"
    default_column = "submitted_at"

    def refuse(self, headers: Headers, path: str) -> Response | None:
        """Compare the token with the sandbox's."""
        del path
        right = headers.get("authorization") == f"Bearer {TYPEFORM_ACCESS_TOKEN}"
        return None if right else self.unauthorized()

    def unauthorized(self) -> Response:
        """Return code AUTHENTICATION_FAILED."""
        return _error(401, "AUTHENTICATION_FAILED", "Invalid credentials found in the request")

    def limits(self, method: str, path: str) -> list[Limit]:
        """Return the one limit of the account."""
        del method, path
        return [ACCOUNT_LIMIT]

    def too_many(self, limit: Limit | None, wait_seconds: float | None) -> Response:
        """Return 429; only a fault on demand says how long to wait."""
        response = _error(429, "TOO_MANY_REQUESTS", "Request rate limit exceeded")
        if limit is None and wait_seconds is not None:
            response.headers["Retry-After"] = str(ceil(wait_seconds))
        return response

    def failure(self, status: int) -> Response:
        """Return an internal error."""
        return _error(status, "INTERNAL_SERVER_ERROR", "Something went wrong")


@dataclass(frozen=True)
class Form:
    """A form and the answers to it, oldest first."""

    form_id: str
    title: str
    language: str
    refs: list[str]
    answers: list[SurveyAnswer]
    times: list[int]
    place_by_token: dict[str, int]


class TypeformApi:
    """The handlers."""

    def __init__(self, world: World, clock: Clock) -> None:
        self.clock = clock
        self._created_at = world.starts_at - _FORM_AGE_SECONDS
        self._contacts = {contact.contact_no: contact for contact in world.contacts}
        self._customers = {customer.customer_no: customer for customer in world.customers}
        self._tickets = {case.contact_no: case.ticket_id for case in world.cases}
        self.forms_by_id = {form.form_id: form for form in self._read_forms(world)}

    def _read_forms(self, world: World) -> list[Form]:
        answers: dict[str, list[SurveyAnswer]] = {}
        for answer in world.survey_answers:
            if answer.vendor == "typeform" and answer.form_id is not None:
                answers.setdefault(self._form_id(answer), []).append(answer)
        return [self._form(form_id, answers[form_id]) for form_id in sorted(answers)]

    def _form_id(self, answer: SurveyAnswer) -> str:
        # After a contact people are asked in its language, so each language has its own form.
        if answer.survey_type == "transactional":
            return f"{answer.form_id}{self._language(answer)}"
        return answer.form_id or ""

    def _form(self, form_id: str, answers: list[SurveyAnswer]) -> Form:
        ordered = sorted(answers, key=lambda answer: (answer.answered_at, answer.response_no))
        kind = ordered[0].survey_type
        language = self._language(ordered[0]) if kind == "transactional" else "en"
        return Form(
            form_id=form_id,
            title=f"{kind.title()} survey ({language})",
            language=language,
            refs=sorted({scale for answer in ordered for scale in answer.scores}),
            answers=ordered,
            times=[answer.answered_at for answer in ordered],
            place_by_token={answer.native_id: place for place, answer in enumerate(ordered)},
        )

    def _language(self, answer: SurveyAnswer) -> str:
        if answer.contact_no is not None:
            return self._contacts[answer.contact_no].language
        return self._customers[answer.customer_no].language

    def app(self) -> Starlette:
        """Return the routes."""
        return Starlette(
            routes=[
                Route("/forms", self.forms, methods=["GET"]),
                Route("/forms/{form_id}", self.form, methods=["GET"]),
                Route("/forms/{form_id}/responses", self.responses, methods=["GET"]),
            ],
            exception_handlers={BadInputError: _bad_request, 404: _not_found},
        )

    async def forms(self, request: Request) -> Response:
        """Serve the forms by page number."""
        size = parse_size(request, "page_size", FORMS_PAGE_SIZE, FORMS_PAGE_SIZE_MAX)
        page = parse_size(request, "page", 1, 1_000_000)
        forms = list(self.forms_by_id.values())
        items = [
            {
                "id": form.form_id,
                "type": "quiz",
                "title": form.title,
                "created_at": self._stamp(),
                "last_updated_at": self._stamp(),
                "settings": {
                    "is_public": True,
                    "is_trial": False,
                    "language": form.language,
                },
                "self": {"href": absolute_url(request, f"/forms/{form.form_id}")},
                "theme": {"href": absolute_url(request, "/themes/default")},
                "_links": {"display": f"https://kontakti.example/to/{form.form_id}"},
            }
            for form in forms[(page - 1) * size : page * size]
        ]
        body = {
            "total_items": len(forms),
            "page_count": ceil(len(forms) / size),
            "items": items,
        }
        return json_response(body)

    def _stamp(self) -> str:
        return iso(self._created_at)

    async def form(self, request: Request) -> Response:
        """Serve one form with its questions."""
        form = self.forms_by_id.get(request.path_params["form_id"])
        if form is None:
            return await _not_found(request, LookupError())
        body = {
            "id": form.form_id,
            "type": "quiz",
            "title": form.title,
            "created_at": self._stamp(),
            "last_updated_at": self._stamp(),
            "settings": {"language": form.language, "is_public": True},
            "hidden": ["survey_type", "contact_id", "channel", "customer_email"],
            "fields": [
                {
                    "id": _field_id(form, ref),
                    "ref": ref,
                    "title": ref,
                    "type": _QUESTION_TYPES.get(ref, "opinion_scale"),
                    "validations": {"required": False},
                }
                for ref in form.refs
            ]
            + [
                {
                    "id": _field_id(form, "comment"),
                    "ref": "comment",
                    "title": "comment",
                    "type": "long_text",
                    "validations": {"required": False},
                }
            ],
            "_links": {"display": f"https://kontakti.example/to/{form.form_id}"},
        }
        return json_response(body)

    async def responses(self, request: Request) -> Response:
        """Serve a form's submitted responses."""
        form = self.forms_by_id.get(request.path_params["form_id"])
        if form is None:
            return await _not_found(request, LookupError())
        params = request.query_params
        if "before" in params and "after" in params:
            raise BadInputError("before: not together with after")
        size = parse_size(request, "page_size", PAGE_SIZE, PAGE_SIZE_MAX)
        since = parse_instant(params["since"], "since") if "since" in params else None
        until = self.clock.now()
        if "until" in params:
            until = min(until, parse_instant(params["until"], "until"))
        low, high = window(form.times, since, until)
        if "after" in params:
            low = max(low, _place(form, params["after"], "after") + 1)
            places = list(range(low, min(low + size, high)))
        else:
            if "before" in params:
                high = min(high, _place(form, params["before"], "before"))
            places = list(range(high - 1, max(low, high - size) - 1, -1))
        total = max(0, high - low)
        body = {
            "total_items": total,
            "page_count": ceil(total / size),
            "items": [self._response(form, form.answers[place]) for place in places],
        }
        return json_response(body)

    def _response(self, form: Form, answer: SurveyAnswer) -> dict[str, Any]:
        return {
            "landing_id": answer.native_id,
            "token": answer.native_id,
            "response_id": answer.native_id,
            "response_type": "completed",
            "landed_at": iso(answer.answered_at - _SECONDS_TO_ANSWER),
            "submitted_at": iso(answer.answered_at),
            "metadata": {
                "user_agent": "Mozilla/5.0",
                "platform": "mobile",
                "referer": f"https://kontakti.example/to/{form.form_id}",
                "network_id": "",
                "browser": "touch",
            },
            "hidden": self._hidden(answer),
            "calculated": {"score": 0},
            "answers": [_answer(form, ref, score) for ref, score in answer.scores.items()]
            + ([_comment(form, answer.comment)] if answer.comment else []),
        }

    def _hidden(self, answer: SurveyAnswer) -> dict[str, str]:
        hidden = {
            "survey_type": answer.survey_type,
            "customer_email": self._customers[answer.customer_no].email,
        }
        if answer.contact_no is None:
            return hidden
        contact = self._contacts[answer.contact_no]
        hidden["channel"] = contact.channel
        if not contact.is_identified:
            del hidden["customer_email"]  # the invitation went to the call, not to a person
        if contact.channel in LIVE_CHANNELS:
            hidden["contact_id"] = f"twilio:{contact.task_sid or contact.call_sid}"
        else:
            hidden["contact_id"] = f"zendesk:{self._tickets[contact.contact_no]}"
        return hidden


def _field_id(form: Form, ref: str) -> str:
    return sid("", form.form_id, ref)[:12]


def _answer(form: Form, ref: str, score: int) -> dict[str, Any]:
    kind = _QUESTION_TYPES.get(ref, "opinion_scale")
    field = {"id": _field_id(form, ref), "type": kind, "ref": ref}
    if kind == "yes_no":
        return {"field": field, "type": "boolean", "boolean": bool(score)}
    return {"field": field, "type": "number", "number": score}


def _comment(form: Form, text: str) -> dict[str, Any]:
    field = {"id": _field_id(form, "comment"), "type": "long_text", "ref": "comment"}
    return {"field": field, "type": "text", "text": text}


def _place(form: Form, token: str, parameter: str) -> int:
    if token not in form.place_by_token:
        raise BadInputError(f"{parameter}: '{token}' is not a response of this form")
    return form.place_by_token[token]


async def _bad_request(request: Request, error: Exception) -> Response:
    del request
    return _error(400, "VALIDATION_ERROR", str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    del request, error
    return _error(404, "FORM_NOT_FOUND", "The form does not exist")
