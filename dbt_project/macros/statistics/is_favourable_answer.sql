{#- The flag that csat_score sums, under var csat_method: one of the two best answers, or the best one
    only. Overall satisfaction is of two by its name. Args: metric, is_top2, score_0_100 (SQL). -#}
{% macro is_satisfied_answer(metric, is_top2, score_0_100) -%}
    {%- set said = {
        'top_2_box': is_top2 ~ ' = 1',
        'top_box': is_top2 ~ ' = 1 and (' ~ metric ~ " <> 'csat' or " ~ score_0_100 ~ ' = 100)',
    } -%}
    {{ flag(said[_method('csat_method', said, 'csat_mean')]) }}
{%- endmacro %}


{#- The flag that ces_favourable_rate sums, under var ces_method. Args: is_favourable (SQL). -#}
{% macro is_easy_answer(is_favourable) -%}
    {%- set said = {'favourable_5_7': is_favourable ~ ' = 1'} -%}
    {{ flag(said[_method('ces_method', said, 'ces_mean')]) }}
{%- endmacro %}


{% macro _method(name, known, mean) -%}
    {%- if var(name) not in known -%}
        {{ exceptions.raise_compiler_error(
            name ~ " is '" ~ var(name) ~ "'; use one of " ~ known.keys() | join(', ')
            ~ '. The mean is a metric of its own, ' ~ mean ~ '.'
        ) }}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}
