"""Genesys Cloud's workforce management: published schedules of agents, and their adherence.

    managementunits, activitycodes          ─▶ small lists, landed when they change
    managementunits/{id}/agentschedules/search  ─▶ agent_schedules, a week at a time
    adherence/historical/bulk               ─▶ adherence, a row an agent and day

Schedules are edited before and after they were worked, and adherence is worked out anew for them:
each run reads the last `LOOK_BACK` again, and the weeks that are published ahead. What lands is a
whole week of a unit, or a day of it, when anything in it is other than before.

Adherence is asked for by a job; its answers lie at signed addresses on another host, and are
fetched without the token. Descriptions of activities are never read.

Source of the rules: the vendor's published SDK, and developer.genesys.cloud, Workforce management.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import requests
from dlt.common import json
from requests.auth import AuthBase

from ingestion import settings
from ingestion.columns import Column, Row, Table
from ingestion.errors import CredentialRejected, SettingInvalid, UnexpectedResponse, safe_origin
from ingestion.recent import State, from_epoch, second_of, to_epoch
from ingestion.rest import ClientOf, Endpoint, VendorClient
from ingestion.sources.genesys_api import NAME, finished, numbered, plain, unexpected

WFM: Final = "/api/v2/workforcemanagement"
UNITS: Final = f"{WFM}/managementunits"
BULK: Final = f"{WFM}/adherence/historical/bulk"
LOOK_BACK: Final = timedelta(days=30)
AHEAD: Final = timedelta(days=28)
SETTING: Final = "download_url"
ADHERENCE_STRETCH: Final = timedelta(days=28)  # a job may ask for 31 days


def _at(name: str, member: str, *, required: bool = False) -> Column:
    return Column(name, "timestamp", path=(member,), format="iso", required=required)


MANAGEMENT_UNITS = Table(
    "management_units",
    (
        Column("id", required=True),
        Column("name", required=True),
        Column("business_unit_id", path=("businessUnit", "id")),
        Column("timezone", path=("timeZone",)),
    ),
    description="Units that schedules are made for; the whole list at each landing.",
    on_request=True,
)

ACTIVITY_CODES = Table(
    "activity_codes",
    (
        Column("business_unit_id", required=True),
        Column("id", required=True),
        Column("name", required=True),
        Column("category", required=True),
        Column("is_active", "bool", path=("active",)),
        Column("is_paid", "bool", path=("countsAsPaidTime",)),
        Column("is_work", "bool", path=("countsAsWorkTime",)),
        Column("is_shrinkage", "bool", path=("countsTowardShrinkage",)),
    ),
    key=("business_unit_id", "id"),
    description="What shifts are made of; the whole list at each landing.",
    on_request=True,
)

AGENT_SCHEDULES = Table(
    "agent_schedules",
    (
        Column("management_unit_id", required=True),
        _at("week_start", "week_start", required=True),
        Column("user_id", path=("user", "id"), required=True),
        Column("shift_id"),
        _at("shift_start", "shift_start"),
        Column("shift_minutes", "int"),
        _at("activity_start", "startDate", required=True),
        Column("activity_minutes", "int", path=("lengthMinutes",)),
        Column("activity_code_id", path=("activityCodeId",), required=True),
        Column("is_paid", "bool", path=("paid",)),
        Column("is_full_day_off", "bool"),
        Column("is_edited", "bool", path=("manuallyEdited",)),
        Column("read_at", "timestamp"),
    ),
    key=("user_id", "activity_start", "activity_code_id"),
    description="One row an activity of a shift; a unit's week lands whole when it has changed,"
    " as one row of nobody when it is empty.",
    on_request=True,
)

ADHERENCE = Table(
    "adherence",
    (
        Column("management_unit_id", required=True),
        Column("user_id", path=("userId",), required=True),
        Column("day_start", "timestamp", required=True),
        Column("schedule_seconds", "int", path=("scheduleLengthSeconds",)),
        Column("actual_seconds", "int", path=("actualLengthSeconds",)),
        Column("adherence_schedule_seconds", "int", path=("adherenceScheduleSeconds",)),
        Column("exception_seconds", "int", path=("exceptionDurationSeconds",)),
        Column("exception_count", "int", path=("exceptionCount",)),
        Column("impact_seconds", "int", path=("impactSeconds",)),
        Column("conformance_schedule_seconds", "int", path=("conformanceScheduleSeconds",)),
        Column("conformance_actual_seconds", "int", path=("conformanceActualSeconds",)),
        Column("adherence_percentage", "double", path=("adherencePercentage",)),
        Column("conformance_percentage", "double", path=("conformancePercentage",)),
        Column("read_at", "timestamp"),
    ),
    key=("user_id", "day_start"),
    description="One row an agent and day, and version of it; newest by read_at.",
    on_request=True,
)

TABLES: Final = (MANAGEMENT_UNITS, ACTIVITY_CODES, AGENT_SCHEDULES, ADHERENCE)


# What lands of a week whose every shift was taken out: that it was read, and nobody has one.
_NOBODY: Final[dict[str, Any]] = {"user": {"id": None}, "startDate": None, "activityCodeId": None}


class Unsigned(AuthBase):
    """Leaves a request as it is: its address is signed, and the token is for the API alone."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add nothing."""
        return request


