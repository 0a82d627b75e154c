"""Checks that every landed table shares, whatever the vendor.

Input: a `Table` of a raw suite. Output: checks added to it. Rules: records arrive at least
once and late (staging keeps the newest version of a key), snapshots arrive whole.
"""
# ruff: noqa: S608 - the names in these queries are written in the suites, never read from data

from __future__ import annotations

from expectations.checks import Table, scratch_name

# Vendors page by time and may send a record again; more than this share of repeats within one
# load means that paging itself repeats.
REPEAT_SHARE = 0.05
# Hand-kept exports hold a few rows whose times are crossed; more is a wrong mapping.
DISORDER_SHARE = 0.01
# Longest time in days without a single record: Easter closes a centre for four days.
QUIET_DAYS = 5


def horizon(dataset: str) -> str:
    """SQL for the newest vendor clock of a dataset, the wall clock where none has landed."""
    return (
        f"coalesce((select max(watermark_at) from {scratch_name(dataset + '.watermarks')}),"
        " now()::timestamp)"
    )


def snapshot(table: Table, *key: str) -> None:
    """A table that lands whole each load: a key occurs once a load."""
    table.not_null(*key, "_dlt_load_id")
    table.unique("_dlt_load_id", *key)


def feed(table: Table, *key_and_version: str) -> None:
    """A table that lands in increments: key and version known, few repeats within a load."""
    table.not_null(*key_and_version, "_dlt_load_id")
    table.query(
        "few_repeats_in_a_load",
        [*key_and_version, "_dlt_load_id"],
        f"select 1 from {{batch}} qualify row_number() over"
        f" (partition by _dlt_load_id, {', '.join(key_and_version)}) > 1",
        f"At most {REPEAT_SHARE:.0%} of the rows repeat a version of a key within one load;"
        " more means that paging repeats itself.",
        severity="alerting",
        max_share=REPEAT_SHARE,
    )


def no_gaps(table: Table, column: str) -> None:
    """Volume sanity: records lie on the calendar without long holes."""
    table.query(
        f"{column}_without_long_gaps",
        [column],
        f"select 1 from (select distinct {column}::date as day from {{batch}}"
        f" where {column} is not null) qualify day - lag(day) over (order by day) > {QUIET_DAYS}",
        f"No more than {QUIET_DAYS} days pass without a record; a longer hole is a lost window.",
        severity="alerting",
    )


def watermarks(table: Table) -> None:
    """The dataset's own load log, from which `as_of` is taken."""
    table.not_null("resource", "watermark_at", "rows_landed", "_dlt_load_id")
    table.unique("_dlt_load_id", "resource")
    table.not_negative("rows_landed")
    table.past("watermark_at", "now()::timestamp")
    table.min_rows(1)
    table.query(
        "watermarks_do_not_run_backwards",
        ["resource", "watermark_at", "_dlt_load_id"],
        "select 1 from {batch} qualify watermark_at <"
        " lag(watermark_at) over (partition by resource order by _dlt_load_id)",
        "A later load never has an earlier clock; if it has, the source was set back and"
        " `as_of` with it.",
        severity="alerting",
    )
    table.query(
        "newest_load_is_not_far_smaller",
        ["resource", "rows_landed", "is_initial", "_dlt_load_id"],
        "select 1 from (select resource, rows_landed, avg(rows_landed) over"
        " (partition by resource order by _dlt_load_id rows between 8 preceding and 1 preceding)"
        " as usual, row_number() over (partition by resource order by _dlt_load_id desc) as age"
        " from {batch} where not coalesce(is_initial, false))"
        " where age = 1 and usual >= 1000 and rows_landed < usual / 50",
        "The newest increment is not below a fiftieth of the eight before it; if it is, a"
        " resource came back nearly empty.",
        severity="alerting",
    )
    not_far_behind(table)


def not_far_behind(table: Table) -> None:
    """A source that stands still: of a vendor, or a file that nobody drops any more."""
    table.query(
        "source_is_not_far_behind_the_others",
        ["watermark_at"],
        "select 1 from (select max(watermark_at) as own from {batch})"
        " where own < (select max(watermark_at) from all_watermarks) - interval 2 days",
        "The dataset's clock is at most two days behind the newest source; if it is more, it"
        " holds every mart back, since `as_of` is the oldest clock.",
        severity="alerting",
    )
