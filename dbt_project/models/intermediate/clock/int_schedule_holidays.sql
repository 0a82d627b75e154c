-- One row per schedule and local day on which it is closed all day.
with

ranges as (

    select
        schedule_id,
        start_date,
        end_date,
        holiday_name
    from {{ ref('stg_files__schedule_holidays') }}
    where is_deleted = 0
    union all
    select
        'zendesk:' || schedule_id as schedule_id,
        start_date,
        end_date,
        holiday_name
    from {{ ref('stg_zendesk__schedule_holidays') }}
    where is_deleted = 0

)

select
    ranges.schedule_id,
    days.day_at,
    min(ranges.holiday_name) as holiday_name
from ranges
inner join {{ ref('int_calendar_days') }} as days
    on days.day_at between ranges.start_date and coalesce(ranges.end_date, ranges.start_date)
group by ranges.schedule_id, days.day_at
