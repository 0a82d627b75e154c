"""The analysts' questions of the guide: what the page asks, what it prints, and what is true.

The true answers come from the ledger's facts of a world, in plain Python, by the names that the
page's queries group by.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import NormalDist

from sandbox.ledger.digest import observations
from sandbox.ledger.metrics import METRICS
from sandbox.ledger.observation import Metrics, Place, figures
from sandbox.ledger.peaks import day_types
from sandbox.ledger.truth import Truth

PAGE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "questions.md"
LAST_WEEK = date(2026, 4, 6), date(2026, 4, 12)
Answer = dict[Hashable, Metrics]


@dataclass(frozen=True)
class Asked:
    """A question of the page.

    Attributes:
        number: Its number.
        arguments: Of the query; empty where it is a program.
        program: The program, where it is one.
        printed: The answer that the page shows.
    """

    number: int
    arguments: tuple[str, ...]
    program: str
    printed: str


def page() -> dict[int, Asked]:
    """The questions by number."""
    found = {}
    for part in re.split(r"^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
        number = int(part.partition(".")[0])
        blocks = re.findall(r"^```(\w*)\n(.*?)^```", part, flags=re.MULTILINE | re.DOTALL)
        by_kind = dict(blocks)
        asked = re.search(r'ARGS="(.*)"', by_kind.get("sh", ""))
        arguments = tuple(asked[1].split()) if asked else ()
        found[number] = Asked(number, arguments, by_kind.get("python", ""), by_kind[""])
    return found


def metrics_by(
    known: Truth, names: Iterable[str], cut: Callable[[Place], Hashable | None]
) -> Answer:
    """Figures of the ledger by a cut of the place."""
    kinds = {name: METRICS[name] for name in names}
    return figures(observations(known, every_day=True), kinds, cut)


def shares(parts: Iterable[tuple[Hashable, str, float]]) -> Answer:
    """Means by group and metric, with their n; a group has every metric."""
    values: dict[Hashable, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for group, metric, value in parts:
        values[group][metric].append(value)
    names = {name for metrics in values.values() for name in metrics}
    answer: Answer = {}
    for group, metrics in values.items():
        answer[group] = {}
        for name in names:
            seen = metrics.get(name, [])
            answer[group] |= {name: sum(seen) / len(seen) if seen else None, f"{name}_n": len(seen)}
    return answer


def service_level_of_voice(known: Truth) -> Answer:
    """1: by queue, last week."""
    names = {queue.code: queue.name for queue in known.world.queues}

    def cut(place: Place) -> str | None:
        counts = place.channel == "voice" and LAST_WEEK[0] <= place.day <= LAST_WEEK[1]
        return names[place.queue_code or ""] if counts else None

    return metrics_by(known, ["service_level"], cut)


def wait_band(seconds: int | None) -> str | None:
    """The band of a wait, by the limits of the catalogue."""
    if seconds is None:
        return None
    bands = {90: "0-90", 150: "90-150", 180: "150-180"}
    return next((band for limit, band in bands.items() if seconds <= limit), ">180")


def satisfaction_by_wait(known: Truth) -> Answer:
    """2: calls by the band of their wait."""
    calls = {
        row.contact.contact_no: row for row in known.contacts if row.contact.channel == "voice"
    }
    parts: list[tuple[Hashable, str, float]] = [
        (wait_band(row.wait_seconds), "average_speed_of_answer", row.wait_seconds)
        for row in calls.values()
        if row.is_connected and row.wait_seconds is not None
    ]
    parts += [
        (wait_band(calls[answer.contact_no].wait_seconds), "csat_score", answer.points)
        for answer in known.answers
        if answer.metric == "csat_score" and answer.contact_no in calls
    ]
    return shares(parts)


def resolution_by_reason(known: Truth) -> Answer:
    """3: by the first level of the coded reason."""
    levels = {reason.code: reason.l1 for reason in known.world.reasons}
    return shares(
        (
            levels.get(row.reason_code or ""),
            "first_contact_resolution_rate",
            int(known.fcr[row.contact.contact_no].is_success),
        )
        for row in known.contacts
        if (fcr := known.fcr.get(row.contact.contact_no)) is not None and fcr.is_eligible
    )


def recommendation_by_quarter(known: Truth) -> Answer:
    """4: with the change to the quarter before."""

    def quarter(place: Place) -> str:
        return str(place.day.replace(month=(place.day.month - 1) // 3 * 3 + 1, day=1))

    answer = metrics_by(known, ["nps"], quarter)
    before: float | None = None
    for group in sorted(answer, key=str):
        now = answer[group]["nps"]
        answer[group]["nps_change"] = None if now is None or before is None else now - before
        before = now
    return {group: metrics for group, metrics in answer.items() if metrics["nps_n"]}


def backlog(known: Truth) -> Answer:
    """5: today and a week ago."""
    days = {"2026-04-08", "2026-04-15"}
    return metrics_by(
        known, ["active_cases"], lambda place: str(place.day) if str(place.day) in days else None
    )


def emails_that_became_calls(known: Truth) -> Answer:
    """6: in all."""
    return metrics_by(known, ["email_to_phone_pivot_rate"], lambda _: "")


def handling_by_day_type(known: Truth) -> Answer:
    """7: by the kind of day on which the contact came."""
    kind, day = day_types(known.world), known.day_of()
    rows = {row.contact.contact_no: row for row in known.contacts}

    def day_type(contact_no: int) -> str | None:
        row = rows[contact_no]
        queue = row.contact.queue_code
        began = row.started_at if row.queued_at is None else row.queued_at
        return None if queue is None else kind(queue, day(began, queue))

    return shares(
        (day_type(leg.contact_no), "average_handle_time", leg.handle_seconds) for leg in known.legs
    )


def value_of_contacts(known: Truth) -> Answer:
    """8: handled contacts by whom their reason brings value."""
    reasons = {reason.code: reason for reason in known.world.reasons}
    answer: Answer = {}
    for row in known.contacts:
        if not row.is_handled:
            continue
        reason = reasons.get(row.reason_code or "")
        group = "unclassified" if reason is None else reason.category_at(row.started_at)
        metrics = answer.setdefault(group, {"contacts_handled": 0, "no_value_contact_rate_n": 0})
        metrics["contacts_handled"] = int(metrics["contacts_handled"] or 0) + 1
        if group == "unclassified":
            metrics["no_value_contact_rate"] = None
        else:
            metrics["no_value_contact_rate_n"] = metrics["contacts_handled"]
            metrics["no_value_contact_rate"] = float(group == "neither")
    return answer


def who_answers(known: Truth) -> Answer:
    """9: by channel of the contact; the regular survey has none."""
    return metrics_by(known, ["survey_response_rate"], lambda place: place.channel)


def chances(known: Truth) -> dict[str, float]:
    """10: by agent, the chance of a difference to the rest of the team as large as theirs."""
    counted = metrics_by(known, ["first_contact_resolution_rate"], lambda place: place.agent_no)
    rate, n_of = "first_contact_resolution_rate", "first_contact_resolution_rate_n"
    employee = {agent.agent_no: agent.employee_id for agent in known.world.agents}
    team = {agent.agent_no: agent.spell_at(known.as_of).team for agent in known.world.agents}
    tally = {
        no: (round(float(said[rate] or 0) * int(said[n_of] or 0)), int(said[n_of] or 0))
        for no, said in counted.items()
        if isinstance(no, int) and said[n_of]
    }
    found = {}
    for no, (solved, n) in tally.items():
        mates = [each for other, each in tally.items() if team[other] == team[no]]
        others = sum(each[0] for each in mates) - solved, sum(each[1] for each in mates) - n
        if min(n, others[1]) < 30:
            continue
        pooled = (solved + others[0]) / (n + others[1])
        spread = (pooled * (1 - pooled) * (1 / n + 1 / others[1])) ** 0.5
        gap = abs(solved / n - others[0] / others[1])
        found[employee[no]] = 2 - 2 * NormalDist(0, spread).cdf(gap) if spread else 1.0
    return found


TRUE: Mapping[int, Callable[[Truth], Answer]] = {
    1: service_level_of_voice,
    2: satisfaction_by_wait,
    3: resolution_by_reason,
    4: recommendation_by_quarter,
    5: backlog,
    6: emails_that_became_calls,
    7: handling_by_day_type,
    8: value_of_contacts,
    9: who_answers,
}
