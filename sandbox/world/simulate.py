"""Plays the contact centre day by day and returns everything that truly happened.

Inputs: a seed, how many days of history before `until`, contacts a day, and how many days to go
on after `until`. Output: a `World`. The same arguments give the same world, and a longer
`after_days` changes nothing that happened before the shorter horizon. Try it:

    python -c "from sandbox.world.simulate import UNTIL, simulate; print(len(simulate(1, 5, 200, UNTIL).contacts))"
"""  # noqa: E501

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sandbox.world.agenda import Agenda
from sandbox.world.bot import Bot
from sandbox.world.calendar import (
    HELSINKI,
    OpeningHours,
    local_date,
    local_midnight,
    make_schedules,
)
from sandbox.world.casework import CaseDesk, is_spam_draw
from sandbox.world.company import make_campaigns, make_queues, make_targets, queue_for
from sandbox.world.demand import Demand
from sandbox.world.floor import Floor
from sandbox.world.follow_ups import make_follow_ups
from sandbox.world.ids import sid
from sandbox.world.people import CustomerPool
from sandbox.world.reasons import make_reasons
from sandbox.world.records import (
    LIVE_CHANNELS,
    Agent,
    Case,
    Channel,
    Contact,
    Customer,
    Order,
    Queue,
    Reason,
    Schedule,
    World,
)
from sandbox.world.staff_calls import calls_of_staff
from sandbox.world.staffing import draw_seats, seats_range
from sandbox.world.voice_of_customer import Panel
from sandbox.world.workforce import Workforce, pool_sizes

UNTIL = 1_776_267_000  # 2026-04-15T15:30:00Z: a Wednesday, 18:30 in Helsinki
HOUR = 3_600
DAY = 86_400
_ZONE = ZoneInfo(HELSINKI)
_DRAIN = 12 * HOUR  # conversations under way at the horizon still end
_CLEAR_DAYS = 10  # a person's next issue starts later than this after the last contact's end
_LATEST_REPEAT = 6 * DAY + 20 * HOUR
_LATEST_LATE = 9 * DAY + 20 * HOUR  # a few come back after more than a week
_WRITES_TWICE = 0.09
_AIM = {"voice": 0.80, "chat": 0.86}
_THRESHOLD = {"voice": 20.0, "chat": 60.0}
_MEAN_HANDLE = {"voice": 318.0, "chat": 510.0}
_REPEAT_LOAD = {"voice": 1.54, "chat": 1.12}


@dataclass(slots=True)
class Issue:
    """One matter of one person, over all its contacts."""

    issue_no: int
    customer: Customer
    reason: Reason
    contacts: int = 0
    unfinished: int = 0  # contacts that have not ended, and repeats that are still to come
    last_end: int = 0
    is_spam: bool = False


def simulate(seed: int, days: int, contacts_per_day: int, until: int, after_days: int = 3) -> World:
    """Simulate `days` of history up to `until`, and `after_days` more for a clock that moves on.

    Args:
        seed: any integer >= 0.
        days: local days before the one that holds `until`.
        contacts_per_day: mean contacts per calendar day, repeats included; 50 to 20,000.
        until: unix second the history ends at.
        after_days: days simulated beyond it.

    Returns:
        The world; contacts that arrive after the horizon do not exist in it.

    Raises:
        ValueError: when a count is out of range.
    """
    if days < 1 or contacts_per_day < 1 or after_days < 0 or seed < 0:
        raise ValueError(
            "simulate needs seed >= 0, days >= 1, contacts_per_day >= 1 and after_days >= 0; "
            f"got seed={seed}, days={days}, contacts_per_day={contacts_per_day}, "
            f"after_days={after_days}"
        )
    first_day = local_date(until, _ZONE) - dt.timedelta(days=days)
    return _Simulation(seed, first_day, contacts_per_day, until + after_days * DAY).run()


