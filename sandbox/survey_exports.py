"""What the survey tool and its follow-up tasks would export, as they stand at an instant.

Input: a World and an instant. Output: rows of `survey_invitations` and `closed_loop_tasks`, one
invitation or reminder a row and one task a row; what comes later is not in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from sandbox.world.records import LIVE_CHANNELS, SurveyAnswer, SurveyInvitation, World

Row = dict[str, object]


def time_text(at: int | None) -> str:
    """UTC, as the exports write it; empty when there is none."""
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _contact_ids(world: World) -> Callable[[int | None], str]:
    contacts = {contact.contact_no: contact for contact in world.contacts}
    tickets = {case.contact_no: case.ticket_id for case in world.cases}

    def name(contact_no: int | None) -> str:
        if contact_no is None:
            return ""
        contact = contacts[contact_no]
        if contact.channel in LIVE_CHANNELS:
            return f"twilio:{contact.task_sid or contact.call_sid}"
        return f"zendesk:{tickets[contact_no]}"

    return name


def invitation_rows(world: World, now: int) -> Iterator[Row]:
    """Invitations and reminders sent by `now`; the periodic survey names people by e-mail."""
    emails = {customer.customer_no: customer.email for customer in world.customers}
    contact_id = _contact_ids(world)

    def row(invitation: SurveyInvitation, reminder_no: int, at: int, channel: str) -> Row:
        def past(instant: int | None) -> str:
            return time_text(instant if instant is not None and instant <= now else None)

        is_first = reminder_no == 0
        return {
            "invitation_id": invitation.native_id,
            "reminder_no": reminder_no,
            "sent_at": time_text(at),
            "contact_id": contact_id(invitation.contact_no),
            "customer": emails[invitation.customer_no],
            "channel": channel,
            "survey_type": invitation.survey_type,
            "trigger": invitation.trigger,
            "delivered_at": past(invitation.delivered_at) if is_first else "",
            "opened_at": past(invitation.opened_at) if is_first else "",
            "answered_at": past(invitation.answered_at) if is_first else "",
            "suppressed_reason": invitation.suppressed_reason or "",
        }

    for invitation in world.invitations:
        if invitation.sent_at > now:
            break
        yield row(invitation, 0, invitation.sent_at, invitation.channel)
        for number, reminder in enumerate(invitation.reminders, start=1):
            if reminder.at <= now:
                yield row(invitation, number, reminder.at, reminder.channel)


def follow_up_rows(world: World, now: int) -> Iterator[Row]:
    """Follow-up tasks created by `now`, with what had been done by then."""
    customers = {customer.customer_no: customer for customer in world.customers}
    agents = {agent.agent_no: agent.employee_id for agent in world.agents}
    answers: dict[int, SurveyAnswer] = {item.response_no: item for item in world.survey_answers}
    contact_id = _contact_ids(world)
    for task in world.follow_ups:
        if task.created_at > now:
            break
        answer = answers[task.response_no]
        attempts = [at for at in task.attempts if at <= now]
        is_reached = task.reached_at is not None and task.reached_at <= now
        is_closed = task.closed_at is not None and task.closed_at <= now
        yield {
            "task_id": task.task_id,
            "created_at": time_text(task.created_at),
            "response_id": f"{answer.vendor}:{answer.native_id}",
            "contact_id": contact_id(answer.contact_no),
            "customer": customers[task.customer_no].email,
            "agent": agents[task.agent_no],
            "attempts": len(attempts),
            "first_attempt_at": time_text(attempts[0] if attempts else None),
            "reached_at": time_text(task.reached_at if is_reached else None),
            "cause": task.cause if is_reached else "",
            "action": task.action if is_reached else "",
            "do_not_contact": "yes" if task.do_not_contact else "no",
            "closed_at": time_text(task.closed_at if is_closed else None),
        }
