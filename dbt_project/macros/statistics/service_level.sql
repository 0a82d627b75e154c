{#
    Service level of a live channel from its components, under one treatment of abandoned
    contacts. Client contracts differ, so every formula is kept (catalogue 4):

    negative_excl_short       within / (answered + abandoned - short)
    negative                  within / (answered + abandoned)
    negative_after_threshold  within / (answered + abandoned - abandoned within the threshold)
    ignore                    within / answered
    positive                  (within + abandoned within the threshold) / (answered + abandoned)
    positive_short            (within + short) / (answered + abandoned)

    With var sl_include_flowouts, contacts that left the queue otherwise join the denominator.

    answered, answered_within, abandoned, short_abandoned, abandoned_within, flow_out (sql):
        sums over the group; short_abandoned and abandoned_within are parts of abandoned
    treatment (text): one of the names above
#}
{% macro service_level(
    treatment, answered, answered_within, abandoned, short_abandoned, abandoned_within, flow_out
) -%}
    {%- set everything = answered ~ ' + ' ~ abandoned -%}
    {%- set numerator, denominator = {
        'negative_excl_short': (answered_within, everything ~ ' - ' ~ short_abandoned),
        'negative': (answered_within, everything),
        'negative_after_threshold': (answered_within, everything ~ ' - ' ~ abandoned_within),
        'ignore': (answered_within, answered),
        'positive': (answered_within ~ ' + ' ~ abandoned_within, everything),
        'positive_short': (answered_within ~ ' + ' ~ short_abandoned, everything),
    }[treatment] -%}
    {%- if var('sl_include_flowouts') -%}
        {%- set denominator = denominator ~ ' + ' ~ flow_out -%}
    {%- endif -%}
    {{ ratio(numerator, denominator) }}
{%- endmacro %}

{#
    The same as conditions on one live contact, under var sl_abandon_treatment: whether it counts for
    service level, and whether it was served in time. Every report and metric sums these two flags.
#}
{% macro service_level_due() -%}
    {%- set lost = {
        'negative_excl_short': 'is_abandoned = 1 and is_short_abandoned = 0',
        'negative': 'is_abandoned = 1',
        'negative_after_threshold': 'is_abandoned = 1 and is_abandoned_within_sl = 0',
        'ignore': '1 = 0',
        'positive': 'is_abandoned = 1',
        'positive_short': 'is_abandoned = 1',
    } -%}
    {%- set chosen = var('sl_abandon_treatment') -%}
    {%- if chosen not in lost -%}
        {{ exceptions.raise_compiler_error(
            "sl_abandon_treatment is '" ~ chosen ~ "'; use one of " ~ lost.keys() | join(', ')
        ) }}
    {%- endif -%}
    is_answered = 1 or ({{ lost.get(chosen, '1 = 0') }})
    {%- if var('sl_include_flowouts') %} or is_flow_out = 1{% endif -%}
{%- endmacro %}

{% macro service_level_met() -%}
    {%- set served = {
        'positive': ' or is_abandoned_within_sl = 1',
        'positive_short': ' or is_short_abandoned = 1',
    } -%}
    is_answered_within_sl = 1{{ served.get(var('sl_abandon_treatment'), '') }}
{%- endmacro %}
