"""Bad rows go to quarantine with the reason, good rows land, and both are counted."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.ingestion.file_drop_support import CALLS, FileDrop, Landed


def _calls(tmp_path: Path, text: str, **change: Any) -> Landed:
    drop = FileDrop(tmp_path)
    drop.write("calls.csv", text)
    drop.map({**CALLS, **change})
    return drop.run()


def test_an_unparsable_timestamp_is_quarantined_with_file_column_and_example(
    tmp_path: Path,
) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome\n1,2026-01-01 10:00:00,answered\n2,yesterday,answered\n"
        "3,2026-13-01 10:00:00,answered\n",
    )

    assert landed.values("calls", "call_id") == ["1"]
    assert landed.reasons("calls") == [
        (2, "queued_at", "unparsable timestamp"),
        (3, "queued_at", "unparsable timestamp"),
    ]
    (finding,) = landed.reports[0].findings
    assert str(finding) == (
        "2 rows: queued_at: unparsable timestamp, for example calls.csv row 2 (at='yesterday')"
    )
    assert (landed.reports[0].read, landed.reports[0].good, landed.reports[0].bad) == (3, 1, 2)


def test_a_strptime_that_fails_on_one_row_costs_only_that_row(tmp_path: Path) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome\n1,1/2/2026 10:00,answered\n2,2026-02-01,answered\n",
        columns={**CALLS["columns"], "queued_at": "strptime(\"at\", '%d/%m/%Y %H:%M')"},
    )

    assert landed.values("calls", "queued_at") == [datetime(2026, 2, 1, 10)]
    assert landed.reasons("calls") == [(2, "queued_at", "unparsable timestamp")]


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",2026-01-01 10:00:00,answered", "call_id", "missing required value"),
        ("2,,answered", "queued_at", "missing required value"),
        ("2,2026-01-01 10:00:00,", "outcome", "missing required value"),
        ("2,2026-01-01 10:00:00,ansered", "outcome", "unknown value: one of answered,"),
        ("2,infinity,answered", "queued_at", "unparsable timestamp"),
    ],
)
def test_a_bad_value_is_quarantined(line: str, column: str, reason: str, tmp_path: Path) -> None:
    landed = _calls(tmp_path, f"id,at,outcome\n{line}\n1,2026-01-01 10:00:00,Answered \n")

    assert landed.values("calls", "outcome") == ["answered"]
    ((row, named, said),) = landed.reasons("calls")
    assert (row, named) == (1, column)
    assert said.startswith(reason)


def test_an_unknown_survey_metric_is_quarantined(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("s.csv", "id,at,m,v\n1,2026-01-01,nps,9\n2,2026-01-01,mood,9\n3,2026-01-01,csat,x\n")
    drop.map(
        {
            "entity": "survey_responses",
            "path": "s.csv",
            "columns": {
                "response_id": "id",
                "answered_at": "at",
                "metric": "m",
                "score": "v",
                "scale": "'nps_11'",
            },
        }
    )

    landed = drop.run()

    assert landed.values("survey_responses", "metric") == ["nps"]
    assert landed.reasons("survey_responses") == [
        (2, "metric", "unknown value: one of csat, nps, ces, fcr, overall"),
        (3, "score", "not a number"),
    ]


def test_a_status_outside_the_vocabulary_is_quarantined_but_other_fields_are_free(
    tmp_path: Path,
) -> None:
    drop = FileDrop(tmp_path)
    drop.write(
        "e.csv",
        "c,at,f,v\n1,2026-01-01,status,open\n1,2026-01-02,status,Active\n"
        "1,2026-01-03,group,Active\n1,2026-01-04,status,\n",
    )
    drop.map(
        {
            "entity": "case_events",
            "path": "e.csv",
            "columns": {"case_id": "c", "occurred_at": "at", "field": "f", "value": "v"},
        }
    )

    landed = drop.run()

    assert landed.values("case_events", "value") == ["open", "Active"]
    assert [(row, column) for row, column, _ in landed.reasons("case_events")] == [
        (2, "value"),
        (4, "value"),
    ]


def test_identical_duplicates_are_dropped_and_counted(tmp_path: Path) -> None:
    line = "1,2026-01-01 10:00:00,answered\n"
    landed = _calls(tmp_path, "id,at,outcome\n" + line * 3)

    assert landed.values("calls", "source_row") == [1]
    assert landed.reasons("calls") == []
    assert landed.reports[0].repeated == 2
    assert landed.reports[0].good == 1


def test_conflicting_duplicates_are_all_quarantined(tmp_path: Path) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome\n1,2026-01-01 10:00:00,answered\n2,2026-01-01 10:00:00,answered\n"
        "1,2026-01-01 10:00:00,abandoned\n",
    )

    assert landed.values("calls", "call_id") == ["2"]
    assert landed.reasons("calls") == [
        (1, "call_id", "duplicate key with different values"),
        (3, "call_id", "duplicate key with different values"),
    ]


@pytest.mark.parametrize(("keep", "kept"), [("last", "abandoned"), ("first", "answered")])
def test_keep_chooses_one_row_of_a_key_by_order_not_by_place(
    keep: str, kept: str, tmp_path: Path
) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome,v\n1,2026-01-01 10:00:00,abandoned,10\n1,2026-01-01 10:00:00,answered,9\n",
        keep=keep,
        order_by=["v::int"],
    )

    assert landed.values("calls", "outcome") == [kept]
    assert landed.reports[0].not_kept == 1


def test_a_bad_newest_row_is_quarantined_and_no_older_row_stands_in(tmp_path: Path) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome,v\n1,2026-01-01 10:00:00,answered,1\n1,2026-01-01 10:00:00,lost,2\n",
        keep="last",
        order_by="v::int",
    )

    assert landed.good["calls"] == []
    assert [row for row, _, _ in landed.reasons("calls")] == [2]


def test_keep_changes_lands_a_value_only_where_it_differs_from_the_one_before(
    tmp_path: Path,
) -> None:
    drop = FileDrop(tmp_path)
    drop.write(
        "log.csv",
        "c,at,n,g\n1,2026-01-01,2,a\n1,2026-01-01,1,a\n1,2026-01-02,3,b\n"
        "1,2026-01-03,4,a\n2,2026-01-01,1,\n2,2026-01-02,2,b\n",
    )
    drop.map(
        {
            "entity": "case_events",
            "path": "log.csv",
            "keep": "changes",
            "order_by": ["n::int"],
            "columns": {
                "case_id": "c",
                "occurred_at": "at",
                "field": "'group'",
                "value": "g",
                "sequence": "n",
            },
        }
    )

    landed = drop.run()

    rows = [(r["case_id"], r["sequence"], r["value"]) for r in landed.good["case_events"]]
    assert sorted(rows) == [("1", 1, "a"), ("1", 3, "b"), ("1", 4, "a"), ("2", 2, "b")]


def test_where_leaves_rows_out_and_counts_them(tmp_path: Path) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome,test\n1,2026-01-01 10:00:00,answered,0\n2,2026-01-01 10:00:00,answered,1\n"
        "3,2026-01-01 10:00:00,answered,x\n",
        where="test::int = 0",
    )

    assert landed.values("calls", "call_id") == ["1"]
    assert landed.reports[0].filtered == 1
    assert landed.reasons("calls") == [(3, "where", "the where expression fails")]


def test_a_line_with_too_many_columns_is_quarantined_as_no_row(tmp_path: Path) -> None:
    landed = _calls(
        tmp_path,
        "id,at,outcome\n1,2026-01-01 10:00:00,answered\n2,2026-01-01 10:00:00,answered,oops\n"
        "3,2026-01-01 10:00:00,answered\n",
    )

    assert landed.values("calls", "call_id") == ["1", "3"]
    ((row, _, reason),) = landed.reasons("calls")
    assert (row, reason) == (2, "no row: too many columns")
    assert landed.reports[0].read == 3


def test_numbers_with_a_decimal_comma_and_texts_that_mean_nothing_are_understood(
    tmp_path: Path,
) -> None:
    landed = _calls(
        tmp_path,
        "id;at;outcome;wait;talk\n1;2026-01-01 10:00:00;answered;4,9;?\n",
        options={"decimal": ",", "nullstr": "?"},
        columns={**CALLS["columns"], "wait_seconds": "wait", "talk_seconds": "talk"},
    )

    assert landed.values("calls", "wait_seconds") == [4.9]
    assert landed.values("calls", "talk_seconds") == [None]


def test_the_example_never_shows_a_column_that_may_be_personal(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("o.csv", "id,who,at,sum\n1,anna@example.org,anna@example.org,5\n")
    drop.map(
        {
            "entity": "orders",
            "path": "o.csv",
            "columns": {
                "order_id": "id",
                "customer": "who",
                "ordered_at": 'coalesce(who, "at")',
                "amount": "sum",
            },
        }
    )

    landed = drop.run()

    (finding,) = landed.reports[0].findings
    assert finding.column == "ordered_at"
    assert "anna@example.org,5" not in str(finding)
    assert "who=" not in str(finding)
    assert "anna" not in str(landed.bad)


@pytest.mark.parametrize(
    ("columns", "row", "reason"),
    [
        ("weekday,open_time,close_time", "0,16:00,08:00", "the interval closes before it opens"),
        ("weekday,open_time,close_time", "7,08:00,16:00", "a weekday runs from 0"),
        ("weekday,open_time,close_time", "0,8 am,16:00", "unparsable time of day"),
        ("start_week_minute,end_week_minute", "500,400", "week minutes run from 0"),
        ("weekday", "0", "an interval needs weekday"),
    ],
)
def test_an_opening_interval_that_makes_no_sense_is_quarantined(
    columns: str, row: str, reason: str, tmp_path: Path
) -> None:
    drop = FileDrop(tmp_path)
    drop.write("s.csv", f"id,tz,{columns}\na,Europe/Helsinki,{row}\n")
    mapped = {name: name for name in columns.split(",")}
    drop.map(
        {
            "entity": "schedules",
            "path": "s.csv",
            "columns": {"schedule_id": "id", "timezone": "tz", **mapped},
        }
    )

    landed = drop.run()

    assert landed.good["schedules"] == []
    assert landed.reasons("schedules")[0][2].startswith(reason)


def test_a_price_or_a_threshold_below_zero_is_quarantined(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("p.csv", "client,price\nacme,2.5\nacme-2,-2.5\n")
    drop.write("t.csv", "channel,seconds\nphone,20\nchat,-20\n")
    price = {
        "agreement_id": "client",
        "client": "client",
        "model": "'unit'",
        "valid_from": "'2026-01-01'",
        "unit_price": "price::double",
    }
    target = {
        "metric_id": "'service_level'",
        "channel": "channel",
        "threshold_seconds": "seconds::double",
    }
    drop.map(
        {"entity": "price_agreements", "path": "p.csv", "columns": price},
        {"entity": "targets", "path": "t.csv", "columns": target},
    )

    landed = drop.run()

    assert [row["unit_price"] for row in landed.good["price_agreements"]] == [2.5]
    assert [row["threshold_seconds"] for row in landed.good["targets"]] == [20]
    assert landed.reasons("price_agreements")[0][2] == "below zero"
    assert landed.reasons("targets")[0][2] == "below zero"


def test_midnight_may_close_a_day_and_unknown_zones_are_quarantined(tmp_path: Path) -> None:
    drop = FileDrop(tmp_path)
    drop.write("s.csv", "id,tz,d,o,c\na,Europe/Helsinki,6,0:00,24:00\nb,Helsinki,6,0:00,24:00\n")
    drop.map(
        {
            "entity": "schedules",
            "path": "s.csv",
            "columns": {
                "schedule_id": "id",
                "timezone": "tz",
                "weekday": "d",
                "open_time": "o",
                "close_time": "c",
            },
        }
    )

    landed = drop.run()

    assert landed.values("schedules", "close_time") == ["24:00"]
    assert landed.values("schedules", "open_time") == ["00:00"]
    assert landed.reasons("schedules") == [(2, "timezone", "no IANA time zone")]
