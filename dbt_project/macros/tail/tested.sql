{#- What a test of a model's columns reads: of a model with a tail the rows that the build wrote, of any other
    the whole. Replaces dbt's macro of that name. -#}
{% macro get_where_subquery(relation) -%}
    {%- set conditions = [config.get('where')] | select | list -%}
    {%- if execute -%}
        {%- for node in graph.nodes.values() if node.config.materialized == 'tail'
            and (node.schema, node.alias) == (relation.schema, relation.identifier) and tail() -%}
            {%- do conditions.append(context[node.config.meta.tail](*node.config.meta.get('tail_arguments', []))) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if not conditions -%}
        {{ return(relation) }}
    {%- endif -%}
    {%- set rows -%}
        (select * from {{ relation }} where ({{ conditions | join(') and (') }}))
    {%- endset -%}
    {{ return(rows) }}
{%- endmacro %}
