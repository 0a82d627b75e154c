-- One row per first queue, channel and interval (its UTC start; var interval_minutes, 15 or 30) in which
-- something was offered or handled. Only columns that add up; a repeated autumn hour has intervals of its
-- own. The key of a half-hour is that of its first quarter (dim_time_interval).
{{ config(materialized='tail', meta={'tail': 'in_tail_days', 'tail_arguments': ['local_date']}) }}
{% set minutes = var('interval_minutes') %}
{% if minutes not in [15, 30] %}
    {{ exceptions.raise_compiler_error('interval_minutes is ' ~ minutes ~ '; use 15 or 30') }}
{% endif %}
{% set start = 'interval_start_at' if minutes == 15 else interval_floor('interval_start_at', minutes) %}
{% set key = 'interval_key' if minutes == 15 else 'interval_key - interval_key % 2' %}
{% set edges = [0, 5, 10, 20, 30, 60, 90, 150, 180, 300] %}
{% set sums = [
    'offered', 'answered', 'within_sl', 'abandoned', 'short_abandoned', 'abandoned_within_sl', 'flow_out',
    'waiting', 'service_level_due', 'service_level_met', 'wait_seconds',
] %}
{% for edge in edges %}
    {% do sums.append('wait_' ~ edge ~ '_' ~ (edges[loop.index0 + 1] if not loop.last else 'up')) %}
{% endfor %}

with

contacts as (

    select
        *,
        case when is_answered = 1 or is_abandoned = 1 then wait_seconds end as queue_wait_seconds
    from {{ ref('fct_contact') }}
    where queued_at is not null and {{ in_tail_days('local_date') }}

),

offered as (

    select
        {{ start }} as interval_start_at,
        local_date,
        {{ key }} as interval_key,
        first_queue_id as queue_id,
        channel,
        {{ sum_count('is_offered') }} as offered,
        {{ sum_count('is_answered') }} as answered,
        {{ sum_count('is_answered_within_sl') }} as within_sl,
        {{ sum_count('is_abandoned') }} as abandoned,
        {{ sum_count('is_short_abandoned') }} as short_abandoned,
        {{ sum_count('is_abandoned_within_sl') }} as abandoned_within_sl,
        {{ sum_count('is_flow_out') }} as flow_out,
        {{ sum_count('is_offered * is_waiting') }} as waiting,
        {{ sum_count('is_service_level_due') }} as service_level_due,
        {{ sum_count('is_service_level_met') }} as service_level_met,
        {{ sum_count('queue_wait_seconds') }} as wait_seconds,
        {%- for edge in edges %}
            {{ sum_count('case when queue_wait_seconds > ' ~ edge
                ~ (' and queue_wait_seconds <= ' ~ edges[loop.index0 + 1] if not loop.last else '')
                ~ (' or queue_wait_seconds = 0' if loop.first else '') ~ ' then 1 else 0 end') }}
                as wait_{{ edge }}_{{ edges[loop.index0 + 1] if not loop.last else 'up' }},
        {%- endfor %}
        cast(0 as bigint) as handled_legs,
        cast(0 as bigint) as handle_seconds
    from contacts
    group by {{ start }}, local_date, {{ key }}, first_queue_id, channel

),

handled as (

    select
        {{ start }} as interval_start_at,
        local_date,
        {{ key }} as interval_key,
        queue_id,
        channel,
        {%- for column in sums %}
            cast(0 as bigint) as {{ column }},
        {%- endfor %}
        {{ sum_count('is_handled') }} as handled_legs,
        {{ sum_count('case when is_handled = 1 then handle_seconds end') }} as handle_seconds
    from {{ ref('fct_contact_leg') }}
    where is_handled = 1 and {{ in_tail_days('local_date') }}
    group by {{ start }}, local_date, {{ key }}, queue_id, channel

),

parts as (

    select * from offered
    union all
    select * from handled

)

select
    interval_start_at,
    local_date,
    interval_key,
    queue_id,
    channel,
    {%- for column in sums %}
        {{ sum_count(column) }} as {{ column }},
    {%- endfor %}
    {{ sum_count('handled_legs') }} as handled_legs,
    {{ sum_count('handle_seconds') }} as handle_seconds
from parts
group by interval_start_at, local_date, interval_key, queue_id, channel
