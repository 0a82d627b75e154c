{#- Whether two contacts of one customer may be about the same issue: the same reason, or a reason
    missing on either side (vars fcr_match_level, fcr_cross_channel). Args: a, b (str) aliases. -#}
{% macro is_related(a, b) -%}
    (
        {% if var('fcr_match_level') == 'customer' -%}
        true
        {%- else -%}
        ({{ a }}.reason_id = {{ b }}.reason_id or {{ a }}.reason_id is null or {{ b }}.reason_id is null)
        {%- endif %}
        {%- if not var('fcr_cross_channel') %}
        and {{ a }}.channel = {{ b }}.channel
        {%- endif %}
    )
{%- endmacro %}


{#- Whether one contact comes after another; contacts that start in the same second are taken in
    the order of their ids. Args: later, earlier (str) aliases. -#}
{% macro comes_after(later, earlier) -%}
    (
        {{ later }}.started_at > {{ earlier }}.started_at
        or ({{ later }}.started_at = {{ earlier }}.started_at and {{ later }}.contact_id > {{ earlier }}.contact_id)
    )
{%- endmacro %}
