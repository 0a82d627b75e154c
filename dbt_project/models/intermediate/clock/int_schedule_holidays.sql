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
        max(ranges.close_minute) as close_minute,
        min(ranges.holiday_name) as holiday_name
    from ranges
    inner join {{ ref('int_calendar_days') }} as days
        on days.day_at between ranges.start_date and coalesce(ranges.end_date, ranges.start_date)
    group by ranges.schedule_id, days.day_at, ranges.open_minute

)

-- A day that one row closes and another gives hours keeps the hours.
select *
from by_day
qualify
    open_minute is not null
    or count(open_minute) over (partition by schedule_id, day_at) = 0
