{#- The flag that csat_score sums, under var csat_method: one of the two best answers, or the best one
    only. Overall satisfaction is of two by its name. Args: metric, is_top2, score_0_100 (SQL). -#}
{% macro is_satisfied_answer(metric, is_top2, score_0_100) -%}
    {%- set said = {
        'top_2_box': is_top2 ~ ' = 1',
        'top_box': is_top2 ~ ' = 1 and (' ~ metric ~ " <> 'csat' or " ~ score_0_100 ~ ' = 100)',
    } -%}
    {{- known_method('csat_method', said, 'csat_mean') -}}
    {{ flag(said.get(var('csat_method'), '1 = 0')) }}
{%- endmacro %}


{#- The flag that ces_favourable_rate sums, under var ces_method. Args: is_favourable (SQL). -#}
{% macro is_easy_answer(is_favourable) -%}
    {%- set said = {'favourable_5_7': is_favourable ~ ' = 1'} -%}
    {{- known_method('ces_method', said, 'ces_mean') -}}
    {{ flag(said.get(var('ces_method'), '1 = 0')) }}
{%- endmacro %}


{#- Refuses a method that is not known. Args: name (str) of the var; known (dict) by method; mean (str)
    the metric to ask for instead. -#}
{% macro known_method(name, known, mean) -%}
    {%- if var(name) not in known -%}
        {{ exceptions.raise_compiler_error(
            name ~ " is '" ~ var(name) ~ "'; use one of " ~ known.keys() | join(', ')
            ~ '. The mean is a metric of its own, ' ~ mean ~ '.'
        ) }}
    {%- endif -%}
{%- endmacro %}
