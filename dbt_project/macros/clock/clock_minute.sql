{#- Minutes since midnight of a time of day such as 08:30; 24:00 is the end of the day. Args: clock (SQL). -#}
{% macro clock_minute(clock) -%}
    (
        cast(split_part({{ clock }}, ':', 1) as integer) * 60
        + cast(split_part({{ clock }}, ':', 2) as integer)
    )
{%- endmacro %}
