-- One row per UTC day up to as-of and status: cases by the status that they held at the day's end,
-- without solved and closed ones.
with

spans as (

    select * from {{ ref('int_case_status_spans') }}
    where status not in ('solved', 'closed', 'deleted')

)

select
    days.day_at as date_day,
    spans.status,
    count(*) as n
from {{ ref('int_calendar_days') }} as days
inner join spans
    on
        spans.from_at < cast({{ add_days('days.day_at', 1) }} as timestamp)
        and (spans.to_at is null or spans.to_at >= cast({{ add_days('days.day_at', 1) }} as timestamp))
where cast(days.day_at as timestamp) < {{ as_of() }}
group by days.day_at, spans.status
