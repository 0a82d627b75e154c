{#- Systems beside the four of the demo that this home lands: those of var more_systems that
    KONTAKTI_SOURCES names. Their models are switched on by the same words in dbt_project.yml; a
    system that is off costs no node. -#}
{% macro more_systems() -%}
    {%- set named = env_var('KONTAKTI_SOURCES', '').split(',') | map('trim') | list -%}
    {{ return(var('more_systems') | select('in', named) | list) }}
{%- endmacro %}


{#- Rows of `int_contacts__<system>` of each such system, with these columns.
    Args: columns (list of str); condition (SQL); without (list of str) systems to leave out. -#}
{% macro contacts_of_more_systems(columns, condition='true', without=[]) -%}
    {%- for system in more_systems() if system not in without %}
    union all
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_contacts__' ~ system) }}
    where {{ condition }}
    {%- endfor %}
{%- endmacro %}


{#- Rows of `int_legs__<system>` of each such system that has legs of its own, with these columns; only
    of the contacts that count. Contacts of the others have one leg, made from the contact. -#}
{% macro legs_of_more_systems(columns) -%}
    {%- for system in more_systems() if system in var('systems_with_legs') %}
    union all
    select
        {{ columns | join(',\n        ') }}
    from {{ ref('int_legs__' ~ system) }}
    where contact_id in (select counted.contact_id from {{ ref('int_contacts__' ~ system) }} as counted)
    {%- endfor %}
{%- endmacro %}


{#- Keys of people of other helpdesks, in the columns of int_identity_keys' `helpdesk_pairs`. -#}
{% macro person_keys_of_more_systems() -%}
    {%- if 'intercom' in more_systems() %}
    union all
    select * from {{ ref('int_person_keys__intercom') }}
    {%- endif %}
{%- endmacro %}


{#- Whether this home lands HubSpot's feedback submissions. -#}
{% macro has_hubspot_feedback() -%}
    {{ return('feedback_submissions' in env_var('SOURCES__HUBSPOT__ALSO', '')) }}
{%- endmacro %}


{#- Answers of survey systems that are switched on, in the columns of int_survey_answers. -#}
{% macro answers_of_more_systems() -%}
    {%- if has_hubspot_feedback() %}
    union all
    select * from {{ ref('int_survey_answers__hubspot') }}
    {%- endif %}
{%- endmacro %}
