{#- A query: rows folded by their key. Those that are known to share it with no other pass as they stand.
    Args: relation (SQL); keys (list of str); folds (dict): column -> (aggregate, expression); shared (SQL): a
    condition that holds for every row that may share its key. -#}
{% macro fold_shared(relation, keys, folds, shared) -%}
    {{- adapter.dispatch('fold_shared', 'kontakti')(relation, keys, folds, shared) -}}
{%- endmacro %}
{% macro duckdb__fold_shared(relation, keys, folds, shared) -%}
    {{- fold_all(relation ~ ' where ' ~ shared, keys, folds) }}
    union all
    select
        {{ keys | join(', ') }}
        {%- for column, (_, expression) in folds.items() %},
        {{ expression }} as {{ column }}
        {%- endfor %}
    from {{ relation }}
    where not ({{ shared }})
{%- endmacro %}
{#- Spark writes out a common table expression wherever it is named, and runs out of memory in the planning. -#}
{% macro spark__fold_shared(relation, keys, folds, shared) -%} {{- fold_all(relation, keys, folds) -}} {%- endmacro %}


{% macro fold_all(rows, keys, folds) -%}
    select
        {{ keys | join(', ') }}
        {%- for column, (aggregate, expression) in folds.items() %},
        {{ aggregate }}({{ expression }}) as {{ column }}
        {%- endfor %}
    from {{ rows }}
    group by {{ keys | join(', ') }}
{%- endmacro %}
