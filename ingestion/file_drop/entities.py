"""Every entity of the file drop, declared once: columns, types, keys, privacy.

Inputs: none. Outputs: `ENTITIES`, by name. The columns follow the table of the file drop in the
sources chapter and, for dimensions and finance, catalogue sections 7 and 8.9. Required columns
come first. List them all with `python -m ingestion.file_drop.entities`.
"""

from __future__ import annotations

import sys

from ingestion.file_drop.vocabulary import (
    Column,
    Entity,
    Personal,
    Rule,
    boolean,
    clock,
    customer,
    date,
    employee,
    integer,
    month,
    number,
    text,
    timestamp,
    timezone,
    yes_no,
)

CASE_STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
CALL_OUTCOMES = ("answered", "abandoned", "flow_out", "callback", "ivr_only", "excluded")
SURVEY_METRICS = ("csat", "nps", "ces", "fcr", "overall")
# Why an invitation never reached the customer.
SUPPRESSIONS = ("bounced", "quarantine", "opt_out", "no_address")
SURVEY_TRIGGERS = ("after_contact", "after_purchase", "inactivity", "scheduled", "ad_hoc")
SURVEY_TYPES = ("transactional", "relationship", "competitive", "employee")
AUTHOR_ROLES = ("customer", "agent", "bot", "auto")

# A changed field with one of these names holds a customer's identifier or what a customer wrote.
PERSONAL_FIELDS = ("requester", "requester_id", "customer", "customer_id", "caller", "caller_id")
FREE_TEXT_FIELDS = ("comment", "satisfaction_comment", "description", "subject")

_STATUS_WORDS = ", ".join(f"'{status}'" for status in CASE_STATUSES)


def _at_least_nothing(name: str) -> Rule:
    return Rule(name, f"{name} is null or {name} >= 0", "below zero")


_CONTACTS = (
    Entity(
        name="calls",
        grain="one phone call, from arrival to the end of wrap-up",
        key=("call_id",),
        has_events=True,
        columns=(
            text("call_id", required=True),
            timestamp("queued_at", required=True),
            text("outcome", required=True, values=CALL_OUTCOMES),
            timestamp("started_at"),
            timestamp("answered_at"),
            timestamp("ended_at"),
            number("pre_queue_seconds"),
            number("wait_seconds"),
            number("talk_seconds"),
            number("hold_seconds"),
            number("wrap_seconds"),
            text("queue"),
            employee(),
            customer(),
            text("direction", values=("inbound", "outbound")),
            text("reason"),
            text("priority"),
            yes_no("resolved"),
            number("csat_score"),
        ),
    ),
    Entity(
        name="messages",
        grain="one message or comment of a case",
        key=("message_id",),
        has_events=True,
        columns=(
            text("message_id", required=True),
            text("case_id", required=True),
            timestamp("sent_at", required=True),
            text("author_role", required=True, values=AUTHOR_ROLES),
            boolean("is_public", required=True),
            Column("author", personal=Personal.CUSTOMER_AUTHOR),
        ),
    ),
)

_CASES = (
    Entity(
        name="cases",
        grain="one case in its newest state",
        key=("case_id",),
        has_events=True,
        columns=(
            text("case_id", required=True),
            timestamp("created_at", required=True),
            text("status", required=True, values=CASE_STATUSES),
            timestamp("updated_at"),
            timestamp("solved_at"),
            timestamp("closed_at"),
            text("channel"),
            customer(),
            employee(),
            text("queue"),
            text("reason"),
            text("priority"),
            text("brand"),
            text("case_type"),
            text("opened_by_role", values=AUTHOR_ROLES),
            boolean("made_sla"),
        ),
    ),
    Entity(
        name="case_events",
        grain="one field of one case that took one value at one instant",
        # `sequence` tells two changes of one minute apart where the source counts its changes.
        key=("case_id", "occurred_at", "field", "value", "sequence"),
        has_events=True,
        columns=(
            text("case_id", required=True),
            timestamp("occurred_at", required=True),
            text("field", required=True),
            # A field that was emptied is an event too.
            Column("value", mapped=True, personal=Personal.CHANGED_VALUE),
            employee("actor"),
            integer("sequence"),
        ),
        rules=(
            Rule(
                "value",
                f"field <> 'status' or value in ({_STATUS_WORDS})",
                f"unknown value: a status is one of {', '.join(CASE_STATUSES)}",
            ),
        ),
    ),
    Entity(
        name="case_schedules",
        grain="one stretch of time for which a case follows one schedule",
        key=("case_id", "schedule_id", "valid_from"),
        columns=(
            text("case_id", required=True),
            text("schedule_id", required=True),
            timestamp("valid_from", required=True),
            timestamp("valid_to"),
        ),
    ),
    Entity(
        name="sla_policies",
        grain="one target of one policy for one priority",
        key=("policy_id", "metric", "priority"),
        columns=(
            text("policy_id", required=True),
            text("metric", required=True),
            text("priority", required=True),
            number("target_minutes", required=True),
            boolean("in_business_hours", required=True),
            text("name"),
        ),
    ),
)

