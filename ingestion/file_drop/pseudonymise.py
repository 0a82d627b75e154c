"""Replaces what identifies a person, before rows leave the reader.

In: an Arrow batch in a mapping's column names. Out: the same batch with keyed pseudonyms where
the entity's columns say so (`ingestion.file_drop.vocabulary.Personal`).

E-mail addresses and phone numbers give the same pseudonym in every system, so that a person
matches across them. A plain customer id is scoped by the entry's namespace first: customer 1001
of one system is not customer 1001 of another.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc

from ingestion.file_drop.entities import FREE_TEXT_FIELDS, PERSONAL_FIELDS
from ingestion.file_drop.mapping import Entry
from ingestion.file_drop.vocabulary import Personal
from ingestion.privacy import DEFAULT_REGION, WITHHELD, Pseudonymiser

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_INTERNATIONAL = re.compile(r"(\+|00)[\d ()./-]{6,}")
_NATIONAL = re.compile(r"0[\d ()./-]{5,}")

Hide = Callable[[str], str | None]


def needs_key(entry: Entry) -> bool:
    """Whether the entry maps a column that can hold personal data."""
    return any(entry.kind.column(name).personal is not Personal.NO for name in entry.columns)


class Hider:
    """Hides the personal columns of one entry's rows."""

    def __init__(self, entry: Entry, pseudonymiser: Pseudonymiser | None) -> None:
        """Prepare.

        Args:
            entry: Says what its customer column holds and in which namespace.
            pseudonymiser: Needed when `needs_key(entry)`.
        """
        self._entry = entry
        self._namespace = entry.customer_namespace or entry.dataset
        self._columns = {
            column.name: column.personal
            for column in entry.kind.columns
            if column.name in entry.columns and column.personal is not Personal.NO
        }
        if self._columns and pseudonymiser is None:
            raise ValueError("an entry with personal columns needs a pseudonymiser")
        self._pseudonymiser = pseudonymiser

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """Return the batch with pseudonyms in place of personal values."""
        for name, personal in self._columns.items():
            index = batch.schema.get_field_index(name)
            hidden = self._hide(batch, batch.column(index), personal)
            batch = batch.set_column(index, batch.schema.field(index), hidden)
        return batch

    def customer(self, value: str) -> str | None:
        """Pseudonym of a customer's e-mail address, phone number or id; None when withheld."""
        text = value.strip()
        kind = self._entry.customer_kind
        if text.lower() in WITHHELD:
            return None
        keyed = self._keyed
        if kind == "email" or (kind == "auto" and _EMAIL.fullmatch(text)):
            return keyed.email(text)
        if kind == "phone" or (kind == "auto" and _is_phone(text)):
            return keyed.phone(text)
        return keyed.digest(f"{self._namespace}:{text}")

    def contact_data(self, value: str) -> str | None:
        """The value, or its pseudonym where it is an e-mail address or a phone number."""
        text = value.strip()
        if _EMAIL.fullmatch(text):
            return self._keyed.email(text)
        if _INTERNATIONAL.fullmatch(text):
            return self._keyed.phone(text)
        return value

    def free_text(self, value: str) -> str | None:
        """A pseudonym of a whole text."""
        return self._keyed.digest(f"text:{value}")

    @property
    def _keyed(self) -> Pseudonymiser:
        if self._pseudonymiser is None:
            raise ValueError("no pseudonymiser")
        return self._pseudonymiser

    def _hide(self, batch: pa.RecordBatch, values: pa.Array, personal: Personal) -> pa.Array:
        if personal is Personal.CUSTOMER:
            return _each(values, self.customer)
        if personal is Personal.FREE_TEXT:
            return _each(values, self.free_text)
        hidden = _each(values, self.contact_data)
        if personal is Personal.CUSTOMER_AUTHOR:
            of_customer = pc.equal(batch.column("author_role"), "customer")
            return pc.if_else(of_customer, _each(values, self.customer), hidden)
        if personal is Personal.CHANGED_VALUE:
            field = pc.utf8_lower(batch.column("field"))
            names_person = pc.is_in(field, pa.array(PERSONAL_FIELDS))
            is_text = pc.is_in(field, pa.array(FREE_TEXT_FIELDS))
            hidden = pc.if_else(names_person, _each(values, self.customer), hidden)
            return pc.if_else(is_text, _each(values, self.free_text), hidden)
        return hidden


def _is_phone(text: str) -> bool:
    """International by its prefix; national only where it is a valid number, since ids start
    with a zero too."""
    if _INTERNATIONAL.fullmatch(text):
        return True
    if not _NATIONAL.fullmatch(text):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, DEFAULT_REGION))
    except phonenumbers.NumberParseException:
        return False


def _each(values: pa.Array, hide: Hide) -> pa.Array:
    """Apply to every distinct value once."""
    encoded = values.dictionary_encode()
    replaced = pa.array(
        [None if v is None else hide(v) for v in encoded.dictionary.to_pylist()], pa.string()
    )
    return replaced.take(encoded.indices)
