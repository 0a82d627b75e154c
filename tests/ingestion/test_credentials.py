"""A credential is tried with one call, and a wrong one is named with variable and vendor's page."""

from __future__ import annotations

import pytest

from ingestion.credentials import check
from ingestion.errors import SettingInvalid
from ingestion.pipelines import SOURCES, VENDORS
from ingestion.rest import Endpoint
from ingestion.settings import VENDOR_PAGES
from ingestion.sources import genesys_workforce
from sandbox.server import SandboxServer
from sandbox.vendors.faults import ALWAYS, Fault

SECRETS = {
    "zendesk": "API_TOKEN",
    "twilio": "AUTH_TOKEN",
    "hubspot": "ACCESS_TOKEN",
    "typeform": "ACCESS_TOKEN",
    "intercom": "ACCESS_TOKEN",
    "genesys": "CLIENT_SECRET",
    "mastodon": "ACCESS_TOKEN",
}


def test_right_credentials_cost_a_call_each(vendors: SandboxServer) -> None:
    assert dict(check(SOURCES)) == dict.fromkeys(SOURCES)
    assert {vendor: vendors.requests.total(vendor) for vendor in VENDORS} == {
        **dict.fromkeys(VENDORS, 1), "twilio": 2, "genesys": 2,
    }  # fmt: skip


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_wrong_one_names_source_variable_and_page_and_never_itself(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch, vendor: str
) -> None:
    variable = f"SOURCES__{vendor.upper()}__{SECRETS[vendor]}"
    monkeypatch.setenv(variable, "hunter2-hunter2")
    ((_, error),) = check([vendor])
    said = str(error)
    assert said.startswith(f"{vendor}.credentials: ")
    assert variable in said
    assert VENDOR_PAGES[vendor] in said
    assert "hunter2" not in said
    assert vendors.requests.total(vendor) == 1


def test_any_other_wrong_setting_is_named(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = [
        *((vendor, "START_DATE", "last year") for vendor in VENDORS),
        *((vendor, "BASE_URL", "example.org") for vendor in VENDORS),
        ("zendesk", "BASE_URL", f"{vendors.base_url}/zendesk/of-nobody"),
        ("twilio", "WORKSPACE_SID", "WS0"),
        ("genesys", "CLIENT_ID", "nobody"),
    ]
    for vendor, setting, value in wrong:
        variable = f"SOURCES__{vendor.upper()}__{setting}"
        with monkeypatch.context() as changed:
            changed.setenv(variable, value)
            ((_, error),) = check([vendor])
        assert variable in str(error)
        assert vendor == "zendesk" or "zendesk" not in str(error), "another vendor's example"


def test_the_host_of_downloads_is_tried_where_something_is_downloaded(
    vendors: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__GENESYS__ALSO", "adherence")
    assert dict(check(["genesys"])) == {"genesys": None}
    for wrong in ("http://127.0.0.1:1", "downloads"):
        with monkeypatch.context() as changed:
            changed.setenv("SOURCES__GENESYS__DOWNLOAD_URL", wrong)
            ((_, error),) = check(["genesys"])
            assert "SOURCES__GENESYS__DOWNLOAD_URL" in str(error)
            changed.setenv("SOURCES__GENESYS__ALSO", "activity_codes")
            assert dict(check(["genesys"])) == {"genesys": None}, "nothing to download"


def test_downloads_of_another_region_are_told_before_they_are_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api = Endpoint("genesys", "https://api.mypurecloud.ie", genesys_workforce.Unsigned(), ())
    monkeypatch.setenv("SOURCES__GENESYS__DOWNLOAD_URL", "https://api-downloads.mypurecloud.com")
    with pytest.raises(SettingInvalid, match="of another region") as told:
        genesys_workforce.try_downloads(api, lambda door: pytest.fail(door.base_url))
    assert "https://api-downloads.mypurecloud.ie" in str(told.value)


def test_a_vendor_that_is_down_is_told_at_once(vendors: SandboxServer, pauses: list[float]) -> None:
    vendors.faults.order(Fault("hubspot", "status_503", times=ALWAYS, retry_after=30.0))
    ((_, error),) = check(["hubspot"])
    assert "failed 1 times" in str(error)
    assert pauses == []
