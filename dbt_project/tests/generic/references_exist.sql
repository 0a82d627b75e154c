{#- Every value of these columns is a key of the model it points at (nulls pass). One query for a
    whole table. Args: references (dict): column -> 'model.key'.
    Rows that a build with a tail wrote of legs or events are of contacts in the tail: no others are looked at. -#}
{% test references_exist(model, references) %}

{% for column, target in references.items() -%}
{%- set parent, key = target.split('.') -%}
{{ 'union all' if not loop.first }}
select '{{ column }}' as column_name, cast(child.{{ column }} as {{ dbt.type_string() }}) as value
from {{ model }} as child
left join {{ ref(parent) }} as parent
    on
        child.{{ column }} = parent.{{ key }}
        {%- if parent == 'fct_contact' and 'contact_started_at' in (model | string) %}
        and {{ in_tail('parent.started_at') }}
        {%- endif %}
where child.{{ column }} is not null and parent.{{ key }} is null
{% endfor %}

{% endtest %}
