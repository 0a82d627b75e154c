"""Expectations on file drops: one suite an entity, the same for every dataset that maps to it.

The mapping decides which datasets and entities exist, so the checks are made for the tables a
home has: `checks("files_acme", "calls")`. Landing has already put aside rows with missing
required columns, unparsable times and duplicate keys; these checks prove that it did.
"""

from __future__ import annotations

from dataclasses import dataclass

from expectations.checks import Table, suite
from expectations.model import CheckSpec
from expectations.suites import raw_common as common


@dataclass(frozen=True)
class Entity:
    """What a landed entity promises.

    Attributes:
        key: Unique within one version of a file.
        required: Columns that always have a value, beside the key.
        past: Times that lie before now.
        order: Times in the order they happen.
        known: Allowed values of enumerations.
        numbers: Columns that are zero or more.
        pseudonyms: Columns that hold keyed hashes.
    """

    key: tuple[str, ...]
    required: tuple[str, ...] = ()
    past: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    known: tuple[tuple[str, tuple[str, ...]], ...] = ()
    numbers: tuple[str, ...] = ()
    pseudonyms: tuple[str, ...] = ()


YES_NO = ("yes", "no")
CASE_STATUSES = ("new", "open", "pending", "hold", "solved", "closed", "deleted")
VALUE_CATEGORIES = ("both", "customer_only", "company_only", "neither")

ENTITIES: dict[str, Entity] = {
    "calls": Entity(
        key=("call_id",),
        required=("queued_at", "outcome"),
        past=("queued_at",),
        order=("queued_at", "answered_at", "ended_at"),
        known=(
            (
                "outcome",
                ("answered", "abandoned", "flow_out", "callback", "ivr_only", "excluded"),
            ),
            ("direction", ("inbound", "outbound")),
            ("resolved", YES_NO),
        ),
        numbers=(
            "pre_queue_seconds",
            "wait_seconds",
            "talk_seconds",
            "hold_seconds",
            "wrap_seconds",
        ),
        pseudonyms=("customer_key",),
    ),
    "cases": Entity(
        key=("case_id",),
        required=("created_at", "status"),
        past=("created_at", "solved_at", "closed_at"),
        order=("created_at", "solved_at"),
        known=(("status", CASE_STATUSES),),
        pseudonyms=("customer_key",),
    ),
    "case_events": Entity(
        key=("case_id", "occurred_at", "field", "value", "sequence"),
        required=("case_id", "occurred_at", "field"),
        past=("occurred_at",),
    ),
    "messages": Entity(
        key=("message_id",),
        required=("case_id", "sent_at", "author_role", "is_public"),
        past=("sent_at",),
        known=(("author_role", ("customer", "agent", "bot", "auto")),),
    ),
    "survey_responses": Entity(
        key=("response_id", "metric"),
        required=("response_id", "metric", "answered_at", "score", "scale"),
        past=("answered_at",),
        known=(("metric", ("csat", "nps", "ces", "fcr", "overall")),),
        pseudonyms=("customer_key", "comment_key"),
    ),
    "survey_invitations": Entity(
        key=("invitation_id", "reminder_no"),
        required=("invitation_id", "sent_at"),
        past=("sent_at",),
        order=("sent_at", "delivered_at", "opened_at"),
        pseudonyms=("customer_key",),
    ),
    "closed_loop_tasks": Entity(
        key=("task_id",),
        required=("created_at",),
        past=("created_at", "reached_at"),
        order=("created_at", "first_attempt_at", "reached_at"),
        numbers=("attempts",),
        pseudonyms=("customer_key",),
    ),
    "customers": Entity(
        key=("customer_key", "valid_from"),
        required=("customer_key",),
        order=("acquired_at", "churned_at"),
        numbers=("monthly_revenue",),
        pseudonyms=("customer_key",),
    ),
    "customer_periods": Entity(
        key=("customer_key", "month"),
        required=("customer_key", "is_active"),
        pseudonyms=("customer_key",),
    ),
    "agents": Entity(
        key=("agent_id", "valid_from"),
        required=("agent_id",),
        order=("hired_at", "live_at", "left_at"),
        numbers=("fte",),
    ),
    "agent_states": Entity(
        key=("agent_id", "from_at"),
        required=("agent_id", "state", "from_at"),
        order=("from_at", "to_at"),
    ),
    "queues": Entity(key=("queue_id", "valid_from"), required=("queue_id",)),
    "schedules": Entity(
        key=("schedule_id", "weekday", "open_time", "start_week_minute"),
        required=("schedule_id", "timezone"),
    ),
    "schedule_holidays": Entity(
        key=("schedule_id", "start_date", "end_date", "open_time"),
        required=("schedule_id", "start_date", "end_date"),
        order=("start_date", "end_date"),
    ),
    "case_schedules": Entity(
        key=("case_id", "schedule_id", "valid_from"), order=("valid_from", "valid_to")
    ),
    "sla_policies": Entity(
        key=("policy_id", "metric", "priority"),
        required=("policy_id", "metric", "target_minutes"),
        numbers=("target_minutes",),
    ),
    "orders": Entity(
        key=("order_id",),
        required=("order_id", "ordered_at", "amount"),
        past=("ordered_at",),
        pseudonyms=("customer_key",),
    ),
    "reasons": Entity(
        key=("reason_id", "valid_from"),
        known=(("value_category", VALUE_CATEGORIES), ("resolvable_at_first_level", YES_NO)),
        numbers=("standard_handle_seconds",),
    ),
    "targets": Entity(
        key=("metric_id", "channel", "queue", "valid_from"),
        required=("metric_id",),
        order=("valid_from", "valid_to"),
    ),
    "campaigns": Entity(key=("campaign_id",)),
    "finance_months": Entity(key=("cost_centre", "month")),
    "benchmarks": Entity(key=("source", "wave", "company", "metric"), required=("metric",)),
    "price_agreements": Entity(
        key=("agreement_id", "channel", "band_from", "valid_from"), required=("agreement_id",)
    ),
}


def _entity_checks(table: Table, entity: Entity) -> None:
    # A single-column key always has a value; parts of a longer one may be open (a target can hold
    # for every channel) unless they are listed as required.
    always = entity.key if len(entity.key) == 1 else ()
    table.not_null(*dict.fromkeys([*always, *entity.required]), "_dlt_load_id")
    table.unique("_dlt_load_id", "source_file", "file_hash", *entity.key)
    for column in entity.past:
        table.past(column, "now()::timestamp")
    table.in_order(*entity.order, max_share=common.DISORDER_SHARE)
    for column, allowed in entity.known:
        table.one_of(column, allowed, "alerting")
    table.not_negative(*entity.numbers, severity="alerting")
    table.pseudonyms(*entity.pseudonyms)


def checks(dataset: str, entity: str) -> list[CheckSpec]:
    """Checks of one landed entity of one file dataset.

    Args:
        dataset: Raw dataset, 'files_' and the mapping's name.
        entity: One of `ENTITIES`, or 'watermarks'. Of any other table only the load id is checked.
    """
    table = suite("raw_files", "blocking")(f"{dataset}.{entity}")
    if entity == "watermarks":
        table.not_null("resource", "watermark_at", "_dlt_load_id")
        table.not_negative("rows_landed")
        common.not_far_behind(table)
    elif entity in ENTITIES:
        _entity_checks(table, ENTITIES[entity])
    else:
        table.not_null("_dlt_load_id")
    return table.checks
