"""Expectations on what landed from Typeform: answers on known scales, tied to a contact."""

from __future__ import annotations

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common

_TABLE = suite("raw_typeform", "blocking")
_HORIZON = common.horizon("typeform")


def _forms() -> Table:
    forms = _TABLE("typeform.forms")
    common.snapshot(forms, "id")
    return forms


def _answers() -> Table:
    answers = _TABLE("typeform.answers")
    common.feed(answers, "response_id", "field_id", "submitted_at")
    answers.not_null("form_id", "field_ref")
    answers.past("submitted_at", _HORIZON)
    answers.in_order("landed_at", "submitted_at")
    answers.pseudonyms("hidden_customer_key")
    answers.pattern("field_ref", "[a-z]+[0-9]*_[0-9]+", "alerting")
    answers.one_of("hidden_survey_type", ("transactional", "relationship"), "alerting")
    answers.rule(
        "answers_lie_on_their_scale",
        ["field_ref", "number_value"],
        "number_value < 0 or (field_ref like '%\\_11' escape '\\' and number_value > 10)"
        " or (field_ref not like '%\\_11' escape '\\'"
        " and number_value > try_cast(split_part(field_ref, '_', 2) as integer))",
        "A score lies on the scale its field names (`nps_11`: 0 to 10, `csat_5`: 1 to 5).",
        severity="alerting",
        max_share=0.01,
    )
    answers.rule(
        "answers_have_a_value",
        ["number_value", "boolean_value"],
        "number_value is null and boolean_value is null",
        "Every answer kept is a number or a yes/no; free text is dropped at landing.",
        severity="alerting",
    )
    answers.rule(
        "contact_reference_is_well_formed",
        ["hidden_contact_id"],
        "not regexp_full_match(hidden_contact_id, '(twilio:[A-Z]{2}[0-9a-f]{32}|zendesk:[0-9]+)')",
        "`hidden_contact_id` names a Twilio task or a Zendesk ticket, else the answer hangs on"
        " no contact.",
        severity="alerting",
    )
    answers.refers_to("form_id", "typeform.forms", "id")
    return answers


def _watermarks() -> Table:
    watermarks = _TABLE("typeform.watermarks")
    common.watermarks(watermarks)
    return watermarks


def checks() -> list[CheckSpec]:
    """All checks of dataset `typeform`."""
    tables = (_forms(), _answers(), _watermarks())
    return [check for table in tables for check in table.checks]
