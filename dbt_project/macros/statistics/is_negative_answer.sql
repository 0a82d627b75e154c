{#- Whether a valid answer calls for a follow-up (var closed_loop_trigger): a recommendation or an
    effort score up to its limit, satisfaction up to its limit on five points and at the bottom of
    any other scale. Args: metric, scale_code, score, is_bottom (SQL). -#}
{% macro is_negative_answer(metric, scale_code, score, is_bottom) -%}
    {%- set trigger = var('closed_loop_trigger') -%}
    (
        ({{ metric }} = 'nps' and {{ score }} <= {{ trigger.nps_max }})
        or ({{ scale_code }} = 'ces2_7' and {{ score }} <= {{ trigger.ces_max }})
        or ({{ scale_code }} in ('csat_5', 'overall_5') and {{ score }} <= {{ trigger.csat_max }})
        or ({{ scale_code }} not in ('nps_11', 'ces2_7', 'csat_5', 'overall_5') and {{ metric }} <> 'fcr' and {{ is_bottom }} = 1)
    )
{%- endmacro %}
