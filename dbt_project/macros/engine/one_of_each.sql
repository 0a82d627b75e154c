{#- A query: one row per key, the first by an order; rows that it does not tell apart are told apart by
    a hash of the whole row, so that reruns give the same one.
    Args: relation (str) a CTE; keys (list of str); ordering (list of SQL). -#}
{% macro one_of_each(relation, keys, ordering=[]) -%}
    {{- adapter.dispatch('one_of_each', 'kontakti')(relation, keys, ordering) -}}
{%- endmacro %}
{% macro duckdb__one_of_each(relation, keys, ordering) -%}
    select *
    from {{ relation }}
    qualify row_number() over (
        partition by {{ keys | join(', ') }} order by {{ (ordering + ['hash(' ~ relation ~ ')']) | join(', ') }}
    ) = 1
{%- endmacro %}
{% macro spark__one_of_each(relation, keys, ordering) -%}
    select * except (row_hash)
    from (select *, xxhash64(struct(*)) as row_hash from {{ relation }}) as hashed
    qualify row_number() over (
        partition by {{ keys | join(', ') }} order by {{ (ordering + ['row_hash']) | join(', ') }}
    ) = 1
{%- endmacro %}
