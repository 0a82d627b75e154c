"""Questions to the semantic layer, against figures of the small centre worked out by hand."""

from __future__ import annotations

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from demo.digest import query_digest
from semantic.errors import (
    SemanticError,
    UnknownColumnError,
    UnknownDimensionError,
    UnknownGrainError,
    UnknownMetricError,
    UnknownSavedQueryError,
    WithoutPeriodError,
)
from semantic.query import Answer, Question, SemanticLayer, Value

from .small_centre import LAST_WEEK, TODAY


def by(layer: SemanticLayer, metric: str, group: str) -> dict[Value, Value]:
    return {record[group]: record[metric] for record in layer.query([metric], [group]).records()}


def one(layer: SemanticLayer, metric: str, **where: str) -> Value:
    return layer.query([metric], where=where).rows[0][0]


def test_a_ratio_is_one_of_sums_at_every_grain(layer: SemanticLayer) -> None:
    # voice 1 of 3, e-mail 1 of 2, callback 0 of 1: averaging the three would give 0.28
    assert one(layer, "service_level") == pytest.approx(2 / 6, abs=1e-12)
    assert by(layer, "service_level", "contact__channel") == {
        "voice": pytest.approx(1 / 3, abs=1e-12),
        "email": 0.5,
        "callback": 0.0,
        "chat": None,
    }


def test_nothing_to_count_is_null_and_none_succeeded_is_zero(layer: SemanticLayer) -> None:
    csat = by(layer, "csat_score", "contact_channel")
    assert csat == {"voice": 0.5, "email": 0.0}
    assert by(layer, "service_level", "contact_channel")["chat"] is None
    assert by(layer, "service_level", "contact_channel")["callback"] == 0.0


def test_a_share_is_of_all_that_lies_beside_it(layer: SemanticLayer) -> None:
    assert by(layer, "channel_share", "contact_channel") == {"voice": 0.5, "email": 0.5}
    assert by(layer, "channel_share_n", "contact_channel") == {"voice": 8.0, "email": 8.0}
    assert by(layer, "channel_share", "metric_time__day") == {LAST_WEEK: 1.0, TODAY: 1.0}
    assert by(layer, "first_channel_share", "contact_channel") == {"voice": 0.75, "email": 0.25}
    assert by(layer, "contact_rate_per_customer", "contact_channel") == {"voice": 5.0, "email": 5.0}
    reasons = layer.query(["reason_share_within_channel"], ["contact_channel", "reason"])
    assert set(reasons.rows) == {
        ("voice", "billing", 0.75), ("voice", "other", 0.25),
        ("email", "billing", 0.0), ("email", "other", 1.0),
    }  # fmt: skip
    assert by(layer, "reason_share_within_channel", "reason") == {"billing": 0.6, "other": 0.4}
    categories = by(layer, "value_category_share", "reason_month__value_category")
    assert categories == {"neither": 1.0, "unclassified": None}


def test_a_peak_is_beside_normal_days_of_its_kind(layer: SemanticLayer) -> None:
    assert one(layer, "volume_peak_ratio") == pytest.approx(8 / 3, abs=1e-12)
    assert by(layer, "peak_gap_aht", "peak__day_type") == {"campaign": 50.0}
    assert one(layer, "peak_gap_service_level") == -0.25
    assert one(layer, "peak_gap_csat") == -0.5


def test_rows_left_out_are_counted_by_rule(layer: SemanticLayer) -> None:
    found = by(layer, "data_quality_exclusions", "exclusion__rule")
    assert found == {"spam_case": 2, "late_answer": 1}


def test_the_age_of_the_data_is_that_of_the_oldest_source_now(layer: SemanticLayer) -> None:
    age = float(str(one(layer, "data_freshness_minutes")))
    since = datetime.now(UTC) - datetime(2026, 4, 1, tzinfo=UTC)
    assert age == pytest.approx(since.total_seconds() / 60, abs=2)


def test_speed_of_answer_is_of_those_who_reached_somebody(layer: SemanticLayer) -> None:
    assert by(layer, "average_speed_of_answer", "contact__channel") == {
        "voice": 20.0, "callback": 100.0, "email": None, "chat": None,
    }  # fmt: skip


def test_abandonment_is_of_voice_and_chat_without_short_ones(layer: SemanticLayer) -> None:
    assert one(layer, "abandonment_rate") == pytest.approx(1 / 3, abs=1e-12)
    assert one(layer, "abandonment_rate_n") == 3
    assert by(layer, "abandonment_rate", "contact__channel")["email"] is None


