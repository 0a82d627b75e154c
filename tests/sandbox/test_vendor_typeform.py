"""The emulated Typeform: forms by language, response pages, hidden fields and limits."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from sandbox.clock import FrozenClock
from sandbox.server import SandboxServer
from sandbox.vendors.wire import iso
from tests.sandbox.vendor_support import HOUR, NOON, Vendors, Wall, get, small_world, vendors


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def form_ids(v: Vendors) -> list[str]:
    return [row["id"] for row in get(v.typeform, "/forms", page_size=200)["items"]]


def responses(v: Vendors, form_id: str, **params: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while True:
        page = get(v.typeform, f"/forms/{form_id}/responses", **params)["items"]
        rows += page
        if not page:
            return rows
        params["before"] = page[-1]["token"]


def test_a_wrong_token_fails_authentication(v: Vendors) -> None:
    answer = v.anonymous.get("/typeform/forms", headers={"Authorization": "Bearer no"})
    assert (answer.status_code, answer.json()["code"]) == (401, "AUTHENTICATION_FAILED")


def test_each_language_has_its_transactional_form(v: Vendors) -> None:
    forms = get(v.typeform, "/forms")["items"]
    assert sorted(row["title"] for row in forms if row["title"].startswith("Trans")) == [
        f"Transactional survey ({language})" for language in ("en", "fi", "sv")
    ]
    full = get(v.typeform, f"/forms/{forms[0]['id']}")
    assert {"csat_5", "nps_11", "comment"} <= {field["ref"] for field in full["fields"]}


def test_pages_of_all_forms_cover_every_answer_of_the_clock(v: Vendors) -> None:
    rows = [row for form_id in form_ids(v) for row in responses(v, form_id, page_size=4)]
    wanted = {
        answer.native_id: answer
        for answer in v.world.survey_answers
        if answer.vendor == "typeform" and answer.answered_at <= NOON
    }
    assert wanted
    assert sorted(row["token"] for row in rows) == sorted(wanted)
    for row in rows:
        answer = wanted[row["token"]]
        scores = {
            given["field"]["ref"]: int(given[given["type"]])
            for given in row["answers"]
            if given["type"] != "text"
        }
        assert scores == answer.scores
        assert row["submitted_at"] == iso(answer.answered_at)


def test_responses_since_an_instant_are_the_newer_ones_only(v: Vendors) -> None:
    v.clock.advance(24 * HOUR)
    rows = [
        row
        for form_id in form_ids(v)
        for row in responses(v, form_id, since=iso(NOON + 1), page_size=1000)
    ]
    wanted = [
        answer
        for answer in v.world.survey_answers
        if answer.vendor == "typeform" and NOON < answer.answered_at <= NOON + 24 * HOUR
    ]
    assert wanted
    assert sorted(row["token"] for row in rows) == sorted(a.native_id for a in wanted)


def test_after_a_token_come_the_next_newer_responses_oldest_first(v: Vendors) -> None:
    form_id = max(form_ids(v), key=lambda name: len(responses(v, name, page_size=1000)))
    newest_first = [row["token"] for row in responses(v, form_id, page_size=1000)]
    oldest_first = newest_first[::-1]
    url = f"/forms/{form_id}/responses"
    page = get(v.typeform, url, after=oldest_first[0], page_size=3)["items"]
    assert [row["token"] for row in page] == oldest_first[1:4]


def test_hidden_fields_tie_a_response_to_its_contact(v: Vendors) -> None:
    rows = {
        row["token"]: row["hidden"]
        for form_id in form_ids(v)
        for row in responses(v, form_id, page_size=1000)
    }
    contacts = {contact.contact_no: contact for contact in v.world.contacts}
    tickets = {case.contact_no: case.ticket_id for case in v.world.cases}
    for answer in v.world.survey_answers:
        if answer.native_id not in rows:
            continue
        hidden = rows[answer.native_id]
        assert hidden["survey_type"] == answer.survey_type
        if answer.contact_no is None:
            assert "contact_id" not in hidden
            continue
        contact = contacts[answer.contact_no]
        native = (
            f"twilio:{contact.task_sid}"
            if contact.task_sid
            else f"zendesk:{tickets[contact.contact_no]}"
        )
        assert hidden["contact_id"] == native
        assert "customer_email" in hidden


def test_a_survey_after_a_withheld_number_names_no_customer() -> None:
    world = deepcopy(small_world())
    answer = next(a for a in world.survey_answers if a.vendor == "typeform" and a.contact_no)
    next(c for c in world.contacts if c.contact_no == answer.contact_no).is_identified = False
    with SandboxServer(world, FrozenClock(NOON)) as server:
        v = Vendors(server, Wall())
        served = {
            row["token"]: row["hidden"]
            for form_id in form_ids(v)
            for row in responses(v, form_id, page_size=1000)
        }
        v.close()
    assert "customer_email" not in served[answer.native_id]
    assert sum("customer_email" in hidden for hidden in served.values()) == len(served) - 1


def test_an_unknown_form_is_not_found(v: Vendors) -> None:
    answer = v.typeform.get("/forms/none/responses")
    assert (answer.status_code, answer.json()["code"]) == (404, "FORM_NOT_FOUND")


def test_the_third_request_in_a_second_is_one_too_many() -> None:
    with vendors("vendor") as v:
        codes = [v.typeform.get("/forms").status_code for _ in range(3)]
        assert codes == [200, 200, 429]
        v.wall.seconds += 1
        assert v.typeform.get("/forms").status_code == 200
