{#
    Service level of a live channel from its components, under the treatment of abandoned
    contacts that var sl_abandon_treatment names. Client contracts differ, so every formula is
    kept (catalogue 4):

    negative_excl_short       within / (answered + abandoned - short); the default
    negative                  within / (answered + abandoned)
    negative_after_threshold  within / (answered + abandoned - abandoned within the threshold)
    ignore                    within / answered
    positive                  (within + abandoned within the threshold) / (answered + abandoned)
    positive_short            (within + short) / (answered + abandoned)

    With var sl_include_flowouts, contacts that left the queue otherwise join the denominator.

    answered, answered_within, abandoned, short_abandoned, abandoned_within, flow_out (sql):
        sums over the group; short_abandoned and abandoned_within are parts of abandoned
    treatment (text): one of the names above; default from the var
#}
{% macro service_level(
    answered, answered_within, abandoned, short_abandoned, abandoned_within, flow_out,
    treatment=none
) -%}
    {%- set chosen = treatment or var('sl_abandon_treatment') -%}
    {%- set everything = answered ~ ' + ' ~ abandoned -%}
    {%- set formulas = {
        'negative_excl_short': (answered_within, everything ~ ' - ' ~ short_abandoned),
        'negative': (answered_within, everything),
        'negative_after_threshold': (answered_within, everything ~ ' - ' ~ abandoned_within),
        'ignore': (answered_within, answered),
        'positive': (answered_within ~ ' + ' ~ abandoned_within, everything),
        'positive_short': (answered_within ~ ' + ' ~ short_abandoned, everything),
    } -%}
    {%- if chosen not in formulas -%}
        {{ exceptions.raise_compiler_error(
            "sl_abandon_treatment is '" ~ chosen ~ "'; use one of " ~ formulas.keys() | join(', ')
        ) }}
    {%- endif -%}
    {%- set numerator, denominator = formulas.get(chosen, formulas['negative_excl_short']) -%}
    {%- if var('sl_include_flowouts') -%}
        {%- set denominator = denominator ~ ' + ' ~ flow_out -%}
    {%- endif -%}
    {{ ratio(numerator, denominator) }}
{%- endmacro %}
