{#- First day of a day's week (var week_start). Args: day (SQL, date). -#}
{% macro week_begin(day) -%}
    {%- if var('week_start') not in ['monday', 'sunday'] -%}
        {{- exceptions.raise_compiler_error(
            'week_start is ' ~ var('week_start') ~ '; use monday or sunday'
        ) -}}
    {%- endif -%}
    {%- if var('week_start') == 'sunday' -%}
        {{ add_days("cast(date_trunc('week', " ~ add_days(day, 1) ~ ") as date)", -1) }}
    {%- else -%}
        cast(date_trunc('week', {{ day }}) as date)
    {%- endif -%}
{%- endmacro %}
