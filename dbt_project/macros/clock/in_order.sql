{#- Whether moments come one after the other, as far as they are known; several at once are in order too.
    Args: moments (list of SQL), of which the first is known. -#}
{% macro in_order(moments) -%}
    {%- for moment in moments[1:] -%}
        {{ ' and ' if not loop.first }}coalesce(
            {{- moment }} >= coalesce({{ moments[:loop.index] | reverse | join(', ') }}), true)
    {%- endfor -%}
{%- endmacro %}
