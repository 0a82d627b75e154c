-- One row per case with the figures that a widely used ticket package gives, on this warehouse's
-- clock: the same seconds, between that package's ends. What its columns mean is in
-- examples/ticket_parity/README.md; the catalogue's own metrics are in fct_case and fct_contact.
with

cases as (

    select * from {{ ref('int_case_records') }}

),

events as (

    select * from {{ ref('int_case_events') }}

),

folded as (

    select * from {{ ref('int_cases') }}

),

comments as (

    select
        case_id,
        occurred_at,
        event_order,
        is_public,
        actor_role
    from events
    where event_kind = 'comment'

),

first_comments as (

    -- The first public comment, and whether an internal one came before it.
    select
        comments.case_id,
        min(case when comments.is_public = 1 then comments.occurred_at end) as first_public_at,
        {{ first_by(
            "case when comments.is_public = 1 then comments.actor_role end",
            ['comments.occurred_at', 'comments.event_order']
        ) }} as first_public_by,
        min(case when comments.is_public = 0 then comments.occurred_at end) as first_internal_at
    from comments
    group by comments.case_id

),

first_replies as (

    select
        first_comments.case_id,
        min(comments.occurred_at) as replied_at
    from first_comments
    inner join comments on first_comments.case_id = comments.case_id
    where
        comments.is_public = 1
        and comments.actor_role = 'agent'
        and (
            comments.occurred_at > first_comments.first_public_at
            or (
                first_comments.first_public_by = 'agent'
                and first_comments.first_internal_at < first_comments.first_public_at
            )
        )
    group by first_comments.case_id

),

field_counts as (

    select
        case_id,
        count(distinct case when field_name = 'assignee_id' then nullif(new_value, '') end)
            as unique_assignees,
        count(case when field_name = 'group_id' then nullif(new_value, '') end) as group_stations,
        max(case when field_name = 'status' and new_value = 'solved' then occurred_at end) as last_solved_at,
        max(case when field_name = 'status' and new_value = 'closed' then occurred_at end) as last_closed_at,
        count(case when field_name = 'status' and new_value = 'solved' then 1 end) as solves
    from events
    where event_kind in ('create', 'change')
    group by case_id

),

comment_counts as (

    select
        case_id,
        sum(case when is_public = 1 and actor_role = 'agent' then 1 else 0 end) as public_agent_comments,
        sum(case when is_public = 1 then 1 else 0 end) as public_comments,
        sum(case when is_public = 0 then 1 else 0 end) as internal_comments
    from comments
    group by case_id

),

ends as (

    select
        cases.case_id,
        cases.created_at,
        first_replies.replied_at,
        case
            when folded.status in ('solved', 'closed')
                then coalesce(field_counts.last_solved_at, field_counts.last_closed_at)
        end as resolved_at
    from cases
    inner join folded on cases.case_id = folded.case_id
    left join first_replies on cases.case_id = first_replies.case_id
    left join field_counts on cases.case_id = field_counts.case_id

),

measured as (

    select
        case_id,
        'reply' as clock,
        created_at as starts_at,
        replied_at as stops_at
    from ends
    union all
    select
        case_id,
        'resolution' as clock,
        created_at as starts_at,
        resolved_at as stops_at
    from ends

),

spans as (

    select
        measured.case_id,
        measured.clock,
        schedules.schedule_id,
        greatest(measured.starts_at, schedules.from_at) as from_at,
        least(measured.stops_at, schedules.to_at) as to_at
    from measured
    inner join {{ ref('int_case_schedules') }} as schedules
        on
            measured.case_id = schedules.case_id
            and measured.starts_at < schedules.to_at
            and measured.stops_at >= schedules.from_at

),

{{ business_clock('spans') }},

business_times as (

    select
        case_id,
        {{ whole_seconds("sum(case when clock = 'reply' then business_micros end)") }} as reply_seconds,
        {{ whole_seconds("sum(case when clock = 'resolution' then business_micros end)") }}
            as resolution_seconds
    from business_spans
    group by case_id

)

select
    cases.native_case_id as ticket_id,
    folded.status,
    {{ seconds_between('ends.created_at', 'ends.replied_at') }} / 60.0 as first_reply_calendar_minutes,
    business_times.reply_seconds / 60.0 as first_reply_business_minutes,
    {{ seconds_between(
        "date_trunc('minute', ends.created_at)", "date_trunc('minute', ends.resolved_at)"
    ) }} / 60 as full_resolution_calendar_minute_boundaries,
    business_times.resolution_seconds / 60.0 as full_resolution_business_minutes,
    case
        when coalesce(field_counts.last_solved_at, field_counts.last_closed_at) is not null
            then greatest(field_counts.solves - 1, 0)
    end as count_reopens,
    coalesce(comment_counts.public_agent_comments, 0) as count_public_agent_comments,
    coalesce(comment_counts.public_comments, 0) as count_public_comments,
    coalesce(comment_counts.internal_comments, 0) as count_internal_comments,
    nullif(field_counts.unique_assignees, 0) as unique_assignee_count,
    coalesce(field_counts.group_stations, 0) as group_stations_count
from cases
inner join folded on cases.case_id = folded.case_id
inner join ends on cases.case_id = ends.case_id
left join business_times on cases.case_id = business_times.case_id
left join field_counts on cases.case_id = field_counts.case_id
left join comment_counts on cases.case_id = comment_counts.case_id
