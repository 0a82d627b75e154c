"""The invented company: Lumivirta, Nordic home internet and electricity. Its queues, campaigns.

Everything here is fixed by the seed and the first day, never by how far the world is simulated.
"""

from __future__ import annotations

import datetime as dt

from sandbox.world.calendar import HELSINKI
from sandbox.world.ids import sid
from sandbox.world.records import Campaign, Channel, Queue, Target

COMPANY = "Lumivirta Oy"
OUTSOURCER = "Saaristo Kontaktipalvelut Oy"
LANGUAGES = ("fi", "sv", "en")

_LANGUAGE_NAMES = {"fi": "Finnish", "sv": "Swedish", "en": "English"}
_ASYNC_NAMES: dict[Channel, tuple[str, str]] = {
    "email": ("E-mail", "office_fi"),
    "web_form": ("Web form", "office_fi"),
    "social_private": ("Social", "live_fi"),
}


def make_queues(seed: int) -> list[Queue]:
    """All human-served queues; Twilio routes live ones, Zendesk groups hold the rest."""
    queues: list[Queue] = []

    def add(code: str, name: str, channel: Channel, schedule: str, area: str = "service") -> None:
        number = len(queues) + 1
        live = schedule == "live_fi" and channel in ("voice", "chat")
        language = next(part for part in LANGUAGES if part in code.split("_"))
        queues.append(
            Queue(
                code=code,
                name=f"{name} {_LANGUAGE_NAMES[language]}",
                system="twilio" if live else "zendesk",
                native_id=sid(seed, "WQ", number) if live else str(36_200_000 + number),
                channel=channel,
                schedule_id=schedule,
                timezone=HELSINKI,
                language=language,
                business_area=area,
                brand="Lumivirta",
                client=COMPANY,
            )
        )

    for area in ("support", "billing", "sales"):
        add(f"{area}_fi_voice", area.title(), "voice", "live_fi", area)
    for language in ("sv", "en"):
        add(f"service_{language}_voice", "Service", "voice", "live_fi")
    for language in LANGUAGES:
        add(f"chat_{language}", "Chat", "chat", "live_fi")
    for channel, (label, schedule) in _ASYNC_NAMES.items():
        for language in LANGUAGES:
            add(f"{channel}_{language}", label, channel, schedule)
    for language in LANGUAGES:
        # Cases that calls leave behind; no contact ever queues here.
        add(f"phone_cases_{language}", "Phone cases", "voice", "office_fi")
    return queues


def queue_for(channel: str, language: str, family: str) -> str:
    """Queue code of a new contact; Finnish calls split by what they are about."""
    if channel in ("voice", "callback"):
        if language != "fi":
            return f"service_{language}_voice"
        area = family if family in ("billing", "sales") else "support"
        return f"{area}_fi_voice"
    return f"{channel}_{language}"


def make_campaigns(start: dt.date) -> list[Campaign]:
    """A sales campaign (7th to 10th) and an invoice run (20th to 22nd) in each nearby month."""
    campaigns: list[Campaign] = []
    month = dt.date(start.year, start.month, 1)
    for _ in range(6):
        label = f"{month:%Y-%m}"
        campaigns.append(
            Campaign(
                f"offer-{label}", f"Monthly offer {label}", "sales",
                month.replace(day=7).isoformat(), month.replace(day=10).isoformat(),
                1, ["sales_fi_voice", "chat_fi", "web_form_fi"], 1.6,
            )
        )  # fmt: skip
        campaigns.append(
            Campaign(
                f"invoices-{label}", f"Invoice run {label}", "invoice_run",
                month.replace(day=20).isoformat(), month.replace(day=22).isoformat(),
                2, ["billing_fi_voice", "email_fi"], 1.4,
            )
        )  # fmt: skip
        month = (month + dt.timedelta(days=32)).replace(day=1)
    return campaigns


# metric, channel, threshold in seconds, target; the written channels count business time.
_TARGETS: tuple[tuple[str, str, int | None, float], ...] = (
    ("service_level", "voice", 20, 0.80),
    ("service_level", "callback", 20, 0.80),
    ("service_level", "chat", 60, 0.80),
    ("service_level", "email", 86_400, 0.90),
    ("service_level", "web_form", 86_400, 0.90),
    ("service_level", "social_private", 3_600, 0.80),
    ("response_within_target_rate", "web_form", 14_400, 0.80),
    ("abandonment_rate", "voice", None, 0.05),
    ("abandonment_rate", "chat", None, 0.05),
    ("first_contact_resolution_rate", "", None, 0.75),
    ("resolved_within_target_rate", "", 5 * 86_400, 0.90),
    ("csat_score", "", None, 0.80),
)
_ALWAYS = "2024-01-01"


def make_targets(start: dt.date) -> list[Target]:
    """What the company promises; ten days in, sales calls and Swedish e-mail get their own."""
    changed = (start + dt.timedelta(days=10)).isoformat()
    targets = [
        Target(metric, channel, None, threshold, value, _ALWAYS)
        for metric, channel, threshold, value in _TARGETS
    ]
    targets.append(Target("service_level", "", "sales_fi_voice", 15, 0.80, _ALWAYS))
    targets.append(Target("service_level", "", "sales_fi_voice", 30, 0.80, changed))
    targets.append(Target("service_level", "email", "email_sv", 14_400, 0.90, changed))
    return targets


def uplift(campaigns: list[Campaign], queue_code: str, day: dt.date) -> float:
    """How much campaigns raise a queue's arrivals on a day; half as much in the days after."""
    factor = 1.0
    for campaign in campaigns:
        if queue_code not in campaign.queue_codes:
            continue
        first = dt.date.fromisoformat(campaign.starts_on)
        last = dt.date.fromisoformat(campaign.ends_on)
        if first <= day <= last:
            factor *= campaign.uplift
        elif last < day <= last + dt.timedelta(days=campaign.after_effect_days):
            factor *= 1 + (campaign.uplift - 1) / 2
    return factor
