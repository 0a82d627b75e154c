{#- How DuckDB builds a table: the old one is dropped and the new one made in one transaction, so a
    reader sees either, and a build that fails leaves the old one.

    The adapter's own way (make under another name, rename twice, drop) asks for eight statements a
    model, and dbt's bookkeeping of a statement costs more than the statement. Foreign keys, indexes,
    grants and Python models, which this project has none of, are not served here. -#}
{% macro duckdb_replace_table() %}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% call statement('main') -%}
        {% if existing_relation is not none -%}
            drop {{ existing_relation.type }} {{ existing_relation }};
        {%- endif %}
        {{ create_table_as(False, target_relation, compiled_code) }}
    {%- endcall %}

    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{% materialization table, adapter='duckdb' %}
    {{ return(duckdb_replace_table()) }}
{% endmaterialization %}
