"""The simulated world's own bookkeeping: what truly happened, before any vendor shows a part of it.

The simulation (`sandbox.world.simulate`) writes these records, the vendor servers
(`sandbox.vendors`) show them in each vendor's shape as they stood at the sandbox clock,
and the ledger (`sandbox.ledger`) computes the true figures from them.

Every time is a whole unix second (UTC). A record holds its whole life, also what lies
after the sandbox clock: readers cut it off at the instant they look from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Channel = Literal["voice", "callback", "chat", "email", "web_form", "social_private"]
LIVE_CHANNELS: frozenset[str] = frozenset({"voice", "callback", "chat"})

# How a contact left its queue. `open` = nobody has answered within the simulated horizon.
Outcome = Literal[
    "answered",
    "abandoned",
    "flow_out",
    "callback",
    "ivr_only",
    "bot_only",
    "closed_without_reply",
    "merged",
    "open",
]
LegEnd = Literal["answered", "abandoned", "flow_out", "callback", "transferred", "overflow"]
Category = Literal["both", "customer_only", "company_only", "neither"]
Actor = Literal["customer", "agent", "bot", "auto"]


@dataclass(slots=True, frozen=True)
class WeeklyHours:
    """One opening interval of a schedule, in local minutes from Monday 00:00."""

    weekday: int  # Monday = 0
    open_minute: int
    close_minute: int


@dataclass(slots=True)
class Schedule:
    """Opening hours of queues: weekly intervals in local time, less holidays."""

    schedule_id: str  # 'live_fi', 'office_fi'
    name: str
    timezone: str  # IANA
    hours: list[WeeklyHours]
    holidays: dict[str, str]  # ISO local date -> name; closed all day
    zendesk_id: int


@dataclass(slots=True)
class Queue:
    """A human-served queue; `system` says which vendor routes it."""

    code: str  # 'support_fi_voice'
    name: str
    system: Literal["twilio", "zendesk"]
    native_id: str  # TaskQueue sid ('WQ' + 32 hex) or Zendesk group id as text
    channel: Channel
    schedule_id: str
    timezone: str
    language: str  # fi, sv, en
    business_area: str
    brand: str
    client: str


@dataclass(slots=True)
class Reason:
    """A leaf of the three-level contact reason tree."""

    code: str  # 'billing.invoice.unclear'
    l1: str
    l2: str
    l3: str
    reason_family: str  # billing, technical, sales, return, complaint, move, other
    value_category: Category
    resolvable_at_first_level: bool
    standard_handle_seconds: int
    complexity: Literal["simple", "technical"]
    judged_anew: tuple[int, Category] | None = None  # since when, and what it is worth since then

    def category_at(self, at: int) -> Category:
        """Whom such a contact was worth something to, as judged at an instant."""
        if self.judged_anew is not None and at >= self.judged_anew[0]:
            return self.judged_anew[1]
        return self.value_category


@dataclass(slots=True, frozen=True)
class Spell:
    """A stretch of an agent's time: in one team, employed since and until the same days."""

    from_at: int
    team: str
    hired_at: int
    live_at: int
    left_at: int | None
    left_reason: str | None


@dataclass(slots=True)
class Agent:
    """A contact handler. `employee_id` is the same in every system.

    Team, dates and reason are those of the first spell; `later_spells` has changes of team and
    returns.
    """

    agent_no: int
    employee_id: str  # 'E1001'
    name: str
    email: str
    team: str
    site: str
    employer: str  # in-house company or an outsourcer
    hired_at: int
    live_at: int
    left_at: int | None
    left_reason: str | None
    fte: float
    queue_codes: list[str]
    languages: list[str]
    worker_sid: str  # Twilio, 'WK' + 32 hex
    zendesk_user_id: int
    hubspot_owner_id: int
    later_spells: list[Spell] = field(default_factory=list)

    @property
    def spells(self) -> list[Spell]:
        """All spells, the first one from the day of hire."""
        first = Spell(
            self.hired_at, self.team, self.hired_at, self.live_at, self.left_at, self.left_reason
        )
        return [first, *self.later_spells]

    def spell_at(self, at: int) -> Spell:
        """The spell that an instant falls in; before the first one, that one."""
        spells = self.spells
        return next((spell for spell in reversed(spells) if spell.from_at <= at), spells[0])

    def has_left_by(self, at: int) -> bool:
        """Whether they are gone at an instant; who came back is not."""
        left_at = self.spell_at(at).left_at
        return left_at is not None and left_at <= at


