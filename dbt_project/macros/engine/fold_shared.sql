{#- A query: rows folded by a key. Rows that are known to share theirs with no other pass as they stand.
    Args: relation (SQL); key (str); folds (dict): column -> aggregate; shared (SQL): a condition that holds
    for every row that may share its key; counted (str): the column that says of how many rows each is. -#}
{% macro fold_shared(relation, key, folds, shared, counted) -%}
    {{- adapter.dispatch('fold_shared', 'kontakti')(relation, key, folds, shared, counted) -}}
{%- endmacro %}
{% macro duckdb__fold_shared(relation, key, folds, shared, counted) -%}
    {{- fold_all(relation ~ ' where ' ~ shared, key, folds, counted) }}
    union all
    select
        {{ key }},
        {{ folds.keys() | join(', ') }},
        1 as {{ counted }}
    from {{ relation }}
    where not ({{ shared }})
{%- endmacro %}
{#- Spark writes out a common table expression wherever it is named, and runs out of memory in the planning. -#}
{% macro spark__fold_shared(relation, key, folds, shared, counted) -%}
    {{- fold_all(relation, key, folds, counted) -}}
{%- endmacro %}


{% macro fold_all(rows, key, folds, counted) -%}
    select
        {{ key }},
        {% for column, fold in folds.items() -%} {{ fold }}({{ column }}) as {{ column }}, {% endfor -%}
        count(*) as {{ counted }}
    from {{ rows }}
    group by {{ key }}
{%- endmacro %}
