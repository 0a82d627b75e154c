{#- What every row says alike: the moment that it stands for. -#}
{% macro as_of_rows(rows) -%}
    {{- as_of_literal() -}}
{%- endmacro %}


{#- What stands in every row of fct_contact alike, or in every row of a system. -#}
{% macro watermark_of_contacts(contacts) -%}
    coalesce(
        (
            select min(marks.watermark_at) from {{ ref('fct_source_watermark') }} as marks
            where marks.source_system = {{ contacts.identifier }}.source_system
        ),
        (
            select min(marks.watermark_at) from {{ ref('fct_source_watermark') }} as marks
            where marks.source_system = 'files'
        )
    )
{%- endmacro %}
