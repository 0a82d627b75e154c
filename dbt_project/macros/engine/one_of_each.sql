{#- A query: one row per key, the first by an order; rows that it does not tell apart are told apart by
    a hash of the whole row, so that reruns give the same one.
    Args: relation (str) a CTE; keys (list of str); ordering (list of SQL). -#}
{% macro one_of_each(relation, keys, ordering=[]) -%}
    {{- adapter.dispatch('one_of_each', 'kontakti')(relation, keys, ordering) -}}
{%- endmacro %}
{#- Only rows whose key comes again are sorted, with all their columns: a window over the whole of a first load
    takes nearly twice the time. -#}
{% macro duckdb__one_of_each(relation, keys, ordering) -%}
    {%- set same_key -%}
        {%- for key in keys -%}
            {{ relation }}.{{ key }} is not distinct from keys_that_come_again.{{ key }}{{ ' and ' if not loop.last }}
        {%- endfor -%}
    {%- endset -%}
    with keys_that_come_again as (

        {{ keys_of_several_rows(relation, keys) }}

    )

    select {{ relation }}.*
    from {{ relation }}
    anti join keys_that_come_again on {{ same_key }}
    union all
    select {{ relation }}.*
    from {{ relation }}
    semi join keys_that_come_again on {{ same_key }}
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