def units(client: VendorClient, state: State) -> Iterator[list[Row]]:
    """The management units."""
    del state
    yield from numbered(client, UNITS)


def activity_codes(client: VendorClient, state: State) -> Iterator[list[Row]]:
    """The codes of every business unit that a management unit belongs to."""
    del state
    for business in sorted({str(unit["businessUnit"]["id"]) for unit in _units(client)}):
        codes = client.get(f"{WFM}/businessunits/{business}/activitycodes")["entities"]
        client.watch(codes)
        yield [{**code, "business_unit_id": business} for code in codes]


def agent_schedules(client: VendorClient, state: State, *, start: datetime) -> Iterator[list[Row]]:
    """The shifts of each unit, week by week, and the days off."""
    known = _Known(state)
    for unit in _units(client):
        zone, now = _zone(unit), _now(client)
        monday = _midnight(_since(state, start, now), zone)
        monday -= timedelta(days=monday.weekday())
        while monday.astimezone(UTC) < now + AHEAD:
            following = _midnight(monday + timedelta(days=7), zone)
            asked = {"startDate": _iso(monday), "endDate": _iso(following)}
            answer = client.post(f"{UNITS}/{unit['id']}/agentschedules/search", body=asked)
            agents = _result(client, answer)["agentSchedules"]
            client.watch(agents)
            if known.is_new(f"{unit['id']} {asked['startDate']}", agents, until=following):
                common = {"management_unit_id": unit["id"], "week_start": asked["startDate"]}
                common |= {"read_at": _naive(now)}
                rows = [row for agent in agents for row in _activities(agent, common, zone)]
                yield rows or [_NOBODY | common]
            monday = following
    known.keep(client)


def adherence(client: VendorClient, state: State, *, start: datetime) -> Iterator[list[Row]]:
    """Every agent's days that are over, all units in one question."""
    known = _Known(state)
    found = _units(client)
    zones = {str(unit["id"]): _zone(unit) for unit in found}
    if not zones:
        return
    zone, now = next(iter(zones.values())), _now(client)
    since, today = _midnight(_since(state, start, now), zone), _midnight(now, zone)
    while since < today:
        until = min(_midnight(since + ADHERENCE_STRETCH, zone), today)
        for answer in _answers(client, list(zones), since, until, zone):
            unit, began = str(answer["managementUnitId"]), second_of(answer["startDate"])
            client.watch(answer["userResults"])
            by_day: dict[int, list[Row]] = {}
            for agent in answer["userResults"]:
                for day in agent["dayMetrics"]:
                    at = began + int(day["dayStartOffsetSeconds"])
                    row = {**plain(agent), **day, "management_unit_id": unit}
                    by_day.setdefault(at, []).append(row | {"day_start": from_epoch(at)})
            for at, rows in sorted(by_day.items()):
                if known.is_new(f"{unit} {at}", rows, until=datetime.fromtimestamp(at, UTC)):
                    yield [{**row, "read_at": _naive(now)} for row in rows]
        since = until
    known.keep(client)


