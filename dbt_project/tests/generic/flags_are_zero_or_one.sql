{#- Every listed flag is 0 or 1, never null: flags are summed, so a null would hide a row.
    One query for a whole table. Args: columns (list of str). -#}
{% test flags_are_zero_or_one(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
where
    {%- for column in columns %}
    {{ 'or ' if not loop.first }}{{ column }} is null or {{ column }} not in (0, 1)
    {%- endfor %}

{% endtest %}