def test_handle_time_is_by_complete_leg(layer: SemanticLayer) -> None:
    assert one(layer, "average_handle_time") == pytest.approx(1_000 / 3, abs=1e-9)
    # Of three legs one row each, though the agents have several versions.
    assert by(layer, "average_handle_time", "agent__team") == {"red": 200.0, "blue": 600.0}
    assert by(layer, "average_handle_time", "agent_at_contact__team") == {
        "white": 200.0, "blue": 600.0,
    }  # fmt: skip
    # In hours, and of the time that simultaneous contacts share: 900 s of the 1,000.
    assert one(layer, "handle_time_total") == pytest.approx(0.25, abs=1e-12)


def test_cases_stand_on_their_own_days(layer: SemanticLayer) -> None:
    answer = layer.query(["cases_created", "cases_resolved"], ["metric_time__day"])
    assert {row[0]: row[1:] for row in answer.rows} == {LAST_WEEK: (2, 1), TODAY: (1, 1)}
    assert one(layer, "full_resolution_time_avg") == 9_000.0
    assert one(layer, "first_resolution_time_avg") == 5_400.0
    assert one(layer, "full_resolution_time_p90") == 10_440.0
    assert one(layer, "one_touch_resolution_rate") == 0.5
    assert one(layer, "case_reopen_rate") == 1.0
    assert one(layer, "resolved_within_target_rate") == 0.5
    assert one(layer, "next_response_time_avg") == 900.0


def test_where_cases_were_created_and_none_solved_nothing_was_cleared(
    layer: SemanticLayer,
) -> None:
    assert by(layer, "case_clearance_rate", "ticket__status") == {"solved": 1.0, "open": 0.0}


def test_the_backlog_is_that_of_the_last_day_and_not_added_over_days(layer: SemanticLayer) -> None:
    assert one(layer, "active_cases") == 1
    assert one(layer, "aged_case_rate") == 1.0
    answer = layer.query(["active_cases"], ["metric_time__day"])
    assert dict(answer.rows) == {LAST_WEEK: 2, TODAY: 1}


def test_survey_types_are_never_pooled(layer: SemanticLayer) -> None:
    assert one(layer, "nps", contact_channel="voice") == 25.0
    assert one(layer, "nps_n", contact_channel="voice") == 4
    assert one(layer, "nps_relationship") == -100.0
    voice = one(layer, "nps_standard_error", contact_channel="voice")
    assert voice == pytest.approx(41.457809879, abs=1e-9)


def test_the_relationship_is_another_satisfaction_and_weighs_its_answers(
    layer: SemanticLayer,
) -> None:
    assert one(layer, "csat_score_n") == 3, "no answer about the relationship is among them"
    assert by(layer, "csat_score_scales", "contact_channel") == {"voice": 1, "email": 1}
    assert one(layer, "csat_score_scales") == 2
    assert one(layer, "overall_satisfaction_rate_scales") == 1
    assert one(layer, "overall_satisfaction_rate") == 0.25
    assert one(layer, "overall_satisfaction_rate_n") == 2
    assert one(layer, "overall_satisfaction_rate_n_effective") == 1.6


def test_recommendation_is_compared_by_first_contact_resolution(layer: SemanticLayer) -> None:
    assert one(layer, "nps_gap_by_fcr") == 100.0
    assert one(layer, "fcr_survey_rate") == 1.0


def test_the_survey_funnel_counts_closed_windows_and_handled_contacts(
    layer: SemanticLayer,
) -> None:
    assert one(layer, "survey_response_rate") == pytest.approx(2 / 3, abs=1e-12)
    assert one(layer, "survey_reminder_uplift") == 0.5
    # three of the five handled contacts; nobody was asked about the callback
    assert by(layer, "survey_coverage_rate", "contact_channel") == {
        "voice": 1.0, "email": 0.5, "callback": 0.0, "chat": None,
    }  # fmt: skip


def test_negative_answers_are_followed_up(layer: SemanticLayer) -> None:
    assert one(layer, "closed_loop_rate") == pytest.approx(2 / 3, abs=1e-12)
    assert one(layer, "closed_loop_within_sla_rate") == pytest.approx(1 / 3, abs=1e-12)
    assert one(layer, "closed_loop_time_p50") == (3_600 + 259_200) / 2
    assert one(layer, "closed_loop_recovery_rate") == 0.5
    assert one(layer, "closed_loop_excluded") == 1


