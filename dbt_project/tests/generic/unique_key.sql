{#- A column that identifies a row: never null and never twice. -#}
{% test unique_key(model, column_name) %}

{{ keys_of_several_rows(model, [column_name]) }}
union all
select {{ column_name }}, 1 as row_count
from {{ model }}
where {{ column_name }} is null

{% endtest %}
