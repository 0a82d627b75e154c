{#
    Net Promoter Score in points from -100 to 100 (catalogue ST-N), null without answers.

    promoters, detractors, responses (sql): sums of answers; passives are in responses only
#}
{% macro nps(promoters, detractors, responses) -%}
    (100 * {{ ratio(promoters ~ ' - ' ~ detractors, responses) }})
{%- endmacro %}

{#
    Standard error of the NPS in points: 100 * sqrt((p + d - (p - d)^2) / n). Multiply by var
    ci_z for the margin to print beside the score.
#}
{% macro nps_standard_error(promoters, detractors, responses) -%}
    {%- set spread = ratio(promoters ~ ' - ' ~ detractors, responses) -%}
    (
        100 * sqrt(
            ({{ ratio(promoters ~ ' + ' ~ detractors, responses) }} - {{ spread }} * {{ spread }})
            / nullif(cast({{ responses }} as double), 0)
        )
    )
{%- endmacro %}
