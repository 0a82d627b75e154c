"""Agents: who works for whom, since when, with which skills, and who is on duty on a day.

In every pool one agent changes team, and one leaves and comes back to another team.
"""

from __future__ import annotations

import datetime as dt
import math
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sandbox.world.calendar import HELSINKI, local_date, local_midnight
from sandbox.world.company import COMPANY, OUTSOURCER
from sandbox.world.ids import sid
from sandbox.world.records import Agent, Queue, Spell

DAY = 86_400
_MOVER, _RETURNER = 2, 3  # places in a pool
_MOVES_AFTER, _LEAVES_AFTER, _RETURNS_AFTER = 10, 6, 13  # days from the first
_FIRST_NAMES = (
    "Anna Ville Sanna Timo Päivi Jari Heidi Kimmo Marja Petri Tiina Juha Satu Marko Riikka Arto "
    "Nina Erik Susanne Patrik Camilla Jens Omar Fatima"
)
_LAST_NAMES = (
    "Virta Saari Harju Lampi Korpi Suvanto Vuori Kivelä Ranta Metsä Nurmi Luoto Järvi Holm Lund "
    "Norén Blom Stark Aho Eklund"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_ASCII = str.maketrans("åäöéÅÄÖ", "aaoeAAO")


@dataclass(slots=True, frozen=True)
class Team:
    """A team and the queues its members serve. `pool` names the seats they fill."""

    pool: str
    name: str
    site: str
    languages: tuple[str, ...]
    outsourced_share: float


TEAMS = (
    Team("voice_fi", "Voice Finnish", "Oulu", ("fi",), 0.4),
    Team("voice_multi", "Voice Nordic", "Turku", ("fi", "sv", "en"), 0.0),
    Team("chat", "Chat", "Turku", ("fi", "sv", "en"), 0.2),
    Team("office", "Back office", "Tampere", ("fi", "sv", "en"), 0.0),
)


def _midnight(start: int, days: int) -> int:
    """The local midnight so many days after the first."""
    zone = ZoneInfo(HELSINKI)
    return local_midnight(local_date(start, zone) + dt.timedelta(days=days), zone)


def _serves(team: Team, queue: Queue) -> bool:
    if queue.language not in team.languages:
        return False
    if team.pool == "office":
        return queue.system == "zendesk"
    if queue.system == "zendesk":
        # Whoever takes calls also owns the cases that calls leave behind.
        return queue.channel == "voice" and team.pool.startswith("voice")
    return queue.channel == ("chat" if team.pool == "chat" else "voice")


def pool_sizes(voice_peak: float, chat_peak: float, tickets_per_day: float) -> dict[str, int]:
    """Heads each pool employs for peak seats needed: two shifts, absence, and some slack.

    Args:
        voice_peak: seats that the busiest half-hour needs on voice.
        chat_peak: the same on chat.
        tickets_per_day: new tickets a day.
    """
    voice = math.ceil(voice_peak * 2.1) + 4
    multi = max(4, math.ceil(voice * 0.42))
    return {
        "voice_fi": max(3, voice - multi),
        "voice_multi": multi,
        "chat": math.ceil(chat_peak * 2.1) + 3,
        "office": max(4, math.ceil(tickets_per_day / 28)),
    }


class Workforce:
    """All agents, those who leave and those who join included."""

    def __init__(self, seed: int, start: int, queues: list[Queue], sizes: dict[str, int]) -> None:
        self.agents: list[Agent] = []
        self._seed = seed
        self._pools: dict[str, list[Agent]] = {team.pool: [] for team in TEAMS}
        self._on_duty: dict[tuple[str, dt.date], list[Agent]] = {}
        rng = random.Random(f"{seed}:workforce")
        for team in TEAMS:
            codes = [queue.code for queue in queues if _serves(team, queue)]
            for _ in range(sizes[team.pool]):
                self._hire(rng, team, start, codes)

    def _hire(self, rng: random.Random, team: Team, start: int, codes: list[str]) -> None:
        number = len(self.agents) + 1
        first, last = rng.choice(_FIRST), rng.choice(_LAST)
        outsourced = rng.random() < team.outsourced_share
        joins_late = rng.random() < 0.06
        # The first two of a pool stay for good, so that no line is ever without anyone.
        place = len(self._pools[team.pool])
        stays = place <= _RETURNER
        if joins_late and not stays:
            hired = start + int(DAY * rng.uniform(-20, 20))
        else:
            hired = start - int(DAY * (60 + rng.expovariate(1 / 700)))
        live = hired + 21 * DAY
        left: int | None = None
        reason: str | None = None
        if not stays and rng.random() < 0.10:
            left = max(live + 14 * DAY, start + int(DAY * rng.uniform(-60, 90)))
            reason = rng.choice(("resigned", "resigned", "dismissed", "moved inside the company"))
        host = "saaristo.example" if outsourced else "lumivirta.example"
        local = f"{first}.{last}{number}".translate(_ASCII).lower()
        agent = Agent(
            agent_no=number,
            employee_id=f"E{1000 + number}",
            name=f"{first} {last}",
            email=f"{local}@{host}",
            team=f"{team.name} {place // 12 + 1}",
            site=team.site,
            employer=OUTSOURCER if outsourced else COMPANY,
            hired_at=hired,
            live_at=live,
            left_at=left,
            left_reason=reason,
            fte=rng.choices((1.0, 0.8, 0.6), (0.8, 0.12, 0.08))[0],
            queue_codes=codes,
            languages=list(team.languages),
            worker_sid=sid(self._seed, "WK", number),
            zendesk_user_id=36_300_000_000 + number,
            hubspot_owner_id=71_000_000 + number,
        )
        if place == _MOVER:
            moved = Spell(_midnight(start, _MOVES_AFTER), f"{team.name} 2", hired, live, None, None)
            agent.later_spells.append(moved)
        elif place == _RETURNER:
            agent.left_at, agent.left_reason = _midnight(start, _LEAVES_AFTER), "resigned"
            back = _midnight(start, _RETURNS_AFTER)
            agent.later_spells.append(Spell(back, f"{team.name} 2", back, back, None, None))
        self.agents.append(agent)
        self._pools[team.pool].append(agent)

    def on_duty(self, pool: str, day: dt.date, midnight: int) -> list[Agent]:
        """Agents of a pool who work on a local day, in that day's order of preference.

        The first half of the list works the early shift, the second half the late one.
        """
        key = (pool, day)
        if key not in self._on_duty:
            employed = [
                agent
                for agent in self._pools[pool]
                if any(
                    spell.live_at <= midnight
                    and (spell.left_at is None or spell.left_at > midnight + DAY)
                    for spell in agent.spells
                )
            ]
            rng = random.Random(f"{self._seed}:duty:{pool}:{day.isoformat()}")
            present = [agent for agent in employed if rng.random() < 0.92] or employed
            rng.shuffle(present)
            self._on_duty[key] = present
        return self._on_duty[key]
