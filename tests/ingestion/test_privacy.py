"""Pseudonyms: one person, one pseudonym, whoever writes the address and however."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from ingestion.errors import CredentialMissing, SettingInvalid
from ingestion.privacy import email_key, person_key, phone_key

KEY = "a key of enough length"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", KEY)


def test_a_pseudonym_is_the_head_of_a_keyed_hash_of_the_normalised_value() -> None:
    expected = hmac.new(KEY.encode(), b"anna@example.org", hashlib.sha256).hexdigest()[:32]
    assert email_key("anna@example.org") == expected


@pytest.mark.parametrize("written", [" Anna@Example.org", "ANNA@EXAMPLE.ORG ", "anna@example.org"])
def test_an_address_has_one_pseudonym_however_it_is_written(written: str) -> None:
    assert email_key(written) == email_key("anna@example.org")
    assert person_key(written) == email_key("anna@example.org")


@pytest.mark.parametrize(
    "written", ["040 123 4567", "040-1234567", "+358 40 1234567", "00358401234567", "+358401234567"]
)
def test_a_number_has_one_pseudonym_however_it_is_written(written: str) -> None:
    assert phone_key(written) == phone_key("+358401234567")
    assert person_key(written) == phone_key("+358401234567")


@pytest.mark.parametrize(
    "withheld", [None, "", "  ", "anonymous", "Anonymous", "+266696687", "266696687", "Restricted"]
)
def test_a_withheld_number_is_nobody(withheld: str | None) -> None:
    assert phone_key(withheld) is None
    assert person_key(withheld) is None


def test_a_foreign_number_keeps_its_country() -> None:
    assert phone_key("+46 70 123 45 67") == phone_key("+46701234567")
    assert phone_key("+46701234567") != phone_key("+358701234567")


def test_a_customer_number_of_an_export_is_pseudonymised_as_text() -> None:
    assert person_key(" C-1001 ") == person_key("c-1001")
    assert person_key("c-1001") != person_key("c-1002")


def test_another_key_gives_other_pseudonyms(monkeypatch: pytest.MonkeyPatch) -> None:
    before = email_key("anna@example.org")
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "another key of length")
    assert email_key("anna@example.org") != before


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KONTAKTI_PSEUDONYM_KEY")
    with pytest.raises(CredentialMissing, match="KONTAKTI_PSEUDONYM_KEY"):
        email_key("anna@example.org")


def test_a_short_key_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KONTAKTI_PSEUDONYM_KEY", "hunter2")
    with pytest.raises(SettingInvalid, match="at least 16") as caught:
        email_key("anna@example.org")
    assert "hunter2" not in str(caught.value)
