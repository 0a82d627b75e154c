{#- How DuckDB builds a table that has a tail (macros/tail/bounds.sql). Where the build knows one, the rows of
    which `meta.tail` holds (a macro that gives a condition on the table's columns, `meta.tail_arguments`) are
    deleted and made again, and what stands in every row alike is set in the others (`meta.alike`: column, and
    the macro that gives its value), in one transaction. `meta.reads_itself`: before it deletes, as the model
    reads rows of its own tail. Else it is built as any table. -#}
{% materialization tail, adapter='duckdb' %}
    {%- set meta = config.get('meta') -%}
    {%- set existing_relation = load_cached_relation(this) -%}
    {%- if not tail() or existing_relation is none or existing_relation.type != 'table' -%}
        {{ return(duckdb_replace_table()) }}
    {%- endif -%}
    {%- set rewritten = context[meta.tail](*meta.get('tail_arguments', [])) -%}
    {{ run_hooks(pre_hooks) }}
    {% call statement('main') -%}
        {%- if meta.get('reads_itself') %}
        create temp table {{ this.identifier }}__tail as {{ compiled_code }};
        {%- endif %}
        delete from {{ this }} where {{ rewritten }};
        insert into {{ this }} by name
        {% if meta.get('reads_itself') -%}
        from {{ this.identifier }}__tail;
        drop table {{ this.identifier }}__tail
        {%- else -%}
        {{ compiled_code }}
        {%- endif %};
        {%- for column, value in meta.get('alike', {}).items() %}
        update {{ this }} set {{ column }} = {{ context[value](this) }};
        {%- endfor %}
    {%- endcall %}
    {% do persist_docs(this, model) %}
    {{ run_hooks(post_hooks) }}
    {{ adapter.commit() }}
    {{ return({'relations': [this.incorporate(type='table')]}) }}
{% endmaterialization %}

{% materialization tail, adapter='spark' %}
    {{ return(spark_replace_table()) }}
{% endmaterialization %}
