-- One row per day of the calendar: from var calendar_start_date to the end of the year after as-of.
with

bounds as (

    select
        cast('{{ var("calendar_start_date") }}' as date) as first_day,
        greatest(
            {{ add_days("cast('" ~ var("calendar_start_date") ~ "' as date)", 366) }},
            {{ add_days("cast(date_trunc('year', as_of_at) as date)", 730) }}
        ) as last_day
    from {{ ref('int_as_of') }}

)

select days.day_at
from {{ date_spine_days(
    '(select bounds.first_day from bounds)', '(select bounds.last_day from bounds)'
) }} as days
