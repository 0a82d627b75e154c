{#
    Wilson score interval of a proportion (catalogue ST-P), at the confidence of var ci_z.
    Needs only two sums, so it can be recomputed at any grain. At 0 of n the lower bound is
    exactly 0 and at n of n the upper bound exactly 1; both are stated, not computed, so that
    rounding can give neither -0 nor 1.0000000000000002.

    successes (sql): how many succeeded
    n (sql): how many were counted; 0 gives null
#}
{% macro wilson_low(successes, n) -%}
    case
        when {{ n }} = 0 then null
        when {{ successes }} = 0 then cast(0 as double)
        else {{ _wilson_bound(successes, n, '-') }}
    end
{%- endmacro %}

{% macro wilson_high(successes, n) -%}
    case
        when {{ n }} = 0 then null
        when {{ successes }} = {{ n }} then cast(1 as double)
        else {{ _wilson_bound(successes, n, '+') }}
    end
{%- endmacro %}

{% macro _wilson_bound(successes, n, sign) -%}
    {%- set z = 'cast(' ~ var('ci_z') ~ ' as double)' -%}
    {%- set count = 'nullif(cast(' ~ n ~ ' as double), 0)' -%}
    {%- set share = 'cast(' ~ successes ~ ' as double) / ' ~ count -%}
    (
        {{ share }} + {{ z }} * {{ z }} / 2 / {{ count }}
        {{ sign }} {{ z }} * sqrt(
            ({{ share }}) * (1 - {{ share }}) / {{ count }}
            + {{ z }} * {{ z }} / 4 / ({{ count }} * {{ count }})
        )
    ) / (1 + {{ z }} * {{ z }} / {{ count }})
{%- endmacro %}
