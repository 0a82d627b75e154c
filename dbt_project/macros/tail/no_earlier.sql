{#- Condition that lets the engine skip what it need not read: `column` is no less than it is in any row
    of which `condition` holds. For a condition whose own columns are in no order. True in a whole build. -#}
{% macro no_earlier(relation, column, condition) -%}
    {%- if not tail() -%}
        {{ return('true') }}
    {%- endif -%}
    {%- set least = run_query('select min(' ~ column ~ ') from ' ~ relation ~ ' where ' ~ condition).rows[0][0] -%}
    {%- if least is none -%} false {%- else -%} {{ column }} >= timestamp '{{ least }}' {%- endif -%}
{%- endmacro %}
