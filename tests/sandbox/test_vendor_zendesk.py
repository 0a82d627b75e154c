"""The emulated Zendesk: exports, cursors, the held-back minute, limits and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.vendors.wire import parse_instant
from sandbox.vendors.zendesk_records import RELISTED_AFTER, RELISTED_EVERY
from tests.sandbox.vendor_support import HOLD_BACK, HOUR, NOON, Vendors, get, small_world, vendors

TICKETS = "/api/v2/incremental/tickets/cursor.json"
EVENTS = "/api/v2/incremental/ticket_events.json"


@pytest.fixture
def v() -> Iterator[Vendors]:
    with vendors() as opened:
        yield opened


def export(v: Vendors, kind: str, per_page: int, **start: Any) -> tuple[list[dict[str, Any]], str]:
    url = f"/api/v2/incremental/{kind}/cursor.json"
    page = get(v.zendesk, url, per_page=per_page, **start)
    rows = list(page[kind])
    while not page["end_of_stream"]:
        assert len(page[kind]) == per_page
        page = get(v.zendesk, page["after_url"], cursor=page["after_cursor"], per_page=per_page)
        rows += page[kind]
    return rows, page["after_cursor"]


def all_events(v: Vendors, start: int, per_page: int) -> list[dict[str, Any]]:
    params: dict[str, Any] = {"include": "comment_events", "per_page": per_page}
    page = get(v.zendesk, EVENTS, start_time=start, **params)
    rows = list(page["ticket_events"])
    while not page["end_of_stream"]:
        page = v.zendesk.get(page["next_page"]).json()
        rows += page["ticket_events"]
    return rows


def test_wrong_or_missing_credentials_get_the_vendors_401(v: Vendors) -> None:
    for auth in (None, ("api@kontakti.example/token", "wrong"), ("api@kontakti.example", "x")):
        answer = v.anonymous.get(f"/zendesk{TICKETS}?start_time=0", auth=auth)
        assert answer.status_code == 401
        assert answer.json() == {"error": "Couldn't authenticate you"}


def test_the_ticket_export_lists_every_ticket_of_the_clock_once(v: Vendors) -> None:
    rows, _ = export(v, "tickets", 37, start_time=0)
    cutoff = NOON - HOLD_BACK
    wanted = {case.ticket_id for case in v.world.cases if case.created_at <= cutoff}
    assert len(wanted) > 100
    assert sorted(row["id"] for row in rows) == sorted(wanted)
    stamps = [row["generated_timestamp"] for row in rows]
    assert stamps == sorted(stamps)


def test_a_ticket_shows_the_state_folded_from_its_events_so_far(v: Vendors) -> None:
    cutoff = NOON - HOLD_BACK
    rows = {row["id"]: row for row in export(v, "tickets", 1000, start_time=0)[0]}
    changed_later = 0
    for case in v.world.cases:
        past = [event for event in case.events if event.at <= cutoff]
        if not past:
            continue
        changed_later += len(past) < len(case.events)
        status = [event.value for event in past if event.field == "status"][-1]
        row = rows[case.ticket_id]
        is_deleted = case.deleted_at is not None and case.deleted_at <= cutoff
        assert row["status"] == ("deleted" if is_deleted else status)
        assignees = [event.value for event in past if event.field == "assignee_id"]
        assert row["assignee_id"] == (int(assignees[-1] or 0) if assignees else None)
        solved = any(event.field == "status" and event.value == "solved" for event in past)
        spent = {field["id"]: field["value"] for field in row["custom_fields"]}[36000002]
        assert spent == (str(case.handle_seconds) if solved else None)
    assert changed_later > 50


def test_a_cursor_resumed_after_the_clock_moved_lists_only_what_changed_since(v: Vendors) -> None:
    _, cursor = export(v, "tickets", 100, start_time=0)
    assert export(v, "tickets", 100, cursor=cursor)[0] == []
    v.clock.advance(HOUR)
    rows, _ = export(v, "tickets", 5, cursor=cursor)
    since, until = NOON - HOLD_BACK, NOON + HOUR - HOLD_BACK
    ratings = {
        answer.contact_no
        for answer in v.world.survey_answers
        if answer.vendor == "zendesk" and since < answer.answered_at <= until
    }
    wanted = {
        case.ticket_id
        for case in v.world.cases
        if any(since < event.at <= until for event in case.events)
        or case.contact_no in ratings
        or since < (case.deleted_at or 0) <= until
        or (
            case.ticket_id % RELISTED_EVERY == 0
            and since < case.events[-1].at + RELISTED_AFTER <= until
        )
    }
    assert wanted
    assert sorted(row["id"] for row in rows) == sorted(wanted)


def test_a_ticket_can_come_again_unchanged_with_an_older_update(v: Vendors) -> None:
    rows = export(v, "tickets", 1000, start_time=0)[0]
    again = [
        row
        for row in rows
        if row["id"] % RELISTED_EVERY == 0
        and row["generated_timestamp"] - parse_instant(row["updated_at"], "updated_at")
        == RELISTED_AFTER
    ]
    assert again


def test_the_newest_minute_is_held_back() -> None:
    case = next(case for case in small_world().cases if case.created_at > NOON)
    for seconds, is_listed in ((HOLD_BACK - 1, False), (HOLD_BACK, True)):
        with vendors(at=case.created_at + seconds) as v:
            rows, _ = export(v, "tickets", 1000, start_time=case.created_at - HOUR)
            assert (case.ticket_id in {row["id"] for row in rows}) is is_listed


def test_a_start_in_the_held_back_minute_is_refused(v: Vendors) -> None:
    answer = v.zendesk.get(TICKETS, params={"start_time": NOON - 10})
    assert (answer.status_code, answer.json()["error"]) == (422, "StartTimeTooRecent")


def test_ticket_events_cover_every_case_event_of_the_clock(v: Vendors) -> None:
    cutoff = NOON - HOLD_BACK
    rows = {row["id"]: row for row in all_events(v, 0, 50)}
    children = [
        child
        for row in rows.values()
        for child in row["child_events"]
        if "custom_ticket_fields" not in child
    ]
    wanted = [event for case in v.world.cases for event in case.events if event.at <= cutoff]
    assert len({child["id"] for child in children}) == len(children) == len(wanted)
    kinds = {"create": "Create", "change": "Change", "comment": "Comment"}
    assert sorted(child["event_type"] for child in children) == sorted(
        kinds[event.kind] for event in wanted
    )
    solved = [child for child in children if child.get("status") == "solved"]
    assert solved
    assert all("previous_value" in child for child in solved)
    replies = [child for child in children if child["event_type"] == "Comment"]
    robots = sum(event.kind == "comment" and event.actor == "auto" for event in wanted)
    assert sum(child["via"]["channel"] == "rule" for child in replies) == robots > 0


def test_ticket_events_from_the_last_second_on_repeat_it_and_miss_nothing(v: Vendors) -> None:
    before = all_events(v, 0, 1000)
    v.clock.advance(HOUR)
    after = all_events(v, before[-1]["timestamp"], 1000)
    everything = {row["id"] for row in all_events(v, 0, 1000)}
    assert {row["id"] for row in before} | {row["id"] for row in after} == everything
    assert len(everything) > len(before)


def test_without_the_sideload_a_comment_is_only_announced(v: Vendors) -> None:
    page = get(v.zendesk, EVENTS, start_time=0)
    comments = [
        child
        for row in page["ticket_events"]
        for child in row["child_events"]
        if child["event_type"] == "Comment"
    ]
    assert comments
    assert all("body" not in child and child["comment_present"] for child in comments)


def test_the_user_export_holds_agents_customers_and_no_one_from_the_future(v: Vendors) -> None:
    rows, _ = export(v, "users", 500, start_time=0)
    by_id = {row["id"]: row for row in rows}
    assert len(by_id) == len(rows)
    for agent in v.world.agents:
        assert (agent.zendesk_user_id in by_id) == (agent.hired_at <= NOON - HOLD_BACK)
    employee = next(agent for agent in v.world.agents if agent.hired_at < NOON - HOUR)
    assert by_id[employee.zendesk_user_id]["external_id"] == employee.employee_id
    requesters = {row["requester_id"] for row in export(v, "tickets", 1000, start_time=0)[0]}
    assert requesters <= set(by_id)


def test_a_withheld_number_leads_to_no_person(v: Vendors) -> None:
    contacts = {contact.contact_no: contact for contact in v.world.contacts}
    hidden = {
        case.ticket_id: case
        for case in v.world.cases
        if not contacts[case.contact_no].is_identified and case.created_at < NOON - HOUR
    }
    rows, _ = export(v, "tickets", 1000, start_time=0)
    people = {customer.zendesk_user_id for customer in v.world.customers}
    for row in rows:
        assert (row["requester_id"] in people) is (row["id"] not in hidden)


def test_ratings_page_by_has_more_and_links(v: Vendors) -> None:
    page = get(v.zendesk, "/api/v2/satisfaction_ratings.json", **{"page[size]": 3})
    rows = list(page["satisfaction_ratings"])
    while page["meta"]["has_more"]:
        page = v.zendesk.get(page["links"]["next"]).json()
        rows += page["satisfaction_ratings"]
    wanted = {
        int(answer.native_id)
        for answer in v.world.survey_answers
        if answer.vendor == "zendesk" and answer.answered_at <= NOON
    }
    assert wanted
    assert sorted(row["id"] for row in rows) == sorted(wanted)
    assert {row["score"].removesuffix("_with_comment") for row in rows} <= {"good", "bad"}


def test_schedules_count_minutes_from_sunday(v: Vendors) -> None:
    schedules = get(v.zendesk, "/api/v2/business_hours/schedules.json")["schedules"]
    live = next(row for row in schedules if row["id"] == 36100001)
    monday = next(hours for hours in v.world.schedules[0].hours if hours.weekday == 0)
    assert live["intervals"][0] == {
        "start_time": 1440 + monday.open_minute,
        "end_time": 1440 + monday.close_minute,
    }
    url = f"/api/v2/business_hours/schedules/{live['id']}/holidays.json"
    days = {row["start_date"] for row in get(v.zendesk, url)["holidays"]}
    assert days == set(v.world.schedules[0].holidays)


def test_groups_and_policies_are_listed(v: Vendors) -> None:
    groups = {row["id"] for row in get(v.zendesk, "/api/v2/groups.json")["groups"]}
    queues = [queue for queue in v.world.queues if queue.system == "zendesk"]
    assert groups == {int(queue.native_id) for queue in queues}
    policies = get(v.zendesk, "/api/v2/slas/policies.json")["sla_policies"]
    assert {metric["target"] for row in policies for metric in row["policy_metrics"]} == {60, 1440}


def test_the_eleventh_export_request_in_a_minute_has_to_wait() -> None:
    with vendors("vendor") as v:
        for _ in range(10):
            assert v.zendesk.get(TICKETS, params={"start_time": 0}).status_code == 200
            v.wall.seconds += 2
        refused = v.zendesk.get(TICKETS, params={"start_time": 0})
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "40"
        assert refused.json()["error"] == "APIRateLimitExceeded"
        # Other endpoints have their own, wider limit.
        assert v.zendesk.get("/api/v2/groups.json").headers["X-Rate-Limit"] == "700"
        v.wall.seconds += 40
        assert v.zendesk.get(TICKETS, params={"start_time": 0}).status_code == 200


def exported(v: Vendors, name: str, per_page: int) -> list[dict[str, Any]]:
    page = get(v.zendesk, f"/api/v2/incremental/{name}.json", start_time=0, per_page=per_page)
    rows = list(page[name])
    while not page["end_of_stream"]:
        page = v.zendesk.get(page["next_page"]).json()
        rows += page[name]
    return rows


def test_an_organization_is_listed_once_and_has_the_people_who_joined_it(v: Vendors) -> None:
    rows = exported(v, "organizations", 3)
    users = export(v, "users", 1000, start_time=0)[0]
    members = {user["organization_id"] for user in users} - {None}
    assert {row["id"] for row in rows} == members
    versions = {(row["id"], row["updated_at"]) for row in rows}
    assert len(versions) == len(members), "only the newest version of each"
    assert all(row["created_at"] <= row["updated_at"] for row in rows)


def test_a_clock_of_the_helpdesk_starts_is_met_or_missed(v: Vendors) -> None:
    rows = {row["id"]: row for row in exported(v, "ticket_metric_events", 50)}.values()
    assert sorted(row["time"] for row in rows) == [row["time"] for row in rows]
    told: dict[tuple[int, str, int], dict[str, str]] = {}
    for row in rows:
        clock = (row["ticket_id"], row["metric"], row["instance_id"])
        told.setdefault(clock, {})[row["type"]] = row["time"]
    replies = {ticket: events for (ticket, metric, _), events in told.items()
               if metric == "reply_time"}  # fmt: skip
    shown = [c for c in v.world.cases if c.created_at <= NOON - HOLD_BACK]
    written = [case for case in shown if case.via_channel != "phone"]
    assert replies.keys() == {case.ticket_id for case in written}
    for case in written:
        answers = (e.at for e in case.events if e.is_public and e.actor == "agent")
        first = next((at for at in answers if at <= NOON - HOLD_BACK), None)
        met = replies[case.ticket_id].get("fulfill")
        assert (None if met is None else parse_instant(met, "time")) == first
    late = [e for e in replies.values() if "breach" in e and "fulfill" in e]
    assert late
    assert all(events["breach"] <= events["fulfill"] for events in late)
    assert max(instance for _, metric, instance in told if metric == "resolution_time") > 1
