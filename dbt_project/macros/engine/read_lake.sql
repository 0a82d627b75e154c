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
    {%- set marks = lake_path() ~ '/' ~ dataset_glob ~ '/_dlt_loads/*' -%}
    {%- set files = none -%}
    {%- if execute and columns and flags.WHICH not in ['parse', 'list'] -%}
        {%- set files = duckdb__files_to_read(dataset_glob, table) -%}
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
        {% if files -%}
        , complete_loads as (
            select regexp_extract(file, '__([0-9.]+)[.]jsonl', 1) as load_id from glob('{{ marks }}')
        )
        , found as (
            select * from declared
            union all by name
            select * from read_parquet({{ files }}, union_by_name = true, hive_partitioning = false)
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


{#- The files of a table as an argument of read_parquet, or none. An incremental run opens only those of loads
    after its last one, by their names (`<load id>.<file id>.parquet`): what a run costs follows what
    arrived. Which rows of them are new, the model says (arrived_since_last_run). -#}
{% macro duckdb__files_to_read(dataset_glob, table) -%}
    {%- set files = lake_path() ~ '/' ~ dataset_glob ~ '/' ~ table ~ '/**/*.parquet' -%}
    {%- if not is_incremental() -%}
        {%- set found = run_query("select count(*) from glob('" ~ files ~ "')").rows[0][0] -%}
        {{ return("'" ~ files ~ "'" if found else none) }}
    {%- endif -%}
    {%- set dataset = "'" ~ dataset_glob | replace('*', '') ~ "'" ~ (' || source_dataset' if '*' in dataset_glob) -%}
    {%- set arrived -%}
        select found.file
        from glob('{{ files }}') as found
        left join (
            select {{ dataset }} as dataset, max(_dlt_load_id) as load_id from {{ this }} group by all
        ) as seen
            on seen.dataset = split_part(found.file[{{ lake_path() | length + 2 }}:], '/', 1)
        where
            coalesce(nullif(regexp_extract(parse_filename(found.file), '^([0-9]+[.][0-9]+)[.]', 1), ''), '~')
            > coalesce(seen.load_id, '')
        order by found.file
    {%- endset -%}
    {%- set found = run_query(arrived).columns[0].values() -%}
    {{ return("['" ~ found | map('replace', "'", "''") | join("', '") ~ "']" if found else none) }}
{%- endmacro %}


{#- Spark reads a table's files through a view that names their columns and types; whole numbers lie in
    the files as bigint, and Spark narrows none by itself. A view needs files, so the lake is listed
    first; a folder that begins with _ is only seen when it is named. -#}
{% macro spark__lake_rows(dataset_glob, table, columns, condition='') -%}
    {%- set rows = 'lake__' ~ dataset_glob | replace('_*', '') ~ '__' ~ table -%}
    {%- set has_files = namespace(yes=false) -%}
    {%- if execute and columns and flags.WHICH not in ['parse', 'list'] -%}
        {%- set dataset = lake_path() ~ '/' ~ dataset_glob -%}
        {%- do spark__view_of_files(rows ~ '__files', 'binaryFile', lake_path()) -%}
        {%- set found = run_query(
            "select count(*) from " ~ rows ~ "__files where path rlike '/lake/"
            ~ dataset_glob | replace('*', '[^/]+') ~ "/" ~ table ~ "/.*[.]parquet$'"
        ) -%}
        {%- if found.columns[0].values()[0] > 0 -%}
            {%- set has_files.yes = true -%}
            {%- set declared = ['_dlt_load_id string'] -%}
            {%- for column in columns -%}
                {%- do declared.append(column.name ~ ' ' ~ column.data_type | replace('integer', 'bigint')) -%}
            {%- endfor -%}
            {%- do spark__view_of_files(rows ~ '__marks', 'binaryFile', dataset ~ '/_dlt_loads') -%}
            {%- do spark__view_of_files(
                rows ~ ' (' ~ declared | join(', ') ~ ')', 'parquet', dataset ~ '/' ~ table
            ) -%}
        {%- endif -%}
    {%- endif -%}
    (
        select
            {%- for column in columns %}
            cast({{ column.name if has_files.yes else 'null' }} as {{ column.data_type }}) as {{ column.name }},
            {%- endfor %}
            {{ '_dlt_load_id' if has_files.yes else 'cast(null as string) as _dlt_load_id' }}
        {%- if has_files.yes %}
        from {{ rows }}
        where
            _dlt_load_id in (
                select regexp_extract(marks.path, '__([0-9.]+)[.]jsonl', 1) from {{ rows }}__marks as marks
            )
            {%- if condition %}
            and ({{ condition }})
            {%- endif %}
        {%- else %}
        where false
        {%- endif %}
    )
{%- endmacro %}

{% macro spark__view_of_files(view, format, path) -%}
    {%- do run_query(
        'create or replace temporary view ' ~ view ~ ' using ' ~ format ~ " options (path '" ~ path
        ~ "', recursiveFileLookup 'true')"
    ) -%}
{%- endmacro %}
