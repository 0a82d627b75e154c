"""Which test tries which fault on which vendor; the table of docs/guide/faults.md.

A test that is parametrized by vendor covers the vendors it is parametrized with; of another it is
said here. What nobody can try has a reason. It prints the table:
`python -m tests.ingestion.fault_matrix`
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from ingestion.pipelines import VENDORS
from tests.ingestion.test_faults import LINKED, REPEATED

PASSING = "test_faults.test_a_passing_fault_loses_nothing_and_doubles_nothing"
LASTING = "test_faults.test_a_lasting_fault_is_one_clear_message_and_the_next_landing_has_the_rest"
NEW_COLUMN = "test_faults.test_a_new_column_lands_beside_the_declared_ones_and_names_nobody"
CHANGING = (
    "test_faults.test_records_that_change_while_they_are_paged_are_all_there_after_the_next_landing"
)
LATE = "test_faults.test_a_record_that_shows_late_lands_with_the_next_run"
LATE_CHANGE = "test_faults.test_a_change_that_shows_late_lands_with_the_next_run"
HELD_BACK = "test_faults.test_what_a_vendor_holds_back_lands_when_it_shows"
OTHER_CLOCK = "test_faults.test_a_record_of_another_clock_lands_once_and_holds_nothing_up"
EXPIRED = "test_faults.test_a_saved_cursor_that_has_expired_costs_some_rows_twice_and_none"
REPEATS = (
    "test_faults.test_an_answer_that_is_not_of_the_stretch_that_was_asked_for_is_asked_for_again"
)
BY_NUMBER = "only by page number, which is not asked for"
NO_CAP = "none is documented"
UNTOLD = "not told"


@dataclass(frozen=True)
class Tried:
    """What tries a fault.

    Attributes:
        tests: `module.function`; of a test that is not by vendor also `@vendor`.
        kinds: Of the sandbox's faults, that those tests must order.
        untried: Vendors that cannot have it, each with the reason.
    """

    tests: tuple[str, ...]
    kinds: tuple[str, ...] = ()
    untried: Mapping[str, str] | None = None


BOTH = (PASSING, LASTING)
MATRIX = {
    "429, with the vendor's own header": Tried(BOTH, ("status_429",)),
    "500": Tried((PASSING,), ("status_500",)),
    "502": Tried((PASSING,), ("status_502",)),
    "503": Tried(BOTH, ("status_503",)),
    "time-out": Tried(BOTH, ("timeout",)),
    "dropped connection": Tried(BOTH, ("drop",)),
    "truncated JSON": Tried(BOTH, ("truncate",)),
    "expired cursor": Tried((LASTING, EXPIRED + "@zendesk"), ("expired_cursor",)),
    "a page that repeats": Tried((PASSING, REPEATS), ("duplicate_page",)),
    "an empty page": Tried((PASSING, REPEATS), ("empty_page",)),
    "records that change while paging": Tried((CHANGING,)),
    "duplicates": Tried((PASSING,), ("duplicate_records",)),
    "late records": Tried((LATE, LATE_CHANGE, HELD_BACK)),
    "backdated records, clock skew": Tried((OTHER_CLOCK,)),
    "deletions": Tried(
        (
            "test_deletions.test_a_deleted_ticket_lands_as_deleted@zendesk",
            "test_hubspot.test_an_archived_record_lands_as_archived@hubspot",
            "test_deletions.test_who_has_left_is_not_in_the_next_list_of_staff@twilio",
            "test_deletions.test_who_has_left_is_not_in_the_next_list_of_staff@genesys",
        ),
        (),
        dict.fromkeys(("typeform", "intercom", "mastodon"), UNTOLD),
    ),
    "merges": Tried(
        (
            "test_zendesk.test_the_note_on_the_kept_ticket_ends_the_merged_one@zendesk",
            "test_zendesk.test_what_a_merged_user_had_is_the_kept_users_and_so_are_its_tickets"
            "@zendesk",
            "test_hubspot.test_a_merged_record_lands_as_merged_into_the_one_that_is_kept@hubspot",
            "test_intercom.test_a_merged_lead_lands_as_merged_into_the_user_that_is_kept@intercom",
        ),
        (),
        dict.fromkeys(("twilio", "typeform", "genesys", "mastodon"), "nothing is merged"),
    ),
    "a new column": Tried((NEW_COLUMN,), ("schema_new_column",)),
    "a changed type": Tried((LASTING,), ("schema_type_change",)),
    "a vanished column": Tried((LASTING,), ("schema_missing_column",)),
    "a cap on results": Tried(
        (
            "test_hubspot.test_more_records_than_a_search_shows_are_read_in_smaller_stretches"
            "@hubspot",
            "test_typeform.test_more_responses_than_a_page_shows_are_read_in_smaller_stretches"
            "@typeform",
            "test_twilio.test_events_that_do_not_page_are_read_in_smaller_stretches@twilio",
            "test_faults.test_more_companies_than_the_list_shows_are_said_and_none_lands@intercom",
        ),
        (),
        {"zendesk": BY_NUMBER, **dict.fromkeys(("genesys", "mastodon"), NO_CAP)},
    ),
    "a credential revoked under way": Tried((LASTING,), ("revoke",)),
}


def vendors_of(test: str) -> set[str]:
    """The vendors that a test tries.

    Raises:
        AttributeError: There is no such test.
    """
    name, _, vendor = test.partition("@")
    module, _, function = name.partition(".")
    found: Any = getattr(import_module(f"tests.ingestion.{module}"), function)
    if vendor:
        return {vendor}
    by_vendor: set[str] = set()
    for mark in getattr(found, "pytestmark", ()):
        names, values = (*mark.args, None, None)[:2]
        if mark.name == "parametrize" and names == "vendor":
            by_vendor |= set(values)
        elif mark.name == "parametrize" and "vendor" in names:
            by_vendor |= {value[list(names).index("vendor")] for value in values}
    return by_vendor


def covered_by(tried: Tried) -> set[str]:
    """The vendors that a fault is tried on."""
    vendors = {vendor for test in tried.tests for vendor in vendors_of(test)}
    if set(tried.kinds) & set(REPEATED):  # tried where pages are linked
        vendors &= {table.partition(".")[0] for table in LINKED}
    return vendors


def table() -> str:
    """The page's table: a tick where a test tries it, the reason where none can."""
    lines = [f"| fault | {' | '.join(VENDORS)} |", "|---" * (len(VENDORS) + 1) + "|"]
    for fault, tried in MATRIX.items():
        covered = covered_by(tried)
        cells = ["✓" if v in covered else (tried.untried or {}).get(v, "") for v in VENDORS]
        lines.append(f"| {fault} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(table() + "\n")