class _Known:
    """What landed of each stretch, by a hash of it; one that is as before does not land again."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._kept: dict[str, list[Any]] = dict(state.get("stretches", {}))

    def is_new(self, name: str, records: list[Any], *, until: datetime) -> bool:
        """Whether a stretch, which ends at `until`, holds something else than it did."""
        text = json.dumpb(
            [{k: str(v) for k, v in record.items()} for record in records], sort_keys=True
        )
        version = hashlib.blake2b(text, digest_size=8).hexdigest()
        before = self._kept.get(name, [0, "" if records else version])[1]
        self._kept[name] = [int(until.timestamp()), version]
        return bool(before != version)

    def keep(self, client: VendorClient) -> None:
        """Remember what was read, as long as it is read again."""
        limit = (_now(client) - LOOK_BACK - timedelta(days=8)).timestamp()
        self._state["stretches"] = {n: v for n, v in self._kept.items() if v[0] >= limit}
        self._state["is_read"] = True


def _units(client: VendorClient) -> list[Any]:
    return [unit for page in numbered(client, UNITS, is_watched=False) for unit in page]


def _activities(agent: Mapping[str, Any], common: Row, zone: ZoneInfo) -> Iterator[Row]:
    who = plain(agent)
    for shift in agent["shifts"]:
        told = {
            **who,
            **plain(shift),
            "shift_id": shift["id"],
            "shift_start": shift["startDate"],
            "shift_minutes": shift["lengthMinutes"],
            **common,
        }
        for activity in shift["activities"]:
            yield told | activity
    for marker in agent.get("fullDayTimeOffMarkers") or ():
        day = datetime.fromisoformat(marker["businessUnitDate"])
        start = _iso(day.replace(tzinfo=zone))
        yield {**who, **common, **marker, "startDate": start, "is_full_day_off": True}


def _result(client: VendorClient, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked for: in the answer itself, or where the vendor put it for being large."""
    if isinstance(answer.get("result"), dict):
        found: dict[str, Any] = answer["result"]
        return found
    if url := answer.get("downloadUrl"):
        return _downloaded(client, str(url))
    raise unexpected(client, UNITS, f"schedules are {answer.get('status')}, without a result")


def _answers(
    client: VendorClient, asked_units: list[str], since: datetime, until: datetime, zone: ZoneInfo
) -> Iterator[dict[str, Any]]:
    stretch = {"startDate": _iso(since), "endDate": _iso(until)}
    items = [{"managementUnitId": unit, **stretch} for unit in asked_units]
    answer = client.post(BULK, body={"items": items, "timeZone": zone.key})
    address = f"{BULK}/jobs/{answer['job']['id']}"
    done = finished(
        client,
        BULK,
        answer,
        lambda: client.get(address),
        about=stretch["startDate"],
        state_of=lambda told: str(told["job"]["status"]),
        done="Complete",
        lost={"Error"},
    )
    yield from map(partial(_downloaded, client), done["downloadUrls"])


def _downloaded(client: VendorClient, url: str) -> dict[str, Any]:
    door = _downloads(client.endpoint)
    if safe_origin(url) != safe_origin(door.base_url):
        name = settings.variable(NAME, SETTING)
        what = f"the answer lies at {safe_origin(url)}; set {name} to that, if it is the vendor's"
        raise unexpected(client, BULK, what)
    return VendorClient(door, client.resource).get(url)


def try_downloads(api: Endpoint, client_of: ClientOf) -> None:
    """Ask the host of downloads for nothing: any answer says that it is there.

    Raises:
        SettingInvalid: It is of another region than the API.
        VendorUnreachable: Nobody answers.
    """
    door = _downloads(api)
    region, own = (
        urlsplit(url).netloc.partition(label)
        for url, label in ((api.base_url, "api."), (door.base_url, "api-downloads."))
    )
    if region[0] == own[0] == "" and region[2] != own[2]:
        raise SettingInvalid(
            NAME,
            settings.variable(NAME, SETTING),
            f"is of another region than {settings.variable(NAME, 'base_url')}",
            f"Leave it out: downloads of that region are at {_of_region(api.base_url)}",
        )
    with suppress(CredentialRejected, UnexpectedResponse):
        client_of(door).get("/")


def _downloads(api: Endpoint) -> Endpoint:
    host = settings.base_url(NAME, SETTING, default=_of_region(api.base_url))
    return Endpoint(NAME, host, Unsigned(), api.credentials, SETTING)


def _of_region(api: str) -> str:
    """The region's host of downloads: `api-downloads.` where its API is `api.`."""
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc.replace('api.', 'api-downloads.', 1)}"


def _since(state: State, start: datetime, now: datetime) -> datetime:
    first = start.replace(tzinfo=UTC)
    return max(first, now - LOOK_BACK) if state.get("is_read") else first


def _now(client: VendorClient) -> datetime:
    """The vendor's clock, which the list of units has told."""
    return (client.first_response_at or datetime.now(UTC)).replace(tzinfo=UTC)


def _zone(unit: Mapping[str, Any]) -> ZoneInfo:
    return ZoneInfo(str(unit.get("timeZone") or "UTC"))


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    day = moment.astimezone(zone).date()
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _iso(moment: datetime) -> str:
    return f"{_naive(moment).isoformat()}.000Z"


def _naive(moment: datetime) -> datetime:
    return from_epoch(to_epoch(moment.astimezone(UTC).replace(tzinfo=None)))
