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


{#- Threshold of a channel in seconds, from var sl_threshold_seconds. Args: key (SQL). -#}
{% macro threshold_seconds(key) -%}
    {%- set thresholds = var('sl_threshold_seconds') -%}
    case {{ key }}
        {%- for name in thresholds %}
        when '{{ name }}' then {{ thresholds[name] | default(0) }}
        {%- endfor %}
    end
{%- endmacro %}
