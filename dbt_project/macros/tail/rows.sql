{#- Condition: rows that the tail writes anew; true in a whole build.
    Args: began_at (SQL) when the contact of a row began. -#}
{% macro in_tail(began_at) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%} {{ began_at }} >= {{ bounds.since }}
    {%- endif -%}
{%- endmacro %}


{#- Condition: rows that what the tail writes may depend on; true in a whole build. -#}
{% macro in_context(began_at) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true {%- else -%} {{ began_at }} >= {{ bounds.context }} {%- endif -%}
{%- endmacro %}


{#- Condition: rows of local days that any row of the tail stands on; true in a whole build. -#}
{% macro in_tail_days(day) -%} {{- in_tail_periods(day, 'day') -}} {%- endmacro %}


{#- The same of weeks, calendar months and quarters that any row of the tail stands in. -#}
{% macro in_tail_weeks(day) -%} {{- in_tail_periods(day, 'week') -}} {%- endmacro %}
{% macro in_tail_months(day) -%} {{- in_tail_periods(day, 'month') -}} {%- endmacro %}
{% macro in_tail_quarters(day) -%} {{- in_tail_periods(day, 'quarter') -}} {%- endmacro %}


{% macro in_tail_periods(day, period) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%}
    {#- A day less than UTC says: the zone of a row may be behind. -#}
    {%- set first_day = add_days('cast(' ~ bounds.since ~ ' as date)', -1) -%}
    {{ day }} >= {{
        week_begin(first_day) if period == 'week'
        else "cast(date_trunc('" ~ period ~ "', " ~ first_day ~ ") as date)"
    }}
    {%- endif -%}
{%- endmacro %}


{#- Condition of a table that is all written again, of which the rows before the tail are taken from itself. -#}
{% macro in_all_rows() -%} true {%- endmacro %}


{#- Condition, true in a whole build: rows of contacts in the tail, and of cases alone, which are built whole. -#}
{% macro in_tail_or_case(contact_began_at) -%}
    ({{ in_tail(contact_began_at) }} or {{ contact_began_at }} is null)
{%- endmacro %}
