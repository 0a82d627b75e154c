-- One row per schedule, local day on which it does not keep its weekly hours, and opening interval of
-- that day in minutes since local midnight; a day on which it is closed has one row without minutes.
with

ranges as (

    select
        schedule_id,
        start_date,
        end_date,
        holiday_name,
        {{ clock_minute('open_time') }} as open_minute,
        {{ clock_minute('close_time') }} as close_minute
    from {{ ref('stg_files__schedule_holidays') }}
    where is_deleted = 0
    union all
    select
        'zendesk:' || schedule_id as schedule_id,
        start_date,
        end_date,
        holiday_name,
        cast(null as integer) as open_minute,
        cast(null as integer) as close_minute
    from {{ ref('stg_zendesk__schedule_holidays') }}
    where is_deleted = 0

),

by_day as (

    select
        ranges.schedule_id,
        days.day_at,
        ranges.open_minute,
        ranges.close_minute,
        ranges.holiday_name
    from ranges
    inner join {{ ref('int_calendar_days') }} as days
        on days.day_at between ranges.start_date and coalesce(ranges.end_date, ranges.start_date)

),

{{ open_once('by_day', ['schedule_id', 'day_at'], ['holiday_name']) }},

closed as (

    -- A day that one row closes and another gives hours keeps the hours.
    select
        schedule_id,
        day_at,
        cast(null as integer) as open_minute,
        cast(null as integer) as close_minute,
        min(holiday_name) as holiday_name
    from by_day
    group by schedule_id, day_at
    having count(case when close_minute > open_minute then 1 end) = 0

)

select
    schedule_id,
    day_at,
    open_minute,
    close_minute,
    holiday_name
from open_once
union all
select * from closed