def test_a_change_is_against_the_period_before(layer: SemanticLayer) -> None:
    answer = layer.query(["csat_change"], ["metric_time__month"])
    assert answer.columns == ("metric_time__month", "csat_change")


def test_only_current_valid_answers_count(layer: SemanticLayer) -> None:
    assert one(layer, "csat_score_n") == 3
    assert one(layer, "ces_favourable_rate") == 0.5
    assert one(layer, "ces_mean") == 5.0


def test_immature_contacts_are_shown_but_not_counted(layer: SemanticLayer) -> None:
    assert one(layer, "first_contact_resolution_rate") == 0.5
    assert one(layer, "first_contact_resolution_rate_n") == 2
    assert one(layer, "fcr_immature") == 1


def test_metrics_of_several_facts_meet_on_the_conformed_channel(layer: SemanticLayer) -> None:
    answer = layer.query(["contacts_offered", "average_handle_time", "nps"], ["contact_channel"])
    rows = {record["contact_channel"]: record for record in answer.records()}
    assert rows["voice"]["contacts_offered"] == 4
    assert rows["voice"]["average_handle_time"] == pytest.approx(1_000 / 3, abs=1e-9)
    assert rows["voice"]["nps"] == 25.0
    assert rows["chat"]["nps"] is None


def test_filters_take_one_value_or_several(layer: SemanticLayer) -> None:
    assert one(layer, "contacts_offered", contact__channel="voice") == 4
    either = layer.query(["contacts_offered"], where={"contact__channel": ["voice", "email"]})
    assert either.rows == ((7,),)
    assert one(layer, "contacts_offered", queue="q_email") == 3
    assert one(layer, "talk_seconds", contact__reason="billing") == 200
    assert layer.query(["contacts_offered"], where={"metric_time__day": TODAY}).rows == ((4,),)
    # a quote is data, not SQL
    assert one(layer, "contacts_offered", contact__channel="v' or 'a' = 'a") is None


def test_a_period_counts_both_its_ends(layer: SemanticLayer) -> None:
    def offered(start: date, end: date) -> Value:
        return layer.query(["contacts_offered"], start=start, end=end).rows[0][0]

    assert offered(LAST_WEEK, LAST_WEEK) == 4
    assert offered(LAST_WEEK, TODAY) == 8
    assert offered(date(2026, 4, 9), TODAY) == 4


def test_weeks_start_on_monday_and_are_dates(layer: SemanticLayer) -> None:
    answer = layer.query(["contacts_offered"], ["metric_time__week"])
    assert dict(answer.rows) == {date(2026, 4, 6): 4, date(2026, 4, 13): 4}  # type: ignore[arg-type]


def test_an_order_and_a_limit_are_kept(layer: SemanticLayer) -> None:
    question = Question(
        ["contacts_offered"], ["contact__channel"], order_by=["-contacts_offered"], limit=1
    )
    assert layer.ask(question)[0].rows == (("voice", 4),)


def test_an_unknown_metric_names_its_neighbours(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownMetricError, match=r"'service_levl'.*Did you mean service_level"):
        layer.query(["service_levl"])


def test_an_unknown_dimension_names_its_neighbours_and_all_that_are_allowed(
    layer: SemanticLayer,
) -> None:
    with pytest.raises(UnknownDimensionError, match="Did you mean contact_channel") as raised:
        layer.query(["service_level"], ["contact_chanel"])
    assert "Allowed: " in str(raised.value)
    assert "queue__brand" in raised.value.allowed
    with pytest.raises(UnknownDimensionError, match="contact__channel"):
        layer.query(["service_level"], ["chanel"])
    with pytest.raises(UnknownDimensionError, match="'queue__brnd'"):
        layer.query(["service_level"], where={"queue__brnd": "Blue"})


def test_an_unknown_grain_or_column_names_its_neighbours(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownGrainError, match=r"Did you mean metric_time__week\? Grains: day"):
        layer.query(["service_level"], ["metric_time__weak"])
    with pytest.raises(UnknownGrainError, match=r"peak_gap_aht. Grains: quarter, year"):
        layer.query(["peak_gap_aht"], ["metric_time__day"])
    with pytest.raises(WithoutPeriodError, match="metric_time__month"):
        layer.query(["csat_change"], ["survey_response__survey_type"])
    question = Question(["service_level"], ["queue"], order_by=["-servicelevel"])
    with pytest.raises(UnknownColumnError, match=r"'servicelevel'.*Did you mean service_level\?"):
        layer.ask(question)


