"""Files of the simulated centre, as a centre would export them for the file drop.

Input: a World. Output: queues, schedules, schedule_holidays, agents, reasons, targets, campaigns,
price_agreements, benchmarks, finance_months, survey_invitations and closed_loop_tasks as CSV
(UTF-8, comma, header, times in UTC), mapped by `examples/sandbox/files.yml`. Only the last three,
and the personnel list where an instant is given for it, depend on how far the clock has moved;
there is no finance_months before a month has closed. Invitations are a file a week by the day they
were sent, so that old ones stay as they were. Alone: `python -m sandbox exports <folder>`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sandbox.survey_exports import follow_up_rows, invitation_rows, time_text
from sandbox.world.money import benchmarks, finance_months, prices
from sandbox.world.records import Agent, Queue, Spell, World

Row = Mapping[str, object]


def canonical_queue_id(queue: Queue) -> str:
    """The warehouse's queue id: the routing system and its own id."""
    return f"{queue.system}:{queue.native_id}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _queues(world: World) -> Iterable[Row]:
    for queue in world.queues:
        yield {
            "queue_id": canonical_queue_id(queue),
            "name": queue.name,
            "channel": queue.channel,
            "timezone": queue.timezone,
            "business_area": queue.business_area,
            "brand": queue.brand,
            "client": queue.client,
            "schedule_id": queue.schedule_id,
        }


def _schedules(world: World) -> Iterable[Row]:
    for schedule in world.schedules:
        for hours in schedule.hours:
            yield {
                "schedule_id": schedule.schedule_id,
                "name": schedule.name,
                "timezone": schedule.timezone,
                "weekday": hours.weekday,
                "open_time": _clock(hours.open_minute),
                "close_time": _clock(hours.close_minute),
            }


def _holidays(world: World) -> Iterable[Row]:
    for schedule in world.schedules:
        for day, name in sorted(schedule.holidays.items()):
            yield {
                "schedule_id": schedule.schedule_id,
                "start_date": day,
                "end_date": day,
                "name": name,
            }


def _agent(agent: Agent, spell: Spell, as_of: int | None) -> Row:
    gone = spell.left_at is not None and (as_of is None or spell.left_at <= as_of)
    return {
        "agent_id": agent.employee_id,
        "team": spell.team,
        "site": agent.site,
        "employer": agent.employer,
        "hired_at": time_text(spell.hired_at),
        "live_at": time_text(spell.live_at),
        "left_at": time_text(spell.left_at) if gone else "",
        "left_reason": spell.left_reason if gone else "",
        "fte": agent.fte,
        "valid_from": time_text(spell.from_at),
    }


def _agents(world: World, as_of: int | None) -> Iterable[Row]:
    for agent in world.agents:
        for spell in agent.spells:
            if as_of is None or spell.from_at <= as_of:
                yield _agent(agent, spell, as_of)


def _reasons(world: World) -> Iterable[Row]:
    for reason in world.reasons:
        judged: list[tuple[int | None, str]] = [(None, reason.value_category)]
        if reason.judged_anew is not None:
            judged.append(reason.judged_anew)
        for valid_from, category in judged:
            yield {
                "reason_id": reason.code,
                "l1": reason.l1,
                "l2": reason.l2,
                "l3": reason.l3,
                "reason_family": reason.reason_family,
                "value_category": category,
                "resolvable_at_first_level": "yes" if reason.resolvable_at_first_level else "no",
                "standard_handle_seconds": reason.standard_handle_seconds,
                "complexity": reason.complexity,
                "valid_from": "" if valid_from is None else time_text(valid_from),
            }


def _targets(world: World) -> Iterable[Row]:
    ids = {queue.code: canonical_queue_id(queue) for queue in world.queues}
    for target in world.targets:
        queue, threshold = target.queue_code, target.threshold_seconds
        yield {
            "metric_id": target.metric_id,
            "channel": target.channel,
            "queue": "" if queue is None else ids[queue],
            "threshold_seconds": "" if threshold is None else threshold,
            "target": target.value,
            "valid_from": target.valid_from,
            "valid_to": "",
        }


def _campaigns(world: World) -> Iterable[Row]:
    ids = {queue.code: canonical_queue_id(queue) for queue in world.queues}
    for campaign in world.campaigns:
        yield {
            "campaign_id": campaign.campaign_id,
            "name": campaign.name,
            "type": campaign.type,
            "starts_on": campaign.starts_on,
            "ends_on": campaign.ends_on,
            "after_effect_days": campaign.after_effect_days,
            "queues": ";".join(ids[code] for code in campaign.queue_codes),
        }


def _by_week(name: str, rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by the ISO week they were sent in, under names such as `survey_invitations-2026-W09`."""
    weeks: dict[str, list[Row]] = {}
    for row in rows:
        sent = datetime.fromisoformat(str(row["sent_at"]))
        weeks.setdefault(f"{name}-{sent:%G-W%V}", []).append(row)
    return weeks


def write_exports(world: World, folder: Path, now: int, *, as_of: int | None = None) -> list[Path]:
    """Write all files into `folder`, replacing files of the same name.

    Args:
        world: the simulated centre.
        folder: created when missing.
        now: unix second up to which invitations and follow-up tasks are listed.
        as_of: unix second of the personnel list: people hired later are left out, later leavers are
            still there. None writes the personnel list with all dates it plans with.

    Returns:
        The paths written.
    """
    files: dict[str, list[Row]] = {
        "queues": list(_queues(world)),
        "schedules": list(_schedules(world)),
        "schedule_holidays": list(_holidays(world)),
        "agents": list(_agents(world, as_of)),
        "reasons": list(_reasons(world)),
        "targets": list(_targets(world)),
        "campaigns": list(_campaigns(world)),
        "price_agreements": [asdict(price) for price in prices(world)],
        "benchmarks": [asdict(figure) for figure in benchmarks()],
        **_by_week("survey_invitations", invitation_rows(world, now)),
        "closed_loop_tasks": list(follow_up_rows(world, now)),
    }
    if closed := finance_months(world, now):
        files["finance_months"] = [asdict(month) for month in closed]
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, rows in files.items():
        path = folder / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            columns = list(rows[0]) if rows else []
            writer = csv.DictWriter(handle, fieldnames=columns, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        written.append(path)
    return written