@dataclass(slots=True)
class Customer:
    """A person. `hubspot_id` is None for people the CRM does not know."""

    customer_no: int
    name: str
    email: str
    phone: str  # E.164
    language: str
    country: str
    segment: str  # 'household', 'small_business', 'corporate'
    customer_type: Literal["b2c", "b2b"]
    acquired_at: int
    churned_at: int | None
    monthly_revenue: float
    hubspot_id: int | None
    company_no: int | None
    zendesk_user_id: int


@dataclass(slots=True)
class Company:
    """A business customer's company in the CRM."""

    company_no: int
    hubspot_id: int
    name: str
    domain: str
    industry: str


@dataclass(slots=True)
class Order:
    """A purchase, shown by the CRM as a won deal."""

    order_no: int
    hubspot_id: int
    customer_no: int
    ordered_at: int
    amount: float


@dataclass(slots=True)
class Leg:
    """One stretch of a live contact in one queue, with at most one agent."""

    leg_no: int
    queue_code: str
    agent_no: int | None
    queued_at: int
    reserved_at: int | None  # ringing starts
    connected_at: int | None
    left_at: int | None  # end of the conversation, or of waiting when never connected
    wrapped_at: int | None  # end of after-contact work
    talk_seconds: int  # conversation less hold
    hold_seconds: int
    end: LegEnd
    transfer_type: Literal["warm", "blind"] | None  # how this leg was handed on
    reservation_sid: str | None  # 'WR' + 32 hex
    missed_reservations: list[tuple[int, int, int, str]] = field(default_factory=list)
    # (offered_at, timed_out_at, agent_no, reservation_sid): rang, nobody picked up


@dataclass(slots=True)
class Contact:
    """One contact, the whole truth of it."""

    contact_no: int
    issue_no: int
    sequence_in_issue: int  # 1 = the contact that opened the issue
    channel: Channel
    parent_no: int | None  # a callback's original contact
    customer_no: int
    is_identified: bool  # False: number withheld, nobody can tell who called
    language: str
    reason_code: str | None  # as coded by the agent; None when not coded
    true_reason_code: str
    arrived_at: int  # call starts, chat opens, message is sent
    queue_code: str | None  # first human queue; None = never queued
    queued_at: int | None
    pre_queue_seconds: int  # in the IVR, or with the bot
    outcome: Outcome
    answered_at: int | None  # first agent connect (live), first human public reply (async)
    first_response_at: int | None  # chat: first agent message; async: first human public reply
    ended_at: int | None  # end of the conversation; async: first solve
    wrapped_at: int | None
    resolved: bool | None  # as coded at wrap-up; None when not coded
    legs: list[Leg]
    case_no: int | None
    is_spam: bool
    call_sid: str | None  # Twilio call, 'CA' + 32 hex (voice and callback)
    task_sid: str | None  # Twilio task, 'WT' + 32 hex (queued live contacts)
    purpose: Literal["test", "internal"] | None = None  # set: no customer's contact, in no count


@dataclass(slots=True)
class CaseEvent:
    """One thing that happened to a case; `event_no` grows with time within a case."""

    event_no: int
    at: int
    kind: Literal["create", "comment", "change"]
    actor: Actor
    actor_no: int | None  # customer_no or agent_no by `actor`; None for bot and auto
    field: str | None = None  # change and create: status, priority, group_id, assignee_id, tags
    value: str | None = None  # native vendor value as text
    previous_value: str | None = None
    is_public: bool | None = None  # comments only
    merged_contact_no: int | None = None  # comments only: whose case was merged into this one


