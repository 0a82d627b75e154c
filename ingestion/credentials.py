"""Does each source's credential open its door? One cheap call a source, no retries.

In: names of sources. Out: what is wrong with each, in the words of the landing itself: the source,
the variable, and the vendor's page that explains it. `python -m ingestion check` asks
this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from importlib import import_module

from ingestion.errors import (
    IngestionError,
    SettingInvalid,
    UnexpectedResponse,
    UnknownSource,
    as_ingestion_error,
)
from ingestion.file_drop.mapping import load_mapping
from ingestion.pipelines import SOURCES, VENDORS
from ingestion.privacy import pseudonymiser
from ingestion.rest import Endpoint, VendorClient
from ingestion.settings import VENDOR_PAGES, known_secrets, start_date, variable
from ingestion.sources import files

RESOURCE = "credentials"
NO_DATE = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC
# The settings that the address of the call is made of, where it is more than the base address.
_ADDRESSES = {"twilio": ("account_sid", "workspace_sid")}


def check(names: Iterable[str]) -> Iterator[tuple[str, IngestionError | None]]:
    """Try each source.

    Args:
        names: Some of `pipelines.SOURCES`.

    Yields:
        The source, and what is wrong with it; None when its credential is accepted. A file drop
        has no credential: its mapping and its folder are tried.
    """
    for name in names:
        try:
            _try(name)
        except IngestionError as error:
            yield name, error
        except Exception as error:
            yield name, as_ingestion_error(error, name, known_secrets())
        else:
            yield name, None


def _try(name: str) -> None:
    if name == "files":
        load_mapping(files.mapping_path())
        files.data_folder()
        return
    if name not in VENDORS:
        raise UnknownSource(name, SOURCES)
    pseudonymiser(name)
    start_date(name, NO_DATE)  # a landing would stumble over a wrong one
    try:
        import_module(f"ingestion.sources.{name}").probe(_hasty_client)
    except UnexpectedResponse as error:
        if error.status != 404:
            raise
        names = " or ".join(variable(name, s) for s in _ADDRESSES.get(name, ("base_url",)))
        raise SettingInvalid(name, names, "leads nowhere (404)", VENDOR_PAGES[name]) from None


def _hasty_client(endpoint: Endpoint) -> VendorClient:
    return VendorClient(endpoint, RESOURCE, is_patient=False)
