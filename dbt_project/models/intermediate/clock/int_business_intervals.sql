-- One row per schedule, UTC day and opening interval, with the open seconds since the calendar
-- began. Intervals are cut at UTC midnights and a closed day keeps one empty row, so that any
-- instant finds its clock reading by an equi-join on (schedule_id, utc_date).
with

schedules as (

    select * from {{ ref('int_schedules') }}

),

holidays as (

    select * from {{ ref('int_schedule_holidays') }}

),

days as (

    select * from {{ ref('int_calendar_days') }}

),

open_local as (

    select
        schedules.schedule_id,
        {{ to_utc(local_time('days.day_at', 'schedules.open_minute'), 'schedules.timezone') }} as opens_at,
        {{ to_utc(local_time('days.day_at', 'schedules.close_minute'), 'schedules.timezone') }} as closes_at
    from schedules
    inner join days on {{ iso_weekday('days.day_at') }} = schedules.iso_weekday
    left join holidays
        on schedules.schedule_id = holidays.schedule_id and days.day_at = holidays.day_at
    where holidays.day_at is null

),

cut_at_utc_midnights as (

    -- A local day touches at most two UTC days.
    select
        open_local.schedule_id,
        {{ add_days('cast(open_local.opens_at as date)', 'offsets.day_offset') }} as utc_date,
        greatest(
            open_local.opens_at,
            cast({{ add_days('cast(open_local.opens_at as date)', 'offsets.day_offset') }} as timestamp)
        ) as opens_at,
        least(
            open_local.closes_at,
            cast({{ add_days('cast(open_local.opens_at as date)', 'offsets.day_offset + 1') }} as timestamp)
        ) as closes_at
    from open_local
    cross join (values (0), (1)) as offsets (day_offset)

),

closed_days as (

    select
        ids.schedule_id,
        days.day_at as utc_date,
        cast(days.day_at as timestamp) as opens_at,
        cast(days.day_at as timestamp) as closes_at
    from (select distinct schedules.schedule_id from schedules) as ids
    cross join days

),

all_rows as (

    select * from cut_at_utc_midnights
    where closes_at > opens_at
    union all
    select * from closed_days

),

measured as (

    select
        schedule_id,
        utc_date,
        opens_at,
        closes_at,
        {{ seconds_between('opens_at', 'closes_at') }} as open_seconds
    from all_rows

)

select
    schedule_id,
    utc_date,
    opens_at,
    closes_at,
    open_seconds,
    cast(coalesce(
        sum(open_seconds) over (
            partition by schedule_id
            order by opens_at, closes_at
            rows between unbounded preceding and 1 preceding
        ), 0
    ) as bigint) as open_seconds_before
from measured
