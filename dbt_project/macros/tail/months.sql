{#- Condition, true in a whole build: contacts that what an amount of the tail shares with its month is summed
    over, and no others that the engine could skip. What changes lies a month and more behind the tail's
    beginning, so that the amounts that it moves are in the tail; the months of those before it are only
    read. Args: contacts (relation) fct_contact. -#}
{% macro of_months_of_tail(contacts) -%}
    {%- if not tail() -%}
        {{ return('true') }}
    {%- endif -%}
    {#- A day more than UTC says: the zone of a row may be ahead. -#}
    {%- set last_day = "greatest(local_date, " ~ add_days('cast(ended_at as date)', 1) ~ ")" -%}
    {%- set first_day = "least(local_date, " ~ add_days('cast(ended_at as date)', -1) ~ ")" -%}
    {%- set condition = in_tail_days(last_day) -%}
    {%- if are_months_shared() -%}
        {%- set first = run_query(
            "select cast(date_trunc('month', min(" ~ first_day ~ ")) as date) from " ~ contacts
            ~ " where " ~ condition
        ).rows[0][0] -%}
        {%- set condition = last_day ~ " >= date '" ~ first ~ "'" -%}
    {%- endif -%}
    {{ condition }} and {{ no_earlier(contacts, 'started_at', condition) }}
{%- endmacro %}


{#- Whether an agreement or costs are shared by the contacts of a month. -#}
{% macro are_months_shared() -%}
    {%- set lists = [built_before('core', 'dim_price_agreement'), built_before('core', 'fct_finance_month')] -%}
    {{ return(run_query(
        'select (select count(*) from ' ~ lists[0] ~ ') + (select count(*) from ' ~ lists[1] ~ ')'
    ).rows[0][0] > 0) }}
{%- endmacro %}
