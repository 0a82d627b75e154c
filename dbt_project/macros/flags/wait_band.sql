{#- The band of var wait_breakpoints_seconds that a wait falls in, such as '0-90' or '>180'; a wait
    of exactly a breakpoint is still under it. Null without a wait. Args: wait (SQL). -#}
{% macro wait_band(wait) -%}
    {%- set edges = var('wait_breakpoints_seconds') -%}
    case
        {%- for edge in edges %}
        when {{ wait }} <= {{ edge }} then '{{ edges[loop.index0 - 1] if loop.index0 else 0 }}-{{ edge }}'
        {%- endfor %}
        when {{ wait }} > {{ edges[-1] }} then '>{{ edges[-1] }}'
    end
{%- endmacro %}
