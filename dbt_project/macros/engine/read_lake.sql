{#- Engine-specific reading of the lake: rows of complete loads only, in declared types.
    A load is complete when dlt has written its mark into _dlt_loads: a model that reads while a
    load is being written must not take half of it and then never look at that load again.
    Args: dataset_glob (str), table (str), columns (list of {name, data_type}), condition (SQL)
    that rows are kept by. -#}
{% macro lake_rows(dataset_glob, table, columns, condition='') -%}
    {{- adapter.dispatch('lake_rows', 'kontakti')(dataset_glob, table, columns, condition) -}}
{%- endmacro %}

{% macro duckdb__lake_rows(dataset_glob, table, columns, condition='') -%}
    {%- if var('lake_schema') -%}
    {#- The live process has read the lake already and keeps its rows in a schema of its own. -#}
    (
        select
            {%- for column in columns %}
            {{ column.name }},
            {%- endfor %}
            _dlt_load_id
        from {{ var('lake_schema') }}.{{ dataset_glob | replace('_*', '') }}__{{ table }}
    )
    {%- else -%}
    {{- duckdb__lake_files(dataset_glob, table, columns, condition) -}}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__lake_files(dataset_glob, table, columns, condition) -%}
    {%- set files = lake_path() ~ '/' ~ dataset_glob ~ '/' ~ table ~ '/**/*.parquet' -%}
    {%- set marks = lake_path() ~ '/' ~ dataset_glob ~ '/_dlt_loads/*' -%}
    {%- set has_files = false -%}
    {%- if execute and columns and flags.WHICH not in ['parse', 'list'] -%}
        {%- set found = run_query("select count(*) from glob('" ~ files ~ "')") -%}
        {%- set has_files = found.columns[0].values()[0] > 0 -%}
    {%- endif -%}
    (
        with declared as (
            select
                {%- for column in columns %}
                cast(null as {{ column.data_type }}) as {{ column.name }},
                {%- endfor %}
                cast(null as string) as _dlt_load_id
            where false
        )
        {% if has_files -%}
        , complete_loads as (
            select regexp_extract(file, '__([0-9.]+)[.]jsonl', 1) as load_id from glob('{{ marks }}')
        )
        , found as (
            select * from declared
            union all by name
            select * from read_parquet('{{ files }}', union_by_name = true, hive_partitioning = false)
        )
        select
            {%- for column in columns %}
            cast({{ column.name }} as {{ column.data_type }}) as {{ column.name }},
            {%- endfor %}
            _dlt_load_id
        from found
        where
            _dlt_load_id in (select complete_loads.load_id from complete_loads)
            {%- if condition %}
            and ({{ condition }})
            {%- endif %}
        {%- else -%}
        select * from declared
        {%- endif %}
    )
{%- endmacro %}
