"""Survey answers that count as of an instant: the latest for each contact and metric."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.ledger.rules import DETRACTORS, FAVOURABLE, PROMOTERS
from sandbox.world.records import World


@dataclass(slots=True)
class AnswerTruth:
    """One counting answer; `points` is 1 or 0, for NPS 100, 0 or -100."""

    metric: str
    contact_no: int
    answered_at: int
    response_no: int
    scale: str
    score: int
    points: int


def _metric_and_points(survey_type: str, scale: str, score: int) -> tuple[str, int] | None:
    if survey_type == "transactional" and scale == "nps_11":
        points = 100 if score in PROMOTERS else -100 if score in DETRACTORS else 0
        return "nps", points
    found = FAVOURABLE.get((survey_type, scale))
    return None if found is None else (found[0], int(score in found[1]))


def answer_truths(world: World, as_of: int) -> list[AnswerTruth]:
    """The current transactional answers for CSAT, NPS and CES."""
    latest: dict[tuple[int, str], AnswerTruth] = {}
    for answer in world.survey_answers:  # by answered_at: a later one replaces
        if answer.answered_at > as_of or answer.contact_no is None:
            continue
        for scale, score in answer.scores.items():
            found = _metric_and_points(answer.survey_type, scale, score)
            if found is not None:
                metric, points = found
                latest[answer.contact_no, metric] = AnswerTruth(
                    metric,
                    answer.contact_no,
                    answer.answered_at,
                    answer.response_no,
                    scale,
                    score,
                    points,
                )
    return list(latest.values())
