{#
    What a reader may see of a figure by its sample size (catalogue 2.4). Only reports use these:
    stored components stay whole, or totals would not add up.

    value (sql): the figure
    n (sql): how many it rests on
    minimum (int): fewest that are shown; default var min_n_display
#}
{% macro shown(value, n, minimum=none) -%}
    case when {{ n }} >= {{ minimum or var('min_n_display') }} then {{ value }} end
{%- endmacro %}

{#
    Why a figure is missing or needs care: 'no data', 'suppressed' (too few), 'low n' (under 100),
    'unreliable' (interval wider than 0.30), else null.

    low, high (sql): the interval's bounds, where the figure is a proportion
#}
{% macro reliability_note(n, minimum=none, low=none, high=none) -%}
    case
        when {{ n }} = 0 then 'no data'
        when {{ n }} < {{ minimum or var('min_n_display') }} then 'suppressed'
        {%- if low is not none and high is not none %}
        when {{ high }} - {{ low }} > 0.30 then 'unreliable'
        {%- endif %}
        when {{ n }} < 100 then 'low n'
    end
{%- endmacro %}
