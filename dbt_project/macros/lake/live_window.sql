{#- The live target looks at the last days (var live_window_days) and at what is still open, by the
    condition `live_window` that a source table declares; without one a table is read whole. In the
    condition {since} is the start of the window, and {<table>} the rows of a table of the same
    source. Every other target reads all of the lake: there the condition is empty. -#}
{% macro live_condition(source_name, table) -%}
    {%- if not execute or target.name != 'live' or var('lake_schema') or flags.WHICH in ['parse', 'list'] -%}
        {{ return('') }}
    {%- endif -%}
    {%- set said = lake_table(source_name, table).config.meta.get('live_window', '') -%}
    {%- set condition = namespace(sql=said) -%}
    {%- if said -%}
        {%- set condition.sql = said | replace('{since}', "timestamp '" ~ live_since() ~ "'") -%}
        {%- for node in graph.sources.values() if node.source_name == source_name -%}
            {%- set name = '{' ~ node.name ~ '}' -%}
            {%- if name in said -%}
                {%- set rows = lake_rows(source_name, node.name, lake_columns(source_name, node.name)) -%}
                {%- set condition.sql = condition.sql | replace(name, rows) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(condition.sql) }}
{%- endmacro %}


{#- Start of the live window, as text: the local midnight that today (of the run's as-of, or of the
    newest watermark of the lake) began with, some hours earlier for queues in zones further east. -#}
{% macro live_since() -%}
    {%- set newest = "timestamp '" ~ var('as_of') ~ "'" if var('as_of') else none -%}
    {%- if not newest -%}
        {%- set files = lake_path() ~ '/*/watermarks/**/*.parquet' -%}
        {%- set found = run_query("select count(*) from glob('" ~ files ~ "')") -%}
        {%- if found.columns[0].values()[0] == 0 -%}
            {{ return('1970-01-01 00:00:00') }}
        {%- endif -%}
        {%- set newest = "(select max(watermark_at) from read_parquet('" ~ files ~ "'))" -%}
    {%- endif -%}
    {%- set zone = "'" ~ var('default_timezone') ~ "'" -%}
    {%- set today = "cast(" ~ to_local(newest, zone) ~ " as date)" -%}
    {%- set first_day = add_days(today, 1 - var('live_window_days')) -%}
    {%- set midnight = to_utc("cast(" ~ first_day ~ " as timestamp)", zone) -%}
    {%- set since = run_query("select cast(" ~ add_seconds("(" ~ midnight ~ ")", -4 * 3600) ~ " as string)") -%}
    {{ return(since.columns[0].values()[0]) }}
{%- endmacro %}
