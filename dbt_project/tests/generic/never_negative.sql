{#- No listed number is below zero (nulls pass). Args: columns (list of str). -#}
{% test never_negative(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} < 0
    {%- endfor %}

{% endtest %}
