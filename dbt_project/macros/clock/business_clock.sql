{#- CTEs that measure open time: `business_spans`, the rows of `spans` with business_micros: microseconds, which
    are added up before fractions of seconds are dropped, so that open time is never more than calendar time.

    The clock of a schedule reads the open time since the calendar began; a span is worth the
    difference of two readings. Readings need one equi-join on (schedule, UTC day), so this runs
    alike on every engine and never scans a schedule. Daylight saving is already in the intervals,
    which are UTC. A span without a schedule, or outside the calendar, runs on the calendar clock.

    Args: spans (str) CTE with schedule_id, from_at, to_at (UTC, from_at <= to_at). -#}
{% macro business_clock(spans) -%}
clock_points as (

    select schedule_id, from_at as read_at
    from {{ spans }}
    where schedule_id is not null and from_at is not null
    union
    select schedule_id, to_at as read_at
    from {{ spans }}
    where schedule_id is not null and to_at is not null

),

clock_readings as (

    select
        clock_points.schedule_id,
        clock_points.read_at,
        min(cast(intervals.open_seconds_before as bigint)) * 1000000 + sum(
            greatest(
                0,
                least(
                    {{ micros_between('intervals.opens_at', 'clock_points.read_at') }},
                    cast(intervals.open_seconds as bigint) * 1000000
                )
            )
        ) as reading
    from clock_points
    inner join {{ ref('int_business_intervals') }} as intervals
        on
            clock_points.schedule_id = intervals.schedule_id
            and cast(clock_points.read_at as date) = intervals.utc_date
    group by clock_points.schedule_id, clock_points.read_at

),

business_spans as (

    select
        spans.*,
        cast(coalesce(
            readings_to.reading - readings_from.reading,
            {{ span_micros('spans.from_at', 'spans.to_at') }}
        ) as bigint) as business_micros
    from {{ spans }} as spans
    left join clock_readings as readings_from
        on spans.schedule_id = readings_from.schedule_id and spans.from_at = readings_from.read_at
    left join clock_readings as readings_to
        on spans.schedule_id = readings_to.schedule_id and spans.to_at = readings_to.read_at

)
{%- endmacro %}