def test_a_figure_without_sense_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownDimensionError):
        layer.query(["service_level"], ["agent__team"])
    with pytest.raises(UnknownDimensionError):
        layer.query(["service_level"], ["agent_at_contact__team"])
    with pytest.raises(UnknownDimensionError):
        layer.query(["overall_satisfaction_rate_low"], ["contact_channel"])


def test_a_dimension_of_one_metric_only_is_refused_for_both(layer: SemanticLayer) -> None:
    assert "contact__channel" in layer.dimensions(["contacts_offered"])
    with pytest.raises(UnknownDimensionError):
        layer.query(["contacts_offered", "cases_created"], ["contact__channel"])


def test_an_unknown_saved_query_names_those_there_are(layer: SemanticLayer) -> None:
    with pytest.raises(UnknownSavedQueryError, match=r"mean rt_floor\? There are: .*weekly_team"):
        layer.saved("floor")


def test_a_question_without_metrics_is_refused(layer: SemanticLayer) -> None:
    with pytest.raises(SemanticError, match="at least one metric"):
        layer.query([])


def test_template_marks_in_a_value_are_refused(layer: SemanticLayer) -> None:
    with pytest.raises(SemanticError, match="template marks"):
        one(layer, "contacts_offered", contact__channel="{{ 1 }}")


def test_a_copy_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(SemanticError, match="make demo"):
        SemanticLayer.of_home(tmp_path).query(["contacts_offered"])
    with pytest.raises(SemanticError, match="serving, live, dev"):
        SemanticLayer.of_home(tmp_path, target="prod")


def test_the_file_is_let_go_after_every_question(database: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(database, tmp_path / "marts.duckdb"))
    layer = SemanticLayer(copy)
    assert one(layer, "contacts_offered") == 8
    with duckdb.connect(str(copy)) as writer:  # fails when a reader still holds the file
        writer.execute("delete from core.fct_contact where channel = 'voice'")
    assert one(layer, "contacts_offered") == 4


def test_who_waited_for_an_unknown_time_is_in_no_mean_and_in_every_count(
    database: Path, tmp_path: Path
) -> None:
    """Catalogue E7: c3 gave up after 60 s, c5 at a time that cannot be."""
    copy = Path(shutil.copy(database, tmp_path / "marts.duckdb"))
    with duckdb.connect(str(copy)) as writer:
        writer.execute(
            "insert into core.fct_contact"
            " select * replace ('c5' as contact_id, null as wait_seconds)"
            " from core.fct_contact where contact_id = 'c3'"
        )
    layer = SemanticLayer(copy)
    assert one(layer, "contacts_abandoned") == 3
    assert one(layer, "abandonment_rate_n") == 4
    assert one(layer, "average_time_to_abandon_n") == 1
    assert one(layer, "average_time_to_abandon") == 60.0


def test_a_swapped_file_is_seen_at_once(database: Path, tmp_path: Path) -> None:
    published = Path(shutil.copy(database, tmp_path / "marts.duckdb"))
    layer = SemanticLayer(published)
    assert one(layer, "contacts_offered") == 8
    beside = Path(shutil.copy(database, tmp_path / "next.duckdb"))
    with duckdb.connect(str(beside)) as writer:
        writer.execute("delete from core.fct_contact where channel <> 'chat'")
    beside.replace(published)
    assert one(layer, "contacts_offered") == 1


def test_the_digest_has_a_row_a_channel_and_a_total(database: Path) -> None:
    rows = query_digest(database.parent.parent)
    assert list(rows) == ["voice", "callback", "chat", "email", "total"]
    assert rows["total"]["contacts_offered"] == 8
    assert rows["total"]["contacts_handled"] == 5
    assert rows["chat"]["service_level"] is None
    assert rows["chat"]["service_level_n"] == 0
    assert rows["callback"]["contacts_offered"] == 0
    assert rows["email"]["first_response_time_avg"] == 46_800.0
    assert rows["total"]["csat_score"] == pytest.approx(1 / 3, abs=1e-12)


def test_an_ordered_answer_reads_from_little_to_much_and_ends_with_no_group() -> None:
    bands = ("150-180", None, ">180", "0-90", "90-150")
    shuffled = Answer(("band", "n"), tuple((band, 1.0) for band in bands), "")
    assert [band for band, _ in shuffled.ordered().rows] == [
        "0-90", "90-150", "150-180", ">180", None,
    ]  # fmt: skip
    days = Answer(("day",), ((date(2026, 4, 2),), (None,), (date(2026, 4, 1),)), "")
    assert days.ordered().rows[0] == (date(2026, 4, 1),)
