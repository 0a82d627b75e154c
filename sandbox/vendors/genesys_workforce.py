"""Workforce management of Genesys Cloud: who was to work when, and how far they kept to it.

A shift covers the half-hours in which an agent of the live lines worked, with a meal in a long one.
Overtime is put into the schedule when the day is over: before that the shift of every second agent
ends an hour earlier. Whoever has a day off has a marker instead. Adherence is the scheduled time
less late starts, early ends and work in the meal.

Inputs: a World. Outputs: dicts in the vendor's shape, as of an instant. Knows no clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.vendors.genesys_records import agent_id, guid, instant
from sandbox.world.calendar import HELSINKI, local_date, local_midnight
from sandbox.world.records import Agent, World

HALF_HOUR, HOUR = 1800, 3600
ZONE = ZoneInfo(HELSINKI)
# Code: (id, name, category, paid, counts as work, counts toward shrinkage).
ACTIVITIES = {
    "work": ("0", "On queue", "OnQueueWork", True, True, False),
    "meal": ("2", "Meal", "Meal", False, False, False),
    "off": ("5", "Time off", "TimeOff", True, False, True),
}
_MEAL_AFTER, _LONG = 3 * HOUR, 5 * HOUR
_OVERTIME_OF, _DAY_OFF_OF = 2, 7  # every so many agents
PUBLISHED_AHEAD = dt.timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Day:
    """One agent's local day: the shift as it ended up, and the stretches of work in it."""

    agent: Agent
    day: dt.date
    start: int
    end: int
    work: tuple[tuple[int, int], ...]

    @property
    def meal(self) -> tuple[int, int]:
        """From and to; both the same where there is none."""
        at = self.start + _MEAL_AFTER
        return at, at + (HALF_HOUR if self.end - self.start >= _LONG else 0)


def unit_of(agent: Agent) -> str:
    """Id of the management unit: one an employer."""
    return guid("management unit", agent.employer)


