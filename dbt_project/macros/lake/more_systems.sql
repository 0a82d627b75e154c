{#- Systems beside the four of the demo that this home lands: those of var more_systems that
    KONTAKTI_SOURCES names. Their models are switched on by the same words in dbt_project.yml; a
    system that is off costs no node. -#}
{% macro more_systems() -%}
    {%- set named = env_var('KONTAKTI_SOURCES', '').split(',') | map('trim') | list -%}
    {{ return(var('more_systems') | select('in', named) | list) }}
{%- endmacro %}


{#- Rows of `int_contacts__<system>` of each such system, with these columns. -#}
{% macro contacts_of_more_systems(columns, condition='true') -%}
    {%- for system in more_systems() %}
    union all
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_contacts__' ~ system) }}
    where {{ condition }}
    {%- endfor %}
{%- endmacro %}
