-- One row per quarter-hour of a local day: 96, the same every day. Facts keep the UTC start too,
-- because the hour that autumn repeats has two intervals of one key.
with

numbers as (

    select cast(hours.hour_no * 4 + quarters.quarter_no as integer) as interval_key
    from (
        values
        (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11),
        (12), (13), (14), (15), (16), (17), (18), (19), (20), (21), (22), (23)
    ) as hours (hour_no)
    cross join (values (0), (1), (2), (3)) as quarters (quarter_no)

),

parts as (

    select
        interval_key,
        cast(floor(interval_key / 4) as integer) as hour_of_day,
        cast(interval_key % 4 * 15 as integer) as minute_of_hour
    from numbers

),

final as (

    select
        interval_key,
        lpad(cast(hour_of_day as string), 2, '0') || ':' || lpad(cast(minute_of_hour as string), 2, '0')
            as start_time,
        cast(floor(interval_key / 2) as integer) as half_hour_key,
        hour_of_day,
        case
            when hour_of_day < 6 then 'night'
            when hour_of_day < 12 then 'morning'
            when hour_of_day < 17 then 'afternoon'
            else 'evening'
        end as daypart
    from parts

)

select * from final
