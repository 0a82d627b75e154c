"""Typeform: every score lands once, and no free text."""

from __future__ import annotations

import pytest

from ingestion.pipelines import land
from ingestion.sources import typeform
from sandbox.server import SandboxServer
from sandbox.world.records import World
from tests.ingestion.vendor_support import UNTIL, Lake, moment


def _scores_until(world: World, now: int) -> dict[tuple[str, str], int]:
    return {
        (answer.native_id, scale): score
        for answer in world.survey_answers
        if answer.vendor == "typeform" and answer.answered_at <= now
        for scale, score in answer.scores.items()
    }


def _landed(lake: Lake) -> list[tuple[tuple[str, str], float]]:
    return [
        (
            (row["response_id"], row["field_ref"]),
            row["boolean_value"] if row["number_value"] is None else row["number_value"],
        )
        for row in lake.rows("typeform", "answers")
    ]


def test_every_score_lands_once(world: World, vendors: SandboxServer, lake: Lake) -> None:
    land("typeform")
    landed = _landed(lake)
    assert dict(landed) == _scores_until(world, UNTIL)
    assert len(landed) == len(dict(landed))


def test_an_answer_knows_its_survey_and_its_contact(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("typeform")
    by_id = {answer.native_id: answer for answer in world.survey_answers}
    rows = lake.rows("typeform", "answers")
    for row in rows:
        answer = by_id[row["response_id"]]
        assert row["hidden_survey_type"] == answer.survey_type
        assert row["submitted_at"] == moment(answer.answered_at)
        assert (row["hidden_contact_id"] is None) == (answer.contact_no is None)
    assert any(str(row["hidden_contact_id"]).startswith("twilio:WT") for row in rows)


def test_more_responses_than_a_page_shows_are_read_in_smaller_stretches(
    world: World, vendors: SandboxServer, lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeform, "RESPONSES_PAGE", 7)
    land("typeform")
    landed = _landed(lake)
    assert dict(landed) == _scores_until(world, UNTIL)
    assert len(landed) == len(dict(landed))


def test_a_second_landing_lands_only_what_was_answered_since(
    world: World, vendors: SandboxServer, lake: Lake
) -> None:
    land("typeform")
    assert land("typeform").total_rows == 0
    vendors.clock.advance(86_400)
    land("typeform")
    landed = _landed(lake)
    assert dict(landed) == _scores_until(world, vendors.clock.now())
    assert len(landed) == len(dict(landed))


def test_free_text_never_lands(world: World, vendors: SandboxServer, lake: Lake) -> None:
    land("typeform")
    comments = [a.comment for a in world.survey_answers if a.comment]
    assert comments
    for path, text in lake.texts():
        assert not [c for c in comments if c in text], path
    assert "comment" not in {row["field_ref"] for row in lake.rows("typeform", "answers")}
