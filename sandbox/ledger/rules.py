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
RESOLUTION_TARGET = 5 * DAY  # calendar time; resolution does not pause
WAIT_LIMITS = (90, 150, 180)
FCR_WINDOW = 7 * DAY
RESOLUTION_WINDOW = 7 * DAY
REOPEN_WINDOW = 14 * DAY
ANSWER_WINDOW = 28 * DAY
LOOP_DUE = 2 * DAY
ONE_TASK_WINDOW = 7 * DAY
RECOVERY_WINDOW = 90 * DAY
NO_REPLY = 24 * 3_600
FOLLOW_WINDOW = 7 * DAY
CONVERSION_WINDOW = 7 * DAY
CASE_CHANNEL = {
    "email": "email",
    "web": "web_form",
    "twitter_dm": "social_private",
    "phone": "voice",
    "native_messaging": "chat",
}
# (survey type, scale) -> metric it answers, and the raw values that count as favourable.
FAVOURABLE = {
    ("transactional", "csat_5"): ("csat_score", {4, 5}),
    ("transactional", "csat_2"): ("csat_score", {1}),
    ("transactional", "ces2_7"): ("ces_favourable_rate", {5, 6, 7}),
    ("transactional", "fcr_2"): ("fcr_survey_rate", {1}),
    ("relationship", "csat_5"): ("overall_satisfaction_rate", {4, 5}),
}
# Highest raw value of each scale that calls for a follow-up.
BAD_UP_TO = {"csat_5": 2, "csat_2": 0, "nps_11": 6, "ces2_7": 3}
PROMOTERS = {9, 10}
DETRACTORS = set(range(7))
