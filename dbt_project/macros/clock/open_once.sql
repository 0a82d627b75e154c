{#- CTEs that make opening intervals of a day disjoint: `open_once`, one row per day and stretch that is
    open, with open_minute and close_minute. What two rows both call open is open once; an interval
    without length is none. Intervals that only touch stay two.

    Args: intervals (str) CTE with open_minute and close_minute; day (list of str) columns that name a
    day; kept (list of str) columns of which the least value stays. -#}
{% macro open_once(intervals, day, kept) -%}
compared_intervals as (

    select
        *,
        max(close_minute) over (
            partition by {{ day | join(', ') }} order by open_minute, close_minute
            rows between unbounded preceding and 1 preceding
        ) as closed_before
    from {{ intervals }}
    where close_minute > open_minute

),

open_stretches as (

    select
        *,
        sum(case when closed_before > open_minute then 0 else 1 end) over (
            partition by {{ day | join(', ') }} order by open_minute, close_minute
            rows between unbounded preceding and current row
        ) as stretch_no
    from compared_intervals

),

open_once as (

    select
        {{ day | join(', ') }},
        {%- for column in kept %}
            min({{ column }}) as {{ column }},
        {%- endfor %}
        cast(min(open_minute) as integer) as open_minute,
        cast(max(close_minute) as integer) as close_minute
    from open_stretches
    group by {{ day | join(', ') }}, stretch_no

)
{%- endmacro %}
