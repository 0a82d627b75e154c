{#- A 0/1 flag from a condition; unknown is 0. Args: condition (SQL). -#}
{% macro flag(condition) -%}
    case when {{ condition }} then 1 else 0 end
{%- endmacro %}


{#- An abandon so short that the customer hardly waited; a wait of exactly the limit is short.
    Args: outcome, wait (SQL). -#}
{% macro is_short_abandon(outcome, wait) -%}
    {{ flag(outcome ~ " = 'abandoned' and " ~ wait ~ " <= " ~ var('short_abandon_seconds')) }}
{%- endmacro %}


{#- Within a target: exactly the threshold still counts. Unknown waits are not within.
    Args: seconds, threshold (SQL). -#}
{% macro is_within(seconds, threshold) -%}
    coalesce({{ seconds }} <= {{ threshold }}, false)
{%- endmacro %}


{#- A figure of a channel from a dbt var that is a map by threshold key (seed channels).
    Args: name (str) of the var; key (SQL). -#}
{% macro by_threshold_key(name, key) -%}
    {%- set figures = var(name) -%}
    case {{ key }}
        {%- for word in figures %}
        when '{{ word }}' then {{ figures[word] | default(0) }}
        {%- endfor %}
    end
{%- endmacro %}


{#- Default threshold of a channel in seconds; dim_target holds those in force. Args: key (SQL). -#}
{% macro threshold_seconds(key) -%}
    {{- by_threshold_key('sl_threshold_seconds', key) -}}
{%- endmacro %}
