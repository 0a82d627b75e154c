{#- The raw rows of one landed table, with exactly the columns that the source YAML declares.
    Nothing landed yet gives no rows, so every model builds on an empty lake.
    Args: dataset (str) the dlt dataset; table (str) the landed table. -#}
{% macro lake(dataset, table) -%}
    {%- set registered = source(dataset, table) -%}
    {{- lake_rows(dataset, table, lake_columns(dataset, table), live_condition(dataset, table)) -}}
{%- endmacro %}


{#- The raw rows of one file-drop entity over all files_* datasets. Args: entity (str). -#}
{% macro lake_files(entity) -%}
    {%- set registered = source('files', entity) -%}
    {{- lake_rows('files_*', entity, lake_columns('files', entity), live_condition('files', entity)) -}}
{%- endmacro %}


{#- Declared columns of a source table as [{name, data_type}], in the YAML's order. -#}
{% macro lake_columns(source_name, table) -%}
    {%- set columns = [] -%}
    {%- if execute -%}
        {%- set node = lake_table(source_name, table) -%}
        {%- for column in node.columns.values() -%}
            {%- if not column.data_type -%}
                {{ exceptions.raise_compiler_error(
                    'Source ' ~ source_name ~ '.' ~ table ~ ': column ' ~ column.name
                    ~ ' has no data_type. Add one to the source YAML.'
                ) }}
            {%- endif -%}
            {%- do columns.append({'name': column.name, 'data_type': column.data_type}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(columns) }}
{%- endmacro %}


{#- The declaration of a source table. -#}
{% macro lake_table(source_name, table) -%}
    {{ return(
        graph.sources.values()
        | selectattr('source_name', 'equalto', source_name)
        | selectattr('name', 'equalto', table)
        | first
    ) }}
{%- endmacro %}


{#- Folder of the lake. -#}
{% macro lake_path() -%}
    {{ return(env_var('KONTAKTI_HOME', '../.kontakti') ~ '/lake') }}
{%- endmacro %}
