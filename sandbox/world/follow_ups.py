"""Closing the loop: whoever gave a bad answer is to be called, once for all of a week's answers.

Every task draws from a stream of its own, named by the answer that opened it, so it does not depend
on what is simulated after it.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from sandbox.world.calendar import OpeningHours
from sandbox.world.ids import hex32
from sandbox.world.records import FollowUp, SurveyAnswer

HOUR = 3_600
DAY = 86_400
ONE_TASK_WINDOW = 7 * DAY
_ACTIONS = ("refund", "explained", "fixed", "apologised")
# Highest raw value of each scale that calls for a follow-up.
BAD_UP_TO = {"csat_5": 2, "csat_2": 0, "nps_11": 6, "ces2_7": 3}


def is_bad(answer: SurveyAnswer) -> bool:
    """Whether an answer calls for a follow-up."""
    return any(
        value <= BAD_UP_TO[scale] for scale, value in answer.scores.items() if scale in BAD_UP_TO
    )


def make_follow_ups(
    seed: int,
    answers: list[SurveyAnswer],
    hours: OpeningHours,
    pick_agent: Callable[[random.Random, int], int],
    reasons: list[str],
) -> list[FollowUp]:
    """The tasks that bad answers open.

    Args:
        seed: world seed.
        answers: numbered, by time.
        hours: when people are called.
        pick_agent: somebody on duty at an instant.
        reasons: codes a cause can have.
    """
    opened: dict[int, int] = {}
    tasks: list[FollowUp] = []
    for answer in answers:
        since = opened.get(answer.customer_no)
        if not is_bad(answer):
            continue
        if since is not None and answer.answered_at <= since + ONE_TASK_WINDOW:
            continue
        opened[answer.customer_no] = answer.answered_at
        rng = random.Random(f"{seed}:loop:{answer.native_id}")
        if rng.random() < 0.08:
            continue  # nobody noticed
        tasks.append(_play(seed, answer, hours, pick_agent, reasons, rng))
    return sorted(tasks, key=lambda task: (task.created_at, task.task_id))


def _play(
    seed: int,
    answer: SurveyAnswer,
    hours: OpeningHours,
    pick_agent: Callable[[random.Random, int], int],
    reasons: list[str],
    rng: random.Random,
) -> FollowUp:
    created = answer.answered_at + rng.randint(5, 120)
    task = FollowUp(
        task_id=hex32(seed, f"task:{answer.native_id}"),
        response_no=answer.response_no,
        customer_no=answer.customer_no,
        agent_no=pick_agent(rng, hours.next_open(created)),
        created_at=created,
        attempts=[],
        reached_at=None,
        cause=None,
        action=None,
        do_not_contact=rng.random() < 0.03,
        closed_at=None,
    )
    if task.do_not_contact:
        return task
    at = created
    for _ in range(3):
        at = hours.add(at + 60, int(rng.expovariate(1 / (5 * HOUR))))
        task.attempts.append(at)
        if rng.random() < 0.6:
            task.reached_at = at
            task.cause, task.action = rng.choice(reasons), rng.choice(_ACTIONS)
            break
    task.closed_at = at + 120
    return task
