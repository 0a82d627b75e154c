"""When new issues arise: intraday, weekday, holiday and campaign shape, day by day.

Each local day draws from a stream of its own, so a day's arrivals never depend on how many
days are simulated after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sandbox.world.calendar import OpeningHours, local_midnight
from sandbox.world.company import queue_for, uplift
from sandbox.world.reasons import ReasonShare
from sandbox.world.records import Campaign

HALF_HOUR = 1800

# Share of new issues by channel; repeats then raise voice.
_CHANNELS = {"voice": 0.49, "chat": 0.15, "email": 0.20, "web_form": 0.10, "social_private": 0.06}
_LANGUAGES = {"fi": 0.78, "sv": 0.13, "en": 0.09}
# Issues a day per contact a day: the rest are repeats and callbacks.
ISSUES_PER_CONTACT = 0.76
_LIVE_WEEKDAY = (1.34, 1.12, 1.03, 1.0, 0.98, 0.36, 0.0)
_ASYNC_WEEKDAY = (1.25, 1.14, 1.08, 1.04, 1.0, 0.52, 0.47)
# Relative arrivals by local hour.
_LIVE_HOUR = (
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    9,
    12.5,
    12.5,
    10.5,
    9,
    10.5,
    11,
    10,
    8.5,
    6.5,
    0,
    0,
    0,
    0,
    0,
    0,
)
_ASYNC_HOUR = (
    1.2,
    0.6,
    0.4,
    0.3,
    0.3,
    0.7,
    1.5,
    3,
    6,
    8,
    8,
    7,
    6.5,
    7,
    7,
    6.5,
    6,
    5,
    5,
    5.5,
    6,
    5.5,
    4,
    2.5,
)
_REASON_TILT = {
    # Complaints and refunds are written rather than spoken; faults are phoned in.
    ("social_private", "complaint"): 3.0,
    ("email", "complaint"): 1.6,
    ("email", "return"): 1.6,
    ("web_form", "move"): 1.8,
    ("chat", "technical"): 1.2,
    ("social_private", "billing"): 0.6,
}
_PEAK_NOISE = 0.07
LIVE = ("voice", "chat")


@dataclass(slots=True, frozen=True)
class Opener:
    """A new issue arises: when, where, in which language, about what."""

    at: int
    channel: str
    language: str
    reason: int  # index into the reasons


class Demand:
    """Expected and drawn arrivals of new issues."""

    def __init__(
        self,
        seed: int,
        contacts_per_day: int,
        live: OpeningHours,
        reasons: list[ReasonShare],
        campaigns: list[Campaign],
    ) -> None:
        self._seed = seed
        self._issues_per_day = contacts_per_day * ISSUES_PER_CONTACT
        self._live = live
        self._reasons = reasons
        self._campaigns = campaigns
        self._lambdas: dict[tuple[str, dt.date], npt.NDArray[np.float64]] = {}

    def weekday_factor(self, channel: str, day: dt.date) -> float:
        """A day's share of the week, 1 on average over seven days; 0 when a live line is shut."""
        if channel in LIVE:
            if not self._live.on(day):
                return 0.0
            return _LIVE_WEEKDAY[day.weekday()] * 7 / sum(_LIVE_WEEKDAY)
        table = _ASYNC_WEEKDAY
        holiday = day.weekday() < 5 and not self._live.on(day)
        return table[6 if holiday else day.weekday()] * 7 / sum(table)

    def means(self, channel: str, day: dt.date) -> npt.NDArray[np.float64]:
        """Expected new issues of a day, shape (languages, reasons)."""
        key = (channel, day)
        if key not in self._lambdas:
            base = self._issues_per_day * _CHANNELS[channel] * self.weekday_factor(channel, day)
            weights = np.array(
                [
                    share.weight * _REASON_TILT.get((channel, share.reason.reason_family), 1.0)
                    for share in self._reasons
                ]
            )
            weights = weights / weights.sum()
            rows = []
            for language, part in _LANGUAGES.items():
                lifts = np.array(
                    [
                        self._lift(channel, language, share.reason.reason_family, day)
                        for share in self._reasons
                    ]
                )
                rows.append(base * part * weights * lifts)
            self._lambdas[key] = np.array(rows)
        return self._lambdas[key]

    def _lift(self, channel: str, language: str, family: str, day: dt.date) -> float:
        factor = uplift(self._campaigns, queue_for(channel, language, family), day)
        if factor == 1.0:
            return factor
        # In a shared queue only the campaign's own subject grows.
        on_topic = family in ("sales", "billing")
        return factor if on_topic or channel == "voice" else 1.0

    def live_profile(self, day: dt.date) -> list[tuple[int, float]]:
        """Half-hours of a live day: (start, share of the day's arrivals)."""
        slots: list[tuple[int, float]] = []
        for start, end in self._live.on(day):
            opening = dt.datetime.fromtimestamp(start, self._live.zone)
            first = opening.hour * 2 + opening.minute // 30
            for index, at in enumerate(range(start, end, HALF_HOUR)):
                slots.append((at, float(_LIVE_HOUR[(first + index) // 2])))
        total = sum(weight for _, weight in slots)
        return [(at, weight / total) for at, weight in slots]

    def expected_rate(self, channel: str, day: dt.date, share: float) -> float:
        """Forecast of new issues per second in a half-hour that holds `share` of the day."""
        return float(self.means(channel, day).sum()) * share / HALF_HOUR

    def openers(self, day: dt.date) -> list[Opener]:
        """The new issues of a local day, by time."""
        found = [opener for channel in _CHANNELS for opener in self._draw(channel, day)]
        found.sort(key=lambda opener: opener.at)
        return found

    def _draw(self, channel: str, day: dt.date) -> Iterator[Opener]:
        purpose = list(_CHANNELS).index(channel)
        rng = np.random.default_rng([self._seed, day.toordinal(), purpose])
        means = self.means(channel, day).ravel()
        if means.sum() == 0:
            return
        noise = float(rng.lognormal(-(_PEAK_NOISE**2) / 2, _PEAK_NOISE))
        count = int(rng.poisson(means.sum() * noise))
        cells = rng.choice(len(means), size=count, p=means / means.sum())
        times = (
            self._live_times(rng, day, count) if channel in LIVE else self._times(rng, day, count)
        )
        width = len(self._reasons)
        languages = list(_LANGUAGES)
        for cell, at in zip(cells.tolist(), times.tolist(), strict=True):
            yield Opener(int(at), channel, languages[cell // width], cell % width)

    def _live_times(
        self, rng: np.random.Generator, day: dt.date, count: int
    ) -> npt.NDArray[np.int64]:
        profile = self.live_profile(day)
        starts = np.array([at for at, _ in profile], dtype=np.int64)
        picked = rng.choice(len(starts), size=count, p=np.array([share for _, share in profile]))
        return starts[picked] + rng.integers(0, HALF_HOUR, size=count)

    def _times(self, rng: np.random.Generator, day: dt.date, count: int) -> npt.NDArray[np.int64]:
        zone = self._live.zone
        midnight = local_midnight(day, zone)
        length = local_midnight(day + dt.timedelta(days=1), zone) - midnight
        weights = np.array(_ASYNC_HOUR)
        hours = rng.choice(24, size=count, p=weights / weights.sum())
        offsets = hours * 3600 + rng.integers(0, 3600, size=count)
        # Hours since midnight, not clock hours: a 23-hour day folds its last hour back in.
        return midnight + offsets % length

    def closed_chats(self, day: dt.date) -> list[tuple[int, str]]:
        """Chats begun while the chat is closed: (instant, language)."""
        return self._closed(day, 91, _CHANNELS["chat"] * 0.03)

    def bot_chats(self, day: dt.date) -> list[tuple[int, str]]:
        """Chats that the bot serves alone, at any hour: (instant, language)."""
        return self._scattered(day, 92, _CHANNELS["chat"] * 0.3)

    def closed_line_calls(self, day: dt.date) -> list[tuple[int, str]]:
        """Calls that reach the closed line: (instant, language)."""
        return self._closed(day, 90, _CHANNELS["voice"] * 0.012)

    def _closed(self, day: dt.date, purpose: int, share: float) -> list[tuple[int, str]]:
        found = self._scattered(day, purpose, share)
        return [(at, language) for at, language in found if not self._live.is_open(at)]

    def _scattered(self, day: dt.date, purpose: int, share: float) -> list[tuple[int, str]]:
        rng = np.random.default_rng([self._seed, day.toordinal(), purpose])
        count = int(rng.poisson(self._issues_per_day * share))
        midnight = local_midnight(day, self._live.zone)
        found = []
        for _ in range(count):
            at = midnight + int(rng.integers(7 * 3600, 22 * 3600))
            language = str(rng.choice(list(_LANGUAGES), p=list(_LANGUAGES.values())))
            found.append((at, language))
        return sorted(found)