@dataclass(slots=True)
class Case:
    """A work item in the helpdesk (a Zendesk ticket)."""

    case_no: int
    ticket_id: int
    via_channel: str  # Zendesk's own: email, web, twitter_dm, phone, native_messaging
    contact_no: int  # the contact it came from
    customer_no: int
    queue_code: str  # empty when only the bot had it
    priority: str  # low, normal, high, urgent
    created_at: int
    handle_seconds: int  # time-tracking field; final value, known from the first solve on
    events: list[CaseEvent]
    merged_at: int | None = None  # closed then, in favour of another case of the same person
    merged_into_no: int | None = None  # contact_no of that case
    deleted_at: int | None = None


@dataclass(slots=True)
class SurveyAnswer:
    """One sent-in survey form, or one Zendesk rating."""

    response_no: int
    vendor: Literal["typeform", "zendesk"]
    native_id: str  # Typeform response token, or Zendesk rating id
    form_id: str | None
    survey_type: Literal["transactional", "relationship"]
    contact_no: int | None
    customer_no: int
    answered_at: int
    scores: dict[str, int]  # scale code -> raw value, e.g. {'csat_5': 4, 'nps_11': 9}
    comment: str | None


@dataclass(slots=True)
class Reminder:
    """A second request to answer a survey."""

    at: int
    channel: str


@dataclass(slots=True)
class SurveyInvitation:
    """A request to answer a survey, or one that was held back; `suppressed_reason` says why."""

    native_id: str
    survey_type: Literal["transactional", "relationship"]
    trigger: Literal["after_contact", "scheduled"]
    channel: str  # of sending: sms, in_app, email
    contact_no: int | None
    customer_no: int
    sent_at: int
    delivered_at: int | None
    opened_at: int | None
    answered_at: int | None  # first answer
    suppressed_reason: Literal["quarantine", "opt_out", "bounced"] | None
    reminders: list[Reminder] = field(default_factory=list)


@dataclass(slots=True)
class FollowUp:
    """The task to call someone back who was dissatisfied."""

    task_id: str
    response_no: int  # the answer that opened it
    customer_no: int
    agent_no: int
    created_at: int
    attempts: list[int]  # instants; the last one reached the customer when `reached_at` is set
    reached_at: int | None
    cause: str | None  # reason code, recorded when reached
    action: str | None
    do_not_contact: bool
    closed_at: int | None


@dataclass(slots=True)
class Campaign:
    """A marketing campaign that raises arrivals in some queues."""

    campaign_id: str
    name: str
    type: str
    starts_on: str  # ISO local date
    ends_on: str
    after_effect_days: int
    queue_codes: list[str]
    uplift: float


@dataclass(slots=True, frozen=True)
class Target:
    """What was agreed of a metric, for a queue, a channel or all, from a local day on."""

    metric_id: str
    channel: str  # '' = every channel
    queue_code: str | None  # None = every queue
    threshold_seconds: int | None  # written channels count business time
    value: float
    valid_from: str  # ISO local date; a newer one of the same scope replaces it


@dataclass(slots=True)
class World:
    """Everything that truly happened from `starts_at` to `horizon`."""

    seed: int
    contacts_per_day: int
    starts_at: int  # local midnight of the first day
    horizon: int  # simulated up to here (and lives of earlier contacts beyond it)
    schedules: list[Schedule]
    queues: list[Queue]
    reasons: list[Reason]
    agents: list[Agent]
    customers: list[Customer]
    companies: list[Company]
    orders: list[Order]
    campaigns: list[Campaign]
    contacts: list[Contact]  # by arrived_at
    cases: list[Case]  # by created_at
    survey_answers: list[SurveyAnswer]  # by answered_at
    invitations: list[SurveyInvitation] = field(default_factory=list)  # by sent_at
    follow_ups: list[FollowUp] = field(default_factory=list)  # by created_at
    targets: list[Target] = field(default_factory=list)