class WorkforceRecords:
    """Units, shifts and adherence of a world."""

    def __init__(self, world: World) -> None:
        self.business_unit = guid("business unit")
        self._agents = world.agents
        work: dict[tuple[int, dt.date], list[tuple[int, int]]] = {}
        for contact in world.contacts:
            for leg in contact.legs:
                if leg.agent_no is None or leg.reserved_at is None:
                    continue
                end = leg.wrapped_at or leg.left_at or leg.reserved_at
                day = local_date(leg.reserved_at, ZONE)
                work.setdefault((leg.agent_no, day), []).append((leg.reserved_at, end))
        agents = {agent.agent_no: agent for agent in world.agents}
        self._days = [
            Day(
                agents[agent_no],
                day,
                min(start for start, _ in legs) // HALF_HOUR * HALF_HOUR,
                -(-max(end for _, end in legs) // HALF_HOUR) * HALF_HOUR,
                tuple(legs),
            )
            for (agent_no, day), legs in sorted(work.items())
        ]

    def units(self) -> list[dict[str, Any]]:
        """Return the management units."""
        return [
            {
                "id": guid("management unit", employer),
                "name": employer,
                "businessUnit": {"id": self.business_unit, "name": "Centre"},
                "startDayOfWeek": "Monday",
                "timeZone": HELSINKI,
            }
            for employer in sorted({agent.employer for agent in self._agents})
        ]

    def activity_codes(self) -> list[dict[str, Any]]:
        """Return the codes that shifts are made of."""
        return [
            {
                "id": code,
                "name": name,
                "active": True,
                "defaultCode": True,
                "category": category,
                "lengthInMinutes": 30,
                "countsAsPaidTime": paid,
                "countsAsWorkTime": works,
                "countsTowardShrinkage": shrinks,
                "agentTimeOffSelectable": category == "TimeOff",
            }
            for code, name, category, paid, works, shrinks in ACTIVITIES.values()
        ]

    def schedules(self, unit: str, since: int, until: int, now: int) -> list[dict[str, Any]]:
        """Return the shifts of a unit that begin in [since, until), as published at `now`."""
        until = min(until, now + int(PUBLISHED_AHEAD.total_seconds()))
        found: dict[int, dict[str, Any]] = {}
        for day in self._days:
            if unit_of(day.agent) == unit and since <= day.start < until:
                shown = found.setdefault(day.agent.agent_no, _of_agent(day.agent))
                shown["shifts"].append(_shift(day, now))
        for agent, day_off in self._days_off(unit, since, until):
            shown = found.setdefault(agent.agent_no, _of_agent(agent))
            shown["fullDayTimeOffMarkers"].append(_marker(agent, day_off))
        return [found[number] for number in sorted(found)]

    def _days_off(self, unit: str, since: int, until: int) -> Iterator[tuple[Agent, dt.date]]:
        worked = {(day.agent.agent_no, day.day) for day in self._days}
        day = local_date(since, ZONE)
        while (midnight := local_midnight(day, ZONE)) < until:
            for agent in self._agents:
                is_off = agent.agent_no % _DAY_OFF_OF == day.weekday()
                is_employed = agent.live_at <= midnight and not agent.has_left_by(midnight)
                is_free = is_off and is_employed and (agent.agent_no, day) not in worked
                if is_free and unit_of(agent) == unit and midnight >= since:
                    yield agent, day
            day += dt.timedelta(days=1)

    def adherence(self, unit: str, since: int, until: int) -> list[dict[str, Any]]:
        """Return how far the agents of a unit kept to their shifts in [since, until)."""
        by_agent: dict[int, list[Day]] = {}
        for day in self._days:
            if unit_of(day.agent) == unit and since <= day.start and day.end <= until:
                by_agent.setdefault(day.agent.agent_no, []).append(day)
        return [
            {
                "userId": agent_id(days[0].agent),
                "impact": "Negative",
                "exceptionInfo": [],
                "actuals": [],
                "dayMetrics": [_metrics(day, since) for day in days],
            }
            for days in by_agent.values()
        ]


def _of_agent(agent: Agent) -> dict[str, Any]:
    user = agent_id(agent)
    return {
        "user": {"id": user, "selfUri": f"/api/v2/users/{user}"},
        "shifts": [],
        "fullDayTimeOffMarkers": [],
    }


def _shift(day: Day, now: int) -> dict[str, Any]:
    name = guid("shift", day.agent.agent_no, day.day)
    end = day.end
    is_edited = day.agent.agent_no % _OVERTIME_OF == 0 and end - day.start > 2 * HOUR
    if is_edited and now < end:
        end -= HOUR
    meal_from, meal_to = day.meal
    stretches = [(day.start, meal_from, "work"), (meal_from, meal_to, "meal"),
                 (meal_to, end, "work")]  # fmt: skip
    if meal_from == meal_to:
        stretches = [(day.start, end, "work")]
    monday = day.day - dt.timedelta(days=day.day.weekday())
    return {
        "id": name,
        "startDate": instant(day.start),
        "lengthMinutes": (end - day.start) // 60,
        "manuallyEdited": is_edited and now >= day.end,
        "schedule": {"id": guid("schedule", monday), "weekDate": monday.isoformat()},
        "activities": [
            {
                "startDate": instant(start),
                "lengthMinutes": (stop - start) // 60,
                "description": f"{day.agent.name}: {kind}",
                "activityCodeId": ACTIVITIES[kind][0],
                "paid": ACTIVITIES[kind][3],
            }
            for start, stop, kind in stretches
        ],
    }


def _marker(agent: Agent, day: dt.date) -> dict[str, Any]:
    code = ACTIVITIES["off"]
    return {
        "businessUnitDate": day.isoformat(),
        "lengthMinutes": 450,
        "description": f"{agent.name} is away",
        "activityCodeId": code[0],
        "paid": code[3],
        "timeOffRequestId": guid("time off", agent.agent_no, day),
    }


def _metrics(day: Day, since: int) -> dict[str, Any]:
    first = min(start for start, _ in day.work)
    last = max(end for _, end in day.work)
    meal_from, meal_to = day.meal
    in_meal = sum(max(0, min(end, meal_to) - max(start, meal_from)) for start, end in day.work)
    missed = (first - day.start) + (day.end - last)
    scheduled = day.end - day.start
    on_queue = scheduled - (meal_to - meal_from)
    actual = on_queue - missed + in_meal
    exceptions = missed + in_meal
    return {
        "dayStartOffsetSeconds": local_midnight(day.day, ZONE) - since,
        "adherenceScheduleSeconds": scheduled,
        "conformanceScheduleSeconds": on_queue,
        "conformanceActualSeconds": actual,
        "exceptionCount": (first > day.start) + (last < day.end) + (in_meal > 0),
        "exceptionDurationSeconds": exceptions,
        "impactSeconds": -exceptions,
        "scheduleLengthSeconds": scheduled,
        "actualLengthSeconds": last - first,
        "adherencePercentage": round(100 * (1 - exceptions / scheduled), 2),
        "conformancePercentage": round(100 * actual / on_queue, 2),
    }
