{#- Condition, true in a whole build: what the answers in the tail name in this column of theirs. Who asks has
    them as a parent. Args: column (str) of int_survey_answers, and of the rows that are asked for. -#}
{% macro of_answers_in_tail(column) -%}
    {%- if not tail() -%}
        {{ return('true') }}
    {%- endif -%}
    {{ column }} in (
        select given.{{ column }} from {{ built_before('intermediate', 'int_survey_answers') }} as given
        where {{ in_tail('given.answered_at') }}
    )
{%- endmacro %}
