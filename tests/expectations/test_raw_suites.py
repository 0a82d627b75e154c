"""Raw suites: a clean lake passes, and each planted fault fails exactly the checks that name it."""

from __future__ import annotations

from pathlib import Path

import pytest

from expectations import registry
from expectations.runner import run
from tests.expectations.homes import CLEAN_LAKE, KEY, LOAD, clean_lake, sid, variant, write_lake
from tests.expectations.outcomes import failing, failures

BLOCKING, ALERTING = "blocking", "alerting"
FUTURE = "timestamp '2031-01-01'"

# (table, changed columns of a second row, the checks that must fail and how severely)
FAULTS = [
    ("zendesk.tickets", {"id": "null::bigint"}, {"id_is_not_null": BLOCKING}),
    ("zendesk.tickets", {"status": "'exploded'"}, {"status_is_known": ALERTING}),
    (
        "zendesk.tickets",
        {"updated_at": FUTURE},
        {"updated_at_is_plausible": ALERTING, "updated_at_feed_is_plausible": BLOCKING},
    ),
    (
        "zendesk.tickets",
        {"updated_at": "timestamp '2026-03-01'"},
        {"updated_at_not_before_created_at": ALERTING},
    ),
    ("zendesk.tickets", {"group_id": "99"}, {"group_id_is_in_groups": ALERTING}),
    (
        "zendesk.tickets",
        {"time_spent_seconds": "-1"},
        {"time_spent_seconds_is_not_negative": ALERTING},
    ),
    (
        "zendesk.tickets",
        {"created_at": "timestamp '2026-02-01'"},
        {"created_at_without_long_gaps": ALERTING},
    ),
    ("zendesk.tickets", {}, {"few_repeats_in_a_load": ALERTING}),
    (
        "zendesk.users",
        {"id": "11", "email_key": "'anna@example.org'"},
        {"email_key_is_pseudonymised": BLOCKING},
    ),
    (
        "zendesk.users",
        {"id": "11", "role": "'agent'", "external_id": "null"},
        {"agents_have_an_employee_id": ALERTING},
    ),
    (
        "zendesk.user_identities",
        {"id": "31", "identity_key": "'anna@example.org'"},
        {"identity_key_is_pseudonymised": BLOCKING},
    ),
    ("zendesk.groups", {"name": "'Copy'"}, {"dlt_load_id_and_id_unique": BLOCKING}),
    (
        "zendesk.ticket_events",
        {"id": "101", "value": "'My card number is 4'"},
        {"comments_carry_no_text": BLOCKING},
    ),
    (
        "zendesk.ticket_events",
        {"id": "101", "event_type": "'Change'", "field": "null"},
        {"changes_name_their_field": BLOCKING},
    ),
    (
        "zendesk.ticket_events",
        {"id": "101", "is_public": "null"},
        {"comments_say_who_may_read_them": BLOCKING},
    ),
    ("zendesk.satisfaction_ratings", {"id": "201", "score": "'meh'"}, {"score_is_known": ALERTING}),
    (
        "zendesk.schedules",
        {"start_week_minute": "100", "end_week_minute": "50"},
        {"intervals_lie_inside_a_week": BLOCKING},
    ),
    (
        "zendesk.schedules",
        {"start_week_minute": "100", "time_zone": "'Europe/Tuusula'"},
        {"time_zone_exists": ALERTING},
    ),
    (
        "zendesk.watermarks",
        {"resource": "'users'", "rows_landed": "-5"},
        {"rows_landed_is_not_negative": BLOCKING},
    ),
    (
        "zendesk.watermarks",
        {"_dlt_load_id": "'1775000001.1'", "watermark_at": "timestamp '2026-04-14'"},
        {"watermarks_do_not_run_backwards": ALERTING},
    ),
    ("twilio.calls", {"sid": "'CA-broken'"}, {"sid_is_well_formed": BLOCKING}),
    (
        "twilio.calls",
        {"sid": f"'{sid('CA', 2)}'", "from_key": "'+358401234567'"},
        {"from_key_is_pseudonymised": BLOCKING},
    ),
    (
        "twilio.calls",
        {"sid": f"'{sid('CA', 2)}'", "end_time": "timestamp '2026-04-01 07:00'"},
        {"end_time_not_before_start_time": ALERTING},
    ),
    (
        "twilio.events",
        {"sid": f"'{sid('EV', 2)}'", "task_sid": "null"},
        {"task_events_name_their_task": BLOCKING},
    ),
    (
        "twilio.events",
        {"sid": f"'{sid('EV', 2)}'", "event_type": "'reservation.created'"},
        {"reservations_name_their_worker": BLOCKING},
    ),
    (
        "twilio.events",
        {"sid": f"'{sid('EV', 2)}'", "event_type": "'task.canceled'"},
        {"cancellations_say_why": ALERTING},
    ),
    (
        "twilio.events",
        {
            "sid": f"'{sid('EV', 2)}'",
            "event_type": "'reservation.accepted'",
            "task_sid": f"'{sid('WT', 2)}'",
            "reservation_sid": f"'{sid('WR')}'",
            "worker_sid": f"'{sid('WK')}'",
        },
        {"accepted_tasks_were_created": ALERTING},
    ),
    (
        "twilio.events",
        {"sid": f"'{sid('EV', 2)}'", "task_queue_sid": f"'{sid('WQ', 9)}'"},
        {"task_queue_sid_is_in_task_queues": ALERTING},
    ),
    ("twilio.workers", {"employee_id": "'E1002'"}, {"dlt_load_id_and_sid_unique": BLOCKING}),
    (
        "hubspot.contacts",
        {"id": "2", "email_key": "null", "phone_key": "null"},
        {"contacts_can_be_matched": ALERTING},
    ),
    (
        "hubspot.contacts",
        {"id": "2", "monthly_revenue": "-1"},
        {"monthly_revenue_is_not_negative": ALERTING},
    ),
    (
        "hubspot.watermarks",
        {"resource": "'deals'", "watermark_at": "null"},
        {"watermark_at_is_not_null": BLOCKING},
    ),
    (
        "typeform.answers",
        {"field_id": "'f2'", "number_value": "6"},
        {"answers_lie_on_their_scale": ALERTING},
    ),
    (
        "typeform.answers",
        {"field_id": "'f2'", "field_ref": "'nps_11'", "number_value": "11"},
        {"answers_lie_on_their_scale": ALERTING},
    ),
    (
        "typeform.answers",
        {"field_id": "'f2'", "number_value": "null"},
        {"answers_have_a_value": ALERTING},
    ),
    (
        "typeform.answers",
        {"field_id": "'f2'", "hidden_contact_id": "'call 17'"},
        {"contact_reference_is_well_formed": ALERTING},
    ),
    (
        "files_acme.cases",
        {"status": "'solved'"},
        {"dlt_load_id_and_source_file_and_file_hash_and_case_id_unique": BLOCKING},
    ),
    (
        "files_acme.cases",
        {"case_id": "'C2'", "created_at": "null"},
        {"created_at_is_not_null": BLOCKING},
    ),
]


