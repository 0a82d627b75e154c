{#- Every value of these columns is a key of the model it points at (nulls pass). One query for a
    whole table. Args: references (dict): column -> 'model.key'. -#}
{% test references_exist(model, references) %}

{% for column, target in references.items() -%}
{%- set parent, key = target.split('.') -%}
{{ 'union all' if not loop.first }}
select '{{ column }}' as column_name, cast(child.{{ column }} as {{ dbt.type_string() }}) as value
from {{ model }} as child
left join {{ ref(parent) }} as parent on child.{{ column }} = parent.{{ key }}
where child.{{ column }} is not null and parent.{{ key }} is null
{% endfor %}

{% endtest %}
