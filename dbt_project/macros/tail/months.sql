{#- Condition, true in a whole build: rows of months in which a row of the tail begins or ends, whose sums they
    share. Args: local_date, ended_local_date (SQL). -#}
{% macro in_tail_months(local_date, ended_local_date) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%} greatest({{ local_date }}, {{ ended_local_date }}) >= {{ first_month_of_tail(bounds) }}
    {%- endif -%}
{%- endmacro %}
{% macro first_month_of_tail(bounds) -%}
    cast(date_trunc('month', {{ add_days('cast(' ~ bounds.since ~ ' as date)', -1) }}) as date)
{%- endmacro %}


{#- Condition, true in a whole build: contacts that the sums of those months are made of, and no others that
    the engine could skip. Args: contacts (relation) fct_contact. -#}
{% macro of_months_of_tail(contacts) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%}
    {#- A day more than UTC says: the zone of a row may be ahead. -#}
    {%- set last_day = "greatest(local_date, " ~ add_days('cast(ended_at as date)', 1) ~ ")" -%}
    {%- set first_day = "least(local_date, " ~ add_days('cast(ended_at as date)', -1) ~ ")" -%}
    {%- set first = run_query(
        "select cast(date_trunc('month', min(" ~ first_day ~ ")) as date) from " ~ contacts
        ~ " where " ~ last_day ~ " >= " ~ first_month_of_tail(bounds)
    ).rows[0][0] -%}
    {%- set condition = last_day ~ " >= date '" ~ first ~ "'" -%}
    {{ condition }} and {{ no_earlier(contacts, 'started_at', condition) }}
    {%- endif -%}
{%- endmacro %}
