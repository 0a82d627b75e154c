{#- A column that identifies a row: never null and never twice. One query for both. -#}
{% test unique_key(model, column_name) %}

select {{ column_name }}, count(*) as row_count
from {{ model }}
group by {{ column_name }}
having count(*) > 1 or {{ column_name }} is null

{% endtest %}