class _Simulation:
    def __init__(self, seed: int, first_day: dt.date, contacts_per_day: int, horizon: int) -> None:
        self._seed = seed
        self._first_day = first_day
        self._size = contacts_per_day
        self._horizon = horizon
        self._start = local_midnight(first_day, _ZONE)
        self._rng = random.Random(f"{seed}:life")
        self._agenda = Agenda()
        self._schedules: list[Schedule] = make_schedules(first_day)
        self._hours = {item.schedule_id: OpeningHours(item) for item in self._schedules}
        self._live = self._hours["live_fi"]
        self._queues: dict[str, Queue] = {queue.code: queue for queue in make_queues(seed)}
        self._campaigns = make_campaigns(first_day)
        self._reasons = make_reasons(self._start)
        self._reason_by_code = {share.reason.code: share.reason for share in self._reasons}
        self._demand = Demand(seed, contacts_per_day, self._live, self._reasons, self._campaigns)
        self._people = CustomerPool(seed, self._start, max(150, 14 * contacts_per_day))
        self._workforce = Workforce(
            seed, self._start, list(self._queues.values()), self._pool_sizes()
        )
        self._desk = CaseDesk(
            random.Random(f"{seed}:desk"),
            self._hours,
            self._pick_office_agent,
            {agent.agent_no: agent.zendesk_user_id for agent in self._workforce.agents},
        )
        self._bot = Bot(seed)
        self._panel = Panel(seed, random.Random(f"{seed}:panel"))
        self._staff_rng = random.Random(f"{seed}:staffing")
        self._floor = Floor(seed, self._agenda, self, self._pools_of_queue())
        self._contacts: list[Contact] = []
        self._cases: list[Case] = []
        self._case_of: dict[int, Case] = {}  # contact_no -> case
        self._kept: dict[int, Contact] = {}  # contact_no of a merged one -> the one that lives on
        self._orders: list[Order] = []
        self._issues: dict[int, Issue] = {}

    def run(self) -> World:
        """Play all days and return the world."""
        self._agenda.at(self._start, self._begin_day)
        self._agenda.run(self._horizon + _DRAIN)
        return self._world()

    # Days

    def _begin_day(self, midnight: int) -> None:
        if midnight > self._horizon:
            return
        day = local_date(midnight, _ZONE)
        for at, share in self._demand.live_profile(day) if self._live.on(day) else []:
            self._agenda.at(at, self._begin_half_hour, day, share)
        for _, close in self._live.on(day):
            self._agenda.at(close + 25 * 60, self._floor.shut)
        for opener in self._demand.openers(day):
            reason = self._reasons[opener.reason].reason
            self._agenda.at(opener.at, self._open_issue, opener.channel, opener.language, reason)
        for at, language in self._demand.closed_line_calls(day):
            self._agenda.at(at, self._call_closed_line, language)
        for at, language in self._demand.closed_chats(day):
            self._agenda.at(at, self._chat_when_closed, language)
        for at, language in self._demand.bot_chats(day):
            self._agenda.at(at, self._chat_with_bot, language)
        self._draw_orders(midnight)
        self._draw_relationship_wave(day, midnight)
        self._agenda.at(local_midnight(day + dt.timedelta(days=1), _ZONE), self._begin_day)

    def _begin_half_hour(self, at: int, day: dt.date, share: float) -> None:
        """Seat the agents the forecast asks for; the rest do other work."""
        seats = {
            channel: draw_seats(
                self._staff_rng,
                self._load(channel, day, share),
                _MEAN_HANDLE[channel] / (2 if channel == "chat" else 1),
                _THRESHOLD[channel],
                _AIM[channel],
            )
            for channel in ("voice", "chat")
        }
        other = 0.22 * self._load("voice", day, share)
        multi = min(seats["voice"], max(1, round(other + other**0.5)))
        wanted = {
            "voice_multi": multi,
            "voice_fi": seats["voice"] - multi,
            "chat": seats["chat"],
        }
        midnight = local_midnight(day, _ZONE)
        for pool, count in wanted.items():
            present = self._workforce.on_duty(pool, day, midnight)
            self._floor.seat(at, pool, self._on_shift(present, day, at)[:count])

    def _load(self, channel: str, day: dt.date, share: float) -> float:
        """Forecast erlangs; a chat agent holds two conversations, so chat counts half."""
        rate = self._demand.expected_rate(channel, day, share) * _REPEAT_LOAD[channel]
        return rate * _MEAN_HANDLE[channel] / (2 if channel == "chat" else 1)

    def _on_shift(self, present: list[Agent], day: dt.date, at: int) -> list[Agent]:
        opening, close = self._live.on(day)[0]
        half = (len(present) + 1) // 2
        early, late = present[:half], present[half:] or present
        if at >= opening + 8 * HOUR:
            return late
        if at < close - 8 * HOUR:
            return early
        return present

    def _pool_sizes(self) -> dict[str, int]:
        week = [self._first_day + dt.timedelta(days=offset) for offset in range(7)]
        peaks = {"voice": 0.0, "chat": 0.0}
        for day in week:
            for _, share in self._demand.live_profile(day) if self._live.on(day) else []:
                for channel, peak in peaks.items():
                    load = self._load(channel, day, share)
                    handle = _MEAN_HANDLE[channel]
                    seats, _ = seats_range(load, handle, _THRESHOLD[channel], _AIM[channel])
                    peaks[channel] = max(peak, float(seats))
        return pool_sizes(peaks["voice"], peaks["chat"], self._size * 0.34)

    @staticmethod
    def _pools_of_queue() -> dict[str, list[str]]:
        pools = {
            f"{area}_fi_voice": ["voice_fi", "voice_multi"]
            for area in ("support", "billing", "sales")
        }
        pools |= {f"service_{language}_voice": ["voice_multi"] for language in ("sv", "en")}
        pools |= {f"chat_{language}": ["chat"] for language in ("fi", "sv", "en")}
        return pools

    def _pick_office_agent(self, at: int) -> int:
        day = local_date(at, _ZONE)
        present = self._workforce.on_duty("office", day, local_midnight(day, _ZONE))
        return self._rng.choice(present).agent_no

    def _pick_caller(self, rng: random.Random, at: int) -> int:
        day = local_date(at, _ZONE)
        present = self._workforce.on_duty("voice_multi", day, local_midnight(day, _ZONE))
        return rng.choice(present).agent_no

    # Issues and contacts

    def _open_issue(self, at: int, channel: Channel, language: str, reason: Reason) -> None:
        if at > self._horizon:
            return
        spam = channel not in LIVE_CHANNELS and is_spam_draw(self._rng, channel)
        customer = self._people.stranger(at) if spam else self._people.take(at, language)
        if customer.hubspot_id is None and channel == "social_private":
            # The CRM's key for people it does not know is one address or one number.
            channel = "email"
        issue = Issue(len(self._issues) + 1, customer, reason, is_spam=spam)
        self._issues[issue.issue_no] = issue
        self._arrive(at, issue, channel)

    def _call_closed_line(self, at: int, language: str) -> None:
        if at > self._horizon:
            return
        reason = self._rng.choice(self._reasons).reason
        customer = self._people.take(at, language)
        issue = Issue(len(self._issues) + 1, customer, reason)
        self._issues[issue.issue_no] = issue
        contact = self._new_contact(at, issue, "voice")
        self._end_in_ivr(contact, at + self._rng.randint(12, 40))
        issue.unfinished += 1
        self._agenda.at(contact.ended_at or at, self._finish_contact, issue)

    def _new_chat(self, at: int, language: str) -> tuple[Contact, Issue]:
        """A first chat of somebody, about anything."""
        reason = self._rng.choice(self._reasons).reason
        issue = Issue(len(self._issues) + 1, self._people.take(at, language), reason)
        self._issues[issue.issue_no] = issue
        return self._new_contact(at, issue, "chat"), issue

    def _chat_when_closed(self, at: int, language: str) -> None:
        """The chat window takes a message while nobody is there, and says so."""
        if at > self._horizon:
            return
        contact, issue = self._new_chat(at, language)
        contact.queue_code = queue_for("chat", language, issue.reason.reason_family)
        contact.queued_at = at
        contact.task_sid = sid(self._seed, "WT", contact.contact_no)
        issue.unfinished += 1
        self._agenda.at(at + self._rng.randint(15, 60), self._floor.turn_away, contact)

    def _chat_with_bot(self, at: int, language: str) -> None:
        if at > self._horizon:
            return
        contact, issue = self._new_chat(at, language)
        self._add_case(self._bot.serve(contact))
        issue.unfinished += 1
        self._agenda.at(contact.ended_at or at, self._bot_over, contact, issue)

    def _bot_over(self, at: int, contact: Contact, issue: Issue) -> None:
        """Who was not helped asks a person; whom only the chat knows asks there again."""
        lag = self._bot.comes_back(contact)
        if lag is not None:
            channel: Channel = "voice" if issue.customer.hubspot_id is not None else "chat"
            self._plan_repeat(issue, channel, at + lag, at)
        self._finish_contact(at, issue)

    def _repeat(self, at: int, issue: Issue, channel: Channel) -> None:
        issue.unfinished -= 1
        self._arrive(at, issue, channel)

    def _new_contact(self, at: int, issue: Issue, channel: Channel) -> Contact:
        number = len(self._contacts) + 1
        issue.contacts += 1
        phone = channel in ("voice", "callback")
        contact = Contact(
            contact_no=number,
            issue_no=issue.issue_no,
            sequence_in_issue=issue.contacts,
            channel=channel,
            parent_no=None,
            customer_no=issue.customer.customer_no,
            is_identified=not (channel == "voice" and self._rng.random() < 0.04),
            language=issue.customer.language,
            reason_code=None,
            true_reason_code=issue.reason.code,
            arrived_at=at,
            queue_code=None,
            queued_at=None,
            pre_queue_seconds=0,
            outcome="open",
            answered_at=None,
            first_response_at=None,
            ended_at=None,
            wrapped_at=None,
            resolved=None,
            legs=[],
            case_no=None,
            is_spam=issue.is_spam,
            call_sid=sid(self._seed, "CA", number) if phone else None,
            task_sid=None,
        )
        self._contacts.append(contact)
        return contact

    def _arrive(self, at: int, issue: Issue, channel: Channel) -> None:
        if at > self._horizon:
            return
        contact = self._new_contact(at, issue, channel)
        issue.unfinished += 1
        code = queue_for(channel, contact.language, issue.reason.reason_family)
        if channel == "voice":
            self._start_call(contact, issue, code)
        elif channel == "chat":
            self._start_chat(contact, code)
        else:
            self._open_written(contact, issue, code)

    def _end_in_ivr(self, contact: Contact, at: int) -> None:
        contact.outcome = "ivr_only"
        contact.pre_queue_seconds = at - contact.arrived_at
        contact.ended_at = at

    def _start_call(self, contact: Contact, issue: Issue, code: str) -> None:
        ivr = self._rng.randint(8, 45)
        queued = contact.arrived_at + ivr
        served_by_menu = contact.sequence_in_issue == 1 and self._rng.random() < 0.05
        if served_by_menu or not self._live.is_open(queued):
            self._end_in_ivr(contact, queued)
            self._agenda.at(queued, self._finish_contact, issue)
            return
        contact.pre_queue_seconds = ivr
        self._agenda.at(queued, self._queue, contact, code)

    def _start_chat(self, contact: Contact, code: str) -> None:
        asked = self._bot.talks_before_agent()
        queued = contact.arrived_at + asked
        if asked and self._live.is_open(queued):
            contact.pre_queue_seconds = asked
            self._agenda.at(queued, self._queue, contact, code)
        else:
            self._queue(contact.arrived_at, contact, code)

    def _queue(self, at: int, contact: Contact, code: str) -> None:
        contact.queue_code = code
        contact.queued_at = at
        contact.task_sid = sid(self._seed, "WT", contact.contact_no)
        self._floor.enqueue(at, contact, code)

    def _finish_contact(self, at: int, issue: Issue) -> None:
        issue.unfinished -= 1
        issue.last_end = max(issue.last_end, at)
        if issue.unfinished == 0 and not issue.is_spam:
            free = issue.last_end + _CLEAR_DAYS * DAY + int(self._rng.uniform(HOUR, 3 * DAY))
            self._agenda.at(free, self._release, issue)

    def _release(self, _at: int, issue: Issue) -> None:
        self._people.release(issue.customer.customer_no)

    # What the floor reports (sandbox.world.floor.Listener)

    def reason(self, contact: Contact) -> Reason:
        """What the contact is truly about."""
        return self._reason_by_code[contact.true_reason_code]

    def transfer_queue(self, contact: Contact) -> str | None:
        """Another queue of the same language, for a small share of conversations."""
        rng = self._rng
        code = contact.queue_code
        if code is None or contact.channel == "callback" or rng.random() >= 0.075:
            return None
        if contact.channel == "chat":
            target = code
        elif contact.language == "fi":
            others = [name for name in ("support", "billing", "sales") if not code.startswith(name)]
            target = f"{rng.choice(others)}_fi_voice"
        else:
            target = code
        closes = self._live.close_after(contact.queued_at or contact.arrived_at)
        late = (contact.queued_at or 0) > closes - HOUR
        return None if late or self._floor.seats_working(target) < 3 else target

    def left_queue(self, at: int, contact: Contact) -> None:
        """The customer left unanswered: a callback is due, or they may try again."""
        issue = self._issues[contact.issue_no]
        if contact.outcome == "callback":
            self._request_callback(at, contact, issue)
        elif contact.outcome == "abandoned":
            if self._rng.random() < 0.55:
                again = at + int(self._rng.uniform(300, 3 * HOUR))
                self._plan_repeat(issue, contact.channel, again, at)
        elif self._rng.random() < 0.5:
            # Whom the CRM does not know stays with the one address or number they are known by.
            stays = issue.customer.hubspot_id is None
            channel: Channel = contact.channel if stays else "voice"
            self._plan_repeat(issue, channel, at + int(self._rng.uniform(HOUR, DAY)), at)
        self._finish_contact(at, issue)

    def _request_callback(self, at: int, original: Contact, issue: Issue) -> None:
        contact = self._new_contact(at, issue, "callback")
        contact.parent_no = original.contact_no
        contact.is_identified = True
        contact.queue_code = original.queue_code
        contact.queued_at = at
        contact.task_sid = sid(self._seed, "WT", contact.contact_no)
        issue.unfinished += 1
        assert original.queue_code is not None  # noqa: S101  it was waiting in this queue
        self._floor.enqueue(
            at, contact, original.queue_code, priority=original.queued_at, patient=True
        )

    def conversation_over(self, at: int, contact: Contact) -> None:
        """Code the contact, perhaps open a case, a survey and a repeat."""
        rng, issue = self._rng, self._issues[contact.issue_no]
        first_level = issue.reason.resolvable_at_first_level
        resolved = rng.random() < (0.85 if first_level else 0.62)
        coded = rng.random() < 0.92
        contact.reason_code = issue.reason.code if coded else None
        contact.resolved = resolved if rng.random() < 0.94 else None
        case: Case | None = None
        if contact.channel != "chat" and contact.is_identified and rng.random() < 0.25:
            code = f"phone_cases_{contact.language}"
            case = self._desk.from_call(contact, code, self._queues[code].native_id)
            self._add_case(case)
        if contact.is_identified:
            wait = (contact.answered_at or at) - (contact.queued_at or at)
            self._panel.after_contact(contact, resolved=resolved, wait_seconds=wait)
        if rng.random() < (0.09 if resolved else 0.84):
            self._plan_later_repeat(issue, contact.channel, at)
        self._finish_contact(at, issue)

    # Written contacts

    def _add_case(self, case: Case) -> None:
        self._cases.append(case)
        self._case_of[case.contact_no] = case

    def _open_written(self, contact: Contact, issue: Issue, code: str) -> None:
        rng = self._rng
        queue = self._queues[code]
        contact.queue_code = code
        contact.queued_at = contact.arrived_at
        self._add_case(self._desk.written(contact, queue.schedule_id, queue.native_id))
        if contact.is_spam:
            return
        if rng.random() < _WRITES_TWICE:
            again = contact.arrived_at + int(rng.uniform(300, 3 * HOUR))
            issue.unfinished += 1
            self._agenda.at(again, self._write_again, contact, issue)
        self._plan_pivot(contact, issue)
        if contact.ended_at is None:
            return  # never ends within the simulation: the person opens no new issue
        if contact.outcome == "answered":
            contact.reason_code = issue.reason.code if rng.random() < 0.92 else None
        self._agenda.at(contact.ended_at, self._written_over, contact, issue)

    def _write_again(self, at: int, first: Contact, issue: Issue) -> None:
        """A second message before the reply: whoever reads both makes them one case."""
        issue.unfinished -= 1
        if at > self._horizon:
            return
        older = self._case_of[first.contact_no]
        if first.answered_at is None or first.answered_at < at + 300:
            return
        contact = self._new_contact(at, issue, first.channel)
        contact.queue_code, contact.queued_at = first.queue_code, at
        keep_newer = self._rng.random() < 0.4
        merge = self._desk.second_message(older, contact, keep_newer=keep_newer)
        if merge is None:
            self._drop_message(contact, issue)
            return
        self._add_case(merge.newer)
        merged = first if keep_newer else contact
        if keep_newer:
            for field in ("outcome", "answered_at", "first_response_at", "ended_at", "wrapped_at"):
                setattr(contact, field, getattr(first, field))
            first.answered_at = first.first_response_at = first.wrapped_at = None
            self._kept[first.contact_no] = contact
        merged.outcome, merged.ended_at = "merged", merge.at
        issue.unfinished += 1
        self._agenda.at(merge.at, self._finish_contact, issue)

    def _drop_message(self, contact: Contact, issue: Issue) -> None:
        """They did not write after all."""
        assert self._contacts[-1] is contact  # noqa: S101  it was the newest
        self._contacts.pop()
        issue.contacts -= 1

    def _plan_pivot(self, contact: Contact, issue: Issue) -> None:
        """Someone who hears nothing picks up the phone: after 24 h, or a few on social."""
        if issue.customer.hubspot_id is None or contact.sequence_in_issue > 2:
            return
        patience = (
            DAY if contact.channel != "social_private" else int(self._rng.uniform(2, 8) * HOUR)
        )
        tired = contact.arrived_at + patience
        silent = contact.first_response_at is None or contact.first_response_at > tired
        if silent and self._rng.random() < 0.3:
            at = self._live.next_open(tired) + int(self._rng.uniform(60, 4 * HOUR))
            self._plan_repeat(issue, "voice", at, contact.arrived_at)

    def _written_over(self, at: int, contact: Contact, issue: Issue) -> None:
        rng = self._rng
        contact = self._kept.get(contact.contact_no, contact)
        resolved = rng.random() < 0.86
        if contact.outcome == "answered":
            wait = 170 if rng.random() < 0.1 else 60
            self._panel.after_contact(contact, resolved=resolved, wait_seconds=wait)
        if rng.random() < (0.04 if resolved else 0.7):
            self._plan_later_repeat(issue, contact.channel, at)
        self._finish_contact(at, issue)

    # Repeats

    def _plan_later_repeat(self, issue: Issue, channel: Channel, ended: int) -> None:
        rng = self._rng
        if issue.contacts >= 6:
            return
        if rng.random() < 0.03:
            at = ended + int(rng.uniform(7.3, 9) * DAY)
            self._plan_repeat(issue, self._next_channel(issue, channel), at, ended, _LATEST_LATE)
            return
        lag = min(HOUR + int(rng.expovariate(1 / (1.7 * DAY))), _LATEST_REPEAT)
        self._plan_repeat(issue, self._next_channel(issue, channel), ended + lag, ended)

    def _next_channel(self, issue: Issue, channel: Channel) -> Channel:
        rng = self._rng
        spoken = channel in ("voice", "callback")
        if issue.customer.hubspot_id is None:
            # Known by one address or one number only, so they stay with it.
            return "voice" if spoken else rng.choice(("email", "web_form"))
        if spoken:
            social_first = rng.random() < 0.15
            return "email" if social_first else "voice" if rng.random() < 0.85 else "chat"
        return "voice" if rng.random() < 0.6 else channel

    def _plan_repeat(
        self, issue: Issue, channel: Channel, at: int, ended: int, latest: int = _LATEST_REPEAT
    ) -> None:
        """A repeat in opening hours when live; none at all when that is `latest` after the end."""
        if channel in LIVE_CHANNELS and not self._live.is_open(at):
            at = self._live.next_open(at) + int(self._rng.uniform(30, 2 * HOUR))
        if at - ended <= latest:
            issue.unfinished += 1
            self._agenda.at(at, self._repeat, issue, channel)

    # Context

    def _draw_orders(self, midnight: int) -> None:
        rng = random.Random(f"{self._seed}:orders:{midnight}")
        for _ in range(max(1, round(self._size * 0.12 * rng.uniform(0.7, 1.3)))):
            at = midnight + int(rng.uniform(7, 22) * HOUR)
            customer = self._people.anyone(rng, midnight)
            if customer is not None:
                number = len(self._orders) + 1
                amount = round(rng.lognormvariate(4.6, 0.7), 2)
                self._orders.append(
                    Order(number, 61_000_000 + number, customer.customer_no, at, amount)
                )

    def _draw_relationship_wave(self, day: dt.date, midnight: int) -> None:
        if not 5 <= day.day <= 12:
            return
        rng = random.Random(f"{self._seed}:wave:{midnight}")
        answering = max(2, round(self._size * 0.03))
        for place in range(answering * 4):
            customer = self._people.anyone(rng, midnight)
            if customer is not None:
                self._panel.relationship(
                    customer.customer_no,
                    midnight + int(rng.uniform(8, 22) * HOUR),
                    f"{day:%Y-%m}",
                    answers=place < answering,
                )

    def _world(self) -> World:
        self._cases.sort(key=lambda case: (case.created_at, case.contact_no))
        for number, case in enumerate(self._cases, start=1):
            case.case_no = number
            case.ticket_id = 100_000 + number
            self._contacts[case.contact_no - 1].case_no = number
        self._orders.sort(key=lambda order: (order.ordered_at, order.order_no))
        answers = self._panel.numbered()
        return World(
            seed=self._seed,
            contacts_per_day=self._size,
            starts_at=self._start,
            horizon=self._horizon,
            schedules=self._schedules,
            queues=list(self._queues.values()),
            reasons=[share.reason for share in self._reasons],
            agents=self._workforce.agents,
            customers=self._people.customers,
            companies=self._people.companies,
            orders=self._orders,
            campaigns=self._campaigns,
            targets=make_targets(self._first_day),
            contacts=sorted(
                [
                    *self._contacts,
                    *calls_of_staff(self._seed, self._live, self._start, self._horizon),
                ],
                key=lambda contact: (contact.arrived_at, contact.contact_no),
            ),
            cases=self._cases,
            survey_answers=answers,
            invitations=self._panel.invitations.numbered(),
            follow_ups=make_follow_ups(
                self._seed,
                answers,
                self._live,
                self._pick_caller,
                [share.reason.code for share in self._reasons],
            ),
        )
