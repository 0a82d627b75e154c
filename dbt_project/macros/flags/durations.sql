{#- Length of a span in whole seconds; null where an end is missing or the span runs backwards
    (clock skew is a fault of the source, never a negative duration). Args: from_at, to_at (SQL). -#}
{% macro span_seconds(from_at, to_at) -%}
    case when {{ to_at }} >= {{ from_at }} then {{ seconds_between(from_at, to_at) }} end
{%- endmacro %}


{#- Length of a span in seconds with its fraction, for comparison with thresholds: 5.1 s is not
    "at most 5 s", although it is stored as 5. Args: from_at, to_at (SQL). -#}
{% macro exact_span_seconds(from_at, to_at) -%}
    case when {{ to_at }} >= {{ from_at }} then {{ exact_seconds_between(from_at, to_at) }} end
{%- endmacro %}
