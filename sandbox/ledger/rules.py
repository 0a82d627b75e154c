"""The rules the ledger counts by, restated from the KPI catalogue (sections 2 and 3).

Written out here rather than read from the warehouse's variables: the ledger must be able to
disagree with the warehouse.
"""

from __future__ import annotations

DAY = 86_400
CHANNELS = ("voice", "callback", "chat", "email", "web_form", "social_private")
ASYNC_CHANNELS = frozenset({"email", "web_form", "social_private"})
# Answer, or first human reply, within so many seconds; for written channels in business time.
SERVICE_THRESHOLD = {
    "voice": 20,
    "callback": 20,
    "chat": 60,
    "email": 86_400,
    "web_form": 86_400,
    "social_private": 3_600,
}
SHORT_ABANDON = 5
FCR_WINDOW = 7 * DAY
CASE_CHANNEL = {
    "email": "email",
    "web": "web_form",
    "twitter_dm": "social_private",
    "phone": "voice",
}
COUNTS = ("contacts_offered", "contacts_handled")
RATIOS = (
    "service_level",
    "average_speed_of_answer",
    "abandonment_rate",
    "average_handle_time",
    "first_response_time_avg",
    "full_resolution_time_avg",
    "first_contact_resolution_rate",
    "csat_score",
    "nps",
    "ces_favourable_rate",
)
# (survey type, scale) -> metric it answers, and the raw values that count as favourable.
FAVOURABLE = {
    ("transactional", "csat_5"): ("csat_score", {4, 5}),
    ("transactional", "csat_2"): ("csat_score", {1}),
    ("transactional", "ces2_7"): ("ces_favourable_rate", {5, 6, 7}),
}
PROMOTERS = {9, 10}
DETRACTORS = set(range(7))
