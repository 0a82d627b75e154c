{#- Condition, true in a whole build: rows that share a month's sums with rows of the tail. Where no agreement
    and no costs share anything, rows of its own days alone. Args: local_date, ended_local_date (SQL). -#}
{% macro in_tail_months(local_date, ended_local_date) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%} greatest({{ local_date }}, {{ ended_local_date }}) >= {{ first_day_of_sums(bounds) }}
    {%- endif -%}
{%- endmacro %}
{% macro first_day_of_sums(bounds) -%}
    {%- set day = add_days('cast(' ~ bounds.since ~ ' as date)', -1) -%}
    {{ "cast(date_trunc('month', " ~ day ~ ") as date)" if are_months_shared() else day }}
{%- endmacro %}
{% macro are_months_shared() -%}
    {%- set lists = [built_before('core', 'dim_price_agreement'), built_before('core', 'fct_finance_month')] -%}
    {{ return(run_query(
        'select (select count(*) from ' ~ lists[0] ~ ') + (select count(*) from ' ~ lists[1] ~ ')'
    ).rows[0][0] > 0) }}
{%- endmacro %}


{#- Condition, true in a whole build: contacts that those sums are made of, and no others that the engine could
    skip. Args: contacts (relation) fct_contact. -#}
{% macro of_months_of_tail(contacts) -%}
    {%- set bounds = tail() -%}
    {%- if not bounds -%} true
    {%- else -%}
    {#- A day more than UTC says: the zone of a row may be ahead. -#}
    {%- set last_day = "greatest(local_date, " ~ add_days('cast(ended_at as date)', 1) ~ ")" -%}
    {%- set first_day = "least(local_date, " ~ add_days('cast(ended_at as date)', -1) ~ ")" -%}
    {%- set condition = last_day ~ " >= " ~ first_day_of_sums(bounds) -%}
    {%- if are_months_shared() -%}
        {%- set first = run_query(
            "select cast(date_trunc('month', min(" ~ first_day ~ ")) as date) from " ~ contacts
            ~ " where " ~ condition
        ).rows[0][0] -%}
        {%- set condition = last_day ~ " >= date '" ~ first ~ "'" -%}
    {%- endif -%}
    {{ condition }} and {{ no_earlier(contacts, 'started_at', condition) }}
    {%- endif -%}
{%- endmacro %}
