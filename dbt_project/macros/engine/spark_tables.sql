{#- How Spark builds a table: dropped and made anew from the whole lake, each time. Its Parquet tables
    know no rows to delete or merge, so what DuckDB adds to by arrival is rebuilt here (`full_refresh`
    in dbt_project.yml keeps such a model from looking for its old rows).

    A contract on DuckDB refuses columns of another type; here it gives them the declared one, as the
    engines count in types of their own (a row number is a bigint there and an integer here). -#}
{% macro spark_replace_table() %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ run_hooks(pre_hooks) }}
    {%- do run_query('drop table if exists ' ~ target_relation) -%}
    {% call statement('main') -%}
        create table {{ target_relation }} using parquet as
        {% if config.get('contract').enforced -%}
        select
            {%- for column in model.columns.values() %}
            cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            {{ compiled_code }}
        ) as contracted
        {%- else -%}
        {{ compiled_code }}
        {%- endif %}
    {%- endcall %}
    {{ run_hooks(post_hooks) }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}

{% materialization table, adapter='spark' %}
    {{ return(spark_replace_table()) }}
{% endmaterialization %}

{% materialization incremental, adapter='spark' %}
    {{ return(spark_replace_table()) }}
{% endmaterialization %}


{#- Rows of a seed as literals; the adapter's own way writes an empty cell as the text None. -#}
{% macro spark__load_csv_rows(model, agate_table) %}
    {%- set types = model.config.get('column_types', {}) -%}
    {%- set sql -%}
        insert into {{ this }} values
        {% for row in agate_table.rows -%}
        (
            {%- for value in row -%}
            {%- set name = agate_table.column_names[loop.index0] -%}
            {%- set type = types.get(name, adapter.convert_type(agate_table, loop.index0)) -%}
            {%- if value is none -%} null
            {%- else -%} cast('{{ value | string | replace("'", "''") }}' as {{ type }})
            {%- endif -%}
            {{- ', ' if not loop.last -}}
            {%- endfor -%}
        ){{ ',' if not loop.last }}
        {% endfor %}
    {%- endset -%}
    {%- do run_query(sql) -%}
    {{ return(sql) }}
{% endmacro %}
