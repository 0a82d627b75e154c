{#- Every value of these columns is a key of the model it points at (nulls pass). One query for a
    whole table. Args: references (dict): column -> 'model.key'.
    Told by hashes, which takes half the time of the texts: that one of 64 bits hides a value that is not
    there happens once in a million million.
    Rows that a build with a tail wrote of legs or events are of contacts in the tail: no others are looked at. -#}
{% test references_exist(model, references) %}
{%- set hashed = values_hash(['key_value']) %}

{% for column, target in references.items() -%}
{%- set parent, key = target.split('.') -%}
{{ 'union all' if not loop.first }}
select '{{ column }}' as column_name, cast(child.key_value as {{ dbt.type_string() }}) as value
from (select {{ column }} as key_value from {{ model }} where {{ column }} is not null) as child
where {{ hashed }} not in (
    select {{ hashed }}
    from (
        select {{ key }} as key_value
        from {{ ref(parent) }}
        where
            {{ key }} is not null
            {%- if parent == 'fct_contact' and 'contact_started_at' in (model | string) %}
            and {{ in_tail('started_at') }}
            {%- endif %}
    ) as parent
)
{% endfor %}

{% endtest %}
