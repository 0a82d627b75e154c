{#
    A ratio of two sums that is null, never 0 and never 100 %, when nothing was counted
    (catalogue E0). Both arguments are SQL expressions over additive components.

    numerator (sql): the sum of what succeeded, or of seconds
    denominator (sql): the sum of what was counted
#}
{% macro ratio(numerator, denominator) -%}
    (cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0))
{%- endmacro %}
