{#- As-of as a literal in what a build of the warehouse makes, or none: DuckDB takes a comparison with a query
    to leave next to nothing, and then joins from the wrong side, which costs memory and the order of rows. A
    view must go on asking. -#}
{% macro as_of_literal() -%}
    {%- set asks = model.resource_type == 'unit_test' or config.get('materialized') == 'view' -%}
    {%- set known = none if asks else built_before('intermediate', 'int_as_of') -%}
    {%- if not known -%}
        {{ return(none) }}
    {%- endif -%}
    {#- Asked once a build: whoever asks stands behind int_as_of. -#}
    {%- set kept = 'as_of_of_' ~ invocation_id -%}
    {%- if kept not in graph -%}
        {%- do graph.update({kept: run_query('select as_of_at from ' ~ known).rows[0][0]}) -%}
    {%- endif -%}
    {{ return("timestamp '" ~ graph[kept] ~ "'") }}
{%- endmacro %}
