{#
    The additive components of the KPI marts. A group without rows gives 0, because a count
    of nothing is 0; only ratios over it are null (catalogue 9.2).

    column (sql): an integer expression; null means "not measured" and adds nothing
#}
{% macro sum_count(column) -%}
    cast(coalesce(sum({{ column }}), 0) as bigint)
{%- endmacro %}

{#
    Sum of a measure with decimals. Added up as decimals, whose sum does not depend on the order of
    the rows: doubles would give another last digit on every build.

    expression (sql): a number; scale (int): how many decimals of each are kept
#}
{% macro sum_exact(expression, scale=6) -%}
    cast(coalesce(sum(cast({{ expression }} as decimal(38, {{ scale }}))), 0) as double)
{%- endmacro %}

{#
    Sum of squares, for the standard error of a mean (catalogue ST-M). Double: squared seconds of
    many rows can leave the range of bigint.
#}
{% macro sum_squares(column) -%}
    {{ sum_exact('cast(' ~ column ~ ' as double) * cast(' ~ column ~ ' as double)') }}
{%- endmacro %}
