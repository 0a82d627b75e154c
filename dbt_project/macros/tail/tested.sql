{#- What a test of a model's columns reads: of a model with a tail the rows that the build wrote, of one that says
    what may have changed (`meta.tested`, a macro) those, of any other the whole. Replaces dbt's macro of that
    name. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] | select | list -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if (node.schema, node.alias) == (relation.schema, relation.identifier) -%}
            {%- set meta = node.config.meta -%}
            {%- if meta.tested -%}
                {%- do conditions.append(context[meta.tested]()) -%}
            {%- elif node.config.materialized == 'tail' and tail() -%}
                {%- do conditions.append(context[meta.tail](*meta.get('tail_arguments', []))) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if conditions | reject('equalto', 'true') | list == [] -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set rows -%}
        (select * from {{ relation }} where ({{ conditions | join(') and (') }}))
    {%- endset -%}
    {{ return(rows) }}
{%- endmacro %}
