{#- A relation with one column n (bigint): every whole number from 0 to last. Args: last (int). -#}
{% macro numbers(last) -%}
    {{- adapter.dispatch('numbers', 'kontakti')(last) -}}
{%- endmacro %}
{% macro duckdb__numbers(last) -%}
    (select counted.n from generate_series(0, {{ last }}) as counted (n))
{%- endmacro %}
{% macro spark__numbers(last) -%}
    (select explode(sequence(cast(0 as bigint), cast({{ last }} as bigint))) as n)
{%- endmacro %}
