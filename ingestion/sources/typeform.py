"""Typeform: surveys and the answers customers gave.

    forms                  ─▶ forms     landed when the list changes
    forms/{id}/responses   ─▶ answers   one row an answer, by time of submission

Typeform may show a response half an hour late, so each run reads the last hour again and leaves
out what it knows; a stretch with more responses than fit on a page is cut smaller. Free text is
dropped: only numbers, choices of yes and no, and the hidden fields that tie an answer to a
contact are read, the customer's address as a pseudonym.

Source of the rules: typeform.com/developers, Retrieve forms and Retrieve responses.
Run alone: `python -m ingestion land typeform`
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import dlt
from dlt.extract import DltSource
from dlt.sources.helpers.rest_client.auth import BearerTokenAuth
from dlt.sources.helpers.rest_client.paginators import PageNumberPaginator, SinglePagePaginator

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.errors import UnexpectedResponse
from ingestion.privacy import email_key
from ingestion.recent import Recent, State, from_epoch, second_of, to_epoch
from ingestion.resources import landing
from ingestion.rest import ClientOf, Endpoint, Page, VendorClient
from ingestion.runs import LandingRun
from ingestion.windows import fit, page_total

NAME: Final = "typeform"
API: Final = "https://api.typeform.com"
FIRST_DAY: Final = datetime(2012, 1, 1)  # noqa: DTZ001 - naive UTC; before Typeform's launch
FORMS_PAGE: Final = 200
RESPONSES_PAGE: Final = 1000
OVERLAP: Final = timedelta(hours=1)
ATTEMPTS: Final = 3

FORMS = Table(
    "forms",
    (
        Column("id", required=True),
        Column("title", required=True),
        Column("language", path=("settings", "language")),
        Column("last_updated_at", "timestamp", format="iso"),
        Column("created_at", "timestamp", format="iso"),
    ),
    description="Surveys; the whole list at each landing.",
)

ANSWERS = Table(
    "answers",
    (
        Column("response_id", required=True),
        Column("form_id", required=True),
        Column("landed_at", "timestamp", format="iso", required=True),
        Column("submitted_at", "timestamp", format="iso", required=True),
        Column("field_id"),
        Column("field_ref"),
        Column("field_type"),
        Column("number_value", "double"),
        Column("boolean_value", "bool"),
        Column("hidden_survey_type"),
        Column("hidden_contact_id"),
        Column("hidden_channel"),
        Column("hidden_customer_key"),
    ),
    key=("response_id", "field_id"),
    description="One row an answer; field_ref is the scale's code.",
    person={"response_id": "response", "hidden_customer_key": "key"},
)

TABLES: Final = (FORMS, ANSWERS)

# Answers that are a number or a yes or no; the others are free text, files or choices by label.
_KEPT_TYPES: Final = frozenset({"number", "boolean"})


def source(run: LandingRun) -> DltSource:
    """All tables of Typeform. Credentials and network are only needed to extract it."""
    one = partial(landing, connect=_connect, run=run)

    @dlt.source(name=NAME)
    def typeform() -> Any:
        return [one(FORMS, _forms, is_snapshot=True), one(ANSWERS, _answers)]

    return typeform()


def probe(client_of: ClientOf) -> None:
    """One cheap call that needs the credential."""
    client_of(_connect()).get("/forms", {"page_size": 1})


def _connect() -> Endpoint:
    address = settings.base_url(NAME, default=API)
    (token,) = settings.required(NAME, "access_token")
    return Endpoint(NAME, address, BearerTokenAuth(token), ("access_token",))


def _forms(client: VendorClient, state: State) -> Iterator[list[Any]]:
    del state
    yield from client.pages(
        "/forms",
        member="items",
        params={"page_size": FORMS_PAGE},
        paginator=PageNumberPaginator(base_page=1, page_param="page", total_path="page_count"),
    )


def _answers(client: VendorClient, state: State) -> Iterator[list[Row]]:
    forms: State = state.setdefault("forms", {})
    for form_id in [str(form["id"]) for page in _forms(client, state) for form in page]:
        until = to_epoch(client.now) if client.now is not None else 0
        yield from _responses(client, forms.setdefault(form_id, {}), form_id, until)


def _responses(client: VendorClient, state: State, form_id: str, until: int) -> Iterator[list[Row]]:
    recent, total = Recent(state), page_total("total_items")
    overlap = int(OVERLAP.total_seconds())
    if "until" in state:
        since = state["until"] - overlap
    else:
        since = to_epoch(settings.start_date(NAME, FIRST_DAY))

    path = f"/forms/{form_id}/responses"
    most = 0  # answers of the whole stretch, which its first page counts
    before: set[str] = set()  # answers of the last page taken

    def ask(first: int, last: int) -> Iterator[Page]:
        """One page; it is asked for again when it lacks what it counts, or is one of before."""
        nonlocal most
        for _ in range(ATTEMPTS):
            (page,) = one_page(first, last)
            most = max(most, total(page))
            tokens = {response["token"] for response in page}
            if len(page) >= min(total(page), RESPONSES_PAGE) and not (tokens and tokens <= before):
                yield page
                return
        raise unexpected(f"{len(page)} answers of {total(page)}, or those of a page before")

    def one_page(first: int, last: int) -> Iterator[Page]:
        return client.pages(
            path,
            member="items",
            params={
                "since": _iso(first),
                "until": _iso(last - 1),  # inclusive, to the second
                "page_size": RESPONSES_PAGE,
            },
            paginator=SinglePagePaginator(),
        )

    def unexpected(what: str) -> UnexpectedResponse:
        return UnexpectedResponse(
            NAME, client.resource, f"{client.endpoint.base_url}{path}", f"{what}, {ATTEMPTS} times"
        )

    for _ in range(ATTEMPTS):  # an empty page of before is only seen by what is missing in the end
        before, read = set(), 0
        for page in fit(client, since, until + 1, cap=RESPONSES_PAGE, ask=ask, total=total):
            fresh = recent.fresh(
                page,
                key=lambda r: r["token"],
                at=lambda r: second_of(r["submitted_at"]),
            )
            yield [row for response in fresh for row in _rows(response, form_id)]
            recent.forget_before(until - overlap)
            before = {response["token"] for response in page}
            read += len(before)
        if read >= most:
            break
    else:
        raise unexpected(f"{read} answers of {most}")
    state["until"] = until


def _iso(seconds: int) -> str:
    return from_epoch(seconds).isoformat() + "Z"


def _rows(response: Mapping[str, Any], form_id: str) -> Iterator[Row]:
    hidden = response.get("hidden") or {}
    for answer in response.get("answers") or ():
        if answer.get("type") not in _KEPT_TYPES:
            continue
        asked = answer.get("field") or {}
        yield {
            **response,
            "response_id": response["token"],
            "form_id": form_id,
            "landed_at": response["landed_at"],
            "submitted_at": response["submitted_at"],
            "field_id": asked.get("id"),
            "field_ref": asked.get("ref"),
            "field_type": asked.get("type"),
            "number_value": answer.get("number"),
            "boolean_value": answer.get("boolean"),
            "hidden_survey_type": hidden.get("survey_type"),
            "hidden_contact_id": hidden.get("contact_id"),
            "hidden_channel": hidden.get("channel"),
            "hidden_customer_key": email_key(hidden.get("customer_email")),
        }
