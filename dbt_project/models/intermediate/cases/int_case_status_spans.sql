-- One row per case and stretch of time in one status, half-open [from_at, to_at), up to as-of.
-- A case whose source gives no status history gets the one that its own dates tell.
with

cases as (

    select * from {{ ref('int_case_records') }}

),

status_events as (

    select
        case_id,
        occurred_at,
        event_order,
        new_value as status,
        actor_role
    from {{ ref('int_case_events') }}
    where event_kind in ('create', 'change') and field_name = 'status' and new_value is not null

),

cases_with_history as (

    select distinct case_id from status_events

),

told_by_dates as (

    select
        cases.case_id,
        cases.created_at as occurred_at,
        1 as event_order,
        case when cases.source_status in ('solved', 'closed') then 'open' else cases.source_status end
            as status,
        cast(null as string) as actor_role
    from cases
    left join cases_with_history on cases.case_id = cases_with_history.case_id
    where cases_with_history.case_id is null and cases.source_status is not null
    union all
    select
        cases.case_id,
        cases.source_solved_at as occurred_at,
        2 as event_order,
        'solved' as status,
        cast(null as string) as actor_role
    from cases
    left join cases_with_history on cases.case_id = cases_with_history.case_id
    where cases_with_history.case_id is null and cases.source_solved_at <= {{ as_of() }}
    union all
    select
        cases.case_id,
        cases.source_closed_at as occurred_at,
        3 as event_order,
        'closed' as status,
        cast(null as string) as actor_role
    from cases
    left join cases_with_history on cases.case_id = cases_with_history.case_id
    where cases_with_history.case_id is null and cases.source_closed_at <= {{ as_of() }}

),

all_statuses as (

    select * from status_events
    union all
    select * from told_by_dates

),

changes as (

    -- Sources repeat the status on every save: only a new one starts a span.
    select *
    from all_statuses
    qualify status is distinct from lag(status) over (
        partition by case_id order by occurred_at, event_order, status
    )

),

ordered as (

    select
        case_id,
        cast(row_number() over in_time as integer) as span_no,
        status,
        lag(status) over in_time as previous_status,
        occurred_at as from_at,
        lead(occurred_at) over in_time as to_at,
        lead(status) over in_time as next_status,
        lead(actor_role) over in_time as ended_by_role
    from changes
    window in_time as (partition by case_id order by occurred_at, event_order, status)

)

select
    case_id,
    span_no,
    status,
    previous_status,
    from_at,
    to_at,
    {{ flag("status in ('solved', 'closed')") }} as is_solved_state,
    -- What a mere thank-you opened and an automation solved again was never reopened.
    {{ flag(
        "previous_status in ('solved', 'closed') and status in ('new', 'open', 'pending', 'hold')"
        ~ " and not (coalesce(next_status, '') = 'solved'"
        ~ " and coalesce(ended_by_role, '') = 'auto')"
    ) }} as is_reopening
from ordered
