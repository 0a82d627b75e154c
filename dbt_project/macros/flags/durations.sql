{#- Length of a span in whole seconds; null where an end is missing or the span runs backwards
    (clock skew is a fault of the source, never a negative duration). Args: from_at, to_at (SQL). -#}
{% macro span_seconds(from_at, to_at) -%} {{- whole_seconds(span_micros(from_at, to_at)) -}} {%- endmacro %}


{#- The same in microseconds, of spans that are added up before fractions of seconds are dropped. -#}
{% macro span_micros(from_at, to_at) -%}
    case when {{ to_at }} >= {{ from_at }} then {{ micros_between(from_at, to_at) }} end
{%- endmacro %}


{#- Length of a span in seconds with its fraction, for comparison with thresholds: 5.1 s is not
    "at most 5 s", although it is stored as 5. Args: from_at, to_at (SQL). -#}
{% macro exact_span_seconds(from_at, to_at) -%}
    case when {{ to_at }} >= {{ from_at }} then {{ exact_seconds_between(from_at, to_at) }} end
{%- endmacro %}


{#- The longest time in seconds that a contact of a channel can wait (none: no limit), and that an agent
    can be at it (vars wait_max_seconds and handle_max_seconds). Args: channel (SQL). -#}
{% macro longest_wait(channel) -%}
    {{- by_threshold_key('wait_max_seconds', channel) -}}
{%- endmacro %}
{% macro longest_handling(channel) -%}
    coalesce({{ by_threshold_key('handle_max_seconds', channel) }}, {{ var('handle_max_seconds')['other'] }})
{%- endmacro %}


{#- Whether a duration cannot be (E7): it runs backwards or is longer than any. Unknown ones can.
    Args: seconds, longest (SQL). -#}
{% macro is_impossible(seconds, longest) -%}
    {{ flag(seconds ~ ' < 0 or ' ~ seconds ~ ' > ' ~ longest) }}
{%- endmacro %}
