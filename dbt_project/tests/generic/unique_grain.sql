{#
    The columns named as the grain identify a row. Nulls compare equal here, unlike in a unique
    index: a mart may have one row for an unknown queue, not two.

    columns (list of str): the grain, as the model's opening comment states it
#}
{% test unique_grain(model, columns) %}

select {{ columns | join(', ') }}, count(*) as rows_found
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1

{% endtest %}