_SURVEYS = (
    Entity(
        name="survey_responses",
        grain="one scored question of one survey response",
        key=("response_id", "metric"),
        has_events=True,
        columns=(
            text("response_id", required=True),
            timestamp("answered_at", required=True),
            text("metric", required=True, values=SURVEY_METRICS),
            number("score", required=True),
            text("scale", required=True),
            text("survey_type", values=SURVEY_TYPES),
            text("contact_id"),
            text("case_id"),
            text("invitation_id"),
            customer(),
            employee(),
            text("queue"),
            text("channel"),
            text("business_area"),
            number("weight"),
            Column("comment", personal=Personal.FREE_TEXT, lands_as="comment_key"),
        ),
    ),
    Entity(
        name="survey_invitations",
        grain="one invitation or reminder that was sent",
        key=("invitation_id", "reminder_no"),
        has_events=True,
        columns=(
            text("invitation_id", required=True),
            timestamp("sent_at", required=True),
            text("contact_id"),
            customer(),
            text("channel"),
            text("survey_type", values=SURVEY_TYPES),
            integer("reminder_no"),
            text("trigger", values=SURVEY_TRIGGERS),
            timestamp("delivered_at"),
            timestamp("opened_at"),
            timestamp("answered_at"),
            text("suppressed_reason", values=SUPPRESSIONS),
        ),
    ),
    Entity(
        name="closed_loop_tasks",
        grain="one follow-up task after a negative survey answer, in its newest state",
        key=("task_id",),
        has_events=True,
        columns=(
            text("task_id", required=True),
            timestamp("created_at", required=True),
            text("response_id"),
            text("contact_id"),
            customer(),
            employee(),
            integer("attempts"),
            timestamp("first_attempt_at"),
            timestamp("reached_at"),
            text("cause"),
            text("action"),
            boolean("do_not_contact"),
            timestamp("closed_at"),
        ),
    ),
)

_PEOPLE = (
    Entity(
        name="customers",
        grain="one customer, as it has been since `valid_from`",
        key=("customer_id", "valid_from"),
        columns=(
            customer("customer_id", required=True),
            text("segment"),
            text("country"),
            text("language"),
            timestamp("acquired_at"),
            timestamp("churned_at"),
            boolean("is_active"),
            number("monthly_revenue"),
            timestamp("valid_from"),
        ),
    ),
    Entity(
        name="customer_periods",
        grain="one customer in one month",
        key=("customer_id", "month"),
        columns=(
            customer("customer_id", required=True),
            month("month"),
            boolean("is_active", required=True),
            number("revenue"),
        ),
    ),
    Entity(
        name="orders",
        grain="one order",
        key=("order_id",),
        columns=(
            text("order_id", required=True),
            customer(required=True),
            timestamp("ordered_at", required=True),
            number("amount", required=True),
        ),
    ),
    Entity(
        name="agents",
        grain="one employee who serves customers, as they have been since `valid_from`",
        key=("agent_id", "valid_from"),
        columns=(
            employee("agent_id", required=True),
            text("team"),
            text("site"),
            text("employer"),
            timestamp("hired_at"),
            timestamp("live_at"),
            timestamp("left_at"),
            text("left_reason"),
            number("fte"),
            timestamp("valid_from"),
        ),
    ),
    Entity(
        name="agent_states",
        grain="one stretch of time that an agent spent in one state",
        key=("agent_id", "from_at"),
        columns=(
            employee("agent_id", required=True),
            text("state", required=True),
            timestamp("from_at", required=True),
            timestamp("to_at", mapped=True),
        ),
        rules=(Rule("to_at", "to_at is null or to_at >= from_at", "the state ends before it"),),
    ),
)

