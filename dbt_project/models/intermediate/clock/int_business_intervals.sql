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

zones as (

    select
        schedule_id,
        min(timezone) as timezone
    from schedules
    group by schedule_id

),

hours as (

    -- A holiday replaces the hours of its day.
    select
        schedules.schedule_id,
        schedules.timezone,
        days.day_at,
        schedules.open_minute,
        schedules.close_minute
    from schedules
    inner join days on {{ iso_weekday('days.day_at') }} = schedules.iso_weekday
    left join holidays
        on schedules.schedule_id = holidays.schedule_id and days.day_at = holidays.day_at
    where holidays.day_at is null
    union all
    select
        holidays.schedule_id,
        zones.timezone,
        holidays.day_at,
        holidays.open_minute,
        holidays.close_minute
    from holidays
    inner join zones on holidays.schedule_id = zones.schedule_id
    where holidays.close_minute > holidays.open_minute

),

open_local as (

    select
        schedule_id,
        {{ to_utc(local_time('day_at', 'open_minute'), 'timezone') }} as opens_at,
        {{ to_utc(local_time('day_at', 'close_minute'), 'timezone') }} as closes_at
    from hours

),

disjoint as (

    -- Hours that overlap, within a day or by a shift of the clocks, count once.
    select
        schedule_id,
        closes_at,
        greatest(opens_at, coalesce(max(closes_at) over (
            partition by schedule_id
            order by opens_at, closes_at
            rows between unbounded preceding and 1 preceding
        ), opens_at)) as opens_at
    from open_local

),

cut_at_utc_midnights as (

    -- A local day touches at most two UTC days.
    select
        disjoint.schedule_id,
        {{ add_days('cast(disjoint.opens_at as date)', 'offsets.day_offset') }} as utc_date,
        greatest(
            disjoint.opens_at,
            cast({{ add_days('cast(disjoint.opens_at as date)', 'offsets.day_offset') }} as timestamp)
        ) as opens_at,
        least(
            disjoint.closes_at,
            cast({{ add_days('cast(disjoint.opens_at as date)', 'offsets.day_offset + 1') }} as timestamp)
        ) as closes_at
    from disjoint
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
