{#- The tail: what of the facts a build writes anew, where their older rows stand from the build before.

    Model int_tail says since when contacts may differ from what was built; models of the
    materialization `tail` (macros/engine/tail_tables.sql) read no older rows than they must, and write only
    those. Every bound is a literal, so that the engine skips older rows without reading them. A build without
    a tail (the first one, a live one, one of single models, one on Spark) knows no bounds and is whole. -#}


{#- The tail's bounds in this build as SQL literals, or none: {'since', 'context'}. -#}
{% macro tail() -%}
    {%- if model.resource_type == 'unit_test' -%}
        {{ return(none) }}
    {%- elif model.resource_type == 'model' -%}
        {%- do ref('int_tail') -%}
    {%- endif -%}
    {%- if not execute or flags.FULL_REFRESH -%}
        {{ return(none) }}
    {%- endif -%}
    {#- Asked once a build: whoever asks stands behind int_tail. -#}
    {%- set kept = 'tail_of_' ~ invocation_id -%}
    {%- if kept not in graph -%}
        {%- do graph.update({kept: tail_of_build()}) -%}
    {%- endif -%}
    {{ return(graph[kept]) }}
{%- endmacro %}
{% macro tail_of_build() -%}
    {%- set bounds = built_before('intermediate', 'int_tail') -%}
    {%- if not bounds -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set found = run_query(
        "select since_at, context_at from " ~ bounds ~ " where build_id = '" ~ invocation_id ~ "'"
    ).rows -%}
    {%- if not found -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return({
        'since': "timestamp '" ~ found[0][0] ~ "'",
        'context': "timestamp '" ~ found[0][1] ~ "'",
    }) }}
{%- endmacro %}


{#- A table of the warehouse as the build before, or this one, left it; none where there is none to know. -#}
{% macro built_before(schema, name) -%}
    {%- if not execute or flags.WHICH not in ['build', 'run'] or target.name != 'dev' -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return(adapter.get_relation(this.database, generate_schema_name(schema), name)) }}
{%- endmacro %}