_CENTRE = (
    Entity(
        name="queues",
        grain="one queue or group of agents, as it has been since `valid_from`",
        key=("queue_id", "valid_from"),
        columns=(
            text("queue_id", required=True),
            text("name"),
            text("channel"),
            timezone("timezone"),
            text("business_area"),
            text("brand"),
            text("client"),
            text("schedule_id"),
            timestamp("valid_from"),
        ),
    ),
    Entity(
        name="schedules",
        grain="one weekly opening interval of a schedule, in local time",
        key=("schedule_id", "weekday", "open_time", "start_week_minute"),
        columns=(
            text("schedule_id", required=True),
            timezone("timezone", required=True),
            text("name"),
            integer("weekday"),
            clock("open_time"),
            clock("close_time"),
            integer("start_week_minute"),
            integer("end_week_minute"),
        ),
        rules=(
            Rule(
                "weekday",
                "(weekday is not null and open_time is not null and close_time is not null)"
                " or (start_week_minute is not null and end_week_minute is not null)",
                "an interval needs weekday, open_time and close_time,"
                " or start_week_minute and end_week_minute",
            ),
            Rule(
                "weekday",
                "weekday is null or weekday between 0 and 6",
                "a weekday runs from 0 (Monday) to 6 (Sunday)",
            ),
            Rule(
                "end_week_minute",
                "start_week_minute is null or (start_week_minute between 0 and 10080"
                " and end_week_minute between start_week_minute and 10080)",
                "week minutes run from 0 to 10080, and the end follows the start",
            ),
            Rule(
                "close_time",
                "open_time is null or open_time < close_time",
                "the interval closes before it opens: split one that passes midnight",
            ),
        ),
    ),
    Entity(
        name="schedule_holidays",
        grain="one holiday or half-day of a schedule, local days, both ends included",
        key=("schedule_id", "start_date", "end_date", "open_time"),
        columns=(
            text("schedule_id", required=True),
            date("start_date", required=True),
            date("end_date", required=True),
            text("name"),
            # Hours that it keeps all the same, as on an eve; without them it is closed.
            clock("open_time"),
            clock("close_time"),
        ),
        rules=(
            Rule("end_date", "end_date >= start_date", "the holiday ends before it starts"),
            Rule(
                "close_time",
                "(open_time is null and close_time is null) or open_time < close_time",
                "a half-day needs open_time and close_time, and closes after it opens",
            ),
        ),
    ),
    Entity(
        name="reasons",
        grain="one contact reason, as it has been judged since `valid_from`",
        key=("reason_id", "valid_from"),
        columns=(
            text("reason_id", required=True),
            text("l1"),
            text("l2"),
            text("l3"),
            text("reason_family"),
            text("value_category", values=("both", "customer_only", "company_only", "neither")),
            boolean("resolvable_at_first_level"),
            integer("standard_handle_seconds"),
            text("complexity", values=("technical", "simple")),
            timestamp("valid_from"),
        ),
    ),
    Entity(
        name="targets",
        grain="one target of a metric for one channel and queue, for a stretch of days",
        key=("metric_id", "channel", "queue", "valid_from"),
        columns=(
            text("metric_id", required=True),
            text("channel"),
            text("queue"),
            number("threshold_seconds"),
            number("target"),
            number("warn"),
            number("critical"),
            text("owner"),
            date("valid_from"),
            date("valid_to"),
        ),
        rules=(_at_least_nothing("threshold_seconds"),),
    ),
    Entity(
        name="campaigns",
        grain="one campaign; `queues` lists the queues it touches (empty: all of them)",
        key=("campaign_id",),
        columns=(
            text("campaign_id", required=True),
            date("starts_on", required=True),
            date("ends_on", required=True),
            text("name"),
            text("type"),
            integer("after_effect_days"),
            text("queues"),
        ),
        rules=(Rule("ends_on", "ends_on >= starts_on", "the campaign ends before it starts"),),
    ),
)

_FINANCE = (
    Entity(
        name="finance_months",
        grain="one cost centre in one month",
        key=("cost_centre", "month"),
        columns=(
            text("cost_centre", required=True),
            month("month"),
            number("opex", required=True),
            number("operating_cash_flow"),
        ),
    ),
    Entity(
        name="benchmarks",
        grain="one metric of one company in one wave of a comparison",
        key=("source", "wave", "company", "metric"),
        columns=(
            text("source", required=True),
            text("wave", required=True),
            text("company", required=True),
            text("metric", required=True),
            number("value", required=True),
            integer("n"),
            integer("promoters"),
            integer("detractors"),
        ),
    ),
    Entity(
        name="price_agreements",
        grain="one price of an agreement for one channel and volume band, for a stretch of days",
        key=("agreement_id", "channel", "band_from", "valid_from"),
        columns=(
            text("agreement_id", required=True),
            text("client", required=True),
            text("model", required=True, values=("unit", "handle_time", "hybrid")),
            date("valid_from", required=True),
            date("valid_to"),
            text("channel"),
            number("unit_price"),
            number("minute_price"),
            text("rounding", values=("contact", "month")),
            integer("band_from"),
            integer("band_to"),
            text("billable_rule", values=("handled", "handled_all", "offered")),
        ),
        rules=tuple(
            _at_least_nothing(name)
            for name in ("unit_price", "minute_price", "band_from", "band_to")
        ),
    ),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for group in (_CONTACTS, _CASES, _SURVEYS, _PEOPLE, _CENTRE, _FINANCE)
    for entity in group
}


def describe() -> str:
    """Return every entity with its columns as plain text, one entity a paragraph."""
    paragraphs = []
    for entity in ENTITIES.values():
        lines = [f"{entity.name}: {entity.grain}; key {', '.join(entity.key)}"]
        for column in entity.columns:
            need = "required" if column.must_be_mapped else "optional"
            values = f" ({', '.join(column.values)})" if column.values else ""
            kept = "" if column.personal is Personal.NO else f"; personal: {column.personal.value}"
            lines.append(f"  {column.name}: {column.type.value}{values}, {need}{kept}")
        paragraphs.append("\n".join(lines))
    return "\n\n".join(paragraphs)


if __name__ == "__main__":
    sys.stdout.write(describe() + "\n")
