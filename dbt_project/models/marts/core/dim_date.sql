-- One row per calendar day. Finnish public holidays; a queue's own closed days are its schedule's.
{% set easter_offsets = {'Good Friday': -2, 'Easter Sunday': 0, 'Easter Monday': 1, 'Ascension Day': 39,
    'Whit Sunday': 49} %}

with

days as (

    select * from {{ ref('int_calendar_days') }}

),

dated as (

    select
        day_at as date_day,
        cast(extract(year from day_at) as integer) as year_no,
        cast(extract(month from day_at) as integer) as month_no,
        cast(extract(day from day_at) as integer) as day_no,
        cast({{ iso_weekday('day_at') }} as integer) as iso_weekday
    from days

),

golden as (

    -- Anonymous Gregorian computus, step by step: which day Easter Sunday is.
    select distinct
        year_no,
        year_no % 19 as a,
        {{ whole('year_no', 100) }} as b,
        year_no % 100 as c
    from dated

),

moon as (

    select
        *,
        (
            19 * a + b - {{ whole('b', 4) }}
            - {{ whole('b - ' ~ whole('b + 8', 25) ~ ' + 1', 3) }} + 15
        ) % 30 as h
    from golden

),

weekday as (

    select
        *,
        (32 + 2 * (b % 4) + 2 * {{ whole('c', 4) }} - h - c % 4) % 7 as l
    from moon

),

shift as (

    select
        *,
        h + l - 7 * {{ whole('a + 11 * h + 22 * l', 451) }} + 114 as s
    from weekday

),

easters as (

    select
        year_no,
        make_date(year_no, {{ whole('s', 31) }}, s % 31 + 1) as easter_day
    from shift

),

with_easter as (

    select
        dated.*,
        easters.easter_day
    from dated
    inner join easters on dated.year_no = easters.year_no

),

named as (

    select
        *,
        case
            {%- for name, offset in easter_offsets.items() %}
                when date_day = {{ add_days('easter_day', offset) }} then '{{ name }}'
            {%- endfor %}
            when month_no = 1 and day_no = 1 then 'New Year''s Day'
            when month_no = 1 and day_no = 6 then 'Epiphany'
            when month_no = 5 and day_no = 1 then 'May Day'
            when month_no = 6 and iso_weekday = 5 and day_no between 19 and 25 then 'Midsummer Eve'
            when month_no = 6 and iso_weekday = 6 and day_no between 20 and 26 then 'Midsummer Day'
            when iso_weekday = 6 and (month_no = 10 and day_no = 31 or month_no = 11 and day_no <= 6)
                then 'All Saints'' Day'
            when month_no = 12 and day_no = 6 then 'Independence Day'
            when month_no = 12 and day_no = 24 then 'Christmas Eve'
            when month_no = 12 and day_no = 25 then 'Christmas Day'
            when month_no = 12 and day_no = 26 then 'Boxing Day'
        end as holiday_name_fi
    from with_easter

),

final as (

    select
        date_day,
        -- A week belongs to the year of its Thursday.
        cast(
            extract(year from {{ add_days("cast(date_trunc('week', date_day) as date)", 3) }}) as integer
        ) as iso_year,
        cast(extract(week from date_day) as integer) as iso_week,
        {{ week_begin('date_day') }} as week_start_date,
        iso_weekday,
        case iso_weekday
            when 1 then 'Monday'
            when 2 then 'Tuesday'
            when 3 then 'Wednesday'
            when 4 then 'Thursday'
            when 5 then 'Friday'
            when 6 then 'Saturday'
            when 7 then 'Sunday'
        end as weekday_name,
        month_no,
        cast(date_trunc('month', date_day) as date) as month_start_date,
        cast(extract(quarter from date_day) as integer) as quarter_no,
        cast(date_trunc('quarter', date_day) as date) as quarter_start_date,
        year_no,
        cast(case
            when month_no >= {{ var('fiscal_year_start_month') }} and {{ var('fiscal_year_start_month') }} > 1
                then year_no + 1
            else year_no
        end as integer) as fiscal_year,
        cast(
            {{ whole('(month_no - ' ~ var('fiscal_year_start_month') ~ ' + 12) % 12', 3) }} + 1 as integer
        ) as fiscal_quarter,
        case when iso_weekday >= 6 then 1 else 0 end as is_weekend,
        case when holiday_name_fi is null then 0 else 1 end as is_public_holiday_fi,
        holiday_name_fi as holiday_name,
        case when lead(holiday_name_fi) over (order by date_day) is null then 0 else 1 end as is_holiday_eve,
        case when holiday_name_fi is null then 'normal' else 'holiday' end as day_type
    from named

)

select * from final
