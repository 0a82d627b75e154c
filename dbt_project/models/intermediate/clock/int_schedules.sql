-- One row per schedule, weekday and opening interval, in minutes since local midnight.
-- Zendesk counts week minutes from Sunday 00:00 and an interval may run over midnights; it is cut
-- into days here, so that a holiday closes exactly its own local day.
with

file_rows as (

    select * from {{ ref('stg_files__schedules') }}
    where is_deleted = 0

),

week_minutes as (

    select
        schedule_id,
        timezone,
        start_week_minute,
        end_week_minute
    from file_rows
    where start_week_minute is not null
    union all
    select
        'zendesk:' || schedule_id as schedule_id,
        timezone,
        start_week_minute,
        end_week_minute
    from {{ ref('stg_zendesk__schedules') }}
    where is_deleted = 0

),

weekdays as (

    -- Sunday is 0 in week minutes and 7 in ISO.
    select
        days.weekday_no,
        case when days.weekday_no = 0 then 7 else days.weekday_no end as iso_weekday
    from (values (0), (1), (2), (3), (4), (5), (6)) as days (weekday_no)

),

cut_at_midnights as (

    select
        week_minutes.schedule_id,
        week_minutes.timezone,
        weekdays.iso_weekday,
        greatest(week_minutes.start_week_minute - weekdays.weekday_no * 1440, 0) as open_minute,
        least(week_minutes.end_week_minute - weekdays.weekday_no * 1440, 1440) as close_minute
    from week_minutes
    inner join weekdays
        on
            week_minutes.start_week_minute < (weekdays.weekday_no + 1) * 1440
            and week_minutes.end_week_minute > weekdays.weekday_no * 1440

),

clock_times as (

    select
        schedule_id,
        timezone,
        weekday + 1 as iso_weekday,
        {{ clock_minute('open_time') }} as open_minute,
        {{ clock_minute('close_time') }} as close_minute
    from file_rows
    where start_week_minute is null and weekday is not null

),

all_intervals as (

    select * from cut_at_midnights
    union all
    select * from clock_times

),

{{ open_once('all_intervals', ['schedule_id', 'iso_weekday'], ['timezone']) }}

select
    schedule_id,
    coalesce(timezone, '{{ var("default_timezone") }}') as timezone,
    cast(iso_weekday as integer) as iso_weekday,
    open_minute,
    close_minute
from open_once
