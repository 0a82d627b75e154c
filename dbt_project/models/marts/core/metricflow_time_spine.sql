-- Grain: one row per calendar day. MetricFlow joins to it to fill days without contacts and to
-- shift periods; it must cover every date in the facts, so it follows dim_date.

with dates as (

    select date_day from {{ ref('dim_date') }}

),

final as (

    select cast(date_day as date) as date_day from dates

)

select * from final