def test_a_clean_lake_passes_every_check(tmp_path: Path) -> None:
    clean_lake(tmp_path)
    results = run("raw", tmp_path)
    assert failures(results) == {}
    assert sum(result.skipped is None for result in results) > 150


@pytest.mark.parametrize(
    ("table", "changes", "expected"),
    FAULTS,
    ids=[f"{table}-{'-'.join(expected)}" for table, _, expected in FAULTS],
)
def test_a_planted_fault_fails_the_checks_that_name_it_and_no_other(
    tmp_path: Path, table: str, changes: dict[str, str], expected: dict[str, str]
) -> None:
    tables = {name: [row] for name, row in CLEAN_LAKE.items()}
    clean = CLEAN_LAKE[table]
    tables[table].append(variant(clean, **changes) if changes else clean)
    write_lake(tmp_path, tables)
    # A bad row that only says "the same key again" is not what these faults are about.
    noise = {} if "few_repeats_in_a_load" in expected else {"few_repeats_in_a_load": ALERTING}
    found = failing(tmp_path, table)
    assert {name: found[name] for name in found if name not in noise} == expected


def test_the_answers_to_a_fault_count_rows_and_name_their_load_but_show_no_value(
    tmp_path: Path,
) -> None:
    tables = {name: [row] for name, row in CLEAN_LAKE.items()}
    tables["zendesk.users"] += [
        variant(CLEAN_LAKE["zendesk.users"], id=str(number), email_key="'anna@example.org'")
        for number in (11, 12)
    ]
    write_lake(tmp_path, tables)
    failed = [result for result in run("zendesk.users", tmp_path) if not result.success]
    assert [(result.unexpected, result.rows) for result in failed] == [(2, 3)]
    assert failed[0].loads == (LOAD,)
    assert LOAD in failed[0].message
    assert "lake/zendesk/users" in failed[0].message
    assert "anna" not in repr(failed)


def test_one_bad_clock_among_many_records_alerts_and_does_not_stop_the_run(tmp_path: Path) -> None:
    row = CLEAN_LAKE["hubspot.contacts"]
    rows = [variant(row, id=str(number), email_key=f"'{KEY}'") for number in range(1, 200)]
    rows.append(variant(row, id="200", updated_at=FUTURE))
    write_lake(
        tmp_path,
        {"hubspot.contacts": rows, "hubspot.watermarks": [CLEAN_LAKE["hubspot.watermarks"]]},
    )
    assert failing(tmp_path, "hubspot.contacts") == {"updated_at_is_plausible": ALERTING}


def test_an_increment_that_comes_back_nearly_empty_alerts(tmp_path: Path) -> None:
    row = CLEAN_LAKE["zendesk.watermarks"]
    loads = [
        variant(
            row,
            _dlt_load_id=f"'177500000{number}.1'",
            rows_landed="5000" if number < 5 else "3",
            is_initial="false",
        )
        for number in range(1, 6)
    ]
    write_lake(tmp_path, {"zendesk.watermarks": loads})
    assert failing(tmp_path, "zendesk.watermarks") == {"newest_load_is_not_far_smaller": ALERTING}


@pytest.mark.parametrize("dataset", ["hubspot", "files_acme"])
def test_a_source_that_lags_two_days_behind_the_others_alerts(tmp_path: Path, dataset: str) -> None:
    late = variant(CLEAN_LAKE["hubspot.watermarks"], watermark_at="timestamp '2026-04-12'")
    write_lake(
        tmp_path,
        {f"{dataset}.watermarks": [late], "zendesk.watermarks": [CLEAN_LAKE["zendesk.watermarks"]]},
    )
    assert failing(tmp_path, "raw") == {"source_is_not_far_behind_the_others": ALERTING}


def test_every_landed_file_table_has_checks_of_its_own(tmp_path: Path) -> None:
    clean_lake(tmp_path)
    (tmp_path / "lake" / "files_acme" / "_quarantine_cases").mkdir()
    assert registry.landed_file_tables(tmp_path) == [("files_acme", "cases")]
    tables = {check.table for check in registry.specs([("files_acme", "cases")])}
    assert "files_acme.cases" in tables
