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
        new_value as status
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
            as status
    from cases
    left join cases_with_history on cases.case_id = cases_with_history.case_id
    where cases_with_history.case_id is null and cases.source_status is not null
    union all
    select
        cases.case_id,
        cases.source_solved_at as occurred_at,
        2 as event_order,
        'solved' as status
    from cases
    left join cases_with_history on cases.case_id = cases_with_history.case_id
    where cases_with_history.case_id is null and cases.source_solved_at <= {{ as_of() }}
    union all
    select
        cases.case_id,
        cases.source_closed_at as occurred_at,
        3 as event_order,
        'closed' as status
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

)

select
    case_id,
    cast(row_number() over (
        partition by case_id order by occurred_at, event_order, status
    ) as integer) as span_no,
    status,
    lag(status) over (partition by case_id order by occurred_at, event_order, status) as previous_status,
    occurred_at as from_at,
    lead(occurred_at) over (partition by case_id order by occurred_at, event_order, status) as to_at,
    case when status in ('solved', 'closed') then 1 else 0 end as is_solved_state
from changes
