"""Errors: one line that says where, what, and what to do, and never a secret."""

from __future__ import annotations

import pytest

from ingestion.errors import (
    CredentialMissing,
    CredentialRejected,
    IngestionError,
    LandingFailed,
    VendorUnreachable,
    as_ingestion_error,
    redact,
    safe_origin,
    safe_path,
)


class _StepError(Exception):
    """Shaped as dlt's PipelineStepFailed: the cause hangs on an attribute."""

    def __init__(self, step: str, exception: BaseException) -> None:
        super().__init__("a long text of many lines\n\nwith the query ?token=s3cret in it")
        self.step = step
        self.exception = exception


def test_a_path_in_a_message_has_no_query_and_no_host() -> None:
    assert safe_path("https://me:pw@api.example.org/v1/Events?token=s3cret#x") == "/v1/Events"


def test_an_origin_in_a_message_has_no_user_info() -> None:
    assert safe_origin("https://me:pw@api.example.org:8443/v1") == "https://api.example.org:8443"


def test_a_known_secret_is_masked_and_the_text_is_one_line() -> None:
    assert redact("a s3cret\n and s3cret", ["s3cret", None, ""]) == "a *** and ***"


@pytest.mark.parametrize(
    "error",
    [
        CredentialMissing("zendesk", ["SOURCES__ZENDESK__EMAIL"], "see the page"),
        CredentialRejected(
            "hubspot",
            "contacts",
            "https://api.hubapi.com/crm?x=s3cret",
            status=401,
            variables=["SOURCES__HUBSPOT__ACCESS_TOKEN"],
            vendor_page="see the page",
        ),
        VendorUnreachable(
            "twilio",
            "events",
            "https://taskrouter.twilio.com/v1?x=s3cret",
            cause="no connection",
            variable="SOURCES__TWILIO__TASKROUTER_BASE_URL",
        ),
    ],
)
def test_every_error_is_one_line_that_names_source_and_setting(error: IngestionError) -> None:
    text = str(error)
    assert text.startswith(error.where + ": ")
    assert "SOURCES__" in text
    assert "\n" not in text
    assert "s3cret" not in text


def test_the_clear_error_is_found_inside_what_dlt_wrapped_around_it() -> None:
    clear = CredentialMissing("zendesk", ["SOURCES__ZENDESK__EMAIL"], "see the page")
    wrapper = RuntimeError("generator failed")
    wrapper.__cause__ = clear
    assert as_ingestion_error(_StepError("extract", wrapper), "zendesk") is clear


def test_an_unforeseen_error_becomes_one_redacted_line_with_step_and_kind() -> None:
    wrapped = _StepError("normalize", KeyError("Bearer s3cret\nmore"))
    error = as_ingestion_error(wrapped, "zendesk", ["s3cret"])
    assert isinstance(error, LandingFailed)
    assert str(error).startswith("zendesk: landing failed in step normalize: KeyError: ")
    assert "s3cret" not in str(error)
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    "quoted",
    ["'Aino Uusi'", '"Aino Uusi, born 1980"', "aino.uusi@example.org", "+358 40 765 4321",
     "https://x.example/?who=aino@example.org", "358407654321"],
)  # fmt: skip
def test_an_unforeseen_error_says_nothing_of_the_value_it_stumbled_over(quoted: str) -> None:
    cause = ValueError(f"Could not convert {quoted} with type str: column phone_key of 'contacts'")
    said = str(as_ingestion_error(_StepError("extract", cause), "hubspot"))
    assert not [word for word in ("Aino", "aino", "4321", "1980") if word in said]
    assert "Could not convert" in said
    assert "column phone_key of 'contacts'" in said
