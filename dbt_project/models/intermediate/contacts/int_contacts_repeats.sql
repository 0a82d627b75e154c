-- One row per contact that can open or repeat an issue, with what its related contacts say.
-- Such a contact is inbound, of a known customer, in a queue or with an agent, and no short abandon.
-- A callback is no contact more, but who had one has been served: what follows opens no issue.
-- What a machine alone served is judged by what followed it, but repeats and opens nothing.
-- Sensitivity: what first contact resolution would be at other windows, in calendar days.
-- The linter would judge what some vars alone ask for as if it always stood there.
-- noqa: disable=LT02,ST11
{{ config(materialized='tail', meta={'tail': 'in_tail', 'tail_arguments': ['started_at']}) }}
{% set window_days = [1, 7, 14, 30] %}
{% set no_reply = var('pivot_no_reply_hours') * 3600 %}
{% set follow = var('pivot_follow_window_days') * 86400 %}
{% set by_open_days = var('fcr_window_clock') == 'business' %}
{#- A calendar window closes as long after each contact's end as after the last one's. -#}
{% set window_before = 'related.handled_open_until' if by_open_days
    else add_seconds('related.handled_before_at', var('fcr_window_days') * 86400) %}
{#- Issues are looked up for contacts that may pivot, and for all only where returns are told by issue. -#}
{% set by_issue = var('fcr_match_level') == 'issue' %}
{% set belongs %}
        {{ in_context('flagged.started_at') }}
        and flagged.customer_id is not null
        and flagged.is_short_abandoned = 0
        and (flagged.is_offered = 1 or flagged.is_handled = 1 or flagged.is_bot_only = 1)
        and (flagged.direction = 'inbound' or flagged.contact_kind = 'callback')
{%- endset %}

with

issues as (

    select
        contact_id,
        issue_id
    from {{ ref('int_contact_issues') }}
    where {{ in_context('started_at') }}

),

contacts as (

    select
        flagged.contact_id,
        {%- if by_issue %}
        issues.issue_id,
        {%- endif %}
        flagged.customer_id,
        flagged.case_id,
        flagged.reason_id,
        flagged.channel,
        flagged.started_at,
        flagged.ended_at,
        coalesce(flagged.ended_at, flagged.as_of_at) as ended_or_as_of_at,
        flagged.schedule_id,
        flagged.is_handled,
        flagged.is_abandoned,
        flagged.is_bot_only,
        flagged.handled_by_type,
        flagged.outcome,
        flagged.is_bot_escalated,
        {{ flag("flagged.contact_kind = 'callback'") }} as is_callback,
        flagged.as_of_at
    from {{ ref('int_contacts_flagged') }} as flagged
    {%- if by_issue %}
        left join issues on flagged.contact_id = issues.contact_id
    {%- endif %}
    where
        {{- belongs }}

),

{{ fcr_windows('contacts') }},

related as (

    -- Any later contact fails the first one, also one that gave up waiting.
    select
        *,
        {{ over_related('max', 'case when is_handled = 1 then window_ends_at end', 'before')
            if by_open_days else 'cast(null as timestamp)' }} as handled_open_until,
        {{ over_related('max', 'case when is_bot_only = 0 then window_ends_at end', 'before') }}
            as any_window_ends_at,
        {{ over_related('max', 'case when is_handled = 1 then ended_or_as_of_at end', 'before') }}
            as handled_before_at,
        {{ over_related(
            'min',
            'case when is_bot_only = 0 and is_callback = 0'
            ~ ('' if var('fcr_repeat_includes_abandoned') else ' and is_abandoned = 0')
            ~ ' then started_at end',
            'after'
        ) }} as followed_at
    from bounded
    window {{ related_windows() }}

),

settlements as (

    select
        case_id,
        min(case when is_solved_state = 1 then from_at end) as first_solved_at,
        1 as has_case
    from {{ ref('int_case_status_spans') }}
    group by case_id

),

{{ case_rounds() }},

emails as (

    -- E-mails of which it is known whether a call followed (the whole wait and the window are over).
    select
        flagged.contact_id,
        issues.issue_id,
        flagged.started_at,
        flagged.first_response_at,
        {{ add_seconds('flagged.started_at', no_reply) }} as reply_due_at,
        {{ flag('flagged.first_response_at <= ' ~ add_seconds('flagged.started_at', no_reply)) }}
            as is_answered_in_time
    from {{ ref('int_contacts_flagged') }} as flagged
    left join issues on flagged.contact_id = issues.contact_id
    where
        flagged.channel = 'email'
        and {{ add_seconds('flagged.started_at', no_reply + follow) }} <= flagged.as_of_at
        and {{- belongs }}

),

calls as (

    select
        issues.issue_id,
        flagged.started_at
    from {{ ref('int_contacts_flagged') }} as flagged
    inner join issues on flagged.contact_id = issues.contact_id
    where
        flagged.channel = 'voice'
        and issues.issue_id in (select emails.issue_id from emails)
        and {{- belongs }}

),

pivots as (

    select
        emails.contact_id,
        emails.is_answered_in_time,
        max({{ flag(
            'calls.started_at > emails.reply_due_at and calls.started_at <= '
            ~ add_seconds('emails.reply_due_at', follow)
            ~ ' and (emails.first_response_at is null or calls.started_at < emails.first_response_at)'
        ) }}) as is_called_unanswered,
        max({{ flag(
            'calls.started_at > emails.started_at and calls.started_at <= emails.reply_due_at'
            ~ ' and (emails.first_response_at is null or calls.started_at < emails.first_response_at)'
        ) }}) as is_called_early,
        max({{ flag(
            'calls.started_at >= emails.first_response_at and calls.started_at <= '
            ~ add_seconds('emails.first_response_at', follow)
        ) }}) as is_called_after_answer
    from emails
    left join calls on emails.issue_id = calls.issue_id
    group by emails.contact_id, emails.is_answered_in_time

),

cohort as (

    select
        related.*,
        {{ window_before }} as handled_window_ends_at,
        coalesce(settlements.has_case, 0) as has_case,
        case when case_rounds.round_no > 0 then case_rounds.solved_at else settlements.first_solved_at end
            as solved_at,
        case_rounds.reopened_at,
        coalesce(pivots.is_answered_in_time, 0) as is_answered_24h,
        {{ flag('pivots.is_answered_in_time = 0') }} as is_unanswered_24h,
        {{ flag('pivots.is_answered_in_time = 0 and pivots.is_called_unanswered = 1') }}
            as is_pivot_to_phone,
        {{ flag('pivots.is_answered_in_time = 0 and pivots.is_called_early = 1') }}
            as is_early_pivot_to_phone,
        {{ flag('pivots.is_answered_in_time = 1 and pivots.is_called_after_answer = 1') }}
            as is_pivot_after_answer
    from related
    left join settlements on related.case_id = settlements.case_id
    left join case_rounds on {{ in_round('related') }}
    left join pivots on related.contact_id = pivots.contact_id

)

{% set opens = 'is_handled = 1 and (handled_window_ends_at is null or handled_window_ends_at < started_at)' %}

select
    contact_id,
    started_at,
    {{ fcr_verdict('window_ends_at', opens, '') }}
    {{ flag(opens ~ ' and not (ended_at is not null and window_ends_at <= as_of_at)') }} as is_fcr_immature,
    {%- for days in window_days %}
    {{ fcr_verdict(
        add_seconds('ended_at', days * 86400),
        'is_handled = 1 and (handled_before_at is null or '
        ~ add_seconds('handled_before_at', days * 86400) ~ ' < started_at)',
        '_' ~ days ~ 'd'
    ) }}
    {%- endfor %}
    {{ flag('is_handled = 1 and any_window_ends_at >= started_at') }} as is_repeat,
    {{ flag(
        "(handled_by_type = 'bot' or is_bot_escalated = 1) and ended_at is not null"
        ~ ' and window_ends_at <= as_of_at'
    ) }} as is_bot_session_mature,
    {{ flag(
        "handled_by_type = 'bot' and outcome = 'resolved' and window_ends_at <= as_of_at"
        ~ ' and (followed_at is null or followed_at > window_ends_at)'
    ) }} as is_bot_contained,
    is_answered_24h,
    is_unanswered_24h,
    is_pivot_to_phone,
    is_early_pivot_to_phone,
    is_pivot_after_answer
from cohort
where is_callback = 0 and {{ in_tail('started_at') }}
